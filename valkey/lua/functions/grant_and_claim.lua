do
  local NEEDED = {
    'lifecycle_phase', 'ownership_state', 'eligibility_state', 'terminal_outcome', 'attempt_state', 'lane_id',
    'current_lease_epoch', 'current_attempt_index', 'current_attempt_id', 'total_attempt_count', 'started_at',
    'pending_retry_reason', 'pending_replay_reason', 'pending_replay_requested_by', 'pending_previous_attempt_index',
  }

  -- deadline_argument is nil for none ('' or 0).
  local function deadline_argument(name, raw)
    local n, bad = optional_number(name, raw)
    if n == 0 then
      return nil, nil
    end
    return n, bad
  end

  -- resume gives an interrupted attempt to the lease.
  local function resume(core_key, history_key, lease, lane, now)
    resume_attempt(attempt_key(tag_of(core_key), lease.execution_id, lease.attempt_index), lease, now)
    hold_core(core_key, lease, lane, now, 'delay_until', '')
    record_history(history_key,
      'event', 'acquired',
      'lease_id', lease.lease_id,
      'lease_epoch', lease.lease_epoch,
      'attempt_index', lease.attempt_index,
      'attempt_id', lease.attempt_id,
      'worker_id', lease.worker_id,
      'reason', 'issue_grant_and_claim_resumed',
      'ts', now)
  end

  -- start begins a new attempt under the lease.
  local function start(core_key, attempts_key, history_key, core, lease, lane, now, policy)
    local attempt_type, origin = attempt_origin(core)
    start_attempt(tag_of(core_key), attempts_key, lease, now, attempt_type, origin, policy)
    hold_core(core_key, lease, lane, now, 'delay_until', '', fresh_attempt_fields(core, lease, now))
    record_history(history_key,
      'event', 'acquired',
      'lease_id', lease.lease_id,
      'lease_epoch', lease.lease_epoch,
      'attempt_id', lease.attempt_id,
      'attempt_index', lease.attempt_index,
      'worker_id', lease.worker_id,
      'reason', 'issue_grant_and_claim',
      'ts', now)
  end

  -- ff_issue_grant_and_claim (spec 03d §5.8). The grant that the name speaks of lives only inside the call, so it is
  -- never written.
  -- KEYS: exec_core, claim_grant, eligible, lease_expiry, worker_leases, attempts, lease_current, lease_history, active,
  --       attempt_timeout, execution_deadline
  -- ARGV: execution_id, worker_id, worker_instance_id, lane, capability_hash, lease_id, lease_ttl_ms, attempt_id,
  --       attempt_policy_json, attempt_timeout_ms, execution_deadline_at
  redis.register_function('ff_issue_grant_and_claim', function(keys, args)
    local core_key, grant_key, eligible_key, lease_expiry_key, worker_leases_key, attempts_key, lease_current_key,
      history_key, active_key, attempt_timeout_key, execution_deadline_key = unpack(keys)
    local execution_id, worker_id, worker_instance_id, lane = args[1], args[2], args[3], args[4]
    local lease_id, attempt_id = args[6], args[8]

    local lease_ttl_ms, bad = required_number('lease_ttl_ms', args[7])
    if bad then
      return bad
    end
    local core = read_core(core_key, NEEDED)
    if not core then
      return fail('execution_not_found')
    end
    if core.lifecycle_phase ~= 'runnable' then
      return fail('execution_not_eligible')
    end
    if core.ownership_state ~= 'unowned' then
      return fail('lease_conflict')
    end
    if core.terminal_outcome ~= 'none' then
      return fail('execution_not_eligible')
    end
    if core.attempt_state == 'running_attempt' then
      return fail('active_attempt_exists')
    end
    if redis.call('EXISTS', grant_key) == 1 then
      return fail('grant_already_exists')
    end

    local interrupted = core.attempt_state == 'attempt_interrupted'
    local policy, timeout_ms, deadline_at
    if not interrupted then
      if not redis.call('ZSCORE', eligible_key, execution_id) then
        return fail('execution_not_in_eligible_set')
      end
      if core.eligibility_state ~= 'eligible_now' then
        return fail('execution_not_eligible')
      end
      policy, bad = attempt_policy_fields(args[9])
      if bad then
        return bad
      end
      timeout_ms, bad = deadline_argument('attempt_timeout_ms', args[10])
      if bad then
        return bad
      end
      deadline_at, bad = deadline_argument('execution_deadline_at', args[11])
      if bad then
        return bad
      end
    end

    local now = now_ms()
    local lease = {
      lease_id = lease_id,
      lease_epoch = next_epoch(core),
      execution_id = execution_id,
      attempt_id = interrupted and (core.current_attempt_id or '') or attempt_id,
      attempt_index = interrupted and or_default(core.current_attempt_index, '0')
        or tostring(tonumber(core.total_attempt_count) or 0),
      worker_id = worker_id,
      worker_instance_id = worker_instance_id,
      expires_at = now + lease_ttl_ms,
      renewal_deadline = renewal_deadline(now, lease_ttl_ms),
    }
    local tag = tag_of(core_key)
    want_at_least(keys, 11)
    want_at_least(args, 8)
    want_attempt(tag, lease)
    want_lease({
      lease_expiry = lease_expiry_key, worker_leases = worker_leases_key, active = active_key, lease_history = history_key,
    })
    want_zsets(attempts_key, eligible_key, attempt_timeout_key, execution_deadline_key)
    want_parked(tag, stored_lane(core))
    if interrupted then
      resume(core_key, history_key, lease, lane, now)
    else
      start(core_key, attempts_key, history_key, core, lease, lane, now, policy)
    end
    write_lease(lease_current_key, lease, now)
    redis.call('ZREM', eligible_key, execution_id)
    -- The override takes what is delayed or blocked, too; nothing of that may stay behind (Q-041).
    remove_parked(tag, execution_id, stored_lane(core))
    index_lease(lease, lease_expiry_key, worker_leases_key, active_key)
    if timeout_ms then
      redis.call('ZADD', attempt_timeout_key, now + timeout_ms, execution_id)
    end
    if deadline_at then
      redis.call('ZADD', execution_deadline_key, deadline_at, execution_id)
    end
    return ok(lease.lease_id, lease.lease_epoch, lease.attempt_index)
  end)
end

do
  local FIELDS = {
    'lifecycle_phase', 'ownership_state', 'eligibility_state', 'terminal_outcome', 'attempt_state', 'current_lease_epoch',
    'total_attempt_count', 'started_at', 'pending_retry_reason', 'pending_replay_reason', 'pending_replay_requested_by',
    'pending_previous_attempt_index',
  }

  local function refusal(core)
    if core.lifecycle_phase ~= 'runnable' then
      return 'execution_not_leaseable'
    end
    if core.ownership_state ~= 'unowned' then
      return 'lease_conflict'
    end
    if core.eligibility_state ~= 'eligible_now' or core.terminal_outcome ~= 'none' then
      return 'execution_not_leaseable'
    end
    if core.attempt_state == 'running_attempt' then
      return 'active_attempt_exists'
    end
    if core.attempt_state == 'attempt_interrupted' then
      return 'use_claim_resumed_execution'
    end
    return nil
  end

  -- timeout_argument is nil for '' and '0', both of which mean none.
  local function timeout_argument(name, raw)
    if raw == '0' then
      return nil, nil
    end
    return optional_number(name, raw)
  end

  -- spec 03a §3.2
  -- KEYS: core, claim_grant, eligible, lease_expiry, worker_leases, attempt, attempt_usage, attempt_policy (these three are
  --   placeholders), attempts, lease_current, lease_history, active, attempt_timeout, execution_deadline
  -- ARGV: execution_id, worker_id, worker_instance_id, lane, capability_snapshot_hash, lease_id, lease_ttl_ms,
  --   renew_before_ms, attempt_id, attempt_policy_json, attempt_timeout_ms, execution_deadline_at
  redis.register_function('ff_claim_execution', function(keys, args)
    local core_key, grant_key, eligible_key, lease_expiry_key, worker_set_key, _, _, _, attempts_key, lease_current_key,
      history_key, active_key, attempt_timeout_key, deadline_key = unpack(keys)
    local eid, worker_id, worker_instance_id, lane, _, lease_id, ttl_raw, renew_raw, attempt_id, policy_json, timeout_raw,
      deadline_raw = unpack(args, 1, 12)

    local lease_ttl, err = required_number('lease_ttl_ms', ttl_raw)
    if err then
      return err
    end
    local renew_before
    renew_before, err = required_number('renew_before_ms', renew_raw)
    if err then
      return err
    end
    local core = read_core(core_key, FIELDS)
    if not core then
      return fail('execution_not_found')
    end
    local code = refusal(core)
    if code then
      return fail(code)
    end
    local grant = held_grant(grant_key, worker_id)
    if not grant then
      return fail('invalid_claim_grant')
    end
    local now = now_ms()
    if grant_is_over(grant, now) then
      return fail('claim_grant_expired')
    end
    local policy, attempt_timeout, deadline
    policy, err = attempt_policy_fields(policy_json)
    if err then
      return err
    end
    attempt_timeout, err = timeout_argument('attempt_timeout_ms', timeout_raw)
    if err then
      return err
    end
    deadline, err = timeout_argument('execution_deadline_at', deadline_raw)
    if err then
      return err
    end

    local lease = {
      lease_id = lease_id,
      lease_epoch = next_epoch(core),
      execution_id = eid,
      attempt_id = attempt_id,
      attempt_index = tostring(tonumber(core.total_attempt_count) or 0),
      worker_id = worker_id,
      worker_instance_id = worker_instance_id,
      expires_at = now + lease_ttl,
      renewal_deadline = now + renew_before,
    }
    local attempt_type, origin = attempt_origin(core)
    want_at_least(keys, 14)
    want_at_least(args, 9)
    want_attempt(tag_of(core_key), lease)
    want_lease({lease_expiry = lease_expiry_key, worker_leases = worker_set_key, active = active_key, lease_history = history_key})
    want_zsets(attempts_key, eligible_key, attempt_timeout_key, deadline_key)
    redis.call('DEL', grant_key)
    start_attempt(tag_of(core_key), attempts_key, lease, now, attempt_type, origin, policy)
    write_lease(lease_current_key, lease, now)
    hold_core(core_key, lease, lane, now, fresh_attempt_fields(core, lease, now))
    redis.call('ZREM', eligible_key, eid)
    index_lease(lease, lease_expiry_key, worker_set_key, active_key)
    if attempt_timeout then
      redis.call('ZADD', attempt_timeout_key, now + attempt_timeout, eid)
    end
    if deadline then
      redis.call('ZADD', deadline_key, deadline, eid)
    end
    record_history(history_key,
      'event', 'acquired',
      'lease_id', lease_id,
      'lease_epoch', lease.lease_epoch,
      'attempt_id', attempt_id,
      'attempt_index', lease.attempt_index,
      'worker_id', worker_id,
      'ts', now)
    return ok(lease_id, lease.lease_epoch, tostring(lease.expires_at), attempt_id, lease.attempt_index, attempt_type)
  end)
end

do
  local FIELDS = lease_fields_and('flow_id', 'lane_id', 'current_lane', 'total_attempt_count', 'lease_reclaim_count')
  local DEFAULT_MAX_RECLAIMS = 100

  local function must_be_numeric(raw, what)
    local n = tonumber(raw)
    if n == nil then
      error(what .. ' must be numeric')
    end
    return n
  end

  -- reclaim_cap is how often an execution may be reclaimed: the policy's word before the caller's before the default.
  local function reclaim_cap(core_key, default_raw)
    local cap = DEFAULT_MAX_RECLAIMS
    if default_raw ~= nil then
      cap = must_be_numeric(default_raw, 'ARGV[9] (default_max_reclaim_count)')
    end
    local policy = decode_table(redis.call('GET', string.sub(core_key, 1, -#':core' - 1) .. ':policy'))
    if policy and policy.max_reclaim_count ~= nil then
      cap = must_be_numeric(policy.max_reclaim_count, 'policy max_reclaim_count')
    end
    return cap
  end

  -- rearmed_timeout is when the new attempt times out: as long after now as the old attempt had from its start (Q-035).
  -- Nil when there is no timeout.
  local function rearmed_timeout(attempt_timeout_key, eid, old_attempt, now)
    local due = redis.call('ZSCORE', attempt_timeout_key, eid)
    if not due then
      return nil
    end
    local started_at = tonumber(redis.call('HGET', old_attempt, 'started_at') or '')
    return started_at and now + (tonumber(due) - started_at)
  end

  -- spec 03a §3.8
  -- KEYS: core, claim_grant, attempt(old), stream_meta(old), attempt(new), attempt_usage(new) (these two are placeholders),
  --   attempts, lease_current, lease_history, lease_expiry, worker_leases(new), active, attempt_timeout, execution_deadline
  -- ARGV: execution_id, worker_id, worker_instance_id, lane, lease_id, lease_ttl_ms, attempt_id, attempt_policy_json (unused),
  --   default_max_reclaim_count
  redis.register_function('ff_reclaim_execution', function(keys, args)
    local core_key, grant_key, old_attempt, old_meta_key, _, _, attempts_key, lease_current_key, history_key,
      lease_expiry_key, worker_set_key, active_key, attempt_timeout_key, deadline_key = unpack(keys)
    local eid, worker_id, worker_instance_id, lane, lease_id, ttl_raw, attempt_id, _, max_raw = unpack(args, 1, 9)

    local lease_ttl, err = required_number('lease_ttl_ms', ttl_raw)
    if err then
      return err
    end
    local core = read_core(core_key, FIELDS)
    if not core then
      return fail('execution_not_found')
    end
    if core.lifecycle_phase ~= 'active'
      or core.ownership_state ~= 'lease_expired_reclaimable' and core.ownership_state ~= 'lease_revoked' then
      return fail('execution_not_reclaimable')
    end

    local now = now_ms()
    local tag = tag_of(core_key)
    local cap = reclaim_cap(core_key, max_raw)
    local reclaims = tonumber(core.lease_reclaim_count) or 0
    if reclaims >= cap then
      local why = 'max_reclaims_exceeded'
      local last_lane = or_default(core.lane_id, or_default(core.current_lane, 'default'))
      local terminal_key = lane_index(tag, last_lane, 'terminal')
      want_at_least(keys, 14)
      want_hashes(old_attempt, old_meta_key)
      want_zsets(lease_expiry_key, active_key, attempt_timeout_key, deadline_key, terminal_key)
      want_workers(tag, worker_set_key, core.current_worker_instance_id)
      want_streams(history_key)
      end_attempt(old_attempt, 'ended_failure', now, 'failure_reason', why) -- Q-034, down to the publication
      close_stream(old_meta_key, now, 'attempt_failure')
      finish_core(core_key, 'failed', 'attempt_terminal', now, 'failure_reason', why)
      redis.call('DEL', lease_current_key, grant_key)
      redis.call('ZREM', lease_expiry_key, eid)
      leave_worker(tag, eid, worker_set_key, core.current_worker_instance_id)
      redis.call('ZREM', active_key, eid)
      redis.call('ZREM', attempt_timeout_key, eid)
      redis.call('ZREM', deadline_key, eid)
      redis.call('ZADD', terminal_key, now, eid)
      record_release(history_key, stored_lease(core), core.current_attempt_index, 'failed_terminal', now)
      publish_completion(eid, core.flow_id, 'failed')
      return fail('max_retries_exhausted', tostring(cap))
    end
    if not held_grant(grant_key, worker_id) then
      return fail('invalid_claim_grant')
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
      renewal_deadline = renewal_deadline(now, lease_ttl),
    }
    local why = 'lease_' .. core.ownership_state -- the doubled prefix is the wire's (Q-036)
    local attempt_due = rearmed_timeout(attempt_timeout_key, eid, old_attempt, now)
    want_at_least(args, 7)
    want_hashes(old_attempt, old_meta_key)
    want_attempt(tag, lease)
    want_zsets(attempts_key)
    want_workers(tag, worker_set_key, core.current_worker_instance_id)
    want_lease({lease_expiry = lease_expiry_key, worker_leases = worker_set_key, active = active_key, lease_history = history_key})
    redis.call('DEL', grant_key)
    end_attempt(old_attempt, 'interrupted_reclaimed', now, 'failure_reason', why)
    close_stream(old_meta_key, now, 'reclaimed')
    start_attempt(tag, attempts_key, lease, now, 'reclaim',
      {'reclaim_reason', why, 'previous_attempt_index', core.current_attempt_index or '0'}, {})
    write_lease(lease_current_key, lease, now)
    hold_core(core_key, lease, lane, now,
      'current_attempt_index', lease.attempt_index,
      'total_attempt_count', tostring(tonumber(lease.attempt_index) + 1),
      'current_attempt_id', attempt_id,
      'lease_reclaim_count', tostring(reclaims + 1))
    local old_instance = core.current_worker_instance_id
    if is_set(old_instance) and old_instance ~= worker_instance_id then
      redis.call('SREM', worker_leases_key(tag, old_instance), eid)
    end
    index_lease(lease, lease_expiry_key, worker_set_key, active_key)
    if attempt_due then
      redis.call('ZADD', attempt_timeout_key, attempt_due, eid)
    end
    record_history(history_key,
      'event', 'reclaimed',
      'old_lease_epoch', core.current_lease_epoch or '',
      'new_lease_id', lease_id,
      'new_lease_epoch', lease.lease_epoch,
      'new_attempt_id', attempt_id,
      'new_attempt_index', lease.attempt_index,
      'worker_id', worker_id,
      'ts', now)
    return ok(lease_id, lease.lease_epoch, tostring(lease.expires_at), attempt_id, lease.attempt_index, 'reclaim')
  end)
end

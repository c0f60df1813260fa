-- The two ways in which a worker gives an execution back without ending the attempt.
do
  local FIELDS = lease_fields_and('created_at')

  -- held reads core and checks that the caller holds the lease: core, the fence and now, or the error reply.
  local function held(core_key, history_key, eid, lease_id, lease_epoch, attempt_id, source)
    local core = read_core(core_key, FIELDS)
    if not core then
      return nil, nil, nil, fail('execution_not_found')
    end
    local fence, err = resolve_fence(core, lease_id, lease_epoch, attempt_id, source)
    if err then
      return nil, nil, nil, err
    end
    local now = now_ms()
    return core, fence, now, check_lease(core_key, history_key, eid, core, fence, now)
  end

  local function pause_attempt(attempt, now, why)
    redis.call('HSET', attempt, 'attempt_state', 'suspended', 'suspended_at', now, 'suspension_id', why)
  end

  local function record_pause(history_key, fence, core, reason, now)
    record_history(history_key,
      'event', 'released',
      'lease_id', fence.lease_id,
      'lease_epoch', fence.lease_epoch,
      'attempt_index', core.current_attempt_index or '',
      'attempt_id', core.current_attempt_id or '',
      'reason', reason,
      'ts', now)
  end

  -- spec 03a §3.5
  -- KEYS: core, attempt, lease_current, lease_history, lease_expiry, worker_leases, active, delayed, attempt_timeout
  -- ARGV: execution_id, lease_id, lease_epoch, attempt_id, delay_until, source
  redis.register_function('ff_delay_execution', function(keys, args)
    local core_key, attempt, lease_current_key, history_key, lease_expiry_key, worker_set_key, active_key, delayed_key,
      attempt_timeout_key = unpack(keys)
    local eid, lease_id, lease_epoch, attempt_id, delay_raw, source = unpack(args, 1, 6)

    local core, fence, now, err = held(core_key, history_key, eid, lease_id, lease_epoch, attempt_id, source)
    if err then
      return err
    end
    local delay_until
    delay_until, err = required_number('delay_until', delay_raw or '') -- Q-022
    if err then
      return err
    end

    local lease_keys = {
      lease_current = lease_current_key,
      lease_expiry = lease_expiry_key,
      worker_leases = worker_set_key,
      active = active_key,
      attempt_timeout = attempt_timeout_key,
    }
    want_lease_end(lease_keys, history_key)
    want_hashes(attempt)
    want_zsets(delayed_key)
    pause_attempt(attempt, now, 'worker_delay')
    release_core(core_key, now,
      'eligibility_state', 'not_eligible_until_time',
      'blocking_reason', 'waiting_for_delay',
      'blocking_detail', 'delayed until ' .. delay_raw,
      'attempt_state', 'attempt_interrupted',
      'public_state', 'delayed',
      'delay_until', delay_raw)
    drop_lease(eid, lease_keys)
    redis.call('ZADD', delayed_key, delay_until, eid)
    record_pause(history_key, fence, core, 'worker_delay', now)
    return ok(delay_raw)
  end)

  -- spec 03a §3.6
  -- KEYS: core, attempt, lease_current, lease_history, lease_expiry, worker_leases, active, blocked_deps, attempt_timeout
  -- ARGV: execution_id, lease_id, lease_epoch, attempt_id, source
  redis.register_function('ff_move_to_waiting_children', function(keys, args)
    local core_key, attempt, lease_current_key, history_key, lease_expiry_key, worker_set_key, active_key, blocked_key,
      attempt_timeout_key = unpack(keys)
    local eid, lease_id, lease_epoch, attempt_id, source = unpack(args, 1, 5)

    local core, fence, now, err = held(core_key, history_key, eid, lease_id, lease_epoch, attempt_id, source)
    if err then
      return err
    end

    local lease_keys = {
      lease_current = lease_current_key,
      lease_expiry = lease_expiry_key,
      worker_leases = worker_set_key,
      active = active_key,
      attempt_timeout = attempt_timeout_key,
    }
    want_lease_end(lease_keys, history_key)
    want_hashes(attempt)
    want_zsets(blocked_key)
    want_score(tonumber(core.created_at) or 0)
    pause_attempt(attempt, now, 'waiting_children')
    release_core(core_key, now,
      'eligibility_state', 'blocked_by_dependencies',
      'blocking_reason', 'waiting_for_children',
      'blocking_detail', 'waiting for child executions to complete',
      'attempt_state', 'attempt_interrupted',
      'public_state', 'waiting_children')
    drop_lease(eid, lease_keys)
    redis.call('ZADD', blocked_key, tonumber(core.created_at) or 0, eid)
    record_pause(history_key, fence, core, 'waiting_children', now)
    return ok()
  end)
end

-- Suspensions that end without a signal: resumed by somebody, or timed out (spec 03b §4.2, §4.4).
do
  -- ff_resume_execution, spec 03b §4.2
  -- KEYS: core, suspension, waitpoint, waitpoint_signals (not used), suspension_timeout, eligible, delayed, suspended
  -- ARGV: execution_id, trigger_type (not used), resume_delay_ms
  redis.register_function('ff_resume_execution', function(keys, args)
    local core_key, suspension_key, waitpoint_key, suspension_timeout = keys[1], keys[2], keys[3], keys[5]
    local eid, resume_delay_ms = args[1], args[3]

    local core = read_core(core_key, RELEASE_SUSPENDED_FIELDS)
    if not core then
      return fail('execution_not_found')
    end
    if core.lifecycle_phase ~= 'suspended' then
      return fail('execution_not_suspended')
    end
    local suspension = open_suspension(suspension_key, 'additional_waitpoints_json')
    if not suspension then
      return fail('execution_not_suspended')
    end
    local delay_ms, delay_error = required_number('resume_delay_ms', resume_delay_ms or '0')
    if not delay_ms then
      return delay_error
    end

    local now = now_ms()
    local places = {core = core_key, eligible = keys[6], delayed = keys[7], suspended = keys[8]}
    local additional = additional_waitpoint_ids(suspension.additional_waitpoints_json)
    local tag = tag_of(core_key)
    want_at_least(keys, 8)
    want_release(places, core, delay_ms)
    want_zsets(suspension_timeout)
    want_hashes(waitpoint_key, waitpoint_key .. ':condition')
    want_waitpoints(tag, additional)
    local public_state = release_suspended(places, core, eid, now, delay_ms, 'resume delay ' .. delay_ms .. 'ms')
    local close = closing(now, 'resumed', 'resumed', now)
    close_waitpoint_keys(waitpoint_key, waitpoint_key .. ':condition', close)
    redis.call('HSET', suspension_key, unpack(close.suspension))
    redis.call('ZREM', suspension_timeout, eid)
    delete_composite_keys(suspension_key)
    close_waitpoints(tag, additional, close)
    return ok(public_state)
  end)

  -- How a timeout ends an execution, by timeout_behavior; every word that is not here fails it.
  local TERMINAL = {
    fail = {outcome = 'failed', reason = 'timed_out_fail', attempt_state = 'ended_failure'},
    cancel = {outcome = 'cancelled', reason = 'timed_out_cancel', attempt_state = 'ended_cancelled'},
    expire = {outcome = 'expired', reason = 'timed_out_expire', attempt_state = 'ended_failure'},
  }

  -- close_all closes everything that belongs to a suspension but its indexes.
  local function close_all(keys, additional, tag, now, reason)
    local close = closing(now, reason, reason, nil)
    close_waitpoint_keys(keys.waitpoint, keys.condition, close)
    redis.call('HSET', keys.suspension, unpack(close.suspension))
    delete_composite_keys(keys.suspension)
    close_waitpoints(tag, additional, close)
  end

  local function escalate(keys, core, suspension, eid, now)
    want_zsets(keys.suspension_timeout)
    redis.call('HSET', keys.core,
      'lifecycle_phase', core.lifecycle_phase,
      'ownership_state', 'unowned',
      'eligibility_state', 'not_applicable',
      'blocking_reason', 'paused_by_operator',
      'blocking_detail', 'suspension escalated: timeout at ' .. suspension.timeout_at,
      'terminal_outcome', 'none',
      'public_state', 'suspended',
      'last_mutation_at', now)
    redis.call('HSET', keys.suspension,
      'reason_code', 'waiting_for_operator_review',
      'timeout_at', '',
      'timeout_behavior', '')
    redis.call('ZREM', keys.suspension_timeout, eid)
    return ok('escalate', 'suspended')
  end

  local function end_execution(keys, core, additional, eid, behavior, now)
    local ending = TERMINAL[behavior] or TERMINAL.fail
    local failure_reason = 'suspension_timeout:' .. behavior
    want_hashes(keys.attempt, keys.stream_meta)
    want_zsets(keys.suspended, keys.terminal)
    redis.call('HSET', keys.core,
      'lifecycle_phase', 'terminal',
      'ownership_state', 'unowned',
      'eligibility_state', 'not_applicable',
      'blocking_reason', 'none',
      'blocking_detail', '',
      'terminal_outcome', ending.outcome,
      'attempt_state', 'attempt_terminal',
      'public_state', ending.outcome,
      'failure_reason', failure_reason,
      'completed_at', now,
      'current_suspension_id', '',
      'current_waitpoint_id', '',
      'last_transition_at', now,
      'last_mutation_at', now)
    if is_set(core.current_attempt_index) then
      end_attempt(keys.attempt, ending.attempt_state, now,
        'failure_reason', failure_reason, 'suspended_at', '', 'suspension_id', '')
    end
    close_stream(keys.stream_meta, now, 'suspension_timeout')
    close_all(keys, additional, tag_of(keys.core), now, ending.reason)
    redis.call('ZREM', keys.suspension_timeout, eid)
    redis.call('ZREM', keys.suspended, eid)
    redis.call('ZADD', keys.terminal, now, eid)
    publish_completion(eid, core.flow_id, ending.outcome)
    return ok(behavior, ending.outcome)
  end

  -- ff_expire_suspension, spec 03b §4.4
  -- KEYS: core, suspension, waitpoint, waitpoint_condition, attempt, stream_meta, suspension_timeout, suspended, terminal,
  --       eligible, delayed (not used), lease_history (not used)
  -- ARGV: execution_id
  redis.register_function('ff_expire_suspension', function(keys, args)
    local k = {
      core = keys[1], suspension = keys[2], waitpoint = keys[3], condition = keys[4], attempt = keys[5],
      stream_meta = keys[6], suspension_timeout = keys[7], suspended = keys[8], terminal = keys[9], eligible = keys[10],
    }
    local eid = args[1]

    want_at_least(args, 1)
    local core = read_core(k.core, {'lifecycle_phase', 'created_at', 'priority', 'current_attempt_index', 'flow_id'})
    if not core then
      redis.call('ZREM', k.suspension_timeout, eid)
      return ok('not_found_cleaned')
    end
    if core.lifecycle_phase ~= 'suspended' then
      redis.call('ZREM', k.suspension_timeout, eid)
      return ok('not_suspended_cleaned')
    end
    local suspension = open_suspension(k.suspension, 'timeout_at', 'timeout_behavior', 'additional_waitpoints_json')
    if not suspension then
      redis.call('ZREM', k.suspension_timeout, eid)
      return ok('no_active_suspension_cleaned')
    end
    -- The index is put right for whatever is not due, so that it does not hide what is (Q-068).
    local timeout_at = tonumber(suspension.timeout_at) or 0
    if timeout_at == 0 then
      redis.call('ZREM', k.suspension_timeout, eid)
      return ok('not_yet_due')
    end
    local now = now_ms()
    if timeout_at > now then
      redis.call('ZADD', k.suspension_timeout, timeout_at, eid)
      return ok('not_yet_due')
    end

    local behavior = suspension.timeout_behavior or 'fail'
    if behavior == 'escalate' then
      return escalate(k, core, suspension, eid, now)
    end
    local tag = tag_of(k.core)
    local additional = additional_waitpoint_ids(suspension.additional_waitpoints_json)
    want_at_least(keys, 10)
    want_hashes(k.waitpoint, k.condition)
    want_waitpoints(tag, additional)
    want_zsets(k.suspension_timeout)
    if behavior == 'auto_resume' or behavior == 'auto_resume_with_timeout_signal' then
      want_release(k, core, 0)
      local public_state = release_suspended(k, core, eid, now, 0, nil)
      close_all(k, additional, tag, now, 'timed_out_auto_resume')
      redis.call('ZREM', k.suspension_timeout, eid)
      return ok('auto_resume', public_state)
    end
    return end_execution(k, core, additional, eid, behavior, now)
  end)
end

-- ff_unblock_execution (spec 03d §6.6)
-- KEYS: exec_core, blocked zset to leave, eligible
-- ARGV: execution_id, now_ms, expected_blocking_reason
redis.register_function('ff_unblock_execution', function(keys, args)
  local core_key, blocked_key, eligible_key = keys[1], keys[2], keys[3]
  local execution_id, now, expected_reason = args[1], args[2], args[3]
  local core = read_core(core_key,
    {'lifecycle_phase', 'eligibility_state', 'blocking_reason', 'attempt_state', 'created_at', 'priority'})
  if not core then
    return fail('execution_not_found')
  end
  if core.lifecycle_phase ~= 'runnable' then
    return fail('execution_not_eligible')
  end
  local state = core.eligibility_state
  if state ~= 'blocked_by_budget' and state ~= 'blocked_by_quota'
    and state ~= 'blocked_by_route' and state ~= 'blocked_by_operator' then
    return fail('execution_not_eligible')
  end
  if is_set(expected_reason) and expected_reason ~= core.blocking_reason then
    return fail('execution_not_eligible')
  end
  local score = eligible_score(tonumber(core.created_at or '0'), tonumber(core.priority or '0'))
  want_zsets(blocked_key, eligible_key)
  want_score(score)
  redis.call('HSET', core_key,
    'lifecycle_phase', 'runnable',
    'ownership_state', 'unowned',
    'eligibility_state', 'eligible_now',
    'blocking_reason', 'waiting_for_worker',
    'blocking_detail', '',
    'terminal_outcome', 'none',
    'attempt_state', core.attempt_state or 'pending_first_attempt',
    'public_state', 'waiting',
    'last_transition_at', now,
    'last_mutation_at', now)
  redis.call('ZREM', blocked_key, execution_id)
  redis.call('ZADD', eligible_key, score, execution_id)
  return ok('unblocked')
end)

do
  local BLOCKED_STATE = {
    waiting_for_budget = 'blocked_by_budget',
    waiting_for_quota = 'blocked_by_quota',
    waiting_for_capable_worker = 'blocked_by_route',
    paused_by_operator = 'blocked_by_operator',
    paused_by_policy = 'blocked_by_lane_state',
  }

  -- ff_block_execution_for_admission (spec 03d §6.7)
  -- KEYS: exec_core, eligible, target blocked zset
  -- ARGV: execution_id, blocking_reason, blocking_detail, now_ms
  redis.register_function('ff_block_execution_for_admission', function(keys, args)
    local core_key, eligible_key, blocked_key = keys[1], keys[2], keys[3]
    local execution_id, reason, detail = args[1], args[2], args[3] or ''
    local core = read_core(core_key, {
      'lifecycle_phase', 'terminal_outcome', 'current_lease_epoch', 'current_attempt_id', 'attempt_state', 'lane_id',
    })
    if not core then
      return fail('execution_not_found')
    end
    if core.lifecycle_phase == 'terminal' then
      return not_active(core)
    end
    if core.lifecycle_phase ~= 'runnable' then
      return fail('execution_not_eligible')
    end
    local state = BLOCKED_STATE[reason or '']
    if not state then
      return fail('invalid_blocking_reason')
    end
    local now_number, bad = required_number('now_ms', args[4])
    if bad then
      return bad
    end
    local now, tag, lane = args[4], tag_of(core_key), stored_lane(core)
    want_zsets(eligible_key, blocked_key)
    want_parked(tag, lane)
    redis.call('HSET', core_key,
      'lifecycle_phase', 'runnable',
      'ownership_state', 'unowned',
      'eligibility_state', state,
      'blocking_reason', reason,
      'blocking_detail', detail,
      'terminal_outcome', 'none',
      'attempt_state', core.attempt_state or 'pending_first_attempt',
      'public_state', 'rate_limited',
      'last_transition_at', now,
      'last_mutation_at', now)
    redis.call('ZREM', eligible_key, execution_id)
    -- What it waited for before must not keep an entry that points here (Q-131).
    remove_parked(tag, execution_id, lane, blocked_key)
    redis.call('ZADD', blocked_key, now_number, execution_id)
    return ok('blocked')
  end)
end

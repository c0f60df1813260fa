-- ff_change_priority (spec 03d §5.2)
-- KEYS: exec_core, eligible
-- ARGV: execution_id, new_priority
redis.register_function('ff_change_priority', function(keys, args)
  local core_key, eligible_key = keys[1], keys[2]
  local execution_id = args[1]
  local new_priority, bad = required_number('new_priority', args[2])
  if bad then
    return bad
  end
  local core = read_core(core_key, {'lifecycle_phase', 'eligibility_state', 'priority', 'created_at', 'lane_id'})
  if not core then
    return fail('execution_not_found')
  end
  if core.lifecycle_phase ~= 'runnable' or core.eligibility_state ~= 'eligible_now' then
    return fail('execution_not_eligible')
  end
  local priority = math.max(0, math.min(9000, new_priority))
  -- The caller may be wrong about the lane; the execution must not stand in two (Q-133).
  if is_set(core.lane_id) then
    eligible_key = lane_index(tag_of(core_key), core.lane_id, 'eligible')
  end
  local score = eligible_score(tonumber(core.created_at or '0'), priority)
  want_zsets(eligible_key)
  want_score(score)
  redis.call('HSET', core_key, 'priority', priority, 'last_mutation_at', now_ms())
  redis.call('ZADD', eligible_key, score, execution_id)
  return ok(core.priority or '0', tostring(priority))
end)

-- ff_update_progress (spec 03d §5.5)
-- KEYS: exec_core
-- ARGV: execution_id, lease_id, lease_epoch, progress_pct, progress_message
redis.register_function('ff_update_progress', function(keys, args)
  local core_key = keys[1]
  local lease_id, lease_epoch, progress_pct, progress_message = args[2], args[3], args[4], args[5]
  local core = read_core(core_key, LEASE_FIELDS)
  if not core then
    return fail('execution_not_found')
  end
  if core.lifecycle_phase ~= 'active' then
    return not_active(core)
  end
  if core.ownership_state == 'lease_revoked' then
    return fail('lease_revoked')
  end
  local now = now_ms()
  if tonumber(core.lease_expires_at or '0') <= now then
    return fail('lease_expired')
  end
  if core.current_lease_id ~= lease_id or core.current_lease_epoch ~= lease_epoch then
    return fail('stale_lease')
  end
  local fields = {'last_mutation_at', now, 'progress_updated_at', now}
  if is_set(progress_pct) then
    fields[#fields + 1] = 'progress_pct'
    fields[#fields + 1] = progress_pct
  end
  if is_set(progress_message) then
    fields[#fields + 1] = 'progress_message'
    fields[#fields + 1] = progress_message
  end
  redis.call('HSET', core_key, unpack(fields))
  return ok()
end)

-- ff_promote_delayed (spec 03d §5.6)
-- KEYS: exec_core, delayed, eligible
-- ARGV: execution_id, now_ms
redis.register_function('ff_promote_delayed', function(keys, args)
  local core_key, delayed_key, eligible_key = keys[1], keys[2], keys[3]
  local execution_id = args[1]
  local now, bad = required_number('now_ms', args[2])
  if bad then
    return bad
  end
  local core = read_core(core_key, {'lifecycle_phase', 'eligibility_state', 'delay_until', 'created_at', 'priority'})
  if not core then
    redis.call('ZREM', delayed_key, execution_id)
    return ok('not_found_cleaned')
  end
  if core.lifecycle_phase ~= 'runnable' then
    redis.call('ZREM', delayed_key, execution_id)
    return ok('not_runnable_cleaned')
  end
  if core.eligibility_state ~= 'not_eligible_until_time' then
    redis.call('ZREM', delayed_key, execution_id)
    return ok('not_delayed_cleaned')
  end
  -- A resume with delay by another library stores no delay_until; the score is the same time (Q-048).
  local due = or_default(core.delay_until, nil) or redis.call('ZSCORE', delayed_key, execution_id) or '0'
  if tonumber(due) > now then
    return ok('not_yet_due')
  end
  local score = eligible_score(tonumber(core.created_at or '0'), tonumber(core.priority or '0'))
  want_zsets(delayed_key, eligible_key)
  want_score(score)
  -- attempt_state stays: it decides what kind of claim comes next.
  redis.call('HSET', core_key,
    'lifecycle_phase', 'runnable',
    'ownership_state', 'unowned',
    'eligibility_state', 'eligible_now',
    'blocking_reason', 'waiting_for_worker',
    'blocking_detail', '',
    'terminal_outcome', 'none',
    'public_state', 'waiting',
    'delay_until', '',
    'last_transition_at', now,
    'last_mutation_at', now)
  redis.call('ZREM', delayed_key, execution_id)
  redis.call('ZADD', eligible_key, score, execution_id)
  return ok('promoted')
end)

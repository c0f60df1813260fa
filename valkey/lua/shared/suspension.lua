-- The way out of a suspension back to work (spec 03b §4.2, §4.4, §4.8).

-- What release_suspended needs of core.
local RELEASE_SUSPENDED_FIELDS = {'lifecycle_phase', 'created_at', 'priority'}

-- open_suspension reads the suspension record with the given fields; nil when there is none or it is closed.
local function open_suspension(suspension_key, ...)
  local suspension = read_fields(suspension_key, {'suspension_id', 'closed_at', ...})
  if not is_set(suspension.suspension_id) or is_set(suspension.closed_at) then
    return nil
  end
  return suspension
end

-- want_release raises where release_suspended would.
local function want_release(keys, core, delay_ms)
  want_zsets(keys.suspended, delay_ms > 0 and keys.delayed or keys.eligible)
  want_score(eligible_score(tonumber(core.created_at) or 0, tonumber(core.priority) or 0))
end

-- release_suspended makes a suspended execution runnable again, at once or after delay_ms, and returns its public state.
-- The delay is kept in delay_until as well, so that promotion finds it due (Q-048). delay_detail is only for a delay.
-- keys are core, suspended, eligible, delayed; core holds RELEASE_SUSPENDED_FIELDS.
local function release_suspended(keys, core, eid, now, delay_ms, delay_detail)
  local fields = {
    'lifecycle_phase', 'runnable',
    'ownership_state', 'unowned',
    'terminal_outcome', 'none',
    'attempt_state', 'attempt_interrupted',
    'current_suspension_id', '',
    'current_waitpoint_id', '',
    'last_transition_at', now,
    'last_mutation_at', now,
  }
  redis.call('ZREM', keys.suspended, eid)
  if delay_ms > 0 then
    local due = now + delay_ms
    redis.call('HSET', keys.core,
      'eligibility_state', 'not_eligible_until_time',
      'blocking_reason', 'waiting_for_resume_delay',
      'blocking_detail', delay_detail,
      'public_state', 'delayed',
      'delay_until', due,
      unpack(fields))
    redis.call('ZADD', keys.delayed, due, eid)
    return 'delayed'
  end
  redis.call('HSET', keys.core,
    'eligibility_state', 'eligible_now',
    'blocking_reason', 'waiting_for_worker',
    'blocking_detail', '',
    'public_state', 'waiting',
    unpack(fields))
  redis.call('ZADD', keys.eligible, eligible_score(tonumber(core.created_at) or 0, tonumber(core.priority) or 0), eid)
  return 'waiting'
end

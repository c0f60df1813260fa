-- What the flow functions share: when a flow is over, and a dependent child's way out of its wait (spec 03c §3.2, §3.8).

local TERMINAL_FLOW = {cancelled = true, completed = true, failed = true}

-- What decides over a dependent child and lets it go, of core.
local CHILD_FIELDS = {
  'execution_id', 'flow_id', 'lane_id', 'lifecycle_phase', 'ownership_state', 'eligibility_state', 'terminal_outcome',
  'attempt_state', 'created_at', 'priority', 'delay_until', 'pending_previous_attempt_index', 'pending_retry_reason',
  'current_worker_instance_id',
}

local function child_score(core)
  return eligible_score(tonumber(core.created_at) or 0, tonumber(core.priority) or 0)
end

-- want_child_release raises where release_child, with the same keys, would.
local function want_child_release(keys, core)
  want_zsets(keys.blocked_deps, keys.eligible, lane_index(tag_of(keys.core_key), stored_lane(core), 'delayed'))
  want_score(child_score(core))
end

-- release_child ends a wait for dependencies: eligible at once, or delayed while a delay that the wait covered still runs
-- (Q-088). core holds CHILD_FIELDS; keys names core_key, blocked_deps and eligible; now is the caller's clock, as text.
local function release_child(keys, core, eid, now)
  local attempt_state = or_default(core.attempt_state, 'none')
  if attempt_state == 'none' then
    attempt_state = 'pending_first_attempt'
  end
  local eligibility, public_state, reason, detail = 'eligible_now', 'waiting', 'waiting_for_worker', ''
  local index, score = keys.eligible, child_score(core)
  local due = tonumber(core.delay_until)
  if due and due > (tonumber(now) or 0) then
    eligibility, public_state = 'not_eligible_until_time', 'delayed'
    reason, detail = 'waiting_for_delay', 'delayed until ' .. core.delay_until
    if attempt_state == 'pending_retry_attempt' then
      reason = 'waiting_for_retry_backoff'
      detail = 'retry backoff until ' .. core.delay_until .. ' (attempt ' .. (core.pending_previous_attempt_index or '')
        .. ' failed: ' .. (core.pending_retry_reason or '') .. ')'
    end
    index, score = lane_index(tag_of(keys.core_key), stored_lane(core), 'delayed'), due
  end
  redis.call('HSET', keys.core_key,
    'eligibility_state', eligibility,
    'blocking_reason', reason,
    'blocking_detail', detail,
    'terminal_outcome', 'none',
    'attempt_state', attempt_state,
    'public_state', public_state,
    'last_transition_at', now,
    'last_mutation_at', now)
  redis.call('ZREM', keys.blocked_deps, eid)
  redis.call('ZADD', index, score, eid)
end

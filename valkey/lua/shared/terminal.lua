-- The end of an execution, as core tells it (spec 03a §2.16).

-- finish_core makes an execution terminal. outcome is the terminal_outcome; further fields follow as names and values.
local function finish_core(core_key, outcome, attempt_state, now, ...)
  redis.call('HSET', core_key,
    'lifecycle_phase', 'terminal',
    'ownership_state', 'unowned',
    'eligibility_state', 'not_applicable',
    'blocking_reason', 'none',
    'blocking_detail', '',
    'terminal_outcome', outcome,
    'attempt_state', attempt_state,
    'public_state', outcome == 'success' and 'completed' or outcome,
    'completed_at', now,
    'last_transition_at', now,
    'last_mutation_at', now,
    'current_lease_id', '',
    'current_worker_id', '',
    'current_worker_instance_id', '',
    ...)
end

-- final_attempt_state is core's attempt_state after a cancel or an expiry, which also reach executions that never had an
-- attempt. Needs core's attempt_state and current_attempt_index.
local function final_attempt_state(core)
  if is_set(core.current_attempt_index) then
    return 'attempt_terminal'
  end
  return core.attempt_state or 'none'
end

-- attempt_is_open: the current attempt has not ended, be it at work, suspended, or paused while the execution waits in a
-- queue (Q-023). Needs core's lifecycle_phase, attempt_state and current_attempt_index.
local function attempt_is_open(core)
  if core.lifecycle_phase == 'active' or core.lifecycle_phase == 'suspended' then
    return true
  end
  return core.attempt_state == 'attempt_interrupted'
end

-- delete_grant takes away a claim grant that nobody can use any more (Q-044).
local function delete_grant(core_key)
  redis.call('DEL', string.sub(core_key, 1, -#':core' - 1) .. ':claim_grant')
end

-- record_release tells the lease history that a lease ended. lease holds lease_id and lease_epoch.
local function record_release(history_key, lease, attempt_index, reason, now)
  record_history(history_key,
    'event', 'released',
    'lease_id', lease.lease_id,
    'lease_epoch', lease.lease_epoch,
    'attempt_index', attempt_index or '',
    'reason', reason,
    'ts', now)
end

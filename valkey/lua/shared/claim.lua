-- Giving an execution to a worker: what fresh claim, resumed claim, grant-and-claim and reclaim share
-- (spec 03a §3.2, §3.8; 03b §4.10; 03d §5.8).
--
-- lease below is a table: lease_id, lease_epoch, execution_id, attempt_id, attempt_index, worker_id, worker_instance_id,
-- expires_at and renewal_deadline (ms, numbers).

local function attempt_key(tag, eid, attempt_index)
  return 'ff:attempt:' .. tag .. ':' .. eid .. ':' .. attempt_index
end

-- next_epoch is the epoch of the lease that is about to begin; needs core.current_lease_epoch.
local function next_epoch(core)
  return tostring((tonumber(core.current_lease_epoch) or 0) + 1)
end

-- renewal_deadline is when a worker should have renewed, where the caller does not say.
local function renewal_deadline(now, lease_ttl_ms)
  return now + math.floor(lease_ttl_ms * 2 / 3)
end

-- held_grant reads a claim grant; nil when there is none or it is another worker's.
local function held_grant(grant_key, worker_id)
  local grant = read_fields(grant_key, {'worker_id', 'grant_expires_at'})
  if not grant.worker_id or grant.worker_id ~= worker_id then
    return nil
  end
  return grant
end

local function grant_is_over(grant, now)
  return is_set(grant.grant_expires_at) and tonumber(grant.grant_expires_at) < now
end

-- attempt_origin is the type of the attempt that a fresh claim begins, and the fields that say where it comes from.
-- Needs core's attempt_state and the four pending_* fields.
local function attempt_origin(core)
  if core.attempt_state == 'pending_retry_attempt' then
    return 'retry', {
      'retry_reason', core.pending_retry_reason or '',
      'previous_attempt_index', core.pending_previous_attempt_index or '',
    }
  end
  if core.attempt_state == 'pending_replay_attempt' then
    return 'replay', {
      'replay_reason', core.pending_replay_reason or '',
      'replay_requested_by', core.pending_replay_requested_by or '',
      'replayed_from_attempt_index', core.pending_previous_attempt_index or '',
    }
  end
  return 'initial', {}
end

-- attempt_policy_fields flattens attempt_policy_json; the second value is the error reply for text that is no JSON object.
local function attempt_policy_fields(json)
  if not is_set(json) or json == '{}' then
    return {}, nil
  end
  local policy = decode_table(json)
  if not policy then
    return nil, fail('invalid_input', 'attempt_policy_json malformed')
  end
  return flatten_json(policy), nil
end

-- want_attempt and want_lease raise where the writing of an attempt's records and of a lease would. lease names the attempt; keys names
-- lease_expiry, worker_leases, active and lease_history.
local function want_attempt(tag, lease)
  local key = attempt_key(tag, lease.execution_id, lease.attempt_index)
  want_hashes(key, key .. ':usage', key .. ':policy')
end

local function want_lease(keys)
  want_zsets(keys.lease_expiry, keys.active)
  want_sets(keys.worker_leases)
  want_streams(keys.lease_history)
end

-- start_attempt writes the record of a new attempt, its usage and its policy (flat fields, as from attempt_policy_fields).
local function start_attempt(tag, attempts_key, lease, now, attempt_type, origin, policy)
  local key = attempt_key(tag, lease.execution_id, lease.attempt_index)
  redis.call('HSET', key,
    'attempt_id', lease.attempt_id,
    'execution_id', lease.execution_id,
    'attempt_index', lease.attempt_index,
    'attempt_type', attempt_type,
    'attempt_state', 'started',
    'created_at', now,
    'started_at', now,
    'lease_id', lease.lease_id,
    'lease_epoch', lease.lease_epoch,
    'worker_id', lease.worker_id,
    'worker_instance_id', lease.worker_instance_id,
    unpack(origin))
  redis.call('ZADD', attempts_key, now, lease.attempt_index)
  redis.call('HSET', key .. ':usage', 'last_usage_report_seq', '0')
  write_fields(key .. ':policy', policy)
end

-- resume_attempt gives a paused attempt to its new lease.
local function resume_attempt(key, lease, now)
  redis.call('HSET', key,
    'attempt_state', 'started',
    'resumed_at', now,
    'lease_id', lease.lease_id,
    'lease_epoch', lease.lease_epoch,
    'worker_id', lease.worker_id,
    'worker_instance_id', lease.worker_instance_id,
    'suspended_at', '',
    'suspension_id', '')
end

-- write_lease replaces lease:current. It gets a TTL at the first renewal only.
local function write_lease(lease_current_key, lease, now)
  redis.call('DEL', lease_current_key)
  redis.call('HSET', lease_current_key,
    'lease_id', lease.lease_id,
    'lease_epoch', lease.lease_epoch,
    'execution_id', lease.execution_id,
    'attempt_id', lease.attempt_id,
    'worker_id', lease.worker_id,
    'worker_instance_id', lease.worker_instance_id,
    'acquired_at', now,
    'expires_at', tostring(lease.expires_at),
    'last_renewed_at', now,
    'renewal_deadline', tostring(lease.renewal_deadline))
end

-- index_lease enters a lease in lease_expiry, the worker's set and the lane's active zset.
local function index_lease(lease, lease_expiry_key, worker_set_key, active_key)
  redis.call('ZADD', lease_expiry_key, lease.expires_at, lease.execution_id)
  redis.call('SADD', worker_set_key, lease.execution_id)
  redis.call('ZADD', active_key, lease.expires_at, lease.execution_id)
end

-- hold_core makes core say that the lease's worker has the execution; further fields follow as names and values. What an
-- earlier lease left (expired, revoked) is cleared, so that nobody takes it for the state of this one (Q-031).
local function hold_core(core_key, lease, lane, now, ...)
  redis.call('HSET', core_key,
    'lifecycle_phase', 'active',
    'ownership_state', 'leased',
    'eligibility_state', 'not_applicable',
    'blocking_reason', 'none',
    'blocking_detail', '',
    'terminal_outcome', 'none',
    'attempt_state', 'running_attempt',
    'public_state', 'active',
    'current_lease_id', lease.lease_id,
    'current_lease_epoch', lease.lease_epoch,
    'current_worker_id', lease.worker_id,
    'current_worker_instance_id', lease.worker_instance_id,
    'current_lane', lane,
    'lease_acquired_at', now,
    'lease_expires_at', tostring(lease.expires_at),
    'lease_last_renewed_at', now,
    'lease_renewal_deadline', tostring(lease.renewal_deadline),
    'lease_expired_at', '',
    'lease_revoked_at', '',
    'lease_revoke_reason', '',
    'last_transition_at', now,
    'last_mutation_at', now,
    ...)
end

-- fresh_attempt_fields are the further fields of hold_core when a fresh claim begins an attempt. Needs core.started_at.
local function fresh_attempt_fields(core, lease, now)
  return
    'current_attempt_index', lease.attempt_index,
    'total_attempt_count', tostring(tonumber(lease.attempt_index) + 1),
    'current_attempt_id', lease.attempt_id,
    'started_at', or_default(core.started_at, now),
    'pending_retry_reason', '',
    'pending_replay_reason', '',
    'pending_replay_requested_by', '',
    'pending_previous_attempt_index', ''
end

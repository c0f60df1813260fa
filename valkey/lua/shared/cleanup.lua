-- Taking an execution out of what it was in: indexes, its attempt and stream, its suspension (spec 03a §2.16, §2.18, §2.19).
-- Nothing here checks the state of the execution; callers do that first.

local PARKED_INDEXES = {
  'delayed', 'blocked:dependencies', 'blocked:budget', 'blocked:quota', 'blocked:route', 'blocked:operator',
}
local MAIN_INDEXES = {'eligible', 'active', 'suspended'}
local PARTITION_INDEXES = {'lease_expiry', 'suspension_timeout', 'attempt_timeout', 'execution_deadline'}

local function lane_index(tag, lane, name)
  return 'ff:idx:' .. tag .. ':lane:' .. lane .. ':' .. name
end

local function worker_leases_key(tag, worker_instance_id)
  return 'ff:idx:' .. tag .. ':worker:' .. worker_instance_id .. ':leases'
end

local function stream_meta_key(tag, eid, attempt_index)
  return 'ff:stream:' .. tag .. ':' .. eid .. ':' .. attempt_index .. ':meta'
end

-- stored_lane is the lane whose indexes hold an execution; needs core.lane_id.
local function stored_lane(core)
  return or_default(core.lane_id, 'default')
end

-- want_parked raises where remove_parked would.
local function want_parked(tag, lane)
  for _, name in ipairs(PARKED_INDEXES) do
    want_zsets(lane_index(tag, lane, name))
  end
end

-- remove_parked takes a runnable execution out of the zsets in which one waits without being eligible. keep (a key, or nil) is left alone.
local function remove_parked(tag, eid, lane, keep)
  for _, name in ipairs(PARKED_INDEXES) do
    local key = lane_index(tag, lane, name)
    if key ~= keep then
      redis.call('ZREM', key, eid)
    end
  end
end

-- want_all_indexes raises where remove_from_indexes would.
local function want_all_indexes(tag, lane, worker_instance_id)
  want_parked(tag, lane)
  for _, name in ipairs(MAIN_INDEXES) do
    want_zsets(lane_index(tag, lane, name))
  end
  for _, name in ipairs(PARTITION_INDEXES) do
    want_zsets('ff:idx:' .. tag .. ':' .. name)
  end
  if is_set(worker_instance_id) then
    want_sets(worker_leases_key(tag, worker_instance_id))
  end
end

-- remove_from_indexes takes an execution out of every zset of its lane but terminal, out of lease_expiry and the three
-- timeouts, and out of its holder's worker set when worker_instance_id is set. keep (a key, or nil) is left alone.
local function remove_from_indexes(tag, eid, lane, worker_instance_id, keep)
  remove_parked(tag, eid, lane, keep)
  for _, name in ipairs(MAIN_INDEXES) do
    local key = lane_index(tag, lane, name)
    if key ~= keep then
      redis.call('ZREM', key, eid)
    end
  end
  for _, name in ipairs(PARTITION_INDEXES) do
    redis.call('ZREM', 'ff:idx:' .. tag .. ':' .. name, eid)
  end
  if is_set(worker_instance_id) then
    redis.call('SREM', worker_leases_key(tag, worker_instance_id), eid)
  end
end

-- want_workers raises where leave_worker would.
local function want_workers(tag, worker_set_key, worker_instance_id)
  want_sets(worker_set_key)
  if is_set(worker_instance_id) then
    want_sets(worker_leases_key(tag, worker_instance_id))
  end
end

-- leave_worker takes an execution out of the worker set that the caller names and out of the stored holder's, if that is
-- another one.
local function leave_worker(tag, eid, worker_set_key, worker_instance_id)
  redis.call('SREM', worker_set_key, eid)
  if not is_set(worker_instance_id) then
    return
  end
  local holders_key = worker_leases_key(tag, worker_instance_id)
  if holders_key ~= worker_set_key then
    redis.call('SREM', holders_key, eid)
  end
end

-- end_attempt ends an attempt record; further fields (failure_reason, …) follow as names and values.
-- Callers see to it that there is an attempt (core.current_attempt_index set).
local function end_attempt(attempt_key, state, now, ...)
  redis.call('HSET', attempt_key, 'attempt_state', state, 'ended_at', now, ...)
end

-- close_stream closes an output stream, if one was ever opened; an earlier close is overwritten.
local function close_stream(meta_key, now, reason)
  if redis.call('EXISTS', meta_key) == 1 then
    redis.call('HSET', meta_key, 'closed_at', now, 'closed_reason', reason)
  end
end

-- closing is what the end of a suspension writes to the suspension record, to each of its waitpoints and to each of their
-- conditions. reason closes record and waitpoints, condition_reason the conditions. satisfied_at is nil unless the wait was fulfilled.
local function closing(now, reason, condition_reason, satisfied_at)
  local suspension = {'closed_at', now, 'close_reason', reason}
  local waitpoint = {'state', 'closed', 'closed_at', now, 'close_reason', reason}
  if satisfied_at then
    suspension[5], suspension[6] = 'satisfied_at', satisfied_at
    waitpoint[7], waitpoint[8] = 'satisfied_at', satisfied_at
  end
  return {
    suspension = suspension,
    waitpoint = waitpoint,
    condition = {'closed', '1', 'closed_at', now, 'closed_reason', condition_reason},
  }
end

-- write_existing never brings a record to life that retention has taken away.
local function write_existing(key, fields)
  if redis.call('EXISTS', key) == 1 then
    redis.call('HSET', key, unpack(fields))
  end
end

-- close_waitpoint_keys closes one waitpoint record and its condition, each only if it exists. close comes from closing.
local function close_waitpoint_keys(waitpoint_key, condition_key, close)
  write_existing(waitpoint_key, close.waitpoint)
  write_existing(condition_key, close.condition)
end

-- close_waitpoint is close_waitpoint_keys for a waitpoint id.
local function close_waitpoint(tag, waitpoint_id, close)
  local key = 'ff:wp:' .. tag .. ':' .. waitpoint_id
  close_waitpoint_keys(key, key .. ':condition', close)
end

-- additional_waitpoint_ids reads suspension field additional_waitpoints_json; anything unusable in it counts as not there.
local function additional_waitpoint_ids(json)
  local ids = {}
  for _, entry in ipairs(decode_table(json) or {}) do
    local id = type(entry) == 'table' and entry.waitpoint_id
    if type(id) == 'string' and id ~= '' then
      ids[#ids + 1] = id
    end
  end
  return ids
end

-- want_waitpoints raises where the closing of waitpoints by their ids would.
local function want_waitpoints(tag, ids)
  for _, id in ipairs(ids) do
    local key = 'ff:wp:' .. tag .. ':' .. id
    want_hashes(key, key .. ':condition')
  end
end

local function close_waitpoints(tag, ids, close)
  for _, id in ipairs(ids) do
    close_waitpoint(tag, id, close)
  end
end

-- delete_composite_keys drops what a composite resume condition has gathered so far.
local function delete_composite_keys(suspension_key)
  redis.call('DEL', suspension_key .. ':satisfied_set', suspension_key .. ':satisfied_set:signals',
    suspension_key .. ':member_map')
end

-- suspension_to_end is what end_suspension closes; for executions whose lifecycle_phase is suspended.
local function suspension_to_end(tag, eid)
  local key = 'ff:exec:' .. tag .. ':' .. eid .. ':suspension:current'
  local record = read_fields(key, {'waitpoint_id', 'additional_waitpoints_json'})
  local waitpoints = additional_waitpoint_ids(record.additional_waitpoints_json)
  if is_set(record.waitpoint_id) then
    table.insert(waitpoints, 1, record.waitpoint_id)
  end
  want_waitpoints(tag, waitpoints)
  return {key = key, waitpoints = waitpoints}
end

-- end_suspension closes a suspension whole: its record, its primary and additional waitpoints with their conditions (each only if it
-- exists), and the composite keys. close comes from closing. Core and indexes are the caller's.
local function end_suspension(tag, suspension, close)
  write_existing(suspension.key, close.suspension)
  close_waitpoints(tag, suspension.waitpoints, close)
  delete_composite_keys(suspension.key)
end

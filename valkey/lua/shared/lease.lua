-- Who holds an execution, and whether he still does (spec 03a §2.13–§2.15, §2.20).

-- What the functions below need of core.
local LEASE_FIELDS = {
  'lifecycle_phase', 'ownership_state', 'eligibility_state', 'terminal_outcome', 'current_lease_id', 'current_lease_epoch',
  'current_attempt_index', 'current_attempt_id', 'current_worker_id', 'current_worker_instance_id', 'lease_expires_at',
}

-- lease_fields_and adds a function's own fields to LEASE_FIELDS, so that it reads core once. It runs while the library is
-- loaded, when the server offers no ipairs nor unpack.
local function lease_fields_and(...)
  local names, own = {}, {...}
  for i = 1, #LEASE_FIELDS do
    names[i] = LEASE_FIELDS[i]
  end
  for i = 1, #own do
    names[#names + 1] = own[i]
  end
  return names
end

-- read_core reads named fields of an execution; nil when the execution does not exist.
local function read_core(core_key, names)
  local core = read_fields(core_key, names)
  if next(core) == nil and redis.call('EXISTS', core_key) == 0 then
    return nil
  end
  return core
end

-- not_active is the error that lets a caller whose reply was lost see that his own call won. core holds LEASE_FIELDS.
local function not_active(core)
  return fail('execution_not_active', core.terminal_outcome or '', core.current_lease_epoch or '',
    core.lifecycle_phase or '', core.current_attempt_id or '')
end

-- stored_lease is the lease that core names. core holds LEASE_FIELDS.
local function stored_lease(core)
  return {
    lease_id = core.current_lease_id or '',
    lease_epoch = core.current_lease_epoch or '',
    attempt_id = core.current_attempt_id or '',
  }
end

-- resolve_fence is the triple that has to match: the one given, or the stored one when none was given and source is
-- operator_override (nil where a function has no override). The second value is the error reply.
local function resolve_fence(core, lease_id, lease_epoch, attempt_id, source)
  local id_set, epoch_set, attempt_set = is_set(lease_id), is_set(lease_epoch), is_set(attempt_id)
  if id_set and epoch_set and attempt_set then
    return {lease_id = lease_id, lease_epoch = lease_epoch, attempt_id = attempt_id}, nil
  end
  if id_set or epoch_set or attempt_set then
    return nil, fail('partial_fence_triple')
  end
  if source ~= 'operator_override' then
    return nil, fail('fence_required')
  end
  return stored_lease(core), nil
end

-- mark_lease_expired hands an execution whose lease ran out to whoever reclaims it; nothing when that was done before.
-- core holds LEASE_FIELDS. history_maxlen is nil but for callers that bring their own.
local function mark_lease_expired(core_key, history_key, eid, core, now, history_maxlen)
  if core.ownership_state == 'lease_expired_reclaimable' then
    return
  end
  local meta_key
  if is_set(core.current_attempt_index) then
    meta_key = stream_meta_key(tag_of(core_key), eid, core.current_attempt_index)
    if is_set(redis.call('HGET', meta_key, 'closed_at')) then
      meta_key = nil
    end
  end
  want_streams(history_key)
  redis.call('HSET', core_key,
    'lifecycle_phase', core.lifecycle_phase,
    'ownership_state', 'lease_expired_reclaimable',
    'eligibility_state', core.eligibility_state or 'not_applicable',
    'blocking_reason', 'waiting_for_worker',
    'blocking_detail', 'lease expired, awaiting reclaim',
    'terminal_outcome', core.terminal_outcome or 'none',
    'attempt_state', 'attempt_interrupted',
    'public_state', 'active',
    'lease_expired_at', now,
    'last_mutation_at', now)
  redis.call('XADD', history_key, 'MAXLEN', '~', history_maxlen or HISTORY_MAXLEN, '*',
    'event', 'expired',
    'lease_id', core.current_lease_id or '',
    'lease_epoch', core.current_lease_epoch or '',
    'attempt_index', core.current_attempt_index or '',
    'attempt_id', core.current_attempt_id or '',
    'worker_id', core.current_worker_id or '',
    'worker_instance_id', core.current_worker_instance_id or '',
    'ts', now)
  if meta_key then
    close_stream(meta_key, now, 'lease_expired')
  end
end

-- check_lease is nil while the fence holds a live lease, else the error reply. Finding the lease expired marks it so.
-- core holds LEASE_FIELDS; fence comes from resolve_fence.
local function check_lease(core_key, history_key, eid, core, fence, now, history_maxlen)
  if core.lifecycle_phase ~= 'active' then
    return not_active(core)
  end
  if core.ownership_state == 'lease_revoked' then
    return fail('lease_revoked')
  end
  if tonumber(core.lease_expires_at or '0') <= now then
    mark_lease_expired(core_key, history_key, eid, core, now, history_maxlen)
    return fail('lease_expired')
  end
  if (core.current_lease_id or '') ~= fence.lease_id
    or (core.current_lease_epoch or '') ~= fence.lease_epoch
    or (core.current_attempt_id or '') ~= fence.attempt_id then
    return fail('stale_lease')
  end
  return nil
end

-- release_core makes an execution runnable again when its worker gives it up; further fields follow as names and values.
local function release_core(core_key, now, ...)
  redis.call('HSET', core_key,
    'lifecycle_phase', 'runnable',
    'ownership_state', 'unowned',
    'terminal_outcome', 'none',
    'current_lease_id', '',
    'current_worker_id', '',
    'current_worker_instance_id', '',
    'lease_expires_at', '',
    'lease_last_renewed_at', '',
    'lease_renewal_deadline', '',
    'last_transition_at', now,
    'last_mutation_at', now,
    ...)
end

-- want_lease_end raises where drop_lease, with the same keys, and the record of the release would.
local function want_lease_end(keys, history_key)
  want_zsets(keys.lease_expiry, keys.active, keys.attempt_timeout)
  want_sets(keys.worker_leases)
  want_streams(history_key)
end

-- drop_lease removes the record and the index entries of a lease that ends. keys names lease_current, lease_expiry,
-- worker_leases, active and attempt_timeout.
local function drop_lease(eid, keys)
  redis.call('DEL', keys.lease_current)
  redis.call('ZREM', keys.lease_expiry, eid)
  redis.call('SREM', keys.worker_leases, eid)
  redis.call('ZREM', keys.active, eid)
  redis.call('ZREM', keys.attempt_timeout, eid)
end

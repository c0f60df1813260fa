-- The lease functions (spec 03a §4).

-- spec 03a §4.1
-- KEYS: core, lease_current, lease_history, lease_expiry
-- ARGV: execution_id, attempt_index, attempt_id, lease_id, lease_epoch, lease_ttl_ms, lease_history_grace_ms
redis.register_function('ff_renew_lease', function(keys, args)
  local core_key, lease_current_key, history_key, lease_expiry_key = unpack(keys)
  local eid, attempt_index, attempt_id, lease_id, lease_epoch, ttl_raw, grace_raw = unpack(args, 1, 7)

  local lease_ttl, err = required_number('lease_ttl_ms', ttl_raw)
  if err then
    return err
  end
  local grace
  grace, err = required_number('lease_history_grace_ms', grace_raw)
  if err then
    return err
  end
  local core = read_core(core_key, LEASE_FIELDS)
  if not core then
    return fail('execution_not_found')
  end
  local fence
  fence, err = resolve_fence(core, lease_id, lease_epoch, attempt_id)
  if err then
    return err
  end
  local now = now_ms()
  -- Of a revocation only ownership_state tells; lease_revoked_at may be an earlier lease's (Q-031).
  err = check_lease(core_key, history_key, eid, core, fence, now)
  if err then
    return err
  end
  if core.current_attempt_index ~= attempt_index then
    return fail('stale_lease')
  end

  local expires_at = now + lease_ttl
  want_hashes(lease_current_key)
  want_zsets(lease_expiry_key)
  want_moment(expires_at + grace)
  local expires_text, deadline_text = tostring(expires_at), tostring(renewal_deadline(now, lease_ttl))
  redis.call('HSET', core_key,
    'lease_last_renewed_at', now,
    'lease_renewal_deadline', deadline_text,
    'lease_expires_at', expires_text,
    'last_mutation_at', now)
  redis.call('HSET', lease_current_key,
    'last_renewed_at', now,
    'renewal_deadline', deadline_text,
    'expires_at', expires_text)
  redis.call('PEXPIREAT', lease_current_key, expires_at + grace)
  redis.call('ZADD', lease_expiry_key, expires_at, eid)
  return ok(expires_text)
end)

-- spec 03a §4.2
-- KEYS: core, lease_current (unused), lease_expiry, lease_history
-- ARGV: execution_id
redis.register_function('ff_mark_lease_expired_if_due', function(keys, args)
  local core_key, _, lease_expiry_key, history_key = unpack(keys)
  local eid = args[1]

  local core = read_core(core_key, LEASE_FIELDS)
  if not core then
    redis.call('ZREM', lease_expiry_key, eid)
    return already_satisfied('execution_not_found')
  end
  if core.lifecycle_phase ~= 'active' then
    redis.call('ZREM', lease_expiry_key, eid)
    return already_satisfied('not_active')
  end
  if core.ownership_state == 'lease_expired_reclaimable' then
    return already_satisfied('already_expired')
  end
  if core.ownership_state == 'lease_revoked' then
    return already_satisfied('already_revoked')
  end
  if core.ownership_state == 'unowned' then
    redis.call('ZREM', lease_expiry_key, eid)
    return already_satisfied('unowned')
  end
  local now = now_ms()
  if (tonumber(core.lease_expires_at) or 0) > now then
    return already_satisfied('not_yet_expired')
  end
  -- The lease_expiry entry stays: whoever reclaims finds the work there.
  mark_lease_expired(core_key, history_key, eid, core, now)
  return ok('marked_expired')
end)

-- spec 03a §4.3
-- KEYS: core, lease_current, lease_history, lease_expiry, worker_leases
-- ARGV: execution_id, expected_lease_id, revoke_reason
redis.register_function('ff_revoke_lease', function(keys, args)
  local core_key, lease_current_key, history_key, lease_expiry_key, worker_set_key = unpack(keys)
  local eid, expected, reason = args[1], args[2], args[3] or 'operator'

  local core = read_core(core_key, LEASE_FIELDS)
  if not core then
    return fail('execution_not_found')
  end
  if core.lifecycle_phase ~= 'active' then
    return not_active(core)
  end
  if core.ownership_state == 'lease_revoked' then
    return already_satisfied('already_revoked')
  end
  if core.ownership_state == 'lease_expired_reclaimable' then
    return already_satisfied('already_expired')
  end
  if core.ownership_state ~= 'leased' then
    return fail('no_active_lease')
  end
  local lease = stored_lease(core)
  if is_set(expected) and expected ~= lease.lease_id then
    return fail('stale_lease', 'expected ' .. expected .. ' but current is ' .. lease.lease_id)
  end

  local now = now_ms()
  want_at_least(keys, 5)
  want_at_least(args, 1)
  want_zsets(lease_expiry_key)
  want_sets(worker_set_key)
  want_streams(history_key)
  redis.call('HSET', core_key,
    'lifecycle_phase', 'active',
    'ownership_state', 'lease_revoked',
    'eligibility_state', core.eligibility_state or 'not_applicable',
    'blocking_reason', 'waiting_for_worker',
    'blocking_detail', 'lease revoked: ' .. reason,
    'terminal_outcome', 'none',
    'attempt_state', 'attempt_interrupted',
    'public_state', 'active',
    'lease_revoked_at', now,
    'lease_revoke_reason', reason,
    'last_mutation_at', now)
  redis.call('DEL', lease_current_key)
  redis.call('ZREM', lease_expiry_key, eid)
  redis.call('SREM', worker_set_key, eid)
  record_history(history_key,
    'event', 'revoked',
    'lease_id', lease.lease_id,
    'lease_epoch', lease.lease_epoch,
    'attempt_index', core.current_attempt_index or '',
    'attempt_id', core.current_attempt_id or '',
    'worker_id', core.current_worker_id or '',
    'worker_instance_id', core.current_worker_instance_id or '',
    'reason', reason,
    'ts', now)
  return ok('revoked', lease.lease_id, lease.lease_epoch)
end)

-- Going on where an attempt was interrupted (spec 03b §4.10).

-- ff_claim_resumed_execution, spec 03b §4.10
-- KEYS: core, claim_grant, eligible, lease_expiry, worker_leases, attempt, lease_current, lease_history, active,
--       attempt_timeout, execution_deadline (not used)
-- ARGV: execution_id, worker_id, worker_instance_id, lane, capability_snapshot_hash (not used), lease_id, lease_ttl_ms,
--       remaining_attempt_timeout_ms
redis.register_function('ff_claim_resumed_execution', function(keys, args)
  local core_key, claim_grant, eligible, lease_expiry, worker_leases, attempt_record, lease_current, lease_history, active,
    attempt_timeout = unpack(keys, 1, 10)
  local eid, worker_id, worker_instance_id, lane, lease_id, lease_ttl_ms, remaining_attempt_timeout_ms =
    args[1], args[2], args[3], args[4], args[6], args[7], args[8]

  local ttl_ms, ttl_error = required_number('lease_ttl_ms', lease_ttl_ms)
  if not ttl_ms then
    return ttl_error
  end
  local core = read_core(core_key, {
    'lifecycle_phase', 'attempt_state', 'lane_id', 'current_lease_epoch', 'current_attempt_id', 'current_attempt_index',
  })
  if not core then
    return fail('execution_not_found')
  end
  if core.lifecycle_phase ~= 'runnable' then
    return fail('execution_not_leaseable')
  end
  if core.attempt_state ~= 'attempt_interrupted' then
    return fail('not_a_resumed_execution')
  end
  local grant = held_grant(claim_grant, worker_id)
  if not grant then
    return fail('invalid_claim_grant')
  end
  local now = now_ms()
  local tag = tag_of(core_key)
  want_at_least(keys, 10)
  want_at_least(args, 7)
  want_hashes(attempt_record)
  want_lease({lease_expiry = lease_expiry, worker_leases = worker_leases, active = active, lease_history = lease_history})
  want_zsets(eligible, attempt_timeout)
  want_parked(tag, stored_lane(core))
  local too_late = grant_is_over(grant, now)
  redis.call('DEL', claim_grant)
  if too_late then
    return fail('claim_grant_expired')
  end

  local lease = {
    lease_id = lease_id,
    lease_epoch = next_epoch(core),
    execution_id = eid,
    attempt_id = core.current_attempt_id or '',
    attempt_index = core.current_attempt_index or '',
    worker_id = worker_id,
    worker_instance_id = worker_instance_id,
    expires_at = now + ttl_ms,
    renewal_deadline = renewal_deadline(now, ttl_ms),
  }
  resume_attempt(attempt_record, lease, now)
  write_lease(lease_current, lease, now)
  -- A delayed or blocked execution may be claimed with a grant too: nothing of its wait stays behind (Q-041).
  hold_core(core_key, lease, lane, now, 'delay_until', '')
  redis.call('ZREM', eligible, eid)
  remove_parked(tag, eid, stored_lane(core), nil)
  index_lease(lease, lease_expiry, worker_leases, active)
  local remaining_ms = tonumber(remaining_attempt_timeout_ms)
  if remaining_ms and remaining_ms > 0 then
    redis.call('ZADD', attempt_timeout, now + remaining_ms, eid)
  end
  record_history(lease_history,
    'event', 'acquired',
    'lease_id', lease.lease_id,
    'lease_epoch', lease.lease_epoch,
    'attempt_index', lease.attempt_index,
    'attempt_id', lease.attempt_id,
    'worker_id', lease.worker_id,
    'reason', 'claim_resumed',
    'ts', now)
  return ok(lease.lease_id, lease.lease_epoch, tostring(lease.expires_at), lease.attempt_id, lease.attempt_index, 'resumed')
end)

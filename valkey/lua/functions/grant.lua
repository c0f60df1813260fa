do
  -- issue_grant is what claim and reclaim grants share from the capability checks on (spec 03d §4, §5.1 checks 7–9). The
  -- second value is when the grant expires, in ms; the first is the error reply, nil once the grant is there.
  local function issue_grant(core_key, grant_key, required_csv, args, ttl_ms)
    local missing, bad = missing_capabilities(required_csv or '', args[9] or '')
    if bad then
      return bad, nil
    end
    local now = now_ms()
    if missing ~= '' then
      redis.call('HSET', core_key, 'last_capability_mismatch_at', now)
      return fail('capability_mismatch', missing), nil
    end
    local expires_at = now + ttl_ms
    want_moment(expires_at)
    redis.call('HSET', grant_key,
      'worker_id', args[2],
      'worker_instance_id', args[3],
      'lane_id', args[4],
      'capability_hash', args[5] or '',
      'route_snapshot_json', args[7] or '',
      'admission_summary', args[8] or '',
      'created_at', now,
      'grant_expires_at', tostring(expires_at))
    redis.call('PEXPIREAT', grant_key, expires_at)
    return nil, expires_at
  end

  -- ff_issue_claim_grant (spec 03d §5.1)
  -- KEYS: exec_core, claim_grant, eligible
  -- ARGV: execution_id, worker_id, worker_instance_id, lane_id, capability_hash, grant_ttl_ms, route_snapshot_json,
  --       admission_summary, worker_capabilities_csv
  redis.register_function('ff_issue_claim_grant', function(keys, args)
    local core_key, grant_key, eligible_key = keys[1], keys[2], keys[3]
    local execution_id = args[1]
    local ttl_ms, bad = required_number('grant_ttl_ms', args[6])
    if bad then
      return bad
    end
    local core = read_core(core_key, {'lifecycle_phase', 'eligibility_state', 'required_capabilities'})
    -- A stray entry at the head of the zset would hide all that waits behind it (Q-125).
    if not core then
      redis.call('ZREM', eligible_key, execution_id)
      return fail('execution_not_found')
    end
    if core.lifecycle_phase ~= 'runnable' or core.eligibility_state ~= 'eligible_now' then
      redis.call('ZREM', eligible_key, execution_id)
      return fail('execution_not_eligible')
    end
    if redis.call('EXISTS', grant_key) == 1 then
      return fail('grant_already_exists')
    end
    if not redis.call('ZSCORE', eligible_key, execution_id) then
      return fail('execution_not_in_eligible_set')
    end
    local refused = issue_grant(core_key, grant_key, core.required_capabilities, args, ttl_ms)
    return refused or ok(execution_id)
  end)

  -- ff_issue_reclaim_grant (spec 03d §5.7)
  -- KEYS: exec_core, claim_grant, lease_expiry (unused)
  -- ARGV: as ff_issue_claim_grant
  redis.register_function('ff_issue_reclaim_grant', function(keys, args)
    local core_key, grant_key = keys[1], keys[2]
    local execution_id = args[1]
    local ttl_ms, bad = required_number('grant_ttl_ms', args[6])
    if bad then
      return bad
    end
    local core = read_core(core_key, {'lifecycle_phase', 'ownership_state', 'required_capabilities'})
    if not core then
      return fail('execution_not_found')
    end
    if core.lifecycle_phase ~= 'active' then
      return fail('execution_not_reclaimable')
    end
    if core.ownership_state ~= 'lease_expired_reclaimable' and core.ownership_state ~= 'lease_revoked' then
      return fail('execution_not_reclaimable')
    end
    if redis.call('EXISTS', grant_key) == 1 then
      return fail('grant_already_exists')
    end
    local refused, expires_at = issue_grant(core_key, grant_key, core.required_capabilities, args, ttl_ms)
    return refused or ok(execution_id, tostring(expires_at))
  end)
end

-- ff_register_worker (spec 03d §5.3)
-- KEYS: alive, caps, workers index
-- ARGV: instance_id, worker_id, lanes_csv, caps_csv, ttl_ms, now_ms
redis.register_function('ff_register_worker', function(keys, args)
  local alive_key, caps_key, index_key = keys[1], keys[2], keys[3]
  local instance_id, worker_id, lanes_csv, caps_csv = args[1], args[2], args[3] or '', args[4] or ''
  local ttl_ms, bad = required_number('ttl_ms', args[5])
  if bad then
    return bad
  end
  local now, bad_now = required_number('now_ms', args[6])
  if bad_now then
    return bad_now
  end
  local was_alive = redis.call('EXISTS', alive_key) == 1
  if was_alive then
    -- Two workers under one instance id would share leases (Q-149).
    local holder = redis.call('HGET', caps_key, 'worker_id')
    if holder and holder ~= worker_id then
      return fail('invalid_input', 'instance_id reassigned')
    end
  end
  want_at_least(keys, 3)
  want_hashes(caps_key)
  want_sets(index_key)
  redis.call('SET', alive_key, '1', 'PX', ttl_ms)
  redis.call('HSET', caps_key,
    'worker_id', worker_id,
    'lanes_csv', lanes_csv,
    'caps_csv', caps_csv,
    'ttl_ms', ttl_ms,
    'registered_at_ms', now,
    'last_heartbeat_ms', now)
  redis.call('PEXPIRE', caps_key, ttl_ms)
  redis.call('SADD', index_key, instance_id)
  return ok(was_alive and 'refreshed' or 'registered')
end)

-- ff_heartbeat_worker (spec 03d §5.4)
-- KEYS: alive, caps
-- ARGV: now_ms
redis.register_function('ff_heartbeat_worker', function(keys, args)
  local alive_key, caps_key = keys[1], keys[2]
  local now, bad = required_number('now_ms', args[1])
  if bad then
    return bad
  end
  local ttl_ms = tonumber(redis.call('HGET', caps_key, 'ttl_ms') or '')
  if ttl_ms == nil or redis.call('PEXPIRE', alive_key, ttl_ms) == 0 then
    return ok('not_registered')
  end
  redis.call('PEXPIRE', caps_key, ttl_ms)
  redis.call('HSET', caps_key, 'last_heartbeat_ms', now)
  return ok('refreshed', tostring(ttl_ms))
end)

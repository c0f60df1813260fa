-- The signing keys of a partition (spec 03b §2, §4.6, §4.7).
do
  local MAX_GRACE_MS = 9007199254740991

  -- parse_grace is the grace in ms, nil when it is no whole number in range (NaN fails every comparison).
  local function parse_grace(raw)
    local grace = tonumber(raw)
    if grace and grace >= 0 and grace <= MAX_GRACE_MS and grace == math.floor(grace) then
      return grace
    end
    return nil
  end

  -- drop_expired removes kids whose grace is over and returns how many. The current one stays, whatever expiry an earlier
  -- life left it (Q-069).
  local function drop_expired(secrets_key, stored, now)
    local dropped = 0
    for field, expires_at in pairs(stored) do
      local kid = string.match(field, '^expires_at:(.*)$')
      if kid and kid ~= stored.current_kid and not in_grace(expires_at, now) then
        redis.call('HDEL', secrets_key, field, 'secret:' .. kid)
        dropped = dropped + 1
      end
    end
    return dropped
  end

  -- ff_rotate_waitpoint_hmac_secret, spec 03b §4.6
  -- KEYS: secrets
  -- ARGV: new_kid, new_secret_hex, grace_ms
  redis.register_function('ff_rotate_waitpoint_hmac_secret', function(keys, args)
    local secrets_key = keys[1]
    local new_kid, new_secret_hex, grace_ms = args[1] or '', args[2] or '', args[3]

    if new_kid == '' or string.find(new_kid, ':', 1, true) then
      return fail('invalid_kid')
    end
    if new_secret_hex == '' or #new_secret_hex % 2 == 1 or string.find(new_secret_hex, '%X') then
      return fail('invalid_secret_hex')
    end
    local grace = parse_grace(grace_ms)
    if not grace then
      return fail('invalid_grace_ms')
    end
    local stored = pairs_to_table(redis.call('HGETALL', secrets_key))
    local current, known = stored.current_kid, stored['secret:' .. new_kid]
    if current == new_kid then
      if not known then
        redis.call('HSET', secrets_key, 'secret:' .. new_kid, new_secret_hex)
      elseif known ~= new_secret_hex then
        return fail('rotation_conflict', new_kid)
      end
      return ok('noop', new_kid)
    end
    local now = now_ms()
    if known and known ~= new_secret_hex and in_grace(stored['expires_at:' .. new_kid], now) then
      return fail('rotation_conflict', new_kid)
    end

    local dropped = drop_expired(secrets_key, stored, now)
    redis.call('HDEL', secrets_key, 'expires_at:' .. new_kid)
    if is_set(current) then
      local expires_at = string.format('%.0f', now + grace)
      redis.call('HSET', secrets_key,
        'previous_kid', current,
        'previous_expires_at', expires_at,
        'expires_at:' .. current, expires_at)
    end
    redis.call('HSET', secrets_key, 'current_kid', new_kid, 'secret:' .. new_kid, new_secret_hex)
    return ok('rotated', current or '', new_kid, tostring(dropped))
  end)

  -- ff_list_waitpoint_hmac_kids, spec 03b §4.7
  -- KEYS: secrets
  -- ARGV: none
  redis.register_function('ff_list_waitpoint_hmac_kids', function(keys)
    local stored = pairs_to_table(redis.call('HGETALL', keys[1]))
    local now = now_ms()
    local verifying = {}
    for field, expires_at in pairs(stored) do
      local kid = string.match(field, '^expires_at:(.*)$')
      if kid and in_grace(expires_at, now) then
        verifying[#verifying + 1] = kid
        verifying[#verifying + 1] = expires_at
      end
    end
    return ok(stored.current_kid or '', tostring(#verifying / 2), unpack(verifying))
  end)
end

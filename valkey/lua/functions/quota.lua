-- ff_create_quota_policy (spec 03d §7.1)
-- KEYS: quota_def, quota window (unused), quota concurrency, admitted_set (unused), quota_policies
-- ARGV: quota_policy_id, window_seconds, max_requests_per_window, max_concurrent, now_ms
redis.register_function('ff_create_quota_policy', function(keys, args)
  local def_key, concurrency_key, policies_key = keys[1], keys[3], keys[5]
  local quota_policy_id, window_seconds, max_requests, max_concurrent, now = unpack(args)
  if redis.call('EXISTS', def_key) == 1 then
    -- An index that lost the policy is healed by creating it again (Q-147).
    redis.call('SADD', policies_key, quota_policy_id)
    return already_satisfied(quota_policy_id)
  end
  want_at_least(keys, 5)
  want_sets(policies_key)
  redis.call('HSET', def_key,
    'quota_policy_id', quota_policy_id,
    'requests_per_window_seconds', window_seconds,
    'max_requests_per_window', max_requests,
    'active_concurrency_cap', max_concurrent,
    'created_at', now)
  redis.call('SET', concurrency_key, '0')
  redis.call('SADD', policies_key, quota_policy_id)
  return ok(quota_policy_id)
end)

do
  -- What the random numbers of the server can span.
  local MAX_JITTER_MS = 2147483647

  -- retry_after_ms is when the oldest admission leaves the window, at the earliest, plus a random share of the jitter.
  local function retry_after_ms(window_key, window_ms, now, jitter_ms)
    local oldest = redis.call('ZRANGE', window_key, 0, 0, 'WITHSCORES')
    local wait = 0
    if oldest[2] then
      wait = math.max(0, tonumber(oldest[2]) + window_ms - now)
    end
    if jitter_ms > 0 then
      wait = wait + math.random(0, math.min(jitter_ms, MAX_JITTER_MS))
    end
    return wait
  end

  -- ff_check_admission_and_record (spec 03d §7.2). Replies have no leading integer.
  -- KEYS: quota window, quota concurrency, quota_def (unused), admitted guard, admitted_set
  -- ARGV: now_ms, window_seconds, rate_limit, concurrency_cap, execution_id, jitter_ms
  redis.register_function('ff_check_admission_and_record', function(keys, args)
    local window_key, concurrency_key, guard_key, admitted_key = keys[1], keys[2], keys[4], keys[5]
    local execution_id, jitter_ms = args[5], tonumber(args[6] or '0') or 0
    local numbers = {}
    for i, name in ipairs({'now_ms', 'window_seconds', 'rate_limit', 'concurrency_cap'}) do
      local n, bad = required_number(name, args[i])
      if bad then
        return bad
      end
      numbers[i] = n
    end
    local now, window_seconds, rate_limit, concurrency_cap = unpack(numbers)
    local window_ms = window_seconds * 1000

    if redis.call('EXISTS', guard_key) == 1 then
      return {'ALREADY_ADMITTED'}
    end
    local held = concurrency_cap > 0 and redis.call('GET', concurrency_key) or '0'
    want_at_least(args, 5)
    want_counter(held)
    want_sets(admitted_key)
    want_moment(window_ms)
    redis.call('ZREMRANGEBYSCORE', window_key, '-inf', now - window_ms)
    if rate_limit > 0 and redis.call('ZCARD', window_key) >= rate_limit then
      return {'RATE_EXCEEDED', tostring(retry_after_ms(window_key, window_ms, now, jitter_ms))}
    end
    if concurrency_cap > 0 and tonumber(held) >= concurrency_cap then
      return {'CONCURRENCY_EXCEEDED'}
    end
    redis.call('ZADD', window_key, now, execution_id)
    if window_ms > 0 then
      redis.call('SET', guard_key, '1', 'PX', window_ms, 'NX')
    end
    if concurrency_cap > 0 then
      redis.call('INCR', concurrency_key)
    end
    redis.call('SADD', admitted_key, execution_id)
    return {'ADMITTED'}
  end)
end

-- ff_release_admission (spec 03d §7.3)
-- KEYS: admitted guard, admitted_set, quota concurrency
-- ARGV: execution_id
redis.register_function('ff_release_admission', function(keys, args)
  local guard_key, admitted_key, concurrency_key = keys[1], keys[2], keys[3]
  local execution_id = args[1]
  local count = redis.call('GET', concurrency_key)
  want_counter(count)
  want_sets(admitted_key)
  want_at_least(args, 1)
  redis.call('DEL', guard_key)
  -- Only a unit that was held goes back, or a second release would take another execution's (Q-120).
  local held = redis.call('SREM', admitted_key, execution_id) == 1
  if held and tonumber(count or '0') > 0 then
    redis.call('DECR', concurrency_key)
  end
  return ok('released')
end)

do
  local DEDUP_TTL_MS = '86400000'

  -- check_limit is the error reply for a limit that is no number; '' limits nothing, as 0 does (spec 03d §6.2 step 3).
  local function check_limit(name, raw)
    if raw == '' then
      return nil
    end
    local _, bad = required_number(name, raw)
    return bad
  end

  -- limit_fields is the flat hash of the limits, from the three parallel lists that begin at args[10].
  local function limit_fields(args, count)
    local fields = {}
    for i = 10, 9 + count do
      local hard, soft = args[i + count], args[i + 2 * count]
      local bad = check_limit('hard_limit', hard) or check_limit('soft_limit', soft)
      if bad then
        return nil, bad
      end
      for _, value in ipairs({'hard:' .. args[i], hard, 'soft:' .. args[i], soft}) do
        fields[#fields + 1] = value
      end
    end
    return fields, nil
  end

  -- ff_create_budget (spec 03d §6.1). A definition without budget_id is what a report to an unknown budget leaves behind;
  -- it counts as absent (Q-134).
  -- KEYS: budget_def, budget_limits, budget_usage (unused), budget_resets, budget_policies
  -- ARGV: budget_id, scope_type, scope_id, enforcement_mode, on_hard_limit, on_soft_limit, reset_interval_ms, now_ms,
  --       dim_count N, N dimension names, N hard limits, N soft limits
  redis.register_function('ff_create_budget', function(keys, args)
    local def_key, limits_key, resets_key, policies_key = keys[1], keys[2], keys[4], keys[5]
    local budget_id, scope_type, scope_id, enforcement_mode, on_hard_limit, on_soft_limit = unpack(args, 1, 6)
    if redis.call('HEXISTS', def_key, 'budget_id') == 1 then
      redis.call('SADD', policies_key, budget_id)
      return already_satisfied(budget_id)
    end
    local dim_count, bad = required_number('dim_count', args[9])
    if bad then
      return bad
    end
    local reset_interval, bad_interval = required_number('reset_interval_ms', args[7])
    if bad_interval then
      return bad_interval
    end
    local now, bad_now = required_number('now_ms', args[8])
    if bad_now then
      return bad_now
    end
    local limits, bad_limit = limit_fields(args, dim_count)
    if bad_limit then
      return bad_limit
    end

    local next_reset_at = now + reset_interval
    want_at_least(keys, 5)
    want_hashes(limits_key)
    want_zsets(resets_key)
    want_score(next_reset_at)
    redis.call('SADD', policies_key, budget_id)
    redis.call('HSET', def_key,
      'budget_id', budget_id,
      'scope_type', scope_type,
      'scope_id', scope_id,
      'enforcement_mode', enforcement_mode,
      'on_hard_limit', on_hard_limit,
      'on_soft_limit', on_soft_limit,
      'reset_interval_ms', args[7],
      'breach_count', '0',
      'soft_breach_count', '0',
      'created_at', args[8],
      'last_updated_at', args[8])
    write_fields(limits_key, limits)
    if reset_interval > 0 then
      redis.call('HSET', def_key, 'next_reset_at', tostring(next_reset_at))
      redis.call('ZADD', resets_key, next_reset_at, budget_id)
    end
    return ok(budget_id)
  end)

  -- A spend is what one report adds: names in the order given, deltas by name. Equal names are one dimension, so that no
  -- limit is overshot by naming it twice (Q-136).
  local function add_to_spend(spend, name, delta)
    if not spend.deltas[name] then
      spend.names[#spend.names + 1] = name
    end
    spend.deltas[name] = (spend.deltas[name] or 0) + tonumber(delta)
  end

  local function exceeds(value, limit)
    return is_set(limit) and tonumber(limit) > 0 and value > tonumber(limit)
  end

  -- read_limits is the limits of one kind (hard, soft) in the order of names; HMGET takes no empty list.
  local function read_limits(limits_key, kind, names)
    if #names == 0 then
      return {}
    end
    local fields = {}
    for i, name in ipairs(names) do
      fields[i] = kind .. ':' .. name
    end
    return redis.call('HMGET', limits_key, unpack(fields))
  end

  local function already_applied(dedup_key)
    return is_set(dedup_key) and redis.call('GET', dedup_key)
  end

  -- read_usage is how much of each name is used, as stored.
  local function read_usage(usage_key, names)
    if #names == 0 then
      return {}
    end
    return redis.call('HMGET', usage_key, unpack(names))
  end

  -- refuse_hard is the reply for the first dimension that the spend would take beyond its hard limit, noted in the
  -- definition; nil when there is none.
  local function refuse_hard(used, limits_key, def_key, spend, now)
    local names = spend.names
    local hard = read_limits(limits_key, 'hard', names)
    for i, name in ipairs(names) do
      local before = tonumber(used[i] or '0')
      if exceeds(before + spend.deltas[name], hard[i]) then
        want_hashes(def_key)
        redis.call('HINCRBY', def_key, 'breach_count', 1)
        redis.call('HSET', def_key, 'last_breach_at', now, 'last_breach_dim', name, 'last_updated_at', now)
        return {1, 'HARD_BREACH', name, tostring(before), hard[i]}
      end
    end
    return nil
  end

  -- want_usage raises where add_usage would.
  local function want_usage(used, soft, def_key, spend, ledger_key)
    want_counter(redis.call('HGET', def_key, 'soft_breach_count'))
    local spent = ledger_key and read_usage(ledger_key, spend.names) or {}
    for i, name in ipairs(spend.names) do
      want_counter(used[i])
      want_counter(spent[i])
      want_moment(spend.deltas[name])
      exceeds(0, soft[i])
    end
  end

  -- add_usage applies a spend that no hard limit forbids. ledger_key is nil for spend that belongs to no execution.
  local function add_usage(usage_key, soft, def_key, spend, now, dedup_key, ledger_key)
    local breach
    for i, name in ipairs(spend.names) do
      local after = redis.call('HINCRBY', usage_key, name, spend.deltas[name])
      if ledger_key then
        redis.call('HINCRBY', ledger_key, name, spend.deltas[name])
      end
      if not breach and exceeds(after, soft[i]) then
        breach = {1, 'SOFT_BREACH', name, tostring(after), soft[i]}
      end
    end
    redis.call('HSET', def_key, 'last_updated_at', now)
    if is_set(dedup_key) then
      redis.call('SET', dedup_key, '1', 'PX', DEDUP_TTL_MS)
    end
    if breach then
      redis.call('HINCRBY', def_key, 'soft_breach_count', 1)
    end
    return breach or ok()
  end

  -- ff_report_usage_and_check (spec 03d §6.2)
  -- KEYS: budget_usage, budget_limits, budget_def
  -- ARGV: dim_count N, N dimension names, N deltas, now_ms, dedup_key (a whole key name of the same slot)
  redis.register_function('ff_report_usage_and_check', function(keys, args)
    local usage_key, limits_key, def_key = keys[1], keys[2], keys[3]
    local count, bad = required_number('dim_count', args[1])
    if bad then
      return bad
    end
    local now, dedup_key = args[2 * count + 2], args[2 * count + 3]
    if already_applied(dedup_key) then
      return {1, 'ALREADY_APPLIED'}
    end
    local spend = {names = {}, deltas = {}}
    for i = 2, count + 1 do
      add_to_spend(spend, args[i], args[i + count])
    end
    want_at_least(args, 2 * count + 2)
    local used = read_usage(usage_key, spend.names)
    local refused = refuse_hard(used, limits_key, def_key, spend, now)
    if refused then
      return refused
    end
    local soft = read_limits(limits_key, 'soft', spend.names)
    want_usage(used, soft, def_key, spend, nil)
    return add_usage(usage_key, soft, def_key, spend, now, dedup_key, nil)
  end)

  -- ff_record_spend (spec 03d §6.3)
  -- KEYS: budget_usage, budget_limits, budget_def, by_exec, by_exec_index
  -- ARGV: pair_count N, N × (dimension name, delta), now_ms, dedup_key, execution_id ('' = no ledger)
  redis.register_function('ff_record_spend', function(keys, args)
    local usage_key, limits_key, def_key, by_exec_key, by_exec_index_key = unpack(keys)
    local count, bad = required_number('pair_count', args[1])
    if bad then
      return bad
    end
    local now, dedup_key, execution_id = args[2 * count + 2], args[2 * count + 3], args[2 * count + 4]
    if already_applied(dedup_key) then
      return {1, 'ALREADY_APPLIED'}
    end
    local spend = {names = {}, deltas = {}}
    for i = 2, 2 * count, 2 do
      add_to_spend(spend, args[i], args[i + 1])
    end
    want_at_least(args, 2 * count + 2)
    local used = read_usage(usage_key, spend.names)
    local refused = refuse_hard(used, limits_key, def_key, spend, now)
    if refused then
      return refused
    end
    local soft = read_limits(limits_key, 'soft', spend.names)
    local ledger_key = is_set(execution_id) and by_exec_key or nil
    want_usage(used, soft, def_key, spend, ledger_key)
    if ledger_key then
      redis.call('SADD', by_exec_index_key, execution_id)
    end
    return add_usage(usage_key, soft, def_key, spend, now, dedup_key, ledger_key)
  end)

  -- ff_release_budget (spec 03d §6.4)
  -- KEYS: budget_usage, by_exec, by_exec_index
  -- ARGV: budget_id (unused), execution_id
  redis.register_function('ff_release_budget', function(keys, args)
    local usage_key, by_exec_key, by_exec_index_key = keys[1], keys[2], keys[3]
    local execution_id = args[2]
    local ledger = pairs_to_table(redis.call('HGETALL', by_exec_key))
    if next(ledger) == nil then
      return ok('noop')
    end
    local freed = {}
    for name, spent_text in pairs(ledger) do
      local spent = tonumber(spent_text)
      if spent and spent > 0 then
        local used = redis.call('HGET', usage_key, name) or '0'
        want_counter(used)
        -- In whole digits, or totals from 10^15 on could never be counted up again (Q-138).
        freed[name] = string.format('%.0f', 0 - math.min(tonumber(used), spent))
      end
    end
    redis.call('SREM', by_exec_index_key, execution_id)
    for name, change in pairs(freed) do
      redis.call('HINCRBY', usage_key, name, change)
    end
    redis.call('DEL', by_exec_key)
    return ok('released')
  end)

  -- drop_ledgers forgets what executions spent in a period that is over, so that a late release takes nothing from the
  -- next one (Q-139).
  local function drop_ledgers(def_key, index_key)
    for _, execution_id in ipairs(redis.call('SMEMBERS', index_key)) do
      redis.call('DEL', def_key .. ':by_exec:' .. execution_id)
    end
    redis.call('DEL', index_key)
  end

  -- ff_reset_budget (spec 03d §6.5)
  -- KEYS: budget_def, budget_usage, budget_resets
  -- ARGV: budget_id, now_ms
  redis.register_function('ff_reset_budget', function(keys, args)
    local def_key, usage_key, resets_key = keys[1], keys[2], keys[3]
    local budget_id, now = args[1], args[2]
    local def = read_fields(def_key, {'budget_id', 'reset_interval_ms', 'reset_count'})
    if not def.budget_id then
      redis.call('ZREM', resets_key, budget_id)
      return ok('0')
    end
    local reset_interval = tonumber(def.reset_interval_ms or '0') or 0
    local next_reset_at = 0
    if reset_interval > 0 then
      next_reset_at = now + reset_interval
    end

    local ledger_index = def_key .. ':by_exec:index'
    want_at_least(args, 2)
    want_counter(def.reset_count)
    want_sets(ledger_index)
    want_zsets(resets_key)
    want_score(next_reset_at)
    -- The reconciler's mark stands among the dimensions, and zero would still be a mark (Q-140).
    redis.call('HDEL', usage_key, 'breached_at')
    for _, name in ipairs(redis.call('HKEYS', usage_key)) do
      redis.call('HSET', usage_key, name, '0')
    end
    drop_ledgers(def_key, ledger_index)
    redis.call('HINCRBY', def_key, 'reset_count', 1)
    redis.call('HSET', def_key,
      'last_reset_at', now,
      'last_updated_at', now,
      'last_breach_at', '',
      'last_breach_dim', '')
    if next_reset_at > 0 then
      redis.call('HSET', def_key, 'next_reset_at', tostring(next_reset_at))
      redis.call('ZADD', resets_key, next_reset_at, budget_id)
    else
      redis.call('ZREM', resets_key, budget_id)
    end
    return ok(tostring(next_reset_at))
  end)
end

-- Resume conditions: what suspend is given, the record it becomes, and what a signal does to it (spec 03b §3).
--
-- A condition is parsed from JSON: simple (a list of matchers) or composite (a tree). Its progress is what signals have
-- done to it so far; take_signal changes progress in memory only, the caller writes what is new.
-- A signal is a table: signal_id, signal_name, source_type, source_identity.

-- What stored_progress needs of a condition record. Nearly all have one matcher: it is read along.
local CONDITION_FIELDS = {
  'composite', 'closed', 'match_mode', 'minimum_signal_count', 'total_matchers', 'satisfied_count', 'tree_json',
  'matcher:0:name', 'matcher:0:satisfied',
}

local function text_or(value, default)
  if value == nil then
    return default
  end
  local kind = type(value)
  if kind == 'string' or kind == 'number' then
    return tostring(value)
  end
  return nil
end

-- matcher_names reads required_signal_names: one wildcard ('') when there are none, nil when it is no list of texts.
local function matcher_names(list)
  if list == nil then
    return {''}
  end
  if type(list) ~= 'table' then
    return nil
  end
  local names, members = {}, 0
  for _ in pairs(list) do
    members = members + 1
  end
  for i = 1, members do
    names[i] = text_or(list[i])
    if not names[i] then
      return nil
    end
  end
  if members == 0 then
    return {''}
  end
  return names
end

local function parse_simple(spec)
  local condition = {
    condition_type = text_or(spec.condition_type, 'signal_set'),
    match_mode = text_or(spec.signal_match_mode, 'any'),
    minimum = text_or(spec.minimum_signal_count, '1'),
    names = matcher_names(spec.required_signal_names),
  }
  if condition.condition_type and condition.match_mode and condition.minimum and condition.names then
    return condition
  end
  return nil
end

local function parse_composite(spec)
  if type(spec.tree) ~= 'table' then
    return {composite = true, tree_json = ''}
  end
  local encoded, tree_json = pcall(cjson.encode, spec.tree)
  if not encoded then
    return nil
  end
  return {composite = true, tree = spec.tree, tree_json = tree_json}
end

-- parse_condition reads resume_condition_json; the second value is the error reply for what cannot be a condition (Q-057, Q-058).
local function parse_condition(json)
  local spec = decode_table(json)
  local condition
  if spec and spec.composite == true then
    if spec.v ~= nil and spec.v ~= 1 then
      return nil, fail('invalid_input', 'resume_condition_json: unsupported version')
    end
    condition = parse_composite(spec)
  elseif spec then
    condition = parse_simple(spec)
  end
  if not condition then
    return nil, fail('invalid_input', 'resume_condition_json malformed')
  end
  return condition, nil
end

-- new_progress is where a condition starts.
local function new_progress(condition)
  if condition.composite then
    return composite_progress(condition.tree, {})
  end
  local matchers = {}
  for i, name in ipairs(condition.names) do
    matchers[i] = {name = name}
  end
  return {match_mode = condition.match_mode, minimum = tonumber(condition.minimum) or 1, matchers = matchers, count = 0}
end

-- read_matchers reads name and state of matchers first … last (counted from 0) behind the ones there are. A record that claims more of
-- them than it has does not keep the server busy.
local function read_matchers(condition_key, matchers, first, last)
  for from = first, last, 1000 do
    local names = {}
    for i = from, math.min(from + 999, last) do
      names[#names + 1] = 'matcher:' .. i .. ':name'
      names[#names + 1] = 'matcher:' .. i .. ':satisfied'
    end
    local values, found = redis.call('HMGET', condition_key, unpack(names)), false
    for i = 1, #names, 2 do
      matchers[#matchers + 1] = {name = values[i], satisfied = values[i + 1] == '1'}
      found = found or values[i]
    end
    if not found then
      return
    end
  end
end

-- stored_progress is where an open condition stands; record holds CONDITION_FIELDS.
local function stored_progress(condition_key, record, suspension_key)
  if record.composite == '1' then
    local tokens = {}
    local tree = decode_table(record.tree_json)
    for _, token in ipairs(tree and redis.call('SMEMBERS', suspension_key .. ':satisfied_set') or {}) do
      tokens[token] = true
    end
    return composite_progress(tree, tokens)
  end
  local total = tonumber(record.total_matchers) or 0
  local matchers = {}
  if total > 0 then
    matchers[1] = {name = record['matcher:0:name'], satisfied = record['matcher:0:satisfied'] == '1'}
    read_matchers(condition_key, matchers, 1, total - 1)
  end
  return {
    match_mode = record.match_mode,
    minimum = tonumber(record.minimum_signal_count) or 1,
    matchers = matchers,
    count = tonumber(record.satisfied_count) or 0,
  }
end

-- take_simple gives a signal to the first matcher that is still without one and takes its name.
local function take_simple(progress, signal)
  for i, matcher in ipairs(progress.matchers) do
    local fits = matcher.name == '' or name_accepts(matcher.name, signal.signal_name)
    if fits and not matcher.satisfied then
      matcher.satisfied = true
      matcher.signal_id = signal.signal_id
      progress.matched_index = i - 1
      progress.count = progress.count + 1
      local needed = progress.match_mode == 'all' and #progress.matchers or progress.minimum
      progress.holds = progress.count >= needed
      return progress.holds and 'resume_condition_satisfied' or 'appended_to_waitpoint', true
    end
  end
  return 'no_op', false
end

-- take_signal is the effect of one signal on a waitpoint (spec 03b §3.6), and whether it counts as matched.
-- progress.holds says afterwards whether the wait is over.
local function take_signal(progress, signal, waitpoint_id, waitpoint_key)
  if progress.composite then
    return take_composite(progress, signal, waitpoint_id, waitpoint_key)
  end
  return take_simple(progress, signal)
end

-- replay_signals gives what was buffered for a waitpoint to progress, in the order in which it came.
local function replay_signals(progress, signals_key, waitpoint_id, waitpoint_key)
  for _, entry in ipairs(redis.call('XRANGE', signals_key, '-', '+')) do
    take_signal(progress, pairs_to_table(entry[2]), waitpoint_id, waitpoint_key)
  end
end

-- write_condition writes the record of a condition at its start, with what replayed signals have done to its matchers;
-- further fields (a close) follow as a flat list.
local function write_condition(condition_key, condition, progress, now, further)
  local fields = {'closed', '0', 'updated_at', now}
  local function set(name, value)
    fields[#fields + 1] = name
    fields[#fields + 1] = value
  end
  if condition.composite then
    set('condition_type', 'composite')
    set('composite', '1')
    set('match_mode', 'composite')
    set('minimum_signal_count', '1')
    set('total_matchers', '0')
    set('satisfied_count', '0')
    set('tree_json', condition.tree_json)
  else
    set('condition_type', condition.condition_type)
    set('match_mode', condition.match_mode)
    set('minimum_signal_count', condition.minimum)
    set('total_matchers', #progress.matchers)
    set('satisfied_count', progress.count)
    for i, matcher in ipairs(progress.matchers) do
      local prefix = 'matcher:' .. (i - 1)
      set(prefix .. ':name', matcher.name)
      set(prefix .. ':satisfied', matcher.satisfied and '1' or '0')
      set(prefix .. ':signal_id', matcher.signal_id or '')
    end
  end
  for _, value in ipairs(further) do
    fields[#fields + 1] = value
  end
  write_fields(condition_key, fields)
end

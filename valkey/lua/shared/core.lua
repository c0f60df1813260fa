-- Reply envelope, time, numbers, hashes, JSON: what every function of the library stands on (spec 03a §2).

local HISTORY_MAXLEN = '1000'

local function ok(...)
  return {1, 'OK', ...}
end

local function already_satisfied(...)
  return {1, 'ALREADY_SATISFIED', ...}
end

local function duplicate(existing_id)
  return {1, 'DUPLICATE', existing_id}
end

local function fail(code, ...)
  return {0, code, ...}
end

-- now_ms is the server's clock; a function takes it once per call.
local function now_ms()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- is_set: absent (nil, or false from a read) and '' are the same nothing (spec 03a §2.6).
local function is_set(v)
  return v ~= nil and v ~= false and v ~= ''
end

-- or_default takes the default for an argument or a field that is not set.
local function or_default(v, default)
  if is_set(v) then
    return v
  end
  return default
end

-- required_number converts by Lua's number rules; the second value is the error reply when it cannot. NaN is no number:
-- no score takes it.
local function required_number(name, raw)
  local n = tonumber(raw)
  if n == nil or n ~= n then
    return nil, fail('invalid_input', name .. ' must be a number, got: ' .. tostring(raw))
  end
  return n, nil
end

-- tag_of is the first brace group of a key: its partition.
local function tag_of(key)
  return string.match(key, '{[^}]*}')
end

-- read_fields reads named fields of a hash in one command; absent ones are left out of the result.
local function read_fields(key, names)
  local values = redis.call('HMGET', key, unpack(names))
  local out = {}
  for i, name in ipairs(names) do
    if values[i] then
      out[name] = values[i]
    end
  end
  return out
end

-- pairs_to_table turns a flat HGETALL reply into a table.
local function pairs_to_table(flat)
  local out = {}
  for i = 1, #flat, 2 do
    out[flat[i]] = flat[i + 1]
  end
  return out
end

-- decode_json is nil for text that is not JSON.
local function decode_json(text)
  local decoded, value = pcall(cjson.decode, text)
  if decoded then
    return value
  end
  return nil
end

-- decode_table is nil for anything but a JSON object or array.
local function decode_table(text)
  if not is_set(text) then
    return nil
  end
  local value = decode_json(text)
  if type(value) == 'table' then
    return value
  end
  return nil
end

-- record_history appends one event to a lease history stream.
local function record_history(key, ...)
  redis.call('XADD', key, 'MAXLEN', '~', HISTORY_MAXLEN, '*', ...)
end

-- publish_completion tells subscribers that a flow member reached a terminal state; solo executions have no audience.
local function publish_completion(execution_id, flow_id, outcome)
  if not is_set(flow_id) then
    return
  end
  redis.call('PUBLISH', 'ff:dag:completions',
    cjson.encode({execution_id = execution_id, flow_id = flow_id, outcome = outcome}))
end

-- eligible_score: larger priority sooner, then older first (spec 01 §4.5).
local function eligible_score(created_at, priority)
  return created_at - priority * 1000000000000
end

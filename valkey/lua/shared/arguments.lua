-- Arguments beyond plain text: optional numbers, JSON objects made flat, lists longer than one command can take
-- (spec 03a §2.21, Q-009, Q-015).

-- optional_number is nil for an argument that is not set; the second value is the error reply for one that is no number.
local function optional_number(name, raw)
  if not is_set(raw) then
    return nil, nil
  end
  return required_number(name, raw)
end

-- The script engine cannot unpack more than some 8000 values; an even number keeps pairs together.
local CHUNK = 4000

-- write_fields does one HSET for a flat list of names and values, or several when it is long; an empty list writes nothing.
local function write_fields(key, flat)
  for first = 1, #flat, CHUNK do
    redis.call('HSET', key, unpack(flat, first, math.min(first + CHUNK - 1, #flat)))
  end
end

-- json_member_text is a JSON value as a hash value: nested ones as JSON, nil for null and for what JSON cannot say (NaN).
local function json_member_text(value)
  if type(value) == 'table' then
    local encoded, text = pcall(cjson.encode, value)
    return encoded and text or nil
  end
  if value == cjson.null then
    return nil
  end
  return tostring(value)
end

-- flatten_json turns a decoded JSON object into a flat list of field names and values.
local function flatten_json(object)
  local flat = {}
  for name, value in pairs(object) do
    local text = json_member_text(value)
    if text then
      flat[#flat + 1] = tostring(name)
      flat[#flat + 1] = text
    end
  end
  return flat
end

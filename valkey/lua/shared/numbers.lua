-- Numbers that go to a command as they are: commands refuse fractions, exponents and what 64 bits cannot hold, and would do
-- so half-way through a function (Q-015).

-- whole_number is a whole number from 0 to 2^53−1 as a number; the second value is the error reply for anything else.
local function whole_number(name, raw)
  local n = tonumber(raw)
  if n and n >= 0 and n <= MAX_WHOLE and n == math.floor(n) then
    return n, nil
  end
  return nil, fail('invalid_input', name .. ' must be a number, got: ' .. tostring(raw))
end

-- period_ms is a time span that counts only above 0: anything below is 0. The second value is the error reply.
local function period_ms(name, raw)
  local n = tonumber(raw)
  if n and n <= 0 then
    return 0, nil
  end
  return whole_number(name, raw)
end

-- score_number is a number that can be a score in an index: NaN, which Lua takes for one, cannot. The second value is the error reply.
local function score_number(name, raw)
  local n = tonumber(raw)
  if n and n == n then
    return n, nil
  end
  return nil, fail('invalid_input', name .. ' must be a number, got: ' .. tostring(raw))
end

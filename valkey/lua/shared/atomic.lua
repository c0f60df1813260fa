-- A function that raises half-way keeps what it has written until then (spec 03a §2.7): it does at a key of another type, and at a key
-- or an argument that is not there. So each looks at what it will write to before it writes anything (Q-015, Q-016).

local function look_at(command, ...)
  for i = 1, select('#', ...) do
    redis.call(command, (select(i, ...)))
  end
end

-- These raise as the writing command would; a key that does not exist will do.
local function want_hashes(...)
  look_at('HLEN', ...)
end

local function want_zsets(...)
  look_at('ZCARD', ...)
end

local function want_sets(...)
  look_at('SCARD', ...)
end

local function want_streams(...)
  look_at('XLEN', ...)
end

-- want_at_least raises for too few keys or arguments.
local function want_at_least(list, count)
  if #list < count then
    error('wanted ' .. count .. ' keys or arguments, got ' .. #list)
  end
end

-- Up to here doubles count by ones.
local MAX_WHOLE = 9007199254740991

-- want_moment raises where PEXPIREAT would for these ms.
local function want_moment(ms)
  if not (math.abs(ms) <= MAX_WHOLE and ms == math.floor(ms)) then
    error('no whole number of milliseconds: ' .. ms)
  end
end

-- want_score raises where ZADD would for a number.
local function want_score(n)
  if type(n) ~= 'number' or n ~= n then
    error('no score: ' .. tostring(n))
  end
end

-- want_counter raises where HINCRBY, INCR and DECR would for a stored text; nil and false are 0.
local function want_counter(text)
  if text and text ~= '0' and not (#text < 19 and string.find(text, '^-?[1-9]%d*$')) then
    error('no whole number: ' .. text)
  end
end

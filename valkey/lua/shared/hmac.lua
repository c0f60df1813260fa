-- Waitpoint tokens: "<kid>:<hex HMAC-SHA1>" over "<waitpoint id>|<waitpoint key>|<created_at>" (spec 03b §2).

local HMAC_BLOCK = 64
local DIGEST_CHARS = 40

-- XOR of every byte with the two pads of RFC 2104. The string functions are out of reach while a library loads: the
-- first use fills them.
local INNER_PAD, OUTER_PAD = {}, {}

local function fill_pads()
  for byte = 0, 255 do
    INNER_PAD[string.char(byte)] = string.char(bit.bxor(byte, 0x36))
    OUTER_PAD[string.char(byte)] = string.char(bit.bxor(byte, 0x5c))
  end
end

local function hex_pair_to_byte(pair)
  return string.char(tonumber(pair, 16))
end

local function hex_to_bytes(hex)
  return (string.gsub(hex, '..', hex_pair_to_byte))
end

-- secret_to_bytes is nil for a stored secret that is no string of hex pairs. A pair of one digit with a blank beside it,
-- or a plus before it, is that digit: hand-written secrets like that are in use (Q-071).
local function secret_to_bytes(secret)
  if #secret % 2 == 1 then
    return nil
  end
  if not string.find(secret, '%X') then
    return hex_to_bytes(secret)
  end
  local bytes = {}
  for i = 1, #secret, 2 do
    local pair = string.sub(secret, i, i + 1)
    local digits = string.match(pair, '^%x%x$') or string.match(pair, '^[%s+](%x)$') or string.match(pair, '^(%x)%s$')
    if not digits then
      return nil
    end
    bytes[#bytes + 1] = hex_pair_to_byte(digits)
  end
  return table.concat(bytes)
end

local function hmac_sha1_hex(key, message)
  if next(INNER_PAD) == nil then
    fill_pads()
  end
  if #key > HMAC_BLOCK then
    key = hex_to_bytes(redis.sha1hex(key))
  end
  local missing = HMAC_BLOCK - #key
  local inner = string.gsub(key, '.', INNER_PAD) .. string.rep('\54', missing)
  local outer = string.gsub(key, '.', OUTER_PAD) .. string.rep('\92', missing)
  return redis.sha1hex(outer .. hex_to_bytes(redis.sha1hex(inner .. message)))
end

-- same_text takes the same time wherever two texts of one length differ.
local function same_text(a, b)
  if #a ~= #b then
    return false
  end
  local difference = 0
  for i = 1, #a do
    difference = bit.bor(difference, bit.bxor(string.byte(a, i), string.byte(b, i)))
  end
  return difference == 0
end

local function waitpoint_digest(secret, waitpoint_id, waitpoint_key, created_at)
  return hmac_sha1_hex(secret, waitpoint_id .. '|' .. waitpoint_key .. '|' .. created_at)
end

-- signing_key reads the key that signs new tokens: {kid, secret}, or nil and the error code (spec 03b §2.3).
local function signing_key(secrets_key)
  if not is_set(secrets_key) then
    return nil, 'invalid_keys_missing_hmac'
  end
  local kid = redis.call('HGET', secrets_key, 'current_kid')
  local stored = is_set(kid) and redis.call('HGET', secrets_key, 'secret:' .. kid)
  if not stored then
    return nil, 'hmac_secret_not_initialized'
  end
  local secret = secret_to_bytes(stored)
  if not secret then
    return nil, 'invalid_secret'
  end
  return {kid = kid, secret = secret}
end

local function mint_token(key, waitpoint_id, waitpoint_key, created_at)
  return key.kid .. ':' .. waitpoint_digest(key.secret, waitpoint_id, waitpoint_key, created_at)
end

-- in_grace: a kid that signs no more is good while its expiry is a number, above 0 and not past.
local function in_grace(expires_at, now)
  local expiry = tonumber(expires_at)
  return expiry ~= nil and expiry > 0 and expiry >= now
end

-- token_error is the code that refuses a presented token, nil for a good one (spec 03b §2.4, in its order).
local function token_error(secrets_key, token, waitpoint_id, waitpoint_key, created_at, now)
  if not is_set(secrets_key) then
    return 'invalid_keys_missing_hmac'
  end
  if not is_set(token) then
    return 'missing_token'
  end
  local kid, digest = string.match(token, '^([^:]+):(.+)$')
  if not kid or #digest ~= DIGEST_CHARS then
    return 'invalid_token'
  end
  local stored = redis.call('HMGET', secrets_key, 'current_kid', 'secret:' .. kid, 'expires_at:' .. kid)
  local current, secret, expires_at = stored[1], stored[2], stored[3]
  if not is_set(current) then
    return 'hmac_secret_not_initialized'
  end
  if not secret then
    return 'invalid_token'
  end
  if kid ~= current and not in_grace(expires_at, now) then
    return 'token_expired'
  end
  local bytes = secret_to_bytes(secret)
  if not bytes then
    return 'invalid_secret'
  end
  if not same_text(digest, waitpoint_digest(bytes, waitpoint_id, waitpoint_key, created_at)) then
    return 'invalid_token'
  end
  return nil
end

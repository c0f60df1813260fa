-- Capability lists: what an execution requires, what a worker offers (spec 03a §2.11, 03d §3).

local CAPS_MAX_BYTES = 4096
local CAPS_MAX_TOKENS = 256

-- parse_capabilities splits a CSV; stray commas are skipped. side (required, worker) names the list in the error reply.
local function parse_capabilities(csv, side)
  if #csv > CAPS_MAX_BYTES then
    return nil, fail('invalid_capabilities', side .. ':too_many_bytes')
  end
  local tokens = {}
  for token in string.gmatch(csv, '[^,]+') do
    tokens[#tokens + 1] = token
  end
  if #tokens > CAPS_MAX_TOKENS then
    return nil, fail('invalid_capabilities', side .. ':too_many_tokens')
  end
  return tokens, nil
end

-- missing_capabilities is the sorted CSV of the required tokens that the worker lacks, '' when it lacks none; the second
-- value is the error reply for a list beyond its bounds.
local function missing_capabilities(required_csv, worker_csv)
  local required, bad = parse_capabilities(required_csv, 'required')
  if bad then
    return nil, bad
  end
  local offered, bad_worker = parse_capabilities(worker_csv, 'worker')
  if bad_worker then
    return nil, bad_worker
  end
  local settled = {}
  for _, token in ipairs(offered) do
    settled[token] = true
  end
  local missing = {}
  for _, token in ipairs(required) do
    if not settled[token] then
      settled[token] = true
      missing[#missing + 1] = token
    end
  end
  table.sort(missing)
  return table.concat(missing, ','), nil
end

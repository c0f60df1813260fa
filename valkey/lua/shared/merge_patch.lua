-- The rolling document of summary frames: JSON merge patch with FlowFabric's deviations (spec 03e §5.2).

-- MERGE_DEPTH bounds patches, SENTINEL_DEPTH the search for the sentinel; the root is depth 0.
local MERGE_DEPTH = 16
local SENTINEL_DEPTH = 32
-- A patch cannot set null, it means removal there; this text becomes null once the patch is in.
local NULL_SENTINEL = '__ff_null__'

-- is_json_array: cjson's empty arrays and objects are the same table, and a first element false hides an array (Q-155).
local function is_json_array(t)
  return t[1] and true or false
end

-- merge_patch changes target; false when the patch is too deep.
local function merge_patch(target, patch, depth)
  if depth > MERGE_DEPTH then
    return false
  end
  for name, value in pairs(patch) do
    if value == cjson.null then
      target[name] = nil
    elseif type(value) == 'table' and next(value) ~= nil and not is_json_array(value) then
      if type(target[name]) ~= 'table' or is_json_array(target[name]) then
        target[name] = {}
      end
      if not merge_patch(target[name], value, depth + 1) then
        return false
      end
    else
      target[name] = value
    end
  end
  return true
end

local function replace_sentinels(node, depth)
  if depth > SENTINEL_DEPTH then
    return
  end
  for name, value in pairs(node) do
    if value == NULL_SENTINEL then
      node[name] = cjson.null
    elseif type(value) == 'table' then
      replace_sentinels(value, depth + 1)
    end
  end
end

-- patch_document applies a patch to a stored document ('' or nil before the first); both are JSON text, as is the result.
-- The second value is the error reply. It writes nothing.
local function patch_document(document_json, patch_json)
  local patch = decode_json(patch_json)
  if patch == nil then
    return nil, fail('invalid_input', 'patch payload is not valid JSON')
  end
  if type(patch) ~= 'table' or is_json_array(patch) then
    return nil, fail('invalid_input', 'patch must be a JSON object')
  end
  local document = {}
  if is_set(document_json) then
    document = decode_json(document_json)
    if document == nil then
      return nil, fail('corruption', 'stored summary document not decodeable')
    end
    if type(document) ~= 'table' then
      document = {}
    end
  end
  if not merge_patch(document, patch, 0) then
    return nil, fail('invalid_input', 'patch_depth_exceeded')
  end
  replace_sentinels(document, 0)
  -- NaN and infinity decode but cannot be encoded.
  local encoded, text = pcall(cjson.encode, document)
  if not encoded then
    return nil, fail('invalid_input', 'payload malformed')
  end
  return text, nil
end

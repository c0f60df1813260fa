-- The arguments of the functions that set tags: key1, value1, key2, value2, … (spec 01 §6.4, 03a §3.10, 03c §3.12).

-- TAG_KEY: a namespace, a dot, at least one byte that is not a dot; the rest is free.
local TAG_KEY = '^[a-z][a-z0-9_]*%.[^.]'

-- check_tag_pairs is the error reply for a list that is not pairs, else nil.
local function check_tag_pairs(args)
  if #args == 0 or #args % 2 == 1 then
    return fail('invalid_input', 'tags must be non-empty even-length key/value pairs')
  end
  return nil
end

-- check_tag_keys is the error reply for the first key that breaks the rule, else nil.
local function check_tag_keys(args)
  for i = 1, #args, 2 do
    if not string.find(args[i], TAG_KEY) then
      return fail('invalid_tag_key', args[i])
    end
  end
  return nil
end

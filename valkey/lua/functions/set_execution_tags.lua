-- spec 03a §3.10
-- KEYS: core, tags. ARGV: key1, value1, key2, value2, …
redis.register_function('ff_set_execution_tags', function(keys, args)
  local core_key, tags_key = unpack(keys)
  local err = check_tag_pairs(args)
  if err then
    return err
  end
  if redis.call('EXISTS', core_key) == 0 then
    return fail('execution_not_found')
  end
  err = check_tag_keys(args)
  if err then
    return err
  end
  want_hashes(core_key)
  write_fields(tags_key, args)
  redis.call('HSET', core_key, 'last_mutation_at', now_ms())
  return ok(tostring(#args / 2))
end)

do
  local HARD_CAP = 10000

  -- frame_mode is the mode of an entry's flat field list; entries of old writers have none and are durable.
  local function frame_mode(fields)
    for i = 1, #fields, 2 do
      if fields[i] == 'mode' then
        return fields[i + 1]
      end
    end
    return 'durable'
  end

  local function without_best_effort(entries)
    local kept = {}
    for _, entry in ipairs(entries) do
      if frame_mode(entry[2]) ~= 'best_effort' then
        kept[#kept + 1] = entry
      end
    end
    return kept
  end

  -- ff_read_attempt_stream (spec 03e §7)
  -- KEYS: stream_data, stream_meta
  -- ARGV: from_id, to_id, count_limit, visibility ('', all, exclude_best_effort)
  redis.register_function('ff_read_attempt_stream', function(keys, args)
    local stream_key, meta_key = keys[1], keys[2]
    local from_id, to_id, visibility = args[1] or '-', args[2] or '+', args[4]
    local count_limit = tonumber(args[3])
    if not count_limit or count_limit < 1 then
      return fail('invalid_input', 'count_limit must be >= 1')
    end
    if count_limit > HARD_CAP then
      return fail('invalid_input', 'count_limit_exceeds_hard_cap')
    end
    local entries = redis.call('XRANGE', stream_key, from_id, to_id, 'COUNT', count_limit)
    if visibility == 'exclude_best_effort' then
      entries = without_best_effort(entries)
    end
    local meta = read_fields(meta_key, {'closed_at', 'closed_reason'})
    return ok(entries, meta.closed_at or '', meta.closed_reason or '')
  end)
end

-- ff_read_summary (spec 03e §8)
-- KEYS: stream_summary
redis.register_function('ff_read_summary', function(keys)
  local summary = read_fields(keys[1], {'document', 'version', 'patch_kind', 'last_updated_ms', 'first_applied_ms'})
  return ok(summary.document or '', summary.version or '0', summary.patch_kind or '',
    summary.last_updated_ms or '0', summary.first_applied_ms or '0')
end)

do
  local DEFAULT_MAX_PAYLOAD = '65536'
  local DEFAULT_MAXLEN = '10000'
  local SUMMARY_MAXLEN = '64'
  local PATCH_KIND = 'json-merge-patch'
  -- Where doubles stop counting by ones as far as commands are concerned.
  local LARGEST = 2 ^ 52

  -- check_owner is the error reply unless the arguments name the attempt and the live lease (spec 03e §6 checks 2–6). A
  -- lapsed lease is not marked expired here.
  local function check_owner(core, attempt_index, lease_id, lease_epoch, now)
    if core.lifecycle_phase ~= 'active' then
      return fail('stream_closed')
    end
    if core.ownership_state == 'lease_expired_reclaimable' or core.ownership_state == 'lease_revoked'
      or tonumber(core.lease_expires_at or '0') <= now
      or core.current_attempt_index ~= attempt_index
      or core.current_lease_id ~= lease_id
      or core.current_lease_epoch ~= lease_epoch then
      return fail('stale_owner_cannot_append')
    end
    return nil
  end

  -- opening_fields are what the first append of an attempt writes to stream_meta.
  local function opening_fields(args, now)
    return {
      'stream_id', args[1] .. ':' .. args[2],
      'execution_id', args[1],
      'attempt_id', args[12] or '',
      'attempt_index', args[2],
      'created_at', now,
      'closed_at', '',
      'closed_reason', '',
      'durability_mode', 'durable_full',
      'retention_maxlen', args[11] or '0',
      'last_sequence', '',
      'frame_count', '0',
      'total_bytes', '0',
      'last_frame_at', '',
      'has_durable_frame', '0',
    }
  end

  local function append_all(list, more)
    for _, value in ipairs(more) do
      list[#list + 1] = value
    end
  end

  -- A plan is what a mode makes of one append, worked out before anything is written:
  -- trim (arguments of MAXLEN), frame and meta (further fields of the entry and of stream_meta), ttl_ms (number, or nil),
  -- summary (fields of the summary hash, or nil), summary_version (text).

  -- plan_durable trims to the caller's length (spec 03e §5.1).
  local function plan_durable(args)
    local raw = args[11] or '0'
    local maxlen, bad = required_number('retention_maxlen', raw)
    if bad then
      return nil, bad
    end
    if not (maxlen >= 0 and maxlen <= LARGEST and maxlen == math.floor(maxlen)) then
      return nil, fail('invalid_input', 'retention_maxlen must be a number, got: ' .. raw)
    end
    local trim = {'=', maxlen}
    if maxlen == 0 then
      trim = {'~', DEFAULT_MAXLEN}
    end
    return {trim = trim, frame = {}, meta = {}, summary_version = ''}, nil
  end

  -- plan_summary merges the payload into the attempt's document (spec 03e §5.2, §6 checks 8–13).
  local function plan_summary(args, summary_key, now)
    if not is_set(summary_key) then
      return nil, fail('invalid_input', 'summary mode requires stream_summary key')
    end
    if is_set(args[15]) and args[15] ~= PATCH_KIND then
      return nil, fail('invalid_input', 'unsupported patch_kind')
    end
    local stored = read_fields(summary_key, {'document', 'version'})
    local document, refused = patch_document(stored.document, args[7] or '')
    if refused then
      return nil, refused
    end
    local version = tostring((tonumber(stored.version) or 0) + 1)
    local summary = {'document', document, 'version', version, 'patch_kind', PATCH_KIND, 'last_updated_ms', now}
    if version == '1' then
      append_all(summary, {'first_applied_ms', now})
    end
    return {
      trim = {'~', SUMMARY_MAXLEN},
      frame = {'summary_version', version},
      meta = {},
      summary = summary,
      summary_version = version,
    }, nil
  end

  -- positive is the default for a number that is none or not above zero, else the next whole number.
  local function positive(raw, default)
    local n = tonumber(raw)
    if n and n > 0 and n <= LARGEST then
      return math.ceil(n)
    end
    return default
  end

  -- append_rate_hz is the moving average of appends a second; without history, the rate whose first length is the floor.
  local function append_rate_hz(meta, now, window_s, floor, raw_alpha)
    local rate, last_append = tonumber(meta.ema_rate_hz), tonumber(meta.last_append_ts_ms)
    if not (rate and last_append) then
      return floor / (window_s * 2)
    end
    local alpha = tonumber(raw_alpha)
    if not (alpha and alpha > 0 and alpha <= 1) then
      alpha = 0.2
    end
    local elapsed_ms = math.max(1, now - last_append)
    return alpha * (1000 / elapsed_ms) + (1 - alpha) * rate
  end

  -- plan_best_effort keeps about two TTLs' worth of frames (spec 03e §5.3).
  local function plan_best_effort(args, meta, now)
    local raw = args[16] or '0'
    local ttl_ms, bad = required_number('ttl_ms', raw)
    if bad then
      return nil, bad
    end
    if not (ttl_ms <= LARGEST) then
      return nil, fail('invalid_input', 'ttl_ms must be a number, got: ' .. raw)
    end
    local floor = positive(args[17], 64)
    local ceiling = math.max(floor, positive(args[18], 16384))
    local window_s = math.max(ttl_ms, 1) / 1000
    local rate = append_rate_hz(meta, now, window_s, floor, args[19])
    local maxlen = math.min(ceiling, math.max(floor, math.ceil(rate * window_s * 2)))
    local frame = {}
    if ttl_ms > 0 then
      frame = {'ttl_ms', tostring(ttl_ms)}
    end
    return {
      trim = {'~', maxlen},
      frame = frame,
      meta = {
        'ema_rate_hz', string.format('%.14g', rate),
        'last_append_ts_ms', now,
        'maxlen_applied_last', maxlen,
      },
      ttl_ms = ttl_ms,
      summary_version = '',
    }, nil
  end

  -- frame_arguments are what follows the key in XADD; trimming there saves a command and comes after the append, too.
  local function frame_arguments(args, now, mode, plan)
    local list = {
      'MAXLEN', plan.trim[1], plan.trim[2], '*',
      'frame_type', args[5],
      'ts', or_default(args[6], now),
      'payload', args[7] or '',
      'encoding', args[8] or 'utf8',
      'source', args[10] or 'worker',
      'mode', mode,
    }
    if is_set(args[9]) then
      append_all(list, {'correlation_id', args[9]})
    end
    append_all(list, plan.frame)
    return list
  end

  -- ff_append_frame (spec 03e §6)
  -- KEYS: exec_core, stream_data, stream_meta, stream_summary (summary mode only)
  -- ARGV: execution_id, attempt_index, lease_id, lease_epoch, frame_type, ts, payload, encoding, correlation_id, source,
  --       retention_maxlen, attempt_id, max_payload_bytes, stream_mode, patch_kind, ttl_ms, maxlen_floor, maxlen_ceiling,
  --       ema_alpha; from stream_mode on they may be missing
  redis.register_function('ff_append_frame', function(keys, args)
    local core_key, stream_key, meta_key, summary_key = keys[1], keys[2], keys[3], keys[4]
    local attempt_index, lease_id, lease_epoch = args[2], args[3], args[4]
    local payload_bytes = #(args[7] or '')
    local mode = or_default(args[14], 'durable')

    local max_payload_bytes, bad = required_number('max_payload_bytes', args[13] or DEFAULT_MAX_PAYLOAD)
    if bad then
      return bad
    end
    if payload_bytes > max_payload_bytes then
      return fail('retention_limit_exceeded')
    end
    local core = read_fields(core_key, {
      'lifecycle_phase', 'ownership_state', 'lease_expires_at',
      'current_attempt_index', 'current_lease_id', 'current_lease_epoch',
    })
    local now = now_ms()
    local refused = check_owner(core, attempt_index, lease_id, lease_epoch, now)
    if refused then
      return refused
    end
    local meta = read_fields(meta_key, {
      'stream_id', 'closed_at', 'frame_count', 'total_bytes', 'has_durable_frame', 'ema_rate_hz', 'last_append_ts_ms',
    })
    if is_set(meta.closed_at) then
      return fail('stream_closed')
    end
    local meta_fields = {}
    if next(meta) == nil then
      meta_fields = opening_fields(args, now)
    end

    local plan
    if mode == 'summary' then
      plan, refused = plan_summary(args, summary_key, now)
      if refused then
        -- The attempt's stream counts as opened all the same.
        write_fields(meta_key, meta_fields)
        return refused
      end
    elseif mode == 'best_effort' then
      plan, refused = plan_best_effort(args, meta, now)
    else
      plan, refused = plan_durable(args)
    end
    if refused then
      return refused
    end

    if plan.summary then
      want_streams(stream_key)
      want_at_least(args, 5)
      redis.call('HSET', summary_key, unpack(plan.summary))
    end
    local entry_id = redis.call('XADD', stream_key, unpack(frame_arguments(args, now, mode, plan)))
    local frame_count = tostring((tonumber(meta.frame_count) or 0) + 1)
    append_all(meta_fields, {
      'frame_count', frame_count,
      'total_bytes', string.format('%.0f', (tonumber(meta.total_bytes) or 0) + payload_bytes),
      'last_sequence', entry_id,
      'last_frame_at', now,
    })
    append_all(meta_fields, plan.meta)
    local had_durable = meta.has_durable_frame == '1'
    local keeps = mode == 'durable' or mode == 'summary'
    if keeps and not had_durable then
      append_all(meta_fields, {'has_durable_frame', '1'})
      redis.call('PERSIST', stream_key)
    end
    redis.call('HSET', meta_key, unpack(meta_fields))
    if plan.ttl_ms and plan.ttl_ms > 0 and not had_durable then
      redis.call('PEXPIRE', stream_key, math.floor(plan.ttl_ms * 2))
    end
    return ok(entry_id, frame_count, plan.summary_version)
  end)
end

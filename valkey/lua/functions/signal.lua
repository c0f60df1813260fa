-- Signals: delivered to a waitpoint that somebody waits on, or buffered for one that is still pending (spec 03b §4.8, §4.9).
do
  local CORE_FIELDS = {'lifecycle_phase', 'created_at', 'priority'}
  local WAITPOINT_FIELDS = {
    'execution_id', 'suspension_id', 'waitpoint_key', 'state', 'created_at', 'signal_count', 'matched_signal_count',
  }
  local AWAKE = {active = true, runnable = true, submitted = true}

  -- read_signal unpacks the ARGV that both functions share.
  local function read_signal(args)
    return {
      signal_id = args[1] or '',
      execution_id = args[2] or '',
      waitpoint_id = args[3] or '',
      signal_name = args[4] or '',
      signal_category = args[5] or '',
      source_type = args[6] or '',
      source_identity = args[7] or '',
      payload = args[8] or '',
      payload_encoding = args[9] or 'json',
      idempotency_key = args[10] or '',
      correlation_id = args[11] or '',
      target_scope = args[12] or 'waitpoint',
      created_at = args[13] or '',
      dedup_ttl_ms = args[14] or '86400000',
      resume_delay_ms = or_default(args[15], '0'),
      signal_maxlen = or_default(args[16], '1000'),
      max_signals = or_default(args[17], '10000'),
      token = args[18] or '',
    }
  end

  -- refuse_token checks that the sender may speak to this waitpoint of this execution; the error reply if not. Core keeps the
  -- time of the last refusal. A token says nothing of the execution, so the record has to (Q-050).
  local function refuse_token(core_key, secrets, signal, waitpoint, now)
    local code = token_error(secrets, signal.token, signal.waitpoint_id, waitpoint.waitpoint_key or '',
      waitpoint.created_at, now)
    if not code and waitpoint.execution_id ~= signal.execution_id then
      code = 'invalid_token'
    end
    if not code then
      return nil
    end
    redis.call('HSET', core_key, 'last_hmac_validation_failed_at', now)
    return fail(code)
  end

  -- admit holds a signal to the limits and claims its idempotency key: nil, or the reply that ends the call. The key is
  -- the first write, so it comes last. signal.maxlen and signal.resume_delay are filled in on the way.
  local function admit(signal, execution_signals, dedup)
    local max_signals, max_error = required_number('max_signals_per_execution', signal.max_signals)
    if not max_signals then
      return max_error
    end
    if max_signals > 0 and redis.call('ZCARD', execution_signals) >= max_signals then
      return fail('signal_limit_exceeded')
    end
    local ttl_ms, ttl_error = period_ms('dedup_ttl_ms', or_default(signal.dedup_ttl_ms, '0'))
    if not ttl_ms then
      return ttl_error
    end
    local keyed = signal.idempotency_key ~= '' and ttl_ms ~= 0 and is_set(dedup)
    local maxlen, maxlen_error = whole_number('signal_maxlen', signal.signal_maxlen)
    local delay, delay_error = required_number('resume_delay_ms', signal.resume_delay_ms)
    if not maxlen or not delay then
      local earlier = keyed and redis.call('GET', dedup)
      return earlier and duplicate(earlier) or maxlen_error or delay_error
    end
    signal.maxlen, signal.resume_delay = maxlen, delay
    if not keyed then
      return nil
    end
    local existing = redis.call('SET', dedup, signal.signal_id, 'PX', ttl_ms, 'NX', 'GET')
    if existing then
      return duplicate(existing)
    end
    return nil
  end

  -- write_signal keeps the signal with its effect, in its record, the waitpoint's log and the execution's list.
  local function write_signal(keys, signal, effect, now)
    redis.call('HSET', keys.signal,
      'signal_id', signal.signal_id,
      'target_execution_id', signal.execution_id,
      'target_waitpoint_id', signal.waitpoint_id,
      'target_scope', signal.target_scope,
      'signal_name', signal.signal_name,
      'signal_category', signal.signal_category,
      'source_type', signal.source_type,
      'source_identity', signal.source_identity,
      'correlation_id', signal.correlation_id,
      'idempotency_key', signal.idempotency_key,
      'created_at', or_default(signal.created_at, now),
      'accepted_at', now,
      'matched_waitpoint_id', signal.waitpoint_id,
      'payload_encoding', signal.payload_encoding,
      'observed_effect', effect)
    if signal.payload ~= '' then
      redis.call('SET', keys.payload, signal.payload)
    end
    redis.call('XADD', keys.waitpoint_signals, 'MAXLEN', '~', signal.maxlen, '*',
      'signal_id', signal.signal_id,
      'signal_name', signal.signal_name,
      'signal_category', signal.signal_category,
      'source_type', signal.source_type,
      'source_identity', signal.source_identity,
      'matched', '0',
      'accepted_at', now)
    redis.call('ZADD', keys.execution_signals, now, signal.signal_id)
  end

  -- want_signal raises where write_signal would.
  local function want_signal(keys)
    want_hashes(keys.signal)
    want_streams(keys.waitpoint_signals)
    want_zsets(keys.execution_signals)
  end

  -- want_all raises where one of the writes of a delivery would.
  local function want_all(keys, core, progress, others, signal_feed)
    want_signal(keys)
    want_streams(signal_feed)
    if progress.composite then
      want_sets(keys.suspension .. ':satisfied_set', keys.suspension .. ':satisfied_set:signals')
    end
    if progress.holds then
      want_zsets(keys.suspension_timeout)
      want_waitpoints(tag_of(keys.core), others)
      if core.lifecycle_phase == 'suspended' then
        want_release(keys, core, 0)
        want_zsets(keys.delayed)
      end
    end
  end

  -- satisfier_signals is the JSON list of the signals that made a composite condition hold, the last one included.
  local function satisfier_signals(progress, suspension_key)
    local ids, seen = {}, {}
    for _, list in ipairs({redis.call('SMEMBERS', suspension_key .. ':satisfied_set:signals'), progress.new_signals}) do
      for _, id in ipairs(list) do
        if not seen[id] then
          seen[id] = true
          ids[#ids + 1] = id
        end
      end
    end
    return cjson.encode(ids)
  end

  -- other_waitpoints are those of a suspension that a signal did not go to; suspension is nil for none.
  local function other_waitpoints(suspension, signal)
    local others = {}
    if not suspension then
      return others
    end
    local all = additional_waitpoint_ids(suspension.additional_waitpoints_json)
    all[#all + 1] = suspension.waitpoint_id
    for _, id in ipairs(all) do
      if id ~= '' and id ~= signal.waitpoint_id then
        others[#others + 1] = id
      end
    end
    return others
  end

  -- close_satisfied closes the suspension record and every other waitpoint of it, the primary one included (Q-051).
  local function close_satisfied(keys, progress, suspension, signal, close, now)
    if not suspension then
      return
    end
    local fields = close.suspension
    if progress.composite then
      fields[#fields + 1] = 'closer_signal_id'
      fields[#fields + 1] = signal.signal_id
      fields[#fields + 1] = 'all_satisfier_signals'
      fields[#fields + 1] = satisfier_signals(progress, keys.suspension)
    else
      fields[#fields + 1] = 'last_signal_at'
      fields[#fields + 1] = now
    end
    redis.call('HSET', keys.suspension, unpack(fields))
    close_waitpoints(tag_of(keys.core), other_waitpoints(suspension, signal), close)
  end

  -- write_progress keeps what a signal did to a condition that still waits for more.
  local function write_progress(keys, progress, suspension, now)
    if progress.composite then
      write_tokens(progress, keys.suspension)
    end
    if suspension then
      redis.call('HSET', keys.suspension, 'last_signal_at', now)
    end
  end

  -- matcher_fields is what a signal did to a simple condition's record; nothing if it matched none.
  local function matcher_fields(progress, signal)
    if not progress.matched_index then
      return {}
    end
    local prefix = 'matcher:' .. progress.matched_index
    return {prefix .. ':satisfied', '1', prefix .. ':signal_id', signal.signal_id, 'satisfied_count', progress.count}
  end

  local function append(list, more)
    for _, value in ipairs(more) do
      list[#list + 1] = value
    end
    return list
  end

  -- ff_deliver_signal, spec 03b §4.8
  -- KEYS: core, waitpoint_condition, waitpoint_signals, execution_signals, signal, signal_payload, dedup, waitpoint,
  --       suspension, eligible, suspended, delayed, suspension_timeout, secrets, signal_feed (version 26: not given)
  -- ARGV: signal_id, execution_id, waitpoint_id, signal_name, signal_category, source_type, source_identity, payload,
  --       payload_encoding, idempotency_key, correlation_id, target_scope, created_at, dedup_ttl_ms, resume_delay_ms,
  --       signal_maxlen, max_signals_per_execution, waitpoint_token
  redis.register_function('ff_deliver_signal', function(keys, args)
    local k = {
      core = keys[1], condition = keys[2], waitpoint_signals = keys[3], execution_signals = keys[4], signal = keys[5],
      payload = keys[6], waitpoint = keys[8], suspension = keys[9], eligible = keys[10], suspended = keys[11],
      delayed = keys[12], suspension_timeout = keys[13],
    }
    local dedup, secrets = keys[7], keys[14]
    local signal_feed = keys[15] or 'ff:part:' .. tag_of(k.core) .. ':signal_delivery'
    local signal = read_signal(args)

    local core = read_core(k.core, CORE_FIELDS)
    if not core then
      return fail('execution_not_found')
    end
    local waitpoint = read_fields(k.waitpoint, WAITPOINT_FIELDS)
    if not is_set(waitpoint.created_at) then
      return fail('invalid_token')
    end
    local now = now_ms()
    local token_refused = refuse_token(k.core, secrets, signal, waitpoint, now)
    if token_refused then
      return token_refused
    end
    local is_suspended = core.lifecycle_phase == 'suspended'
    if core.lifecycle_phase == 'terminal' then
      return fail('target_not_signalable')
    end
    if AWAKE[core.lifecycle_phase] and waitpoint.state == 'pending' then
      return fail('waitpoint_pending_use_buffer_script')
    end
    if AWAKE[core.lifecycle_phase] and waitpoint.state ~= 'active' then
      return fail('target_not_signalable')
    end
    local condition = read_core(k.condition, CONDITION_FIELDS)
    if not condition then
      return fail('waitpoint_not_found')
    end
    if condition.closed == '1' then
      return fail('waitpoint_closed')
    end
    local suspension = read_core(k.suspension,
      {'suspension_id', 'closed_at', 'waitpoint_id', 'waitpoint_key', 'additional_waitpoints_json'})
    local episode = is_suspended and suspension and not is_set(suspension.closed_at) and suspension.suspension_id
    if episode and is_set(waitpoint.suspension_id) and waitpoint.suspension_id ~= episode then
      return fail('waitpoint_closed')
    end
    local progress = stored_progress(k.condition, condition, k.suspension)
    local waitpoint_key = waitpoint.waitpoint_key or (suspension and suspension.waitpoint_key) or ''
    local effect, matched = take_signal(progress, signal, signal.waitpoint_id, waitpoint_key)
    want_all(k, core, progress, other_waitpoints(suspension, signal), signal_feed)
    local refused = admit(signal, k.execution_signals, dedup)
    if refused then
      return refused
    end
    write_signal(k, signal, effect, now)

    local condition_changes = matcher_fields(progress, signal)
    local waitpoint_changes = {'signal_count', (tonumber(waitpoint.signal_count) or 0) + 1, 'last_signal_at', now}
    if matched then
      append(waitpoint_changes, {'matched_signal_count', (tonumber(waitpoint.matched_signal_count) or 0) + 1})
    end
    if progress.holds then
      local close = closing(now, 'resumed', 'satisfied', now)
      append(condition_changes, close.condition)
      append(waitpoint_changes, close.waitpoint)
      if is_suspended then
        release_suspended(k, core, signal.execution_id, now, signal.resume_delay,
          'resume delay ' .. signal.resume_delay .. 'ms after signal ' .. signal.signal_name)
      end
      close_satisfied(k, progress, suspension, signal, close, now)
      redis.call('ZREM', k.suspension_timeout, signal.execution_id)
      if progress.composite then
        delete_composite_keys(k.suspension)
      end
    else
      write_progress(k, progress, suspension, now)
    end
    write_fields(k.condition, condition_changes)
    redis.call('HSET', k.waitpoint, unpack(waitpoint_changes))
    redis.call('XADD', signal_feed, 'MAXLEN', '~', '1000', '*',
      'signal_id', signal.signal_id,
      'execution_id', signal.execution_id,
      'waitpoint_id', signal.waitpoint_id,
      'source_identity', signal.source_identity,
      'effect', effect,
      'delivered_at_ms', now)
    return ok(signal.signal_id, effect)
  end)

  -- ff_buffer_signal_for_pending_waitpoint, spec 03b §4.9
  -- KEYS: core, waitpoint_condition (not used), waitpoint_signals, execution_signals, signal, signal_payload, dedup,
  --       waitpoint, secrets
  -- ARGV: as ff_deliver_signal; resume_delay_ms is not used
  redis.register_function('ff_buffer_signal_for_pending_waitpoint', function(keys, args)
    local k = {
      core = keys[1], waitpoint_signals = keys[3], execution_signals = keys[4], signal = keys[5], payload = keys[6],
      waitpoint = keys[8],
    }
    local dedup, secrets = keys[7], keys[9]
    local signal = read_signal(args)

    local core = read_core(k.core, CORE_FIELDS)
    if not core then
      return fail('execution_not_found')
    end
    local waitpoint = read_fields(k.waitpoint, WAITPOINT_FIELDS)
    if not is_set(waitpoint.created_at) then
      return fail('waitpoint_not_found')
    end
    local now = now_ms()
    local token_refused = refuse_token(k.core, secrets, signal, waitpoint, now)
    if token_refused then
      return token_refused
    end
    if waitpoint.state == 'closed' or waitpoint.state == 'expired' then
      return fail('waitpoint_closed')
    end
    -- What is never going to be replayed is not taken in (Q-061).
    if core.lifecycle_phase == 'terminal' then
      return fail('target_not_signalable')
    end
    if waitpoint.state ~= 'pending' then
      return fail('waitpoint_not_pending')
    end
    want_signal(k)
    local refused = admit(signal, k.execution_signals, dedup)
    if refused then
      return refused
    end

    local effect = 'buffered_for_pending_waitpoint'
    write_signal(k, signal, effect, now)
    return ok(signal.signal_id, effect)
  end)
end

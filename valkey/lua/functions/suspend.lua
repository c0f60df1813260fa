-- Going to sleep: the lease holder gives up his lease and waits for signals (spec 03b §4.1).
do
  local BLOCKING_REASONS = {
    waiting_for_signal = 'waiting_for_signal',
    waiting_for_approval = 'waiting_for_approval',
    waiting_for_callback = 'waiting_for_callback',
    waiting_for_tool_result = 'waiting_for_tool_result',
    waiting_for_operator_review = 'paused_by_operator',
    paused_by_policy = 'paused_by_policy',
    paused_by_budget = 'waiting_for_budget',
    step_boundary = 'waiting_for_signal',
    manual_pause = 'paused_by_operator',
  }
  local NO_TIMEOUT_SCORE = 9999999999999
  local EMPTY_BUFFER_SUMMARY = '{"total_count":0,"matched_count":0,"signal_names":[]}'
  local SUSPEND_KEYS = 18
  local SUSPEND_ARGS = 20

  -- A waitpoint below is a table: id, key and token, and the names of its three keys.
  local function waitpoint(record_key, signals_key, condition_key, id, key)
    return {record_key = record_key, signals_key = signals_key, condition_key = condition_key, id = id, key = key}
  end

  -- additional_waitpoints reads KEYS[19…] and ARGV[20…]; nil when a binding lacks its id, its name or its keys.
  local function additional_waitpoints(keys, args)
    local extras = {}
    for i = 0, (tonumber(args[SUSPEND_ARGS]) or 0) - 1 do
      local id, key = args[SUSPEND_ARGS + 1 + 2 * i], args[SUSPEND_ARGS + 2 + 2 * i]
      local first = SUSPEND_KEYS + 1 + 3 * i
      if not (is_set(id) and is_set(key) and keys[first] and keys[first + 1] and keys[first + 2]) then
        return nil
      end
      extras[#extras + 1] = waitpoint(keys[first], keys[first + 1], keys[first + 2], id, key)
    end
    return extras
  end

  -- outcome lists what the caller is told, envelope aside; the idempotency record keeps the same list.
  local function outcome(status, suspension_id, primary, extras)
    local list = {status, suspension_id, primary.id, primary.key, primary.token, tostring(#extras)}
    for _, extra in ipairs(extras) do
      list[#list + 1] = extra.id
      list[#list + 1] = extra.key
      list[#list + 1] = extra.token
    end
    return list
  end

  local function outcome_reply(list)
    local reply = {1}
    for i, value in ipairs(list) do
      reply[i + 1] = value
    end
    return reply
  end

  -- recorded_outcome reads an idempotency record back; nil for none, or for one that is too short to be an outcome.
  local function recorded_outcome(dedup_key)
    local text = redis.call('HGET', dedup_key, 'outcome')
    if not is_set(text) then
      return nil
    end
    local list = {}
    for part in string.gmatch(text .. '\t', '([^\t]*)\t') do
      list[#list + 1] = part
    end
    if #list < 5 then
      return nil
    end
    local extras = tonumber(list[6]) or 0
    if not (extras >= 0 and extras <= #list) then
      extras = 0
    end
    list[6] = tostring(extras)
    for i = #list + 1, 6 + 3 * extras do
      list[i] = ''
    end
    for i = #list, 7 + 3 * extras, -1 do
      list[i] = nil
    end
    return list
  end

  local function record_outcome(dedup_key, list, ttl_ms)
    redis.call('HSET', dedup_key, 'outcome', table.concat(list, '\t'))
    if ttl_ms > 0 then
      redis.call('PEXPIRE', dedup_key, ttl_ms)
    end
  end

  -- bind_pending fills in primary from the waitpoint that was created ahead; the error reply when it cannot be used.
  local function bind_pending(primary, eid, attempt_index, now)
    local record = read_fields(primary.record_key, {
      'waitpoint_id', 'waitpoint_key', 'waitpoint_token', 'state', 'execution_id', 'attempt_index', 'expires_at',
    })
    if next(record) == nil then
      return fail('waitpoint_not_found')
    end
    if record.state ~= 'pending' then
      return fail('waitpoint_not_pending')
    end
    if record.execution_id ~= eid or record.attempt_index ~= attempt_index then
      return fail('invalid_waitpoint_for_execution')
    end
    if is_set(record.expires_at) and (tonumber(record.expires_at) or 0) <= now then
      return fail('pending_waitpoint_expired')
    end
    if not is_set(record.waitpoint_token) then
      return fail('waitpoint_not_token_bound')
    end
    primary.id = or_default(record.waitpoint_id, primary.id)
    primary.key = record.waitpoint_key or ''
    primary.token = record.waitpoint_token
    return nil
  end

  -- bind_fresh mints the token of a waitpoint that begins now; the error reply when its id is another execution's open one.
  local function bind_fresh(wp, signing, eid, now)
    local record = read_fields(wp.record_key, {'state', 'execution_id'})
    if (record.state == 'pending' or record.state == 'active') and record.execution_id ~= eid then
      return fail('waitpoint_already_exists')
    end
    wp.token = mint_token(signing, wp.id, wp.key, now)
    return nil
  end

  local function write_fresh_waitpoint(wp, eid, attempt_index, suspension_id, timeout_at, now)
    redis.call('HSET', wp.record_key,
      'waitpoint_id', wp.id,
      'execution_id', eid,
      'attempt_index', attempt_index,
      'suspension_id', suspension_id,
      'waitpoint_key', wp.key,
      'waitpoint_token', wp.token,
      'state', 'active',
      'created_at', now,
      'activated_at', now,
      'expires_at', timeout_at,
      'signal_count', '0',
      'matched_signal_count', '0',
      'last_signal_at', '')
  end

  local function additional_waitpoints_json(extras)
    if #extras == 0 then
      return '[]'
    end
    local list = {}
    for i, extra in ipairs(extras) do
      list[i] = {waitpoint_id = extra.id, waitpoint_key = extra.key}
    end
    return cjson.encode(list)
  end

  local function write_suspended_core(core_key, suspension_id, waitpoint_id, reason_code, now)
    redis.call('HSET', core_key,
      'lifecycle_phase', 'suspended',
      'ownership_state', 'unowned',
      'eligibility_state', 'not_applicable',
      'blocking_reason', BLOCKING_REASONS[reason_code] or 'waiting_for_signal',
      'blocking_detail', 'suspended: waitpoint ' .. waitpoint_id .. ' awaiting ' .. reason_code,
      'terminal_outcome', 'none',
      'attempt_state', 'attempt_interrupted',
      'public_state', 'suspended',
      'current_lease_id', '',
      'current_worker_id', '',
      'current_worker_instance_id', '',
      'lease_expires_at', '',
      'lease_last_renewed_at', '',
      'lease_renewal_deadline', '',
      'current_suspension_id', suspension_id,
      'current_waitpoint_id', waitpoint_id,
      'last_transition_at', now,
      'last_mutation_at', now)
  end

  -- want_all raises where one of the writes of a suspension would. What is there only for a while (records of a fresh waitpoint, the
  -- last suspension) is deleted before it is written.
  local function want_all(keys, primary, use_pending, holds)
    want_at_least(keys, 16)
    want_sets(keys[14])
    if use_pending then
      want_zsets(keys[11])
      want_hashes(primary.condition_key)
    end
    if holds then
      want_hashes(primary.condition_key)
      return
    end
    want_hashes(keys[2])
    want_lease_end({lease_expiry = keys[5], worker_leases = keys[6], active = keys[12], attempt_timeout = keys[16]}, keys[4])
    want_zsets(keys[10], keys[13])
  end

  -- ff_suspend_execution, spec 03b §4.1
  -- KEYS: core, attempt, lease_current, lease_history, lease_expiry, worker_leases, suspension, waitpoint, waitpoint_signals,
  --       suspension_timeout, pending_waitpoint_expiry, active, suspended, waitpoints, waitpoint_condition, attempt_timeout,
  --       secrets, dedup; then for each additional waitpoint: record, signals, condition
  -- ARGV: execution_id, attempt_index, attempt_id, lease_id, lease_epoch, suspension_id, waitpoint_id, waitpoint_key,
  --       reason_code, requested_by, timeout_at, resume_condition_json, resume_policy_json, continuation_metadata_pointer,
  --       use_pending_waitpoint, timeout_behavior, lease_history_maxlen, idempotency_key, dedup_ttl_ms,
  --       number of additional waitpoints; then for each: waitpoint_id, waitpoint_key
  redis.register_function('ff_suspend_execution', function(keys, args)
    local core_key, attempt_record, lease_current, lease_history, lease_expiry, worker_leases, suspension_key,
      waitpoint_record, waitpoint_signals, suspension_timeout, pending_waitpoint_expiry, active, suspended, waitpoints,
      waitpoint_condition, attempt_timeout, secrets, dedup = unpack(keys, 1, SUSPEND_KEYS)
    local eid, attempt_index, attempt_id, lease_id, lease_epoch, suspension_id, waitpoint_id, waitpoint_key, reason_code,
      requested_by, timeout_at, condition_json, policy_json, continuation, use_pending, timeout_behavior, history_maxlen,
      idempotency_key, dedup_ttl_ms = unpack(args, 1, SUSPEND_ARGS - 1)
    suspension_id, reason_code, requested_by = suspension_id or '', reason_code or '', requested_by or ''
    timeout_at, policy_json, continuation = timeout_at or '', policy_json or '', continuation or ''
    use_pending = use_pending == '1'
    local maxlen, maxlen_error = whole_number('lease_history_maxlen', history_maxlen or HISTORY_MAXLEN)

    local extras = additional_waitpoints(keys, args)
    if not extras then
      return fail('additional_waitpoint_binding_malformed')
    end
    local deduplicated = is_set(idempotency_key) and is_set(dedup)
    local earlier = deduplicated and recorded_outcome(dedup)
    if earlier then
      return outcome_reply(earlier)
    end

    local core = read_core(core_key, LEASE_FIELDS)
    if not core then
      return fail('execution_not_found')
    end
    local fence, fence_error = resolve_fence(core, lease_id, lease_epoch, attempt_id, nil)
    if not fence then
      return fence_error
    end
    local now = now_ms()
    local lease_error = check_lease(core_key, lease_history, eid, core, fence, now, maxlen)
    if lease_error then
      return lease_error
    end
    if core.current_attempt_index ~= attempt_index then
      return fail('invalid_lease_for_suspend')
    end
    local previous = read_fields(suspension_key, {'suspension_id', 'closed_at', 'waitpoint_id'})
    if next(previous) ~= nil and not is_set(previous.closed_at) then
      return fail('already_suspended')
    end

    local primary = waitpoint(waitpoint_record, waitpoint_signals, waitpoint_condition, waitpoint_id, waitpoint_key)
    local signing, secret_error, bind_error
    if use_pending then
      bind_error = bind_pending(primary, eid, attempt_index, now)
    else
      signing, secret_error = signing_key(secrets)
      bind_error = secret_error and fail(secret_error) or bind_fresh(primary, signing, eid, now)
    end
    if bind_error then
      return bind_error
    end
    local condition, condition_error = parse_condition(condition_json)
    if not condition then
      return condition_error
    end
    local progress = new_progress(condition)
    if use_pending then
      replay_signals(progress, primary.signals_key, primary.id, primary.key)
    end
    if #extras > 0 and not progress.holds then
      if use_pending then
        signing, secret_error = signing_key(secrets)
        return fail(secret_error or 'use_pending_with_extras_unsupported')
      end
      for _, extra in ipairs(extras) do
        bind_error = bind_fresh(extra, signing, eid, now)
        if bind_error then
          return bind_error
        end
      end
    end
    local timeout_score, timeout_error = nil, nil
    if timeout_at ~= '' then
      timeout_score, timeout_error = score_number('timeout_at', timeout_at)
    end
    if timeout_error then
      return timeout_error
    end
    if not maxlen then
      return maxlen_error
    end
    local ttl_ms, ttl_error = period_ms('dedup_ttl_ms', or_default(dedup_ttl_ms, '0'))
    if deduplicated and not ttl_ms then
      return ttl_error
    end

    want_all(keys, primary, use_pending, progress.holds)
    -- A new episode starts from nothing: the closed record of the last one, and tokens that it left, go (Q-056).
    delete_composite_keys(suspension_key)
    if next(previous) ~= nil then
      redis.call('DEL', suspension_key)
    end
    if is_set(previous.waitpoint_id) then
      redis.call('SADD', waitpoints, previous.waitpoint_id)
    end
    if use_pending then
      redis.call('ZREM', pending_waitpoint_expiry, primary.id)
      redis.call('HSET', primary.record_key,
        'suspension_id', suspension_id,
        'state', 'active',
        'activated_at', now,
        'expires_at', timeout_at)
    end

    if progress.holds then
      local close = closing(now, 'resumed', 'satisfied', now)
      redis.call('HSET', primary.record_key, unpack(close.waitpoint))
      write_condition(primary.condition_key, condition, progress, now, close.condition)
      local list = outcome('ALREADY_SATISFIED', suspension_id, primary, {})
      if deduplicated then
        record_outcome(dedup, list, ttl_ms)
      end
      return outcome_reply(list)
    end

    -- A fresh waitpoint owes nothing to an earlier one of its id (Q-064).
    if not use_pending then
      redis.call('DEL', primary.record_key, primary.signals_key, primary.condition_key)
      for _, extra in ipairs(extras) do
        redis.call('DEL', extra.record_key, extra.signals_key, extra.condition_key)
      end
      write_fresh_waitpoint(primary, eid, attempt_index, suspension_id, timeout_at, now)
    end
    write_condition(primary.condition_key, condition, progress, now, {})
    redis.call('SADD', waitpoints, primary.id)
    for _, extra in ipairs(extras) do
      write_fresh_waitpoint(extra, eid, attempt_index, suspension_id, timeout_at, now)
      write_condition(extra.condition_key, condition, progress, now, {})
      redis.call('SADD', waitpoints, extra.id)
    end

    write_suspended_core(core_key, suspension_id, primary.id, reason_code, now)
    redis.call('HSET', attempt_record, 'attempt_state', 'suspended', 'suspended_at', now, 'suspension_id', suspension_id)
    drop_lease(eid, {
      lease_current = lease_current,
      lease_expiry = lease_expiry,
      worker_leases = worker_leases,
      active = active,
      attempt_timeout = attempt_timeout,
    })
    redis.call('XADD', lease_history, 'MAXLEN', '~', maxlen, '*',
      'event', 'released',
      'lease_id', lease_id,
      'lease_epoch', lease_epoch,
      'attempt_index', core.current_attempt_index,
      'attempt_id', core.current_attempt_id,
      'reason', 'suspend',
      'ts', now)

    redis.call('HSET', suspension_key,
      'suspension_id', suspension_id,
      'execution_id', eid,
      'attempt_index', attempt_index,
      'waitpoint_id', primary.id,
      'waitpoint_key', primary.key,
      'additional_waitpoints_json', additional_waitpoints_json(extras),
      'reason_code', reason_code,
      'requested_by', requested_by,
      'created_at', now,
      'timeout_at', timeout_at,
      'timeout_behavior', timeout_behavior or 'fail',
      'resume_condition_json', condition_json,
      'resume_policy_json', policy_json,
      'continuation_metadata_pointer', continuation,
      'buffered_signal_summary_json', EMPTY_BUFFER_SUMMARY,
      'last_signal_at', '',
      'satisfied_at', '',
      'closed_at', '',
      'close_reason', '')
    if condition.composite then
      write_tokens(progress, suspension_key)
      local waitpoint_keys = {primary.key}
      for _, extra in ipairs(extras) do
        waitpoint_keys[#waitpoint_keys + 1] = extra.key
      end
      write_member_map(condition.tree, suspension_key, waitpoint_keys)
    end
    redis.call('ZADD', suspended, timeout_score or NO_TIMEOUT_SCORE, eid)
    if timeout_score then
      redis.call('ZADD', suspension_timeout, timeout_score, eid)
    end
    local list = outcome('OK', suspension_id, primary, extras)
    if deduplicated then
      record_outcome(dedup, list, ttl_ms)
    end
    return outcome_reply(list)
  end)
end

do
  local FIELDS = lease_fields_and('flow_id', 'retry_count')
  local DEFAULT_BACKOFF_MS = 1000

  -- member is a number of a JSON object, its default when absent, nil when it is there and no number.
  local function member(object, name, default)
    if object[name] == nil then
      return default
    end
    return tonumber(object[name])
  end

  local function backoff_ms(backoff, retry_count)
    if type(backoff) ~= 'table' then
      return nil
    end
    if backoff.type == 'fixed' then
      return member(backoff, 'delay_ms', DEFAULT_BACKOFF_MS)
    end
    if backoff.type == 'exponential' then
      local initial = member(backoff, 'initial_delay_ms', DEFAULT_BACKOFF_MS)
      local multiplier = member(backoff, 'multiplier', 2)
      local longest = member(backoff, 'max_delay_ms', 60000)
      return initial and multiplier and longest and math.min(initial * multiplier ^ retry_count, longest)
    end
    return nil
  end

  -- retry_delay is whole ms until the next attempt, nil when there is none left (§2.12). A policy that says nothing usable
  -- means no retries; a backoff that does not means the default (Q-019).
  local function retry_delay(policy_json, retry_count)
    local policy = decode_table(policy_json)
    if not policy or retry_count >= (tonumber(policy.max_retries) or 0) then
      return nil
    end
    local delay = backoff_ms(policy.backoff, retry_count)
    if not delay or delay ~= delay then
      return DEFAULT_BACKOFF_MS
    end
    return math.floor(delay) -- Q-018
  end

  -- spec 03a §3.7
  -- KEYS: core, attempt, lease_expiry, worker_leases, terminal, delayed, lease_current, lease_history, active, stream_meta,
  --   attempt_timeout, execution_deadline
  -- ARGV: execution_id, lease_id, lease_epoch, attempt_id, failure_reason, failure_category, retry_policy_json, source
  redis.register_function('ff_fail_execution', function(keys, args)
    local core_key, attempt, lease_expiry_key, worker_set_key, terminal_key, delayed_key, lease_current_key, history_key,
      active_key, meta_key, attempt_timeout_key, deadline_key = unpack(keys)
    local eid, lease_id, lease_epoch, attempt_id, reason, category, policy_json, source = unpack(args, 1, 8)
    reason, category = reason or '', category or ''

    local core = read_core(core_key, FIELDS)
    if not core then
      return fail('execution_not_found')
    end
    local fence, err = resolve_fence(core, lease_id, lease_epoch, attempt_id, source)
    if err then
      return err
    end
    local now = now_ms()
    err = check_lease(core_key, history_key, eid, core, fence, now)
    if err then
      return err
    end

    local retry_count = tonumber(core.retry_count) or 0
    local delay = retry_delay(policy_json, retry_count)
    local lease_keys = {
      lease_current = lease_current_key,
      lease_expiry = lease_expiry_key,
      worker_leases = worker_set_key,
      active = active_key,
      attempt_timeout = attempt_timeout_key,
    }
    want_lease_end(lease_keys, history_key)
    want_hashes(attempt, meta_key)
    want_zsets(deadline_key, delay and delayed_key or terminal_key)
    end_attempt(attempt, 'ended_failure', now, 'failure_reason', reason, 'failure_category', category)
    close_stream(meta_key, now, 'attempt_failure')
    drop_lease(eid, lease_keys)

    if not delay then
      finish_core(core_key, 'failed', 'attempt_terminal', now,
        'lease_expires_at', '',
        'lease_last_renewed_at', '',
        'lease_renewal_deadline', '',
        'failure_reason', reason)
      redis.call('ZREM', deadline_key, eid)
      redis.call('ZADD', terminal_key, now, eid)
      record_release(history_key, fence, core.current_attempt_index, 'failed_terminal', now)
      publish_completion(eid, core.flow_id, 'failed')
      return ok('terminal_failed')
    end

    local delay_until = string.format('%.0f', now + delay)
    local attempt_index = or_default(core.current_attempt_index, '0')
    release_core(core_key, now,
      'eligibility_state', 'not_eligible_until_time',
      'blocking_reason', 'waiting_for_retry_backoff',
      'blocking_detail', 'retry backoff until ' .. delay_until .. ' (attempt ' .. attempt_index .. ' failed: ' .. reason .. ')',
      'attempt_state', 'pending_retry_attempt',
      'public_state', 'delayed',
      'delay_until', delay_until,
      'current_attempt_id', '',
      'retry_count', tostring(retry_count + 1),
      'pending_retry_reason', reason,
      'pending_previous_attempt_index', attempt_index,
      'failure_reason', reason)
    redis.call('ZADD', delayed_key, now + delay, eid)
    record_release(history_key, fence, core.current_attempt_index, 'failed_retry_scheduled', now)
    return ok('retry_scheduled', delay_until)
  end)
end

-- Waitpoints of their own: created before the suspension that will use them, closed without a signal (spec 03b §4.3, §4.5).
do
  local NOT_ACTIVE_FIELDS = {
    'lifecycle_phase', 'ownership_state', 'terminal_outcome', 'current_lease_epoch', 'current_attempt_index',
    'current_attempt_id',
  }

  -- ff_create_pending_waitpoint, spec 03b §4.3
  -- KEYS: core, waitpoint, pending_waitpoint_expiry, secrets
  -- ARGV: execution_id, attempt_index, waitpoint_id, waitpoint_key, expires_at
  redis.register_function('ff_create_pending_waitpoint', function(keys, args)
    local core_key, waitpoint_record, pending_waitpoint_expiry, secrets = keys[1], keys[2], keys[3], keys[4]
    local eid, attempt_index, waitpoint_id, waitpoint_key, expires_at = args[1], args[2], args[3], args[4], args[5]

    local core = read_core(core_key, NOT_ACTIVE_FIELDS)
    if not core then
      return fail('execution_not_found')
    end
    if core.lifecycle_phase ~= 'active' then
      return not_active(core)
    end
    if core.ownership_state ~= 'leased' then
      return fail('no_active_lease')
    end
    if core.current_attempt_index ~= attempt_index then
      return fail('stale_lease')
    end
    local state = redis.call('HGET', waitpoint_record, 'state')
    if state == 'pending' or state == 'active' then
      return fail('waitpoint_already_exists')
    end
    local signing, secret_error = signing_key(secrets)
    if not signing then
      return fail(secret_error)
    end
    local expiry, expiry_error = score_number('expires_at', expires_at)
    if not expiry then
      return expiry_error
    end

    local now = now_ms()
    local token = mint_token(signing, waitpoint_id, waitpoint_key, now)
    local waitpoints = 'ff:exec:' .. tag_of(core_key) .. ':' .. eid .. ':waitpoints'
    want_zsets(pending_waitpoint_expiry)
    want_sets(waitpoints)
    -- Nothing of an earlier life of this id is to be replayed (Q-064); the execution owns the waitpoint from now on (Q-065).
    redis.call('DEL', waitpoint_record, waitpoint_record .. ':signals', waitpoint_record .. ':condition')
    redis.call('HSET', waitpoint_record,
      'waitpoint_id', waitpoint_id,
      'execution_id', eid,
      'attempt_index', attempt_index,
      'suspension_id', '',
      'waitpoint_key', waitpoint_key,
      'waitpoint_token', token,
      'state', 'pending',
      'created_at', now,
      'activated_at', '',
      'satisfied_at', '',
      'closed_at', '',
      'expires_at', expires_at,
      'close_reason', '',
      'signal_count', '0',
      'matched_signal_count', '0',
      'last_signal_at', '')
    redis.call('ZADD', pending_waitpoint_expiry, expiry, waitpoint_id)
    redis.call('SADD', waitpoints, waitpoint_id)
    return ok(waitpoint_id, waitpoint_key, token)
  end)

  -- ff_close_waitpoint, spec 03b §4.5
  -- KEYS: core (not used), waitpoint, pending_waitpoint_expiry
  -- ARGV: waitpoint_id, reason
  redis.register_function('ff_close_waitpoint', function(keys, args)
    local waitpoint_record, pending_waitpoint_expiry = keys[2], keys[3]
    local waitpoint_id, reason = args[1], args[2] or 'proactive_close'

    local record = read_core(waitpoint_record, {'state'})
    if not record then
      redis.call('ZREM', pending_waitpoint_expiry, waitpoint_id)
      return fail('waitpoint_not_found')
    end
    if record.state == 'closed' or record.state == 'expired' then
      redis.call('ZREM', pending_waitpoint_expiry, waitpoint_id)
      return ok('already_closed')
    end
    if record.state ~= 'pending' and record.state ~= 'active' then
      return fail('waitpoint_not_open')
    end
    -- The expiry scanner means pending ones only: this one was put to use since it looked (Q-067).
    if reason == 'never_committed' and record.state == 'active' then
      redis.call('ZREM', pending_waitpoint_expiry, waitpoint_id)
      return fail('waitpoint_not_pending')
    end

    want_hashes(waitpoint_record .. ':condition')
    want_zsets(pending_waitpoint_expiry)
    want_at_least(args, 1)
    close_waitpoint_keys(waitpoint_record, waitpoint_record .. ':condition', closing(now_ms(), reason, reason, nil))
    redis.call('ZREM', pending_waitpoint_expiry, waitpoint_id)
    return ok()
  end)
end

do
  local FIELDS = lease_fields_and('flow_id')

  -- spec 03a §3.3
  -- KEYS: core, attempt, lease_expiry, worker_leases, terminal, lease_current, lease_history, active, stream_meta, result,
  --   attempt_timeout, execution_deadline
  -- ARGV: execution_id, lease_id, lease_epoch, attempt_id, result_payload, source
  redis.register_function('ff_complete_execution', function(keys, args)
    local core_key, attempt, lease_expiry_key, worker_set_key, terminal_key, lease_current_key, history_key, active_key,
      meta_key, result_key, attempt_timeout_key, deadline_key = unpack(keys)
    local eid, lease_id, lease_epoch, attempt_id, result, source = unpack(args, 1, 6)

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

    local lease_keys = {
      lease_current = lease_current_key,
      lease_expiry = lease_expiry_key,
      worker_leases = worker_set_key,
      active = active_key,
      attempt_timeout = attempt_timeout_key,
    }
    want_lease_end(lease_keys, history_key)
    want_hashes(attempt, meta_key)
    want_zsets(deadline_key, terminal_key)
    want_at_least(keys, 12)
    end_attempt(attempt, 'ended_success', now)
    close_stream(meta_key, now, 'attempt_success')
    if is_set(result) then
      redis.call('SET', result_key, result)
    else
      redis.call('DEL', result_key) -- a result of an earlier run is not this run's (Q-024)
    end
    finish_core(core_key, 'success', 'attempt_terminal', now,
      'lease_expires_at', '',
      'lease_last_renewed_at', '',
      'lease_renewal_deadline', '',
      'lease_expired_at', '',
      'lease_revoked_at', '',
      'lease_revoke_reason', '')
    drop_lease(eid, lease_keys)
    redis.call('ZREM', deadline_key, eid)
    redis.call('ZADD', terminal_key, now, eid)
    record_release(history_key, fence, core.current_attempt_index, 'completed', now)
    publish_completion(eid, core.flow_id, 'success')
    return ok('completed')
  end)
end

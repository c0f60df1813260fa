do
  local FIELDS = lease_fields_and('attempt_state', 'flow_id', 'lane_id')

  -- check_holder lets anybody cancel what nobody works on; the worker of an active execution is asked for its lease only if
  -- the caller brings one (spec 03a §3.4).
  local function check_holder(core, source, lease_id, lease_epoch)
    if core.lifecycle_phase ~= 'active' or source == 'operator_override' then
      return nil
    end
    if core.ownership_state == 'lease_revoked' then
      return fail('lease_revoked')
    end
    if is_set(lease_id) and (core.current_lease_id ~= lease_id or core.current_lease_epoch ~= lease_epoch) then
      return fail('stale_lease')
    end
    return nil
  end

  -- want_all raises where one of the writes of a cancel would, and returns the additional waitpoints that it closes.
  local function want_all(keys, args, core, tag, lane)
    want_at_least(keys, 21)
    want_at_least(args, 2)
    local additional = {}
    if attempt_is_open(core) then
      want_hashes(keys[2], keys[3])
    end
    if core.lifecycle_phase == 'active' then
      want_streams(keys[5])
    elseif core.lifecycle_phase == 'suspended' then
      additional = additional_waitpoint_ids(redis.call('HGET', keys[8], 'additional_waitpoints_json'))
      want_hashes(keys[9], keys[10])
      want_waitpoints(tag, additional)
    end
    want_zsets(lane_index(tag, lane, 'active'), lane_index(tag, lane, 'suspended'), keys[6], unpack(keys, 11, 21))
    want_workers(tag, keys[7], core.current_worker_instance_id)
    return additional
  end

  -- spec 03a §3.4
  -- KEYS: core, attempt, stream_meta, lease_current, lease_history, lease_expiry, worker_leases, suspension_current,
  --   waitpoint, wp_condition, suspension_timeout, terminal, attempt_timeout, execution_deadline, eligible, delayed,
  --   blocked_deps, blocked_budget, blocked_quota, blocked_route, blocked_operator
  -- ARGV: execution_id, reason, source, lease_id, lease_epoch
  redis.register_function('ff_cancel_execution', function(keys, args)
    local core_key, attempt, meta_key, lease_current_key, history_key, lease_expiry_key, worker_set_key, suspension_key,
      waitpoint_key, condition_key, suspension_timeout_key, terminal_key, attempt_timeout_key, deadline_key = unpack(keys)
    local eid, reason, source, lease_id, lease_epoch = unpack(args, 1, 5)

    local core = read_core(core_key, FIELDS)
    if not core then
      return fail('execution_not_found')
    end
    if core.lifecycle_phase == 'terminal' then
      return not_active(core)
    end
    local err = check_holder(core, source, lease_id, lease_epoch)
    if err then
      return err
    end

    local now = now_ms()
    local tag, lane = tag_of(core_key), stored_lane(core)
    local additional = want_all(keys, args, core, tag, lane)
    if attempt_is_open(core) then
      if is_set(core.current_attempt_index) then
        end_attempt(attempt, 'ended_cancelled', now, 'failure_reason', 'cancelled: ' .. reason)
      end
      close_stream(meta_key, now, 'attempt_cancelled')
    end
    if core.lifecycle_phase == 'active' then
      redis.call('DEL', lease_current_key)
      record_release(history_key, stored_lease(core), core.current_attempt_index, 'cancelled', now)
    elseif core.lifecycle_phase == 'suspended' then
      local close = closing(now, 'cancelled', 'cancelled')
      write_existing(suspension_key, close.suspension)
      close_waitpoint_keys(waitpoint_key, condition_key, close)
      close_waitpoints(tag, additional, close)
      delete_composite_keys(suspension_key)
    end

    finish_core(core_key, 'cancelled', final_attempt_state(core), now,
      'lease_expires_at', '',
      'lease_last_renewed_at', '',
      'lease_renewal_deadline', '',
      'cancellation_reason', reason,
      'cancelled_by', or_default(source, eid),
      'current_suspension_id', '',
      'current_waitpoint_id', '')
    delete_grant(core_key)

    -- Out of every index, whatever state the execution claimed to be in.
    redis.call('ZREM', lane_index(tag, lane, 'active'), eid)
    redis.call('ZREM', lane_index(tag, lane, 'suspended'), eid)
    redis.call('ZREM', lease_expiry_key, eid)
    redis.call('ZREM', suspension_timeout_key, eid)
    redis.call('ZREM', attempt_timeout_key, eid)
    redis.call('ZREM', deadline_key, eid)
    for i = 15, 21 do
      redis.call('ZREM', keys[i], eid)
    end
    leave_worker(tag, eid, worker_set_key, core.current_worker_instance_id)
    redis.call('ZADD', terminal_key, now, eid)

    -- The cascade of a cancelled flow tells its members' dependants itself.
    if source ~= 'flow_cascade' then
      publish_completion(eid, core.flow_id, 'cancelled')
    end
    return ok('cancelled', core.lifecycle_phase or '')
  end)
end

do
  local FIELDS = lease_fields_and('attempt_state', 'flow_id', 'lane_id', 'current_lane')

  local QUEUE_OF = {
    eligible_now = 'eligible',
    not_eligible_until_time = 'delayed',
    blocked_by_dependencies = 'blocked:dependencies',
    blocked_by_budget = 'blocked:budget',
    blocked_by_quota = 'blocked:quota',
    blocked_by_route = 'blocked:route',
    blocked_by_operator = 'blocked:operator',
  }

  -- leave_queue takes a runnable execution out of where its state says it waits; out of all queues when it says nothing known.
  local function leave_queue(tag, eid, lane, eligibility_state)
    local name = QUEUE_OF[eligibility_state or '']
    if name then
      redis.call('ZREM', lane_index(tag, lane, name), eid)
      return
    end
    redis.call('ZREM', lane_index(tag, lane, 'eligible'), eid)
    remove_parked(tag, eid, lane)
  end

  -- want_all raises where one of the writes of an expiry would, and returns the suspension that it ends, nil for none.
  local function want_all(keys, eid, core, tag, lane)
    want_at_least(keys, 14)
    local suspension
    if attempt_is_open(core) then
      want_hashes(keys[2], keys[3])
    end
    if core.lifecycle_phase == 'active' then
      want_zsets(keys[6], keys[8])
      want_workers(tag, keys[7], core.current_worker_instance_id)
      want_streams(keys[5])
    elseif core.lifecycle_phase == 'suspended' then
      suspension = suspension_to_end(tag, eid)
      want_zsets(keys[12], keys[13])
    else
      want_zsets(lane_index(tag, lane, 'eligible'))
      want_parked(tag, lane)
    end
    want_zsets(keys[9], keys[10], keys[11])
    return suspension
  end

  -- spec 03a §3.9
  -- KEYS: core, attempt, stream_meta, lease_current, lease_history, lease_expiry, worker_leases, active, terminal,
  --   attempt_timeout, execution_deadline, suspended, suspension_timeout, suspension_current
  -- ARGV: execution_id, expire_reason
  redis.register_function('ff_expire_execution', function(keys, args)
    local core_key, attempt, meta_key, lease_current_key, history_key, lease_expiry_key, worker_set_key, active_key,
      terminal_key, attempt_timeout_key, deadline_key, suspended_key, suspension_timeout_key = unpack(keys)
    local eid, reason = args[1], args[2] or 'attempt_timeout'

    want_at_least(args, 1)
    local core = read_core(core_key, FIELDS)
    if not core or core.lifecycle_phase == 'terminal' then
      want_zsets(attempt_timeout_key, deadline_key)
      redis.call('ZREM', attempt_timeout_key, eid)
      redis.call('ZREM', deadline_key, eid)
      return ok(core and 'already_terminal' or 'not_found_cleaned')
    end

    local now = now_ms()
    local tag, lane = tag_of(core_key), or_default(core.lane_id, or_default(core.current_lane, 'default'))
    local suspension = want_all(keys, eid, core, tag, lane)
    if attempt_is_open(core) then
      if is_set(core.current_attempt_index) then
        end_attempt(attempt, 'ended_failure', now, 'failure_reason', reason)
      end
      close_stream(meta_key, now, 'expired')
    end
    if core.lifecycle_phase == 'active' then
      redis.call('DEL', lease_current_key)
      redis.call('ZREM', lease_expiry_key, eid)
      leave_worker(tag, eid, worker_set_key, core.current_worker_instance_id)
      redis.call('ZREM', active_key, eid)
      record_release(history_key, stored_lease(core), core.current_attempt_index, 'expired:' .. reason, now)
    elseif core.lifecycle_phase == 'suspended' then
      local why = 'expired:' .. reason
      end_suspension(tag, suspension, closing(now, why, why)) -- Q-052
      redis.call('ZREM', suspended_key, eid)
      redis.call('ZREM', suspension_timeout_key, eid)
    else
      leave_queue(tag, eid, lane, core.eligibility_state)
    end

    finish_core(core_key, 'expired', final_attempt_state(core), now,
      'lease_expires_at', '',
      'failure_reason', reason,
      'current_suspension_id', '',
      'current_waitpoint_id', '')
    delete_grant(core_key)
    redis.call('ZREM', attempt_timeout_key, eid)
    redis.call('ZREM', deadline_key, eid)
    redis.call('ZADD', terminal_key, now, eid)
    publish_completion(eid, core.flow_id, 'expired')
    return ok('expired', core.lifecycle_phase or '')
  end)
end

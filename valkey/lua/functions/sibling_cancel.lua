-- The record of siblings that a fired group still owes a cancel (spec 03c §3.14, §3.15).
do
  local function pending_tuple(flow_id, downstream_eid)
    return flow_id .. '|' .. downstream_eid
  end

  local function check_ids(flow_id, downstream_eid)
    if is_set(flow_id) and is_set(downstream_eid) then
      return nil
    end
    return fail('invalid_args', 'flow_id and downstream_eid required')
  end

  local function clear_pending(edgegroup)
    redis.call('HDEL', edgegroup, 'cancel_siblings_pending_flag', 'cancel_siblings_pending_members')
  end

  -- any_running says whether one of the listed executions is not over yet; members is joined with '|', or nil.
  local function any_running(tag, members)
    for eid in string.gmatch(members or '', '[^|]+') do
      local phase = redis.call('HGET', 'ff:exec:' .. tag .. ':' .. eid .. ':core', 'lifecycle_phase')
      if is_set(phase) and phase ~= 'terminal' then
        return true
      end
    end
    return false
  end

  -- ff_drain_sibling_cancel_group, spec 03c §3.14
  -- KEYS: pending_cancel_groups, edgegroup
  -- ARGV: flow_id, downstream_eid
  redis.register_function('ff_drain_sibling_cancel_group', function(keys, args)
    local pending_cancel_groups, edgegroup = keys[1], keys[2]
    local flow_id, downstream_eid = args[1], args[2]

    local bad_ids = check_ids(flow_id, downstream_eid)
    if bad_ids then
      return bad_ids
    end
    local group_exists = redis.call('HLEN', edgegroup) > 0
    local removed = redis.call('SREM', pending_cancel_groups, pending_tuple(flow_id, downstream_eid))
    if group_exists then
      clear_pending(edgegroup)
    end
    if removed == 0 then
      return ok('already_drained', '')
    end
    if not group_exists then
      return ok('drained_sans_group', '')
    end
    return ok('drained', '')
  end)

  -- ff_reconcile_sibling_cancel_group, spec 03c §3.15
  -- KEYS: pending_cancel_groups, edgegroup
  -- ARGV: flow_id, downstream_eid
  redis.register_function('ff_reconcile_sibling_cancel_group', function(keys, args)
    local pending_cancel_groups, edgegroup = keys[1], keys[2]
    local flow_id, downstream_eid = args[1], args[2]

    local bad_ids = check_ids(flow_id, downstream_eid)
    if bad_ids then
      return bad_ids
    end
    local tuple = pending_tuple(flow_id, downstream_eid)
    if redis.call('SISMEMBER', pending_cancel_groups, tuple) == 0 then
      return ok('no_op', 'not_in_set')
    end
    local group = read_core(edgegroup, {'cancel_siblings_pending_flag', 'cancel_siblings_pending_members'})
    if not group then
      redis.call('SREM', pending_cancel_groups, tuple)
      return ok('sremmed_stale', 'missing_edgegroup')
    end
    if group.cancel_siblings_pending_flag ~= 'true' then
      redis.call('SREM', pending_cancel_groups, tuple)
      return ok('sremmed_stale', 'flag_cleared')
    end
    if any_running(tag_of(edgegroup), group.cancel_siblings_pending_members) then
      return ok('no_op', 'siblings_running')
    end
    clear_pending(edgegroup)
    redis.call('SREM', pending_cancel_groups, tuple)
    return ok('completed_drain', '')
  end)
end

-- A dependency on the side of the execution that waits for it (spec 03c §3.7, §3.9, §3.10); resolving one is in resolve.lua.
do
  -- Where apply finds a waiting child besides the eligible zset of KEYS.
  local UNPARKED = {eligible_now = true, blocked_by_dependencies = true}

  -- fired says whether a group has let its child go already: further edges of it are recorded and hold nobody back (Q-089).
  local function fired(group)
    return group.group_state == 'satisfied' and (group.policy_variant == 'any_of' or group.policy_variant == 'quorum')
  end

  -- count_in_group counts an applied edge; a group nobody chose a policy for is all_of.
  local function count_in_group(edgegroup, group)
    if group.policy_variant then
      redis.call('HINCRBY', edgegroup, 'n', 1)
      return
    end
    redis.call('HSET', edgegroup, 'policy_variant', 'all_of', 'n', '1', 'succeeded', '0', 'group_state', 'pending')
  end

  -- ff_apply_dependency_to_child, spec 03c §3.7
  -- KEYS: exec_core (child), deps_meta, deps_unresolved, dep_hash, eligible, blocked_deps, deps_all_edges, edgegroup (may be absent)
  -- ARGV: flow_id, edge_id, upstream_eid, graph_revision, dependency_kind, data_passing_ref, now_ms
  redis.register_function('ff_apply_dependency_to_child', function(keys, args)
    local exec_core, deps_meta, deps_unresolved, dep_hash = keys[1], keys[2], keys[3], keys[4]
    local eligible, blocked_deps, deps_all_edges, edgegroup = keys[5], keys[6], keys[7], keys[8]
    local flow_id, edge_id, upstream_eid, graph_revision = args[1], args[2], args[3], args[4]
    local dependency_kind, data_passing_ref, now = or_default(args[5], 'success_only'), args[6] or '', args[7]

    local core = read_core(exec_core, {
      'execution_id', 'flow_id', 'lane_id', 'created_at', 'lifecycle_phase', 'ownership_state', 'eligibility_state',
      'terminal_outcome', 'attempt_state',
    })
    if not core then
      return fail('execution_not_found')
    end
    if is_set(core.flow_id) and core.flow_id ~= flow_id then
      return fail('execution_already_in_flow')
    end
    if redis.call('EXISTS', dep_hash) == 1 then
      return ok('already_applied')
    end
    local eid = core.execution_id or ''
    local group = {}
    if is_set(edgegroup) then
      group = read_fields(edgegroup, {'policy_variant', 'group_state', 'n'})
    end
    local holds_back = not fired(group)
    local blocks = holds_back and core.lifecycle_phase == 'runnable' and core.terminal_outcome == 'none'
    local score = tonumber(core.created_at) or 0
    want_at_least(args, 7)
    want_counter(group.n)
    want_counter(redis.call('HGET', deps_meta, 'unsatisfied_required_count'))
    want_sets(deps_unresolved, deps_all_edges)
    if blocks then
      want_zsets(eligible, blocked_deps)
      want_parked(tag_of(exec_core), stored_lane(core))
      want_score(score)
    end

    redis.call('HSET', dep_hash,
      'edge_id', edge_id,
      'flow_id', flow_id,
      'upstream_execution_id', upstream_eid,
      'downstream_execution_id', eid,
      'dependency_kind', dependency_kind,
      'state', 'unsatisfied',
      'data_passing_ref', data_passing_ref,
      'last_resolved_at', '')
    redis.call('SADD', deps_unresolved, edge_id)
    redis.call('SADD', deps_all_edges, edge_id)
    if is_set(edgegroup) then
      count_in_group(edgegroup, group)
    end
    local unresolved = redis.call('HINCRBY', deps_meta, 'unsatisfied_required_count', holds_back and 1 or 0)
    redis.call('HSET', deps_meta,
      'flow_id', flow_id,
      'last_flow_graph_revision', graph_revision,
      'last_dependency_update_at', now)

    if blocks then
      redis.call('HSET', exec_core,
        'lifecycle_phase', 'runnable',
        'ownership_state', or_default(core.ownership_state, 'unowned'),
        'eligibility_state', 'blocked_by_dependencies',
        'blocking_reason', 'waiting_for_children',
        'blocking_detail', tostring(unresolved) .. ' dep(s) unresolved incl ' .. edge_id,
        'terminal_outcome', 'none',
        'attempt_state', or_default(core.attempt_state, 'pending_first_attempt'),
        'public_state', 'waiting_children',
        'last_transition_at', now,
        'last_mutation_at', now)
      redis.call('ZREM', eligible, eid)
      if not UNPARKED[core.eligibility_state] then
        remove_parked(tag_of(exec_core), eid, stored_lane(core), blocked_deps)
      end
      redis.call('ZADD', blocked_deps, score, eid)
    end
    return ok(tostring(unresolved))
  end)

  -- ff_evaluate_flow_eligibility, spec 03c §3.9
  -- KEYS: exec_core, deps_meta
  redis.register_function('ff_evaluate_flow_eligibility', function(keys)
    local exec_core, deps_meta = keys[1], keys[2]

    local core = read_core(exec_core, {'lifecycle_phase', 'ownership_state', 'terminal_outcome'})
    if not core then
      return ok('not_found')
    end
    if core.lifecycle_phase ~= 'runnable' then
      return ok('not_runnable')
    end
    if core.ownership_state ~= 'unowned' then
      return ok('owned')
    end
    if core.terminal_outcome ~= 'none' then
      return ok('terminal')
    end
    local deps = read_fields(deps_meta, {'impossible_required_count', 'unsatisfied_required_count'})
    if (tonumber(deps.impossible_required_count) or 0) > 0 then
      return ok('impossible')
    end
    if (tonumber(deps.unsatisfied_required_count) or 0) > 0 then
      return ok('blocked_by_dependencies')
    end
    return ok('eligible')
  end)

  -- ff_promote_blocked_to_eligible, spec 03c §3.10
  -- KEYS: exec_core, blocked_deps, eligible, deps_meta, deps_unresolved
  -- ARGV: execution_id, now_ms
  redis.register_function('ff_promote_blocked_to_eligible', function(keys, args)
    local exec_core, blocked_deps, eligible, deps_meta, deps_unresolved = keys[1], keys[2], keys[3], keys[4], keys[5]
    local execution_id, now = args[1], args[2]

    local core = read_core(exec_core, CHILD_FIELDS)
    if not core then
      return fail('execution_not_found')
    end
    if core.lifecycle_phase ~= 'runnable' then
      return fail('not_runnable')
    end
    if core.eligibility_state ~= 'blocked_by_dependencies' then
      return fail('not_blocked_by_deps')
    end
    if core.terminal_outcome ~= 'none' then
      return fail('terminal')
    end
    local unsatisfied = tonumber(redis.call('HGET', deps_meta, 'unsatisfied_required_count') or '0') or 0
    local unresolved = redis.call('SCARD', deps_unresolved)
    if unsatisfied > 0 or unresolved > 0 then
      return fail('deps_not_satisfied', tostring(unsatisfied), tostring(unresolved))
    end

    want_at_least(args, 2)
    want_child_release({core_key = exec_core, blocked_deps = blocked_deps, eligible = eligible}, core)
    release_child({core_key = exec_core, blocked_deps = blocked_deps, eligible = eligible}, core, execution_id, now)
    return ok()
  end)
end

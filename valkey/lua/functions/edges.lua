-- The flow's graph: staged edges and the policies of edge groups (spec 03c §3.5, §3.6, §4.3).
do
  -- A walk that has met more nodes than this gives up and answers as if it had found a cycle.
  local MAX_WALK_NODES = 1000

  -- reaches walks the staged edges from one execution and says whether the other can be reached.
  local function reaches(flow_prefix, from, target)
    local queue, seen = {from}, {[from] = true}
    local head = 1
    while queue[head] do
      if queue[head] == target or head > MAX_WALK_NODES then
        return true
      end
      for _, edge_id in ipairs(redis.call('SMEMBERS', flow_prefix .. ':out:' .. queue[head])) do
        local downstream = redis.call('HGET', flow_prefix .. ':edge:' .. edge_id, 'downstream_execution_id')
        if is_set(downstream) and not seen[downstream] then
          seen[downstream] = true
          queue[#queue + 1] = downstream
        end
      end
      head = head + 1
    end
    return false
  end

  -- ff_stage_dependency_edge, spec 03c §3.5
  -- KEYS: flow_core, members_set, edge_hash, out_adj (upstream), in_adj (downstream), grant_hash (not touched)
  -- ARGV: flow_id, edge_id, upstream_eid, downstream_eid, dependency_kind, data_passing_ref, expected_graph_revision, now_ms
  redis.register_function('ff_stage_dependency_edge', function(keys, args)
    local flow_core, members_set, edge_hash, out_adj, in_adj = keys[1], keys[2], keys[3], keys[4], keys[5]
    local flow_id, edge_id, upstream_eid, downstream_eid = args[1], args[2], args[3], args[4]
    local dependency_kind, data_passing_ref = or_default(args[5], 'success_only'), args[6] or ''
    local expected_graph_revision, now = args[7], args[8]

    if upstream_eid == downstream_eid then
      return fail('self_referencing_edge')
    end
    local flow = read_core(flow_core, {'public_flow_state', 'graph_revision', 'edge_count'})
    if not flow then
      return fail('flow_not_found')
    end
    if TERMINAL_FLOW[flow.public_flow_state] then
      return fail('flow_already_terminal')
    end
    if (flow.graph_revision or '0') ~= expected_graph_revision then
      return fail('stale_graph_revision')
    end
    local members = redis.call('SMISMEMBER', members_set, upstream_eid, downstream_eid)
    if members[1] == 0 or members[2] == 0 then
      return fail('execution_not_in_flow')
    end
    -- The prefix of the flow's keys is its core key without ':core'.
    if reaches(string.sub(flow_core, 1, -6), downstream_eid, upstream_eid) then
      return fail('cycle_detected')
    end
    if redis.call('EXISTS', edge_hash) == 1 then
      return fail('dependency_already_exists')
    end

    local new_revision = tostring(tonumber(flow.graph_revision or '0') + 1)
    local new_edge_count = tostring(tonumber(flow.edge_count or '0') + 1)
    want_sets(out_adj, in_adj)
    redis.call('HSET', edge_hash,
      'edge_id', edge_id,
      'flow_id', flow_id,
      'upstream_execution_id', upstream_eid,
      'downstream_execution_id', downstream_eid,
      'dependency_kind', dependency_kind,
      'satisfaction_condition', 'all_required',
      'data_passing_ref', data_passing_ref,
      'edge_state', 'pending',
      'created_at', now,
      'created_by', 'engine')
    redis.call('SADD', out_adj, edge_id)
    redis.call('SADD', in_adj, edge_id)
    redis.call('HSET', flow_core,
      'graph_revision', new_revision,
      'edge_count', new_edge_count,
      'last_mutation_at', now)
    return ok(edge_id, new_revision)
  end)

  -- ff_set_edge_group_policy, spec 03c §3.6
  -- KEYS: flow_core, edgegroup (of the downstream execution)
  -- ARGV: policy_variant, on_satisfied, k, now_ms
  redis.register_function('ff_set_edge_group_policy', function(keys, args)
    local flow_core, edgegroup = keys[1], keys[2]
    local variant, on_satisfied, k, now = args[1], args[2] or '', tonumber(args[3]) or 0, args[4]

    if redis.call('EXISTS', flow_core) == 0 then
      return fail('flow_not_found')
    end
    if variant ~= 'all_of' and variant ~= 'any_of' and variant ~= 'quorum' then
      return fail('invalid_input', 'unsupported_policy_variant: ' .. tostring(variant))
    end
    if variant == 'quorum' and k < 1 then
      return fail('invalid_input', 'quorum k must be >= 1')
    end
    if variant ~= 'all_of' and on_satisfied ~= 'cancel_remaining' and on_satisfied ~= 'let_run' then
      return fail('invalid_input', 'on_satisfied required for any_of/quorum: cancel_remaining | let_run')
    end
    local group = read_fields(edgegroup, {'policy_variant', 'on_satisfied', 'k', 'n'})
    if (tonumber(group.n) or 0) > 0 then
      return fail('invalid_input', 'edge_group_policy_already_fixed: dependencies already staged')
    end
    local k_text = tostring(k)
    -- The same variant with another k or on_satisfied is a change, not a repeat (Q-087).
    if group.policy_variant == variant and (group.on_satisfied or '') == on_satisfied and (group.k or '0') == k_text then
      return ok('already_set')
    end

    redis.call('HSET', edgegroup,
      'policy_variant', variant,
      'on_satisfied', on_satisfied,
      'k', k_text,
      'n', '0',
      'succeeded', '0',
      'failed', '0',
      'skipped', '0',
      'group_state', 'pending',
      'created_at', now)
    return ok('set')
  end)
end

-- Running a finished execution again (spec 03c §3.11).
do
  local DEFAULT_MAX_REPLAYS = 10

  local function max_replays(exec_core)
    local policy = decode_table(redis.call('GET', (string.gsub(exec_core, ':core$', ':policy'))))
    local limit = policy and policy.max_replay_count
    if type(limit) == 'number' then
      return limit
    end
    return DEFAULT_MAX_REPLAYS
  end

  -- edge_states are the states of the edges by their place in ARGV: the ids are ARGV 3…, their records KEYS 8….
  local function edge_states(keys, args)
    local states = {}
    for i = 3, #args do
      states[i] = redis.call('HGET', keys[i + 5], 'state')
    end
    return states
  end

  -- reopen_edges makes the impossible edges of a skipped member wait again. It returns how many edges now wait and how many
  -- stay satisfied.
  local function reopen_edges(keys, args, deps_unresolved, states)
    local unsatisfied, satisfied = 0, 0
    for i = 3, #args do
      local edge_id, dep_hash, state = args[i], keys[i + 5], states[i]
      if state == 'impossible' then
        redis.call('HSET', dep_hash, 'state', 'unsatisfied', 'last_resolved_at', '')
        redis.call('SADD', deps_unresolved, edge_id)
        unsatisfied = unsatisfied + 1
      elseif state == 'unsatisfied' then
        unsatisfied = unsatisfied + 1
      elseif state == 'satisfied' then
        satisfied = satisfied + 1
      end
    end
    return unsatisfied, satisfied
  end

  -- reset_group lets the group of a replayed child decide anew where it fires once (Q-094). An all_of group decides by the child's
  -- own counts, and its record is left as it is.
  local function reset_group(edgegroup, policy, satisfied)
    if policy ~= 'any_of' and policy ~= 'quorum' then
      return
    end
    redis.call('HSET', edgegroup,
      'group_state', 'pending',
      'succeeded', tostring(satisfied),
      'failed', '0',
      'skipped', '0')
    redis.call('HDEL', edgegroup, 'cancel_siblings_pending_flag', 'cancel_siblings_pending_members',
      'cancel_siblings_reason')
  end

  -- flow_is_live says whether a flow, which left the index when all its members were over, belongs there again (Q-099).
  local function flow_is_live(tag, flow_id)
    if not is_set(flow_id) then
      return false
    end
    local flow = read_core('ff:flow:' .. tag .. ':' .. flow_id .. ':core', {'flow_id', 'public_flow_state'})
    return flow and not TERMINAL_FLOW[flow.public_flow_state]
  end

  -- make_runnable writes what both ways of replaying have in common, and what the way adds: names and values.
  local function make_runnable(exec_core, replay_count, now, ...)
    redis.call('HSET', exec_core,
      'lifecycle_phase', 'runnable',
      'ownership_state', 'unowned',
      'terminal_outcome', 'none',
      'attempt_state', 'pending_replay_attempt',
      'pending_replay_attempt', '1',
      'replay_count', replay_count,
      'completed_at', '',
      'last_transition_at', now,
      'last_mutation_at', now,
      ...)
  end

  -- ff_replay_execution, spec 03c §3.11
  -- KEYS: exec_core, terminal, eligible, lease_history; for a skipped flow member also blocked_deps, deps_meta,
  --       deps_unresolved, then dep_hash of each edge
  -- ARGV: execution_id, now_ms (ignored); for a skipped flow member then the edge ids, in the order of their keys
  redis.register_function('ff_replay_execution', function(keys, args)
    local exec_core, terminal, eligible, lease_history = keys[1], keys[2], keys[3], keys[4]
    local blocked_deps, deps_meta, deps_unresolved = keys[5], keys[6], keys[7]
    local execution_id = args[1]

    local core = read_core(exec_core,
      {'lifecycle_phase', 'terminal_outcome', 'replay_count', 'flow_id', 'created_at', 'priority'})
    if not core then
      return fail('execution_not_found')
    end
    if core.lifecycle_phase ~= 'terminal' then
      return fail('execution_not_terminal')
    end
    local replays = tonumber(core.replay_count) or 0
    if replays >= max_replays(exec_core) then
      return fail('max_replays_exhausted')
    end

    local tag, now, replay_count = tag_of(exec_core), tostring(now_ms()), tostring(replays + 1)
    local replay_type, unsatisfied = 'normal', 0
    local flow_index, relist = 'ff:idx:' .. tag .. ':flow_index', flow_is_live(tag, core.flow_id)
    local blocked_score = tonumber(core.created_at) or 0
    local score = eligible_score(blocked_score, tonumber(core.priority) or 0)
    want_sets(flow_index)
    want_zsets(terminal, eligible)
    want_score(score)
    want_streams(lease_history)
    if core.terminal_outcome == 'skipped' and is_set(core.flow_id) then
      replay_type = 'skipped_flow_member'
      local states = edge_states(keys, args)
      local edgegroup = 'ff:flow:' .. tag .. ':' .. core.flow_id .. ':edgegroup:' .. execution_id
      local policy = redis.call('HGET', edgegroup, 'policy_variant')
      want_sets(deps_unresolved)
      want_zsets(blocked_deps)
      want_hashes(deps_meta)
      local satisfied
      unsatisfied, satisfied = reopen_edges(keys, args, deps_unresolved, states)
      redis.call('HSET', deps_meta,
        'unsatisfied_required_count', tostring(unsatisfied),
        'impossible_required_count', '0',
        'last_dependency_update_at', now)
      reset_group(edgegroup, policy, satisfied)
    end

    redis.call('ZREM', terminal, execution_id)
    if unsatisfied > 0 then
      make_runnable(exec_core, replay_count, now,
        'eligibility_state', 'blocked_by_dependencies',
        'blocking_reason', 'waiting_for_children',
        'blocking_detail', tostring(unsatisfied) .. ' dep(s) unsatisfied after replay',
        'public_state', 'waiting_children')
      redis.call('ZADD', blocked_deps, blocked_score, execution_id)
    else
      -- Also a skipped member that waits for nothing any more: nothing would ever release it (Q-095).
      make_runnable(exec_core, replay_count, now,
        'eligibility_state', 'eligible_now',
        'blocking_reason', 'waiting_for_worker',
        'blocking_detail', '',
        'public_state', 'waiting')
      redis.call('ZADD', eligible, score, execution_id)
    end
    if relist then
      redis.call('SADD', flow_index, core.flow_id)
    end
    record_history(lease_history,
      'event', 'replay_initiated',
      'replay_count', replay_count,
      'replay_type', replay_type,
      'ts', now)
    return ok(tostring(unsatisfied))
  end)
end

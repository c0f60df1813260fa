-- An upstream ended: what that does to one edge, to the group of its downstream (the child) and to the child itself
-- (spec 03c §3.8, §4.5–§4.7). r, below, is one call: named keys, the records read, the caller's clock as text.
do
  local BUCKETS = {success = 'succeeded', skipped = 'skipped'}
  local FIRED = {satisfied = true, impossible = true, cancelled = true}
  local OPEN_ATTEMPT = {running_attempt = true, attempt_interrupted = true}

  local function count(group, bucket)
    return tonumber(group[bucket]) or 0
  end

  local function mark_edge(r, state)
    redis.call('HSET', r.dep_hash, 'state', state, 'last_resolved_at', r.now)
    redis.call('SREM', r.deps_unresolved, r.edge_id)
  end

  -- pass_data hands the upstream's result to the child as its payload, when the edge asks for it and there is one.
  local function pass_data(r)
    if is_set(r.dep.data_passing_ref) and r.core.terminal_outcome == 'none'
      and redis.call('COPY', r.result, r.payload, 'REPLACE') == 1 then
      return 'data_injected'
    end
    return ''
  end

  local function waits(core)
    return core.lifecycle_phase == 'runnable' and core.ownership_state == 'unowned' and core.terminal_outcome == 'none'
      and core.eligibility_state == 'blocked_by_dependencies'
  end

  local function release_if_waiting(r)
    if waits(r.core) then
      release_child(r, r.core, r.eid, r.now)
    end
  end

  -- want_release and want_skip raise where the child's release and skip would; want_skip also reads the suspension that ends.
  local function want_release(r)
    if r.core and waits(r.core) then
      want_child_release(r, r.core)
    end
  end

  local function want_skip(r)
    local core = r.core
    if not core or core.terminal_outcome ~= 'none' then
      return
    end
    local tag = tag_of(r.core_key)
    if OPEN_ATTEMPT[core.attempt_state or ''] then
      want_hashes(r.attempt_hash, r.stream_meta)
    end
    if core.lifecycle_phase == 'suspended' then
      r.suspension = suspension_to_end(tag, r.eid)
    end
    want_score(tonumber(r.now))
    want_zsets(r.blocked_deps, r.terminal)
    want_all_indexes(tag, stored_lane(core), core.current_worker_instance_id)
  end

  -- skip_child ends a child that can never run, whatever it was doing: its attempt, lease, suspension and index entries
  -- go with it (Q-092).
  local function skip_child(r)
    local core, now, eid, tag = r.core, r.now, r.eid, tag_of(r.core_key)
    if core.terminal_outcome ~= 'none' then
      return ''
    end
    local attempt_state = core.attempt_state or ''
    if OPEN_ATTEMPT[attempt_state] then
      end_attempt(r.attempt_hash, 'ended_cancelled', now, 'failure_reason', 'dependency_impossible')
      close_stream(r.stream_meta, now, 'dependency_impossible')
      attempt_state = 'attempt_terminal'
    elseif attempt_state ~= '' then
      attempt_state = 'none'
    end

    local fields = {
      'lifecycle_phase', 'terminal',
      'ownership_state', 'unowned',
      'eligibility_state', 'not_applicable',
      'blocking_reason', 'none',
      'blocking_detail', '',
      'terminal_outcome', 'skipped',
      'attempt_state', attempt_state,
      'public_state', 'skipped',
      'completed_at', now,
      'last_transition_at', now,
      'last_mutation_at', now,
    }
    local released = {}
    if core.lifecycle_phase == 'active' then
      redis.call('DEL', 'ff:exec:' .. tag .. ':' .. eid .. ':lease:current')
      released = {
        'current_lease_id', 'current_worker_id', 'current_worker_instance_id', 'lease_expires_at',
        'lease_last_renewed_at', 'lease_renewal_deadline',
      }
    elseif core.lifecycle_phase == 'suspended' then
      end_suspension(tag, r.suspension, closing(now, 'dependency_impossible', 'dependency_impossible'))
      released = {'current_suspension_id', 'current_waitpoint_id'}
    elseif is_set(redis.call('HGET', r.core_key, 'lease_expires_at')) then -- the reclaim cap leaves it, and a replay after that
      released = {'lease_expires_at'}
    end
    for _, name in ipairs(released) do
      fields[#fields + 1] = name
      fields[#fields + 1] = ''
    end
    redis.call('HSET', r.core_key, unpack(fields))

    redis.call('ZREM', r.blocked_deps, eid)
    remove_from_indexes(tag, eid, stored_lane(core), core.current_worker_instance_id, r.blocked_deps)
    redis.call('ZADD', r.terminal, tonumber(now), eid)
    if is_set(core.execution_id) then
      publish_completion(core.execution_id, core.flow_id, 'skipped')
    end
    return 'child_skipped'
  end

  -- all_of: the count in deps_meta decides; a group record, where there is one, only tells.

  local function all_of_satisfied(r)
    local deps = read_fields(r.deps_meta, {'unsatisfied_required_count', 'impossible_required_count'})
    local remaining = (tonumber(deps.unsatisfied_required_count) or 0) - 1
    want_release(r)
    mark_edge(r, 'satisfied')
    redis.call('HSET', r.deps_meta,
      'unsatisfied_required_count', tostring(remaining),
      'last_dependency_update_at', r.now)
    if r.group_exists then
      local fields = {'succeeded', tostring(count(r.group, 'succeeded') + 1)}
      -- Not over an impossible edge: the child is skipped then (Q-091).
      if remaining == 0 and (tonumber(deps.impossible_required_count) or 0) == 0 then
        fields[3], fields[4] = 'group_state', 'satisfied'
      end
      redis.call('HSET', r.edgegroup, unpack(fields))
    end
    if not r.core then
      return ok('satisfied', '')
    end
    local injected = pass_data(r)
    if remaining == 0 then
      release_if_waiting(r)
    end
    return ok('satisfied', injected)
  end

  local function all_of_impossible(r)
    local deps = read_fields(r.deps_meta, {'unsatisfied_required_count', 'impossible_required_count'})
    want_skip(r)
    mark_edge(r, 'impossible')
    redis.call('HSET', r.deps_meta,
      'unsatisfied_required_count', tostring((tonumber(deps.unsatisfied_required_count) or 0) - 1),
      'impossible_required_count', tostring((tonumber(deps.impossible_required_count) or 0) + 1),
      'last_dependency_update_at', r.now)
    if r.group_exists then
      redis.call('HSET', r.edgegroup,
        'failed', tostring(count(r.group, 'failed') + 1),
        'group_state', 'impossible')
    end
    if not r.core then
      return ok('impossible', '')
    end
    return ok('impossible', skip_child(r))
  end

  -- any_of and quorum: the group decides, once.

  -- cannot_be_met: too few upstreams are left for k successes. Edges that are staged and not yet applied are still to come (Q-090).
  local function cannot_be_met(r, lost, k, applied)
    if lost <= applied - k then
      return false
    end
    local in_adj = or_default(r.in_adj, (string.gsub(r.edgegroup, ':edgegroup:', ':in:', 1)))
    return lost > math.max(applied, redis.call('SCARD', in_adj)) - k
  end

  -- verdict is the new state of a pending group after counting, nil while it stays open.
  local function verdict(r, succeeded, lost, applied)
    local k = 1
    if r.group.policy_variant == 'quorum' then
      k = math.max(tonumber(r.group.k) or 1, 1)
    end
    if succeeded >= k then
      return 'satisfied'
    end
    if cannot_be_met(r, lost, k, applied) then
      return 'impossible'
    end
    return nil
  end

  -- running_siblings are the upstreams of the child that are not over yet, joined with '|'.
  local function running_siblings(r)
    local siblings = {}
    if not is_set(r.in_adj) or not is_set(r.flow_id) then
      return ''
    end
    local tag = tag_of(r.edgegroup)
    for _, edge_id in ipairs(redis.call('SMEMBERS', r.in_adj)) do
      local upstream = redis.call('HGET', 'ff:flow:' .. tag .. ':' .. r.flow_id .. ':edge:' .. edge_id,
        'upstream_execution_id')
      if is_set(upstream) then
        local phase = redis.call('HGET', 'ff:exec:' .. tag .. ':' .. upstream .. ':core', 'lifecycle_phase')
        if is_set(phase) and phase ~= 'terminal' then
          siblings[#siblings + 1] = upstream
        end
      end
    end
    return table.concat(siblings, '|')
  end

  -- fire_group records the state a group has come to and, under cancel_remaining, whom the dispatcher is to cancel: siblings,
  -- nil otherwise.
  local function fire_group(r, state, bucket, bucket_count, siblings)
    local fields = {bucket, bucket_count, 'group_state', state}
    local function add(name, value)
      fields[#fields + 1] = name
      fields[#fields + 1] = value
    end
    if state == 'satisfied' then
      add('satisfied_at', r.now)
    end
    if siblings then
      add('cancel_siblings_pending_flag', 'true')
      add('cancel_siblings_reason', 'sibling_quorum_' .. state)
      add('cancel_siblings_pending_members', siblings)
    end
    redis.call('HSET', r.edgegroup, unpack(fields))
    if siblings and is_set(r.pending_cancel_groups) and is_set(r.flow_id) and is_set(r.downstream_eid) then
      redis.call('SADD', r.pending_cancel_groups, r.flow_id .. '|' .. r.downstream_eid)
    end
  end

  -- lower_unsatisfied keeps what readers take for the number of edges that still hold the child back (Q-093); a child without
  -- that count (nil) is given none.
  local function lower_unsatisfied(r, unsatisfied, state)
    if not unsatisfied then
      return
    end
    redis.call('HSET', r.deps_meta,
      'unsatisfied_required_count', state == 'satisfied' and '0' or tostring(unsatisfied - 1))
  end

  local function resolve_in_group(r, outcome)
    local bucket = BUCKETS[outcome] or 'failed'
    local counts = {
      succeeded = count(r.group, 'succeeded'),
      failed = count(r.group, 'failed'),
      skipped = count(r.group, 'skipped'),
    }
    counts[bucket] = counts[bucket] + 1
    local bucket_count = tostring(counts[bucket])
    local lost, applied = counts.failed + counts.skipped, count(r.group, 'n')
    local resolved = counts.succeeded + lost

    local edge_state = bucket == 'succeeded' and 'satisfied' or 'impossible'
    if resolved > applied then
      mark_edge(r, edge_state)
      redis.call('HSET', r.edgegroup, bucket, bucket_count)
      return fail('invariant_violation',
        'edgegroup counters exceed n: ' .. tostring(resolved) .. '/' .. tostring(applied))
    end
    if FIRED[r.group.group_state] then
      mark_edge(r, edge_state)
      redis.call('HSET', r.edgegroup, bucket, bucket_count)
      return ok('already_fired', '')
    end

    local state = verdict(r, counts.succeeded, lost, applied)
    local unsatisfied = tonumber(redis.call('HGET', r.deps_meta, 'unsatisfied_required_count') or '')
    local siblings
    if state and r.group.on_satisfied == 'cancel_remaining' then
      siblings = running_siblings(r)
      if is_set(r.pending_cancel_groups) then
        want_sets(r.pending_cancel_groups)
      end
    end
    if state == 'satisfied' then
      want_release(r)
    elseif state == 'impossible' then
      want_skip(r)
    end
    mark_edge(r, edge_state)
    lower_unsatisfied(r, unsatisfied, state)
    if not state then
      redis.call('HSET', r.edgegroup, bucket, bucket_count)
      return ok('pending', '')
    end

    fire_group(r, state, bucket, bucket_count, siblings)
    if not r.core then
      return ok(state, '')
    end
    if state == 'impossible' then
      return ok('impossible', skip_child(r))
    end
    local injected = ''
    if bucket == 'succeeded' then
      injected = pass_data(r)
    end
    release_if_waiting(r)
    return ok('satisfied', injected)
  end

  -- ff_resolve_dependency, spec 03c §3.8
  -- KEYS: exec_core (child), deps_meta, deps_unresolved, dep_hash, eligible, terminal, blocked_deps, attempt_hash,
  --       stream_meta, payload (child), result (upstream), edgegroup, in_adj (child), pending_cancel_groups
  -- ARGV: edge_id, upstream_outcome, now_ms, flow_id, downstream_eid
  redis.register_function('ff_resolve_dependency', function(keys, args)
    local r = {
      core_key = keys[1], deps_meta = keys[2], deps_unresolved = keys[3], dep_hash = keys[4], eligible = keys[5],
      terminal = keys[6], blocked_deps = keys[7], attempt_hash = keys[8], stream_meta = keys[9], payload = keys[10],
      result = keys[11], edgegroup = keys[12], in_adj = keys[13], pending_cancel_groups = keys[14],
      edge_id = args[1], now = args[3], flow_id = args[4], downstream_eid = args[5],
    }
    local outcome = args[2]

    r.dep = read_fields(r.dep_hash, {'edge_id', 'state', 'data_passing_ref'})
    if next(r.dep) == nil then
      return fail('invalid_dependency')
    end
    if r.dep.state == 'satisfied' or r.dep.state == 'impossible' then
      return ok('already_resolved')
    end
    -- An upstream that runs again or is gone has not failed (Q-097).
    if not is_set(outcome) or outcome == 'none' then
      return fail('invalid_input', 'upstream_outcome must be a terminal outcome, got: ' .. tostring(outcome))
    end

    r.group = {}
    if is_set(r.edgegroup) then
      r.group = read_fields(r.edgegroup,
        {'policy_variant', 'on_satisfied', 'k', 'n', 'succeeded', 'failed', 'skipped', 'group_state'})
    end
    r.group_exists = next(r.group) ~= nil
    r.core = read_core(r.core_key, CHILD_FIELDS)
    r.eid = r.core and r.core.execution_id or ''
    want_at_least(keys, 11)
    want_at_least(args, 3)
    want_sets(r.deps_unresolved)
    if r.group.policy_variant == 'any_of' or r.group.policy_variant == 'quorum' then
      return resolve_in_group(r, outcome)
    end
    if outcome == 'success' then
      return all_of_satisfied(r)
    end
    return all_of_impossible(r)
  end)
end

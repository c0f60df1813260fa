-- Flows and their members (spec 03c §3.1–§3.4, §3.12).
do
  local DEFAULT_GRACE_MS = 30000
  local MAX_GRACE_MS = 9007199254740991
  -- Below what unpack can take; more members than this go to pending_cancels in several commands.
  local MEMBER_CHUNK = 1000

  -- parse_grace is the grace in ms, nil when it is no whole number in range (NaN fails every comparison).
  local function parse_grace(raw)
    local grace = tonumber(or_default(raw, DEFAULT_GRACE_MS))
    if grace and grace >= 0 and grace <= MAX_GRACE_MS and grace == math.floor(grace) then
      return grace
    end
    return nil
  end

  -- move_inline_tags takes tags that older writers put into the flow record to where tags live now.
  local function move_inline_tags(flow_core, flow_tags)
    local flat = redis.call('HGETALL', flow_core)
    for i = 1, #flat, 2 do
      if string.find(flat[i], TAG_KEY) then
        redis.call('HSET', flow_tags, flat[i], flat[i + 1])
        redis.call('HDEL', flow_core, flat[i])
      end
    end
  end

  -- ff_create_flow, spec 03c §3.1
  -- KEYS: flow_core, members_set (not touched), flow_index
  -- ARGV: flow_id, flow_kind, namespace, now_ms (ignored)
  redis.register_function('ff_create_flow', function(keys, args)
    local flow_core, flow_index = keys[1], keys[3]
    local flow_id, flow_kind, namespace = args[1], args[2], args[3]

    want_at_least(keys, 3)
    want_at_least(args, 3)
    -- Also for a flow that exists: heals an index that lost it.
    redis.call('SADD', flow_index, flow_id)
    if redis.call('EXISTS', flow_core) == 1 then
      return already_satisfied(flow_id)
    end

    local now = tostring(now_ms())
    redis.call('HSET', flow_core,
      'flow_id', flow_id,
      'flow_kind', flow_kind,
      'namespace', namespace,
      'graph_revision', '0',
      'node_count', '0',
      'edge_count', '0',
      'public_flow_state', 'open',
      'created_at', now,
      'last_mutation_at', now)
    return ok(flow_id)
  end)

  -- ff_add_execution_to_flow, spec 03c §3.2
  -- KEYS: flow_core, members_set, flow_index, exec_core (of the member)
  -- ARGV: flow_id, execution_id, now_ms (ignored)
  redis.register_function('ff_add_execution_to_flow', function(keys, args)
    local flow_core, members_set, flow_index, exec_core = keys[1], keys[2], keys[3], keys[4]
    local flow_id, execution_id = args[1], args[2]

    local flow = read_core(flow_core, {'public_flow_state', 'node_count', 'graph_revision'})
    if not flow then
      return fail('flow_not_found')
    end
    if TERMINAL_FLOW[flow.public_flow_state] then
      return fail('flow_already_terminal')
    end
    local member = read_core(exec_core, {'execution_id', 'flow_id'})
    if not member then
      return fail('execution_not_found')
    end
    local node_count = tonumber(flow.node_count or '0') + 1
    local graph_revision = tonumber(flow.graph_revision or '0') + 1

    want_sets(flow_index, members_set)
    -- Brings a live flow back that the projector had taken out; also when the member is refused below.
    redis.call('SADD', flow_index, flow_id)
    if is_set(member.flow_id) and member.flow_id ~= flow_id then
      return fail('already_member_of_different_flow:' .. member.flow_id)
    end
    local added = redis.call('SADD', members_set, execution_id)
    redis.call('HSET', exec_core, 'flow_id', flow_id)
    if added == 0 then
      return already_satisfied(execution_id, flow.node_count or '0')
    end
    redis.call('HSET', flow_core,
      'node_count', tostring(node_count),
      'graph_revision', tostring(graph_revision),
      'last_mutation_at', tostring(now_ms()))
    return ok(execution_id, tostring(node_count))
  end)

  -- ff_cancel_flow, spec 03c §3.3
  -- KEYS: flow_core, members_set, flow_index (not touched), pending_cancels, cancel_backlog
  -- ARGV: flow_id, reason, cancellation_policy, now_ms (ignored), grace_ms
  redis.register_function('ff_cancel_flow', function(keys, args)
    local flow_core, members_set, pending_cancels, cancel_backlog = keys[1], keys[2], keys[4], keys[5]
    local flow_id, reason, policy = args[1], args[2], args[3]

    local grace = parse_grace(args[5])
    if not grace then
      return fail('invalid_grace_ms')
    end
    local flow = read_core(flow_core, {'public_flow_state'})
    if not flow then
      return fail('flow_not_found')
    end
    if TERMINAL_FLOW[flow.public_flow_state] then
      return fail('flow_already_terminal')
    end

    local now = now_ms()
    local members = redis.call('SMEMBERS', members_set)
    want_sets(pending_cancels)
    want_zsets(cancel_backlog)
    redis.call('HSET', flow_core,
      'public_flow_state', 'cancelled',
      'cancelled_at', tostring(now),
      'cancel_reason', reason,
      'cancellation_policy', policy,
      'last_mutation_at', tostring(now))
    if policy == 'cancel_all' and #members > 0 then
      for first = 1, #members, MEMBER_CHUNK do
        redis.call('SADD', pending_cancels, unpack(members, first, math.min(first + MEMBER_CHUNK - 1, #members)))
      end
      redis.call('ZADD', cancel_backlog, now + grace, flow_id)
    end

    local reply = ok(policy)
    for _, member in ipairs(members) do
      reply[#reply + 1] = member
    end
    return reply
  end)

  -- ff_ack_cancel_member, spec 03c §3.4
  -- KEYS: pending_cancels, cancel_backlog
  -- ARGV: execution_id, flow_id
  redis.register_function('ff_ack_cancel_member', function(keys, args)
    local pending_cancels, cancel_backlog = keys[1], keys[2]
    local execution_id, flow_id = args[1], args[2]

    want_at_least(args, 2)
    want_zsets(cancel_backlog)
    redis.call('SREM', pending_cancels, execution_id)
    if redis.call('EXISTS', pending_cancels) == 0 then
      redis.call('ZREM', cancel_backlog, flow_id)
    end
    return ok()
  end)

  -- ff_set_flow_tags, spec 03c §3.12
  -- KEYS: flow_core, flow_tags
  -- ARGV: k1, v1, k2, v2, …
  redis.register_function('ff_set_flow_tags', function(keys, args)
    local flow_core, flow_tags = keys[1], keys[2]

    local bad_count = check_tag_pairs(args)
    if bad_count then
      return bad_count
    end
    local flow = read_core(flow_core, {'flow_id', 'tags_migrated'})
    if not flow then
      return fail('flow_not_found')
    end
    local bad_key = check_tag_keys(args)
    if bad_key then
      return bad_key
    end

    want_hashes(flow_tags)
    if flow.tags_migrated ~= '1' then
      move_inline_tags(flow_core, flow_tags)
    end
    write_fields(flow_tags, args)
    redis.call('HSET', flow_core, 'tags_migrated', '1', 'last_mutation_at', tostring(now_ms()))
    return ok(tostring(#args / 2))
  end)
end

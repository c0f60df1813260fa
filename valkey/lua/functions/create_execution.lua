do
  local MAX_PRIORITY = 9000
  local MAX_CAPABILITIES = 256
  local MAX_CAPABILITIES_BYTES = 4096
  -- The longest time to live that the server takes without overflow is far beyond this.
  local MAX_TTL_MS = 1000000000000000

  local function token_fault(token)
    if type(token) ~= 'string' then
      return 'required:non_string_token'
    end
    if token == '' then
      return 'required:empty_token'
    end
    if string.find(token, ',', 1, true) then
      return 'required:comma_in_token'
    end
    if string.find(token, '[%z\1-\32\127]') then
      return 'required:control_or_whitespace'
    end
    return nil
  end

  -- required_capabilities is the sorted CSV of the policy's capabilities, '' when it asks for none; the second value is the
  -- error reply for a policy that cannot be used.
  local function required_capabilities(policy_json)
    if not is_set(policy_json) or policy_json == '{}' then
      return '', nil
    end
    local policy = decode_json(policy_json)
    if policy == nil then
      return nil, fail('invalid_policy_json', 'malformed')
    end
    if type(policy) ~= 'table' or policy.routing_requirements == nil then
      return '', nil
    end
    if type(policy.routing_requirements) ~= 'table' then
      return nil, fail('invalid_policy_json', 'routing_requirements:not_object')
    end
    local required = policy.routing_requirements.required_capabilities
    if required == nil then
      return '', nil
    end
    if type(required) ~= 'table' then
      return nil, fail('invalid_capabilities', 'required:not_array')
    end

    local tokens = {}
    for _, token in ipairs(required) do
      local fault = token_fault(token)
      if fault then
        return nil, fail('invalid_capabilities', fault)
      end
      tokens[#tokens + 1] = token
    end
    if #tokens > MAX_CAPABILITIES then
      return nil, fail('invalid_capabilities', 'required:too_many_tokens')
    end
    table.sort(tokens)
    local csv = table.concat(tokens, ',')
    if #csv > MAX_CAPABILITIES_BYTES then
      return nil, fail('invalid_capabilities', 'required:too_many_bytes')
    end
    return csv, nil
  end

  -- tag_fields is the flat list of tags; anything but a JSON object means none (Q-009).
  local function tag_fields(tags_json)
    local tags = decode_table(tags_json)
    if not tags or tags[1] ~= nil then
      return {}
    end
    return flatten_json(tags)
  end

  -- queue_key is the zset that fits the state, whichever of the two the caller named (Q-014).
  local function queue_key(given, name)
    local lane = string.match(given, '^(.*:)eligible$') or string.match(given, '^(.*:)delayed$')
    return lane and lane .. name or given
  end

  -- spec 03a §3.1
  -- KEYS: core, payload, policy, tags, scheduling zset (eligible or delayed), idem or noop, execution_deadline, all_executions
  -- ARGV: execution_id, namespace, lane_id, execution_kind, priority, creator_identity, policy_json, input_payload,
  --   delay_until, dedup_ttl_ms, tags_json, execution_deadline_at, partition_id
  redis.register_function('ff_create_execution', function(keys, args)
    local core_key, payload_key, policy_key, tags_key, scheduling_key, idem_key, deadline_key, all_key = unpack(keys)
    local eid, namespace, lane_id, kind, priority_raw, creator, policy_json, payload, delay_raw, dedup_raw, tags_json,
      deadline_raw, partition_id = unpack(args, 1, 13)

    local priority, err = required_number('priority', priority_raw)
    if err then
      return err
    end
    local deduplicates = is_set(idem_key) and string.sub(idem_key, 1, 8) ~= 'ff:noop:' -- Q-006
    if deduplicates then
      local existing_id = redis.call('GET', idem_key)
      if existing_id then
        return duplicate(existing_id)
      end
    end
    if redis.call('EXISTS', core_key) == 1 then
      return duplicate(eid)
    end
    local capabilities
    capabilities, err = required_capabilities(policy_json)
    if err then
      return err
    end
    local delay_until, deadline
    delay_until, err = optional_number('delay_until', delay_raw)
    if err then
      return err
    end
    deadline, err = optional_number('execution_deadline_at', deadline_raw)
    if err then
      return err
    end

    local now = now_ms()
    local delayed = delay_until ~= nil and delay_until > now
    local queue = queue_key(scheduling_key or '', delayed and 'delayed' or 'eligible')
    local tags = tag_fields(tags_json)
    want_at_least(keys, 8)
    want_zsets(queue, deadline and deadline_key or queue)
    want_sets(all_key)
    want_hashes(tags_key)
    priority = math.max(0, math.min(priority, MAX_PRIORITY))
    local public_state = delayed and 'delayed' or 'waiting'
    redis.call('HSET', core_key,
      'execution_id', eid,
      'namespace', namespace,
      'lane_id', lane_id,
      'execution_kind', kind,
      'partition_id', partition_id,
      'priority', priority,
      'creator_identity', creator,
      'lifecycle_phase', 'runnable',
      'ownership_state', 'unowned',
      'eligibility_state', delayed and 'not_eligible_until_time' or 'eligible_now',
      'blocking_reason', delayed and 'waiting_for_delay' or 'waiting_for_worker',
      'blocking_detail', delayed and 'delayed until ' .. delay_raw or '',
      'terminal_outcome', 'none',
      'attempt_state', 'pending_first_attempt',
      'public_state', public_state,
      'total_attempt_count', '0',
      'current_attempt_index', '',
      'current_attempt_id', '',
      'current_lease_id', '',
      'current_lease_epoch', '0',
      'current_worker_id', '',
      'current_worker_instance_id', '',
      'current_lane', lane_id,
      'retry_count', '0',
      'replay_count', '0',
      'lease_reclaim_count', '0',
      'created_at', now,
      'started_at', '',
      'completed_at', '',
      'last_transition_at', now,
      'last_mutation_at', now,
      'lease_acquired_at', '',
      'lease_expires_at', '',
      'lease_last_renewed_at', '',
      'lease_renewal_deadline', '',
      'lease_expired_at', '',
      'lease_revoked_at', '',
      'lease_revoke_reason', '',
      'delay_until', delayed and delay_raw or '',
      'current_suspension_id', '',
      'current_waitpoint_id', '',
      'pending_retry_reason', '',
      'pending_replay_reason', '',
      'pending_replay_requested_by', '',
      'pending_previous_attempt_index', '',
      'progress_pct', '',
      'progress_message', '',
      'progress_updated_at', '',
      'flow_id', '')
    if capabilities ~= '' then
      redis.call('HSET', core_key, 'required_capabilities', capabilities)
    end
    if is_set(payload) then
      redis.call('SET', payload_key, payload)
    end
    if is_set(policy_json) then
      redis.call('SET', policy_key, policy_json)
    end
    write_fields(tags_key, tags)

    redis.call('ZADD', queue, delayed and delay_until or eligible_score(now, priority), eid)
    redis.call('SADD', all_key, eid)
    if deadline then
      redis.call('ZADD', deadline_key, deadline, eid)
    end
    local dedup_ttl = math.floor(math.min(tonumber(dedup_raw) or 0, MAX_TTL_MS))
    if deduplicates and dedup_ttl > 0 then
      redis.call('SET', idem_key, eid, 'PX', dedup_ttl)
    end
    return ok(eid, public_state)
  end)
end

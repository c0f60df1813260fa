-- The tree of a composite resume condition, and what a signal adds to it (spec 03b §3.3–§3.5).
--
-- Progress is a table: the tree, its tokens (a set), and what signals have added to it and nobody has written yet.

-- Conditions that no signal is to satisfy are written as a matcher of one of these names (Q-059).
local NEVER_BY_NAME = {['__operator_only__'] = true, ['__timeout_only__'] = true}

-- The token that a Count node gathers, and the tokens that it counts, by count_kind; an unknown kind gathers one sort and
-- counts another, so it never holds.
local GATHERS = {DistinctSignals = 'sig:', DistinctSources = 'src:'}
local COUNTS = {DistinctSignals = 'sig:', DistinctWaitpoints = 'wp:'}

local function name_accepts(name, signal_name)
  return name == signal_name and not NEVER_BY_NAME[name]
end

local function members_of(node)
  if type(node) == 'table' and node.kind == 'AllOf' and type(node.members) == 'table' then
    return node.members
  end
  return {}
end

local function path_of(node)
  return type(node.path) == 'string' and node.path or ''
end

local function count_nodes_by_kind(node, tally)
  if type(node) == 'table' and node.kind == 'Count' then
    local kind = tostring(node.count_kind)
    tally[kind] = (tally[kind] or 0) + 1
  end
  for _, member in ipairs(members_of(node)) do
    count_nodes_by_kind(member, tally)
  end
  return tally
end

local function composite_progress(tree, tokens)
  return {
    composite = true,
    tree = tree,
    tokens = tokens,
    new_tokens = {},
    new_signals = {},
    count_nodes = count_nodes_by_kind(tree, {}),
  }
end

-- nodes_naming collects the Single and Count nodes that a signal on a waitpoint key can speak to.
local function nodes_naming(node, waitpoint_key, found)
  if type(node) ~= 'table' then
    return found
  end
  if node.kind == 'Single' and node.waitpoint_key == waitpoint_key then
    found[#found + 1] = node
  elseif node.kind == 'Count' and type(node.waitpoints) == 'table' then
    for _, key in ipairs(node.waitpoints) do
      if key == waitpoint_key then
        found[#found + 1] = node
        break
      end
    end
  end
  for _, member in ipairs(members_of(node)) do
    nodes_naming(member, waitpoint_key, found)
  end
  return found
end

local function matcher_accepts(matcher, signal_name)
  if type(matcher) ~= 'table' or matcher.kind == nil or matcher.kind == 'Wildcard' then
    return true
  end
  return matcher.kind == 'ByName' and name_accepts(matcher.name, signal_name)
end

-- own_prefix: where several Count nodes of one kind share a tree, each also keeps tokens of its own, so that what one has
-- gathered does not open another (Q-055).
local function own_prefix(progress, node)
  if progress.count_nodes[tostring(node.count_kind)] > 1 then
    return 'cnt:' .. path_of(node) .. ':'
  end
  return nil
end

-- tokens_for is what an accepted signal adds for one candidate node.
local function tokens_for(progress, node, signal, waitpoint_id)
  if node.kind == 'Single' then
    return {'leaf:' .. path_of(node)}
  end
  local prefix = GATHERS[node.count_kind] or 'wp:'
  local token = prefix .. waitpoint_id
  if prefix == 'sig:' then
    token = prefix .. signal.signal_id
  elseif prefix == 'src:' then
    token = prefix .. (signal.source_type or '') .. ':' .. (signal.source_identity or '')
  end
  local own = own_prefix(progress, node)
  if own then
    return {token, own .. token}
  end
  return {token}
end

local function add_token(progress, token)
  if progress.tokens[token] then
    return false
  end
  progress.tokens[token] = true
  progress.new_tokens[#progress.new_tokens + 1] = token
  return true
end

local function count_holds(progress, node)
  if progress.tokens['timeout:*'] then
    return true
  end
  local prefix = (own_prefix(progress, node) or '') .. (COUNTS[node.count_kind] or 'src:')
  local gathered = 0
  for token in pairs(progress.tokens) do
    if string.sub(token, 1, #prefix) == prefix then
      gathered = gathered + 1
    end
  end
  return gathered >= (tonumber(node.n) or math.huge)
end

-- node_holds evaluates bottom-up, so that a group within a group counts as soon as it holds (Q-054). A member that holds and
-- is no Single leaves its node: token; one that stands in the set already counts, whoever wrote it.
local function node_holds(progress, node)
  if type(node) ~= 'table' then
    return false
  end
  if node.kind == 'Single' then
    return progress.tokens['leaf:' .. path_of(node)] == true
  end
  if node.kind == 'Count' then
    return count_holds(progress, node)
  end
  if node.kind ~= 'AllOf' then
    return false
  end
  local all = true
  for _, member in ipairs(members_of(node)) do
    local holds = node_holds(progress, member)
    if type(member) == 'table' and member.kind ~= 'Single' then
      local token = 'node:' .. path_of(member)
      if holds then
        add_token(progress, token)
      end
      holds = progress.tokens[token]
    end
    all = all and holds
  end
  return all
end

local function take_composite(progress, signal, waitpoint_id, waitpoint_key)
  local candidates = nodes_naming(progress.tree, waitpoint_key, {})
  if #candidates == 0 then
    return 'signal_ignored_not_in_condition', false
  end
  local accepted, added = false, false
  for _, node in ipairs(candidates) do
    if matcher_accepts(node.matcher, signal.signal_name) then
      accepted = true
      for _, token in ipairs(tokens_for(progress, node, signal, waitpoint_id)) do
        added = add_token(progress, token) or added
      end
    end
  end
  if not accepted then
    return 'signal_ignored_matcher_failed', false
  end
  if not added then
    return 'appended_to_waitpoint_duplicate', true
  end
  progress.new_signals[#progress.new_signals + 1] = signal.signal_id
  progress.holds = node_holds(progress, progress.tree)
  return progress.holds and 'resume_condition_satisfied' or 'appended_to_waitpoint', true
end

local function add_members(set_key, members)
  for first = 1, #members, CHUNK do
    redis.call('SADD', set_key, unpack(members, first, math.min(first + CHUNK - 1, #members)))
  end
end

-- write_tokens keeps what signals have added to an open composite condition.
local function write_tokens(progress, suspension_key)
  add_members(suspension_key .. ':satisfied_set', progress.new_tokens)
  add_members(suspension_key .. ':satisfied_set:signals', progress.new_signals)
end

-- write_member_map notes which nodes each bound waitpoint key speaks to, for people to read (spec 03b §1.6).
local function write_member_map(tree, suspension_key, waitpoint_keys)
  local fields = {}
  for _, waitpoint_key in ipairs(waitpoint_keys) do
    for _, node in ipairs(nodes_naming(tree, waitpoint_key, {})) do
      fields[#fields + 1] = 'wp:' .. waitpoint_key .. ':' .. path_of(node)
      fields[#fields + 1] = path_of(node)
    end
  end
  write_fields(suspension_key .. ':member_map', fields)
end

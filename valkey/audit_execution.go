package valkey

import (
	"strconv"
	"strings"

	"ffboard/engine"
	"ffboard/engine/audit"
)

// nameExecution tells what a key of an execution is.
func (a *auditor) nameExecution(n *auditName, p engine.Partition, rest string) {
	k, suffix, sound := ownExecution(n, p, rest)
	if !sound {
		return
	}
	part := k.partition()
	n.subjects = []subject{a.piece("an execution", n.key, k.core(), executionQuirk[suffix])}
	switch suffix {
	case ":core":
		n.types, n.subjects, n.count = aHash, []subject{a.execution(k)}, &a.summary.Executions
	case ":payload", ":result", ":policy":
		n.types = aString
	case ":tags", ":lease:current", ":claim_grant", ":suspension:current", ":suspension:current:member_map", ":deps:meta":
		n.types = aHash
	case ":lease:history":
		n.types = aStream
	case ":suspension:current:satisfied_set", ":suspension:current:satisfied_set:signals":
		n.types = aSet
	case ":attempts":
		n.types = aSortedSet
		n.entries = func(member string) subject {
			e := reference{key: n.key, member: member, sorted: true}
			e.facts = audit.Reference{What: "the list of attempts holds", Code: audit.AttemptMissing}
			if i, err := strconv.ParseUint(member, 10, 32); err != nil || member != strconv.FormatUint(i, 10) {
				e.facts.Invalid = "no index"
			} else {
				e.target = k.attempt(uint32(i))
			}
			return a.reference(e)
		}
	case ":waitpoints":
		n.types = aSet
		n.entries = func(member string) subject {
			return a.reference(reference{key: n.key, member: member, target: part.waitpoint(engine.WaitpointID(member)),
				facts: audit.Reference{What: "the execution's list of waitpoints holds", Code: audit.WaitpointMissing}})
		}
	case ":signals":
		n.types = aSortedSet
		n.entries = func(member string) subject {
			return a.reference(reference{key: n.key, member: member, sorted: true, target: part.signal(engine.SignalID(member)),
				facts: audit.Reference{What: "the execution's list of signals holds", Code: audit.SignalMissing}})
		}
	case ":deps:unresolved", ":deps:all_edges":
		n.types = aSet
		n.entries = func(member string) subject {
			return a.reference(reference{key: n.key, member: member, target: k.dep(engine.EdgeID(member)),
				facts: audit.Reference{What: "the execution's list of edges holds", Code: audit.EdgeMissing}})
		}
	default:
		n.subjects = nil
		if edge, found := strings.CutPrefix(suffix, ":dep:"); found && edge != "" {
			n.types, n.subjects = aHash, []subject{a.dependency(k, engine.EdgeID(edge))}
		}
	}
}

// executionQuirk is why FlowFabric leaves keys of executions that are gone.
var executionQuirk = map[string]string{
	":suspension:current:satisfied_set": "Q-197", ":suspension:current:satisfied_set:signals": "Q-197",
	":suspension:current:member_map": "Q-197",
}

// execution judges an execution with what stands around its record.
func (a *auditor) execution(k execKeys) subject {
	return func(r *reading) judgement {
		x, part, id := &audit.Execution{}, k.partition(), string(k.id)
		r.hash(k.core(), audit.ExecutionFields, &x.Core)
		r.member(part.allExecutions(), id, &x.Listed)
		r.hash(k.leaseCurrent(), audit.LeaseFields, &x.Lease)
		r.zsetSize(k.attempts(), &x.Attempts)
		r.hash(k.suspensionCurrent(), audit.SuspensionFields, &x.Suspension)
		r.scored(part.leaseExpiry(), id, &x.Expiry)
		r.scored(part.suspensionTimeout(), id, &x.Due)
		r.hash(k.depsMeta(), audit.DepsFields, &x.Deps)
		r.setSize(k.depsUnresolved(), &x.Unresolved)
		r.then(func() { a.aroundExecution(r, k, x) })
		return judgement{x, func() []audit.Finding {
			if !x.Core.Found {
				return nil
			}
			return audit.JudgeExecution(*x, a.now())
		}}
	}
}

// aroundExecution reads what only the record names.
func (a *auditor) aroundExecution(r *reading, k execKeys, x *audit.Execution) {
	if !x.Core.Found {
		return
	}
	core, part, id := newRecord(x.Core.Fields), k.partition(), string(k.id)
	if at, _ := placeOf(core); at.index != "" {
		x.LaneName = string(at.index)
		r.scored(part.lane(at.lane, at.index), id, &x.Lane)
	}
	if holder := core.text("current_worker_instance_id"); holder != "" {
		r.member(part.workerLeases(engine.WorkerInstanceID(holder)), id, &x.Held)
	}
	if i := core.index("current_attempt_index"); core.text("current_attempt_index") != "" {
		r.hash(k.attempt(i), audit.AttemptFields, &x.Attempt)
		r.hash(k.streamMeta(i), audit.StreamFields, &x.Stream)
	}
	if wp := core.text("current_waitpoint_id"); wp != "" {
		r.hash(part.waitpoint(engine.WaitpointID(wp)), audit.WaitpointFields, &x.Waitpoint)
	}
	x.FlowID = core.text("flow_id")
	if x.FlowID == "" {
		return
	}
	if flow, err := engine.ParseFlowID(x.FlowID); err == nil {
		x.FlowAway = a.partitions.OfFlow(flow) != k.id.Partition()
	}
	f := flowKeys{tag: k.tag, id: engine.FlowID(x.FlowID)}
	r.exists(f.core(), &x.Flow)
	r.member(f.members(), id, &x.Member)
	r.hash(f.edgeGroup(k.id), audit.GroupFields, &x.Group)
}

// nameAttempt tells what a key of an attempt is.
func (a *auditor) nameAttempt(n *auditName, p engine.Partition, rest string) {
	k, suffix, sound := ownExecution(n, p, rest)
	if !sound {
		return
	}
	index, suffix, _ := strings.Cut(strings.TrimPrefix(suffix, ":"), ":")
	if _, err := strconv.ParseUint(index, 10, 32); err != nil {
		return
	}
	switch suffix {
	case "":
		n.types, n.count = aHash, &a.summary.Attempts
		n.subjects = []subject{a.attempt(k, n.key, index)}
	case "usage", "policy":
		n.types, n.subjects = aHash, []subject{a.piece("an execution", n.key, k.core(), "")}
	case "summary":
		n.types, n.subjects = aHash, []subject{a.piece("an execution", n.key, k.core(), "Q-197")}
	}
}

func (a *auditor) attempt(k execKeys, key, index string) subject {
	return func(r *reading) judgement {
		facts := &audit.Attempt{Execution: string(k.id), Index: index}
		r.hash(key, audit.AttemptFields, &facts.Attempt)
		r.exists(k.core(), &facts.Owner)
		r.scored(k.attempts(), index, &facts.Listed)
		return judgement{facts, func() []audit.Finding { return audit.JudgeAttempt(*facts) }}
	}
}

// nameStream tells what a key of an output stream is.
func (a *auditor) nameStream(n *auditName, p engine.Partition, rest string) {
	k, suffix, sound := ownExecution(n, p, rest)
	if !sound {
		return
	}
	index, suffix, meta := strings.Cut(strings.TrimPrefix(suffix, ":"), ":")
	i, err := strconv.ParseUint(index, 10, 32)
	switch {
	case err != nil || meta && suffix != "meta":
	case meta:
		n.types, n.subjects = aHash, []subject{a.piece("an execution", n.key, k.core(), "")}
	default:
		n.types, n.count = aStream, &a.summary.Streams
		n.subjects = []subject{a.stream(k, uint32(i), index)}
	}
}

func (a *auditor) stream(k execKeys, i uint32, index string) subject {
	return func(r *reading) judgement {
		facts := &audit.Stream{Execution: string(k.id), Index: index}
		r.hash(k.streamMeta(i), audit.StreamFields, &facts.Meta)
		r.size(k.stream(i), r.pipe.XLen(r.ctx, k.stream(i)), &facts.Frames)
		last := r.pipe.XRevRangeN(r.ctx, k.stream(i), "+", "-", 1)
		r.exists(k.core(), &facts.Owner)
		r.take(func() {
			for _, frame := range last.Val() {
				facts.Last = frame.ID
			}
		})
		return judgement{facts, func() []audit.Finding { return audit.JudgeStream(*facts) }}
	}
}

// nameWaitpoint tells what a key of a waitpoint is.
func (a *auditor) nameWaitpoint(n *auditName, part partKeys, rest string) {
	id, suffix, _ := strings.Cut(rest, ":")
	wp := engine.WaitpointID(id)
	if id == "" {
		return
	}
	switch suffix {
	case "":
		n.types, n.count, n.subjects = aHash, &a.summary.Waitpoints, []subject{a.waitpoint(part, wp)}
	case "condition":
		n.types, n.subjects = aHash, []subject{a.piece("a waitpoint", n.key, part.waitpoint(wp), "Q-053")}
	case "signals":
		n.types, n.subjects = aStream, []subject{a.piece("a waitpoint", n.key, part.waitpoint(wp), "")}
	}
}

func (a *auditor) waitpoint(part partKeys, id engine.WaitpointID) subject {
	return func(r *reading) judgement {
		w := &audit.Waitpoint{ID: string(id)}
		r.hash(part.waitpoint(id), audit.WaitpointFields, &w.Waitpoint)
		r.hash(part.waitpointCondition(id), audit.ConditionFields, &w.Condition)
		r.scored(part.pendingWaitpointExpiry(), string(id), &w.Expiry)
		r.then(func() {
			if !w.Waitpoint.Found {
				return
			}
			w.Kid = audit.SigningKey(w.Waitpoint.Fields["waitpoint_token"])
			delete(w.Waitpoint.Fields, "waitpoint_token")
			a.readSecrets(r, part, w.Kid, &w.Secrets)
			execution := w.Waitpoint.Fields["execution_id"]
			if w.Invalid = !inPartition(execution, partitionOf(part)); w.Invalid {
				return
			}
			k := keysOf(engine.ExecutionID(execution))
			r.hash(k.core(), audit.WaitpointExecution, &w.Execution)
			r.hash(k.suspensionCurrent(), audit.SuspensionFields, &w.Suspension)
			r.member(k.waitpoints(), string(id), &w.Listed)
		})
		return judgement{w, func() []audit.Finding { return audit.JudgeWaitpoint(*w, a.now()) }}
	}
}

// partitionOf is the partition whose keys these are.
func partitionOf(part partKeys) engine.Partition {
	p, _ := engine.ParsePartitionKey(part.tag)
	return p
}

// nameSignal tells what a key of a signal is.
func (a *auditor) nameSignal(n *auditName, part partKeys, rest string) {
	id, suffix, _ := strings.Cut(rest, ":")
	if id == "" {
		return
	}
	switch suffix {
	case "":
		n.types, n.count, n.subjects = aHash, &a.summary.Signals, []subject{a.signal(part, engine.SignalID(id))}
	case "payload":
		n.types, n.subjects = aString, []subject{a.piece("a signal", n.key, part.signal(engine.SignalID(id)), "")}
	}
}

func (a *auditor) signal(part partKeys, id engine.SignalID) subject {
	return func(r *reading) judgement {
		s := &audit.Signal{ID: string(id)}
		r.hash(part.signal(id), audit.SignalFields, &s.Signal)
		r.then(func() {
			execution := s.Signal.Fields["target_execution_id"]
			if s.Invalid = !inPartition(execution, partitionOf(part)); s.Invalid {
				return
			}
			k := keysOf(engine.ExecutionID(execution))
			r.exists(k.core(), &s.Execution)
			r.scored(k.signals(), string(id), &s.Listed)
		})
		return judgement{s, func() []audit.Finding { return audit.JudgeSignal(*s) }}
	}
}

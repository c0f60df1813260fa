package valkey

import (
	"strconv"

	"ffboard/engine"
)

// Every key name of the wire is made here (spec 01 §3.0). A partition's keys share its hash tag, so they share a slot.

const (
	keyPartitionConfig = "ff:config:partitions"
	keyLaneRegistry    = "ff:idx:lanes"

	channelCompletions = "ff:dag:completions"
)

// execKeys names the keys of one execution. The tag is the routing tag of its partition; the id repeats its own.
type execKeys struct {
	tag string
	id  engine.ExecutionID
}

func keysOf(id engine.ExecutionID) execKeys { return execKeys{tag: id.Partition().Tag(), id: id} }

func (k execKeys) exec(suffix string) string { return "ff:exec:" + k.tag + ":" + string(k.id) + suffix }

func (k execKeys) core() string              { return k.exec(":core") }
func (k execKeys) payload() string           { return k.exec(":payload") }
func (k execKeys) result() string            { return k.exec(":result") }
func (k execKeys) policy() string            { return k.exec(":policy") }
func (k execKeys) tags() string              { return k.exec(":tags") }
func (k execKeys) leaseCurrent() string      { return k.exec(":lease:current") }
func (k execKeys) leaseHistory() string      { return k.exec(":lease:history") }
func (k execKeys) claimGrant() string        { return k.exec(":claim_grant") }
func (k execKeys) attempts() string          { return k.exec(":attempts") }
func (k execKeys) suspensionCurrent() string { return k.exec(":suspension:current") }
func (k execKeys) satisfiedSet() string      { return k.exec(":suspension:current:satisfied_set") }
func (k execKeys) satisfiedSignals() string {
	return k.exec(":suspension:current:satisfied_set:signals")
}
func (k execKeys) memberMap() string      { return k.exec(":suspension:current:member_map") }
func (k execKeys) waitpoints() string     { return k.exec(":waitpoints") }
func (k execKeys) signals() string        { return k.exec(":signals") }
func (k execKeys) depsMeta() string       { return k.exec(":deps:meta") }
func (k execKeys) depsUnresolved() string { return k.exec(":deps:unresolved") }
func (k execKeys) depsAllEdges() string   { return k.exec(":deps:all_edges") }
func (k execKeys) dep(edge engine.EdgeID) string {
	return k.exec(":dep:" + string(edge))
}

func (k execKeys) attempt(i uint32) string {
	return "ff:attempt:" + k.tag + ":" + string(k.id) + ":" + strconv.FormatUint(uint64(i), 10)
}
func (k execKeys) attemptUsage(i uint32) string   { return k.attempt(i) + ":usage" }
func (k execKeys) attemptPolicy(i uint32) string  { return k.attempt(i) + ":policy" }
func (k execKeys) attemptSummary(i uint32) string { return k.attempt(i) + ":summary" }

func (k execKeys) stream(i uint32) string {
	return "ff:stream:" + k.tag + ":" + string(k.id) + ":" + strconv.FormatUint(uint64(i), 10)
}
func (k execKeys) streamMeta(i uint32) string { return k.stream(i) + ":meta" }

func (k execKeys) idempotency(ns engine.Namespace, key string) string {
	return "ff:idem:" + k.tag + ":" + string(ns) + ":" + key
}
func (k execKeys) suspendDedup(key string) string {
	return "ff:dedup:suspend:" + k.tag + ":" + string(k.id) + ":" + key
}

// partition is the partition-wide keys of the execution's own partition.
func (k execKeys) partition() partKeys { return partKeys{tag: k.tag} }

// partKeys names the keys of one flow partition.
type partKeys struct{ tag string }

func partitionKeys(p engine.Partition) partKeys { return partKeys{tag: p.Tag()} }

// noop fills a KEYS position that a call does not use.
func (k partKeys) noop() string { return "ff:noop:" + k.tag }

func (k partKeys) idx(suffix string) string { return "ff:idx:" + k.tag + ":" + suffix }

func (k partKeys) lane(lane engine.LaneID, idx engine.LaneIndex) string {
	return k.idx("lane:" + string(lane) + ":" + string(idx))
}
func (k partKeys) due(idx engine.DueIndex) string { return k.idx(string(idx)) }
func (k partKeys) leaseExpiry() string            { return k.idx("lease_expiry") }
func (k partKeys) suspensionTimeout() string      { return k.idx("suspension_timeout") }
func (k partKeys) attemptTimeout() string         { return k.idx("attempt_timeout") }
func (k partKeys) executionDeadline() string      { return k.idx("execution_deadline") }
func (k partKeys) pendingWaitpointExpiry() string { return k.idx("pending_waitpoint_expiry") }
func (k partKeys) allExecutions() string          { return k.idx("all_executions") }
func (k partKeys) flowIndex() string              { return k.idx("flow_index") }
func (k partKeys) endedFlows() string             { return "ff:ffboard:" + k.tag + ":ended_flows" }
func (k partKeys) cancelBacklog() string          { return k.idx("cancel_backlog") }
func (k partKeys) pendingCancelGroups() string    { return k.idx("pending_cancel_groups") }
func (k partKeys) budgetResets() string           { return k.idx("budget_resets") }
func (k partKeys) budgetPolicies() string         { return k.idx("budget_policies") }
func (k partKeys) quotaPolicies() string          { return k.idx("quota_policies") }
func (k partKeys) workerLeases(inst engine.WorkerInstanceID) string {
	return k.idx("worker:" + string(inst) + ":leases")
}

func (k partKeys) hmacSecrets() string    { return "ff:sec:" + k.tag + ":waitpoint_hmac" }
func (k partKeys) signalDelivery() string { return "ff:part:" + k.tag + ":signal_delivery" }

func (k partKeys) waitpoint(id engine.WaitpointID) string {
	return "ff:wp:" + k.tag + ":" + string(id)
}
func (k partKeys) waitpointCondition(id engine.WaitpointID) string {
	return k.waitpoint(id) + ":condition"
}
func (k partKeys) waitpointSignals(id engine.WaitpointID) string { return k.waitpoint(id) + ":signals" }
func (k partKeys) signal(id engine.SignalID) string {
	return "ff:signal:" + k.tag + ":" + string(id)
}
func (k partKeys) signalPayload(id engine.SignalID) string { return k.signal(id) + ":payload" }
func (k partKeys) signalDedup(wp engine.WaitpointID, key string) string {
	return "ff:sigdedup:" + k.tag + ":" + string(wp) + ":" + key
}

// flowKeys names the keys of one flow.
type flowKeys struct {
	tag string
	id  engine.FlowID
}

func (b *Backend) flowKeys(id engine.FlowID) flowKeys {
	return flowKeys{tag: b.Partitions().OfFlow(id).Tag(), id: id}
}

func (k flowKeys) flow(suffix string) string { return "ff:flow:" + k.tag + ":" + string(k.id) + suffix }

func (k flowKeys) core() string           { return k.flow(":core") }
func (k flowKeys) members() string        { return k.flow(":members") }
func (k flowKeys) tags() string           { return k.flow(":tags") }
func (k flowKeys) summary() string        { return k.flow(":summary") }
func (k flowKeys) pendingCancels() string { return k.flow(":pending_cancels") }
func (k flowKeys) edge(id engine.EdgeID) string {
	return k.flow(":edge:" + string(id))
}
func (k flowKeys) edgeGrant(id engine.EdgeID) string { return k.flow(":grant:" + string(id)) }
func (k flowKeys) out(upstream engine.ExecutionID) string {
	return k.flow(":out:" + string(upstream))
}
func (k flowKeys) in(downstream engine.ExecutionID) string {
	return k.flow(":in:" + string(downstream))
}
func (k flowKeys) edgeGroup(downstream engine.ExecutionID) string {
	return k.flow(":edgegroup:" + string(downstream))
}
func (k flowKeys) partition() partKeys { return partKeys{tag: k.tag} }

// budgetKeys names the keys of one budget.
type budgetKeys struct {
	tag string
	id  engine.BudgetID
}

func (b *Backend) budgetKeys(id engine.BudgetID) budgetKeys {
	return budgetKeys{tag: b.Partitions().OfBudget(id).Tag(), id: id}
}

func (k budgetKeys) definition() string { return "ff:budget:" + k.tag + ":" + string(k.id) }
func (k budgetKeys) limits() string     { return k.definition() + ":limits" }
func (k budgetKeys) usage() string      { return k.definition() + ":usage" }
func (k budgetKeys) ledger(id engine.ExecutionID) string {
	return k.definition() + ":by_exec:" + string(id)
}
func (k budgetKeys) ledgerIndex() string         { return k.definition() + ":by_exec:index" }
func (k budgetKeys) usageDedup(id string) string { return "ff:usagededup:" + k.tag + ":" + id }
func (k budgetKeys) partition() partKeys         { return partKeys{tag: k.tag} }

// quotaKeys names the keys of one quota policy.
type quotaKeys struct {
	tag string
	id  engine.QuotaPolicyID
}

func (b *Backend) quotaKeys(id engine.QuotaPolicyID) quotaKeys {
	return quotaKeys{tag: b.Partitions().OfQuota(id).Tag(), id: id}
}

func (k quotaKeys) definition() string             { return "ff:quota:" + k.tag + ":" + string(k.id) }
func (k quotaKeys) window(dimension string) string { return k.definition() + ":window:" + dimension }
func (k quotaKeys) concurrency() string            { return k.definition() + ":concurrency" }
func (k quotaKeys) admitted(id engine.ExecutionID) string {
	return k.definition() + ":admitted:" + string(id)
}
func (k quotaKeys) admittedSet() string { return k.definition() + ":admitted_set" }
func (k quotaKeys) partition() partKeys { return partKeys{tag: k.tag} }

// Worker registry keys carry no hash tag: one worker's keys lie in different slots (spec 01 §3.9.3).

func keyWorkerAlive(ns engine.Namespace, inst engine.WorkerInstanceID) string {
	return "ff:worker:" + string(ns) + ":" + string(inst) + ":alive"
}

func keyWorkerCaps(ns engine.Namespace, inst engine.WorkerInstanceID) string {
	return "ff:worker:" + string(ns) + ":" + string(inst) + ":caps"
}

func keyWorkerIndex(ns engine.Namespace) string { return "ff:idx:" + string(ns) + ":workers" }

package valkey

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/engine/audit"
)

func TestABrokenFlowIsFound(t *testing.T) { breakAndAudit(t, flowBreakages) }

var flowBreakages = []breakage{
	{"fewer members than counted", func(s *auditScene, p redis.Pipeliner) []wrong {
		p.HSet(s.ctx, s.graph.k.core(), "node_count", "4", "graph_revision", "6")
		return one(audit.FlowCount, s.graph.k.core())
	}},
	{"more edges than counted", func(s *auditScene, p redis.Pipeliner) []wrong {
		p.HSet(s.ctx, s.graph.k.core(), "edge_count", "1", "graph_revision", "4")
		return one(audit.FlowCount, s.graph.k.core())
	}},
	{"a revision that misses a change", func(s *auditScene, p redis.Pipeliner) []wrong {
		p.HSet(s.ctx, s.graph.k.core(), "graph_revision", "4")
		return one(audit.FlowCount, s.graph.k.core())
	}},
	{"a state that a flow cannot have", func(s *auditScene, p redis.Pipeliner) []wrong {
		p.HSet(s.ctx, s.graph.k.core(), "public_flow_state", "shut")
		return one(audit.FieldInvalid, s.graph.k.core())
	}},
	{"a member of another flow", func(s *auditScene, p redis.Pipeliner) []wrong {
		k, _ := at(s.child)
		p.HSet(s.ctx, k.core(), "flow_id", string(s.fired.Flow))
		p.HSet(s.ctx, s.graph.k.core(), "last_mutation_at", "1")
		return []wrong{{audit.FlowMember, s.graph.k.members(), string(s.child)}, {code: s.otherFlowCode(), key: s.otherFlowKey()},
			{code: audit.EdgeConflict, key: k.dep(s.edge)}, {code: audit.EdgeConflict, key: k.dep(s.resolved())}}
	}},
	{"a member that the flow does not know", func(s *auditScene, p redis.Pipeliner) []wrong {
		p.SRem(s.ctx, s.graph.k.members(), string(s.up))
		return []wrong{{code: audit.FlowMember, key: s.graph.k.members()}, {code: audit.FlowCount, key: s.graph.k.core()}}
	}},
	{"a member that can be none", func(s *auditScene, p redis.Pipeliner) []wrong {
		p.SAdd(s.ctx, s.graph.k.members(), "\x9b31mnobody")
		p.HSet(s.ctx, s.graph.k.core(), "node_count", "4", "graph_revision", "6")
		return entry(audit.FlowMember, s.graph.k.members(), "\x9b31mnobody")
	}},
	{"members of no flow", func(s *auditScene, p redis.Pipeliner) []wrong {
		k := s.stopped.k
		p.Del(s.ctx, k.core())
		want := []wrong{{code: audit.KeyOrphan, key: k.members()}, {code: audit.KeyOrphan, key: k.pendingCancels()}, {code: audit.FlowMissing, key: k.core()},
			{audit.IndexGone, k.partition().flowIndex(), string(s.stopped.flow)}, {audit.IndexGone, k.partition().cancelBacklog(), string(s.stopped.flow)}}
		return want
	}},
	{"an index entry that is no flow", func(s *auditScene, p redis.Pipeliner) []wrong {
		key := s.graph.k.partition().flowIndex()
		p.SAdd(s.ctx, key, "x")
		return entry(audit.IndexGone, key, "x")
	}},
	{"a cancel that nobody will give", func(s *auditScene, p redis.Pipeliner) []wrong {
		key := s.stopped.k.partition().cancelBacklog()
		p.ZRem(s.ctx, key, string(s.stopped.flow))
		return one(audit.FlowCancel, key)
	}},
	{"a backlog of nothing owed", func(s *auditScene, p redis.Pipeliner) []wrong {
		p.Del(s.ctx, s.stopped.k.pendingCancels())
		return one(audit.FlowCancel, s.stopped.k.partition().cancelBacklog())
	}},
	{"a cancel owed to a stranger", func(s *auditScene, p redis.Pipeliner) []wrong {
		p.SAdd(s.ctx, s.stopped.k.pendingCancels(), "x")
		return entry(audit.FlowCancel, s.stopped.k.pendingCancels(), "x")
	}},
	{"an edge that its upstream does not list", func(s *auditScene, p redis.Pipeliner) []wrong {
		p.SRem(s.ctx, s.graph.k.out(s.up), string(s.edge))
		return []wrong{{code: audit.EdgeUnlisted, key: s.graph.k.out(s.up)}, {code: audit.FlowCount, key: s.graph.k.core()}}
	}},
	{"an edge that its downstream does not list", func(s *auditScene, p redis.Pipeliner) []wrong {
		p.SRem(s.ctx, s.graph.k.in(s.child), string(s.edge))
		return one(audit.EdgeUnlisted, s.graph.k.in(s.child))
	}},
	{"a listed edge that is gone", func(s *auditScene, p redis.Pipeliner) []wrong {
		p.SAdd(s.ctx, s.graph.k.in(s.child), "x")
		return entry(audit.EdgeMissing, s.graph.k.in(s.child), "x")
	}},
	{"an edge listed by a stranger", func(s *auditScene, p redis.Pipeliner) []wrong {
		p.SAdd(s.ctx, s.graph.k.in(s.up), string(s.edge))
		return entry(audit.EdgeConflict, s.graph.k.in(s.up), string(s.edge))
	}},
	{"an edge to nobody", func(s *auditScene, p redis.Pipeliner) []wrong {
		p.HSet(s.ctx, s.graph.k.edge(s.edge), "upstream_execution_id", "nobody")
		k, _ := at(s.child)
		return []wrong{{code: audit.EdgeConflict, key: s.graph.k.edge(s.edge)}, {audit.EdgeConflict, s.graph.k.out(s.up), string(s.edge)},
			{code: audit.EdgeConflict, key: k.dep(s.edge)}}
	}},
	{"a dependency without an edge", func(s *auditScene, p redis.Pipeliner) []wrong {
		k, _ := at(s.child)
		p.HSet(s.ctx, k.dep(s.edge), "flow_id", string(s.graph.flow), "edge_id", "other")
		return one(audit.EdgeConflict, k.dep(s.edge))
	}},
	{"an open edge that is not among the open ones", func(s *auditScene, p redis.Pipeliner) []wrong {
		k, _ := at(s.child)
		p.SRem(s.ctx, k.depsUnresolved(), string(s.edge))
		return []wrong{{code: audit.EdgeUnlisted, key: k.depsUnresolved()}, {code: audit.DependencyCount, key: k.depsMeta()}}
	}},
	{"a resolved edge among the open ones", func(s *auditScene, p redis.Pipeliner) []wrong {
		k, _ := at(s.child)
		p.SAdd(s.ctx, k.depsUnresolved(), string(s.resolved()))
		return []wrong{{code: audit.EdgeConflict, key: k.depsUnresolved()}, {code: audit.DependencyCount, key: k.depsMeta()}}
	}},
	{"a state that an edge cannot have", func(s *auditScene, p redis.Pipeliner) []wrong {
		k, _ := at(s.child)
		p.HSet(s.ctx, k.dep(s.edge), "state", "maybe")
		return one(audit.FieldInvalid, k.dep(s.edge))
	}},
	{"an open edge that does not exist", func(s *auditScene, p redis.Pipeliner) []wrong {
		k, _ := at(s.child)
		p.SAdd(s.ctx, k.depsAllEdges(), "x")
		return entry(audit.EdgeMissing, k.depsAllEdges(), "x")
	}},
	{"a count of open edges of its own", func(s *auditScene, p redis.Pipeliner) []wrong {
		k, _ := at(s.child)
		p.HSet(s.ctx, k.depsMeta(), "unsatisfied_required_count", "5")
		return one(audit.DependencyCount, k.depsMeta())
	}},
	{"a group that counts other edges", func(s *auditScene, p redis.Pipeliner) []wrong {
		key := s.graph.k.edgeGroup(s.child)
		p.HSet(s.ctx, key, "n", "7")
		return one(audit.GroupCount, key)
	}},
	{"a group that counts other successes", func(s *auditScene, p redis.Pipeliner) []wrong {
		key := s.graph.k.edgeGroup(s.child)
		p.HSet(s.ctx, key, "succeeded", "2")
		return one(audit.GroupCount, key)
	}},
	{"a group that fired too early", func(s *auditScene, p redis.Pipeliner) []wrong {
		key := flowKeys{tag: s.fired.Downstream.Partition().Tag(), id: s.fired.Flow}.edgeGroup(s.fired.Downstream)
		p.HSet(s.ctx, key, "policy_variant", "quorum", "k", "3")
		return one(audit.GroupState, key)
	}},
	{"losers whom nobody will cancel", func(s *auditScene, p redis.Pipeliner) []wrong {
		key := partitionKeys(s.fired.Downstream.Partition()).pendingCancelGroups()
		p.SRem(s.ctx, key, string(s.fired.Flow)+"|"+string(s.fired.Downstream))
		return one(audit.IndexLacks, key)
	}},
	{"losers of no group", func(s *auditScene, p redis.Pipeliner) []wrong {
		key := partitionKeys(s.fired.Downstream.Partition()).pendingCancelGroups()
		p.SAdd(s.ctx, key, "x|y")
		return entry(audit.IndexGone, key, "x|y")
	}},
}

// resolved is the edge of the child that is satisfied.
func (s *auditScene) resolved() engine.EdgeID {
	for _, id := range s.rdb.SMembers(s.ctx, keysOf(s.child).depsAllEdges()).Val() {
		if id != string(s.edge) {
			return engine.EdgeID(id)
		}
	}
	return ""
}

// The flow that the child claims to be in may lie in its partition or in another, by chance.
func (s *auditScene) otherFlowCode() audit.Code {
	if s.Partitions().OfFlow(s.fired.Flow) == s.child.Partition() {
		return audit.FlowMember
	}
	return audit.KeyElsewhere
}

func (s *auditScene) otherFlowKey() string {
	if s.otherFlowCode() == audit.FlowMember {
		return s.flowKeys(s.fired.Flow).members()
	}
	return keysOf(s.child).core()
}

func TestABrokenBudgetOrKeyIsFound(t *testing.T) {
	breakAndAudit(t, []breakage{
		{"a budget that is not listed", func(s *auditScene, p redis.Pipeliner) []wrong {
			p.SRem(s.ctx, s.budget.partition().budgetPolicies(), string(s.budget.id))
			return one(audit.IndexLacks, s.budget.partition().budgetPolicies())
		}},
		{"a budget that is never reset", func(s *auditScene, p redis.Pipeliner) []wrong {
			p.ZRem(s.ctx, s.budget.partition().budgetResets(), string(s.budget.id))
			return one(audit.IndexLacks, s.budget.partition().budgetResets())
		}},
		{"a budget that is reset at two times", func(s *auditScene, p redis.Pipeliner) []wrong {
			p.ZAdd(s.ctx, s.budget.partition().budgetResets(), redis.Z{Score: 1, Member: string(s.budget.id)})
			return one(audit.IndexScore, s.budget.partition().budgetResets())
		}},
		{"a reset of a budget that has none", func(s *auditScene, p redis.Pipeliner) []wrong {
			p.HSet(s.ctx, s.budget.definition(), "reset_interval_ms", "0")
			return one(audit.IndexStray, s.budget.partition().budgetResets())
		}},
		{"a listed budget that is gone", func(s *auditScene, p redis.Pipeliner) []wrong {
			p.SAdd(s.ctx, s.budget.partition().budgetPolicies(), "x")
			return entry(audit.IndexGone, s.budget.partition().budgetPolicies(), "x")
		}},
		{"usage that is no number", func(s *auditScene, p redis.Pipeliner) []wrong {
			p.HSet(s.ctx, s.budget.usage(), "tokens", "many")
			return one(audit.FieldInvalid, s.budget.usage())
		}},
		{"a ledger that is not listed", func(s *auditScene, p redis.Pipeliner) []wrong {
			p.SRem(s.ctx, s.budget.ledgerIndex(), string(s.ended))
			return one(audit.BudgetConflict, s.budget.ledgerIndex())
		}},
		{"a listed ledger that is gone", func(s *auditScene, p redis.Pipeliner) []wrong {
			p.SAdd(s.ctx, s.budget.ledgerIndex(), string(s.leased))
			return entry(audit.BudgetConflict, s.budget.ledgerIndex(), string(s.leased))
		}},
		{"limits of no budget", func(s *auditScene, p redis.Pipeliner) []wrong {
			k := s.budgetKeys(engine.NewBudgetID())
			p.HSet(s.ctx, k.limits(), "hard:tokens", "1")
			return one(audit.KeyOrphan, k.limits())
		}},
		{"a quota policy that is not listed", func(s *auditScene, p redis.Pipeliner) []wrong {
			p.SRem(s.ctx, s.quota.partition().quotaPolicies(), string(s.quota.id))
			return one(audit.IndexLacks, s.quota.partition().quotaPolicies())
		}},
		{"a quota counter that is no count", func(s *auditScene, p redis.Pipeliner) []wrong {
			p.Set(s.ctx, s.quota.concurrency(), "-1", 0)
			return one(audit.QuotaConflict, s.quota.concurrency())
		}},
		{"a quota without a counter", func(s *auditScene, p redis.Pipeliner) []wrong {
			p.Del(s.ctx, s.quota.concurrency())
			return one(audit.QuotaConflict, s.quota.concurrency())
		}},
		{"partition counts that are none", func(s *auditScene, p redis.Pipeliner) []wrong {
			p.HSet(s.ctx, keyPartitionConfig, "num_quota_partitions", "0")
			return one(audit.Configuration, keyPartitionConfig)
		}},
		{"a lane of a bad name", func(s *auditScene, p redis.Pipeliner) []wrong {
			p.SAdd(s.ctx, keyLaneRegistry, "\x1b[31mred")
			return entry(audit.IndexGone, keyLaneRegistry, "\x1b[31mred")
		}},
		{"a key of an unknown name", func(s *auditScene, p redis.Pipeliner) []wrong {
			p.Set(s.ctx, "ff:exec:{fp:1}:{fp:1}:3b241101-e2bb-4255-8caf-4136c566a962:notes", "x", 0)
			return one(audit.KeyUnknown, "ff:exec:{fp:1}:{fp:1}:3b241101-e2bb-4255-8caf-4136c566a962:notes")
		}},
		{"a key of an id that is none", func(s *auditScene, p redis.Pipeliner) []wrong {
			p.Set(s.ctx, "ff:exec:{fp:1}:{fp:1}:x:payload", "x", 0)
			return one(audit.KeyUnknown, "ff:exec:{fp:1}:{fp:1}:x:payload")
		}},
		{"a key in the partition of others", func(s *auditScene, p redis.Pipeliner) []wrong {
			p.Set(s.ctx, "ff:exec:{fp:1}:{fp:2}:3b241101-e2bb-4255-8caf-4136c566a962:payload", "x", 0)
			return one(audit.KeyElsewhere, "ff:exec:{fp:1}:{fp:2}:3b241101-e2bb-4255-8caf-4136c566a962:payload")
		}},
		{"a key in a partition that there is not", func(s *auditScene, p redis.Pipeliner) []wrong {
			p.Set(s.ctx, "ff:exec:{fp:4}:{fp:4}:3b241101-e2bb-4255-8caf-4136c566a962:payload", "x", 0)
			return one(audit.KeyElsewhere, "ff:exec:{fp:4}:{fp:4}:3b241101-e2bb-4255-8caf-4136c566a962:payload")
		}},
		{"a payload of nothing", func(s *auditScene, p redis.Pipeliner) []wrong {
			p.Set(s.ctx, "ff:exec:{fp:1}:{fp:1}:3b241101-e2bb-4255-8caf-4136c566a962:payload", "x", 0)
			return one(audit.KeyOrphan, "ff:exec:{fp:1}:{fp:1}:3b241101-e2bb-4255-8caf-4136c566a962:payload")
		}},
		{"a placeholder that holds something", func(s *auditScene, p redis.Pipeliner) []wrong {
			p.Set(s.ctx, "ff:noop:{fp:1}", "x", 0)
			return one(audit.KeyUnknown, "ff:noop:{fp:1}")
		}},
		{"a record of another type", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.delayed)
			p.Set(s.ctx, k.attempts(), "x", 0)
			return one(audit.KeyType, k.attempts())
		}},
		{"an execution of another type", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.delayed)
			p.Del(s.ctx, k.core())
			p.Set(s.ctx, k.core(), "x", 0)
			return one(audit.KeyType, k.core())
		}},
		{"an index of another type", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.delayed)
			key := part.lane(theLane, engine.IndexDelayed)
			p.Del(s.ctx, key)
			p.LPush(s.ctx, key, "x")
			return one(audit.KeyType, key)
		}},
		{"an idempotency key of nothing", func(s *auditScene, p redis.Pipeliner) []wrong {
			p.Set(s.ctx, "ff:idem:{fp:1}:ns:once", "x", 0)
			return one(audit.FieldInvalid, "ff:idem:{fp:1}:ns:once")
		}},
	})
}

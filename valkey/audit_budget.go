package valkey

import (
	"strconv"
	"strings"

	"ffboard/engine"
	"ffboard/engine/audit"
)

// nameBudget tells what a key of a budget is.
func (a *auditor) nameBudget(n *auditName, p engine.Partition, rest string) {
	id, suffix, _ := strings.Cut(rest, ":")
	if why := a.budgetProblem(id, p); why != "" {
		n.misplaced(why)
		return
	}
	k := budgetKeys{tag: p.Tag(), id: engine.BudgetID(id)}
	n.subjects = []subject{a.piece("a budget", n.key, k.definition(), "")}
	switch spender, ledger := strings.CutPrefix(suffix, "by_exec:"); {
	case suffix == "":
		n.types, n.count, n.subjects = aHash, &a.summary.Budgets, []subject{a.budget(k)}
	case suffix == "limits" || suffix == "usage":
		n.types = aHash
	case suffix == "by_exec:index":
		n.types = aSet
		n.entries = func(member string) subject {
			return a.reference(reference{key: n.key, member: member, target: k.ledger(engine.ExecutionID(member)),
				facts: audit.Reference{What: "the list of ledgers holds", Code: audit.BudgetConflict}})
		}
	case ledger:
		n.types = aHash
		n.subjects = []subject{a.listed(n.key, k.definition(), k.ledgerIndex(), spender,
			audit.Piece{Of: "a budget", List: "the budget's ledgers", Code: audit.BudgetConflict})}
	default:
		n.subjects = nil
	}
}

// listed judges a key of something that has a list of such keys.
func (a *auditor) listed(key, owner, list, member string, of audit.Piece) subject {
	return func(r *reading) judgement {
		facts := of
		r.exists(key, &facts.Key)
		r.exists(owner, &facts.Owner)
		r.member(list, member, &facts.Listed)
		return judgement{&facts, func() []audit.Finding { return audit.JudgePiece(facts) }}
	}
}

func (a *auditor) budgetProblem(text string, p engine.Partition) string {
	id, err := engine.ParseBudgetID(text)
	switch {
	case err != nil || string(id) != text:
		return "no id of a budget"
	case a.partitions.OfBudget(id) != p:
		return "a budget of " + a.partitions.OfBudget(id).Tag()
	default:
		return ""
	}
}

func (a *auditor) budget(k budgetKeys) subject {
	return func(r *reading) judgement {
		b := &audit.Budget{ID: string(k.id)}
		r.hash(k.definition(), audit.BudgetFields, &b.Definition)
		r.member(k.partition().budgetPolicies(), string(k.id), &b.Listed)
		r.scored(k.partition().budgetResets(), string(k.id), &b.Reset)
		r.wholeHash(k.limits(), &b.Limits)
		r.wholeHash(k.usage(), &b.Usage)
		return judgement{b, func() []audit.Finding { return audit.JudgeBudget(*b) }}
	}
}

func (a *auditor) nameBudgetIndex(n *auditName, p engine.Partition, rest string) {
	switch rest {
	case "budget_policies":
		n.types = aSet
	case "budget_resets":
		n.types = aSortedSet
	default:
		return
	}
	n.entries = func(member string) subject {
		e := reference{key: n.key, member: member, sorted: rest == "budget_resets",
			facts: audit.Reference{What: rest + " holds", Code: audit.IndexGone, Invalid: a.budgetProblem(member, p)}}
		e.target = budgetKeys{tag: p.Tag(), id: engine.BudgetID(member)}.definition()
		return a.reference(e)
	}
}

// nameQuota tells what a key of a quota policy is.
func (a *auditor) nameQuota(n *auditName, p engine.Partition, rest string) {
	id, suffix, _ := strings.Cut(rest, ":")
	if why := a.quotaProblem(id, p); why != "" {
		n.misplaced(why)
		return
	}
	k := quotaKeys{tag: p.Tag(), id: engine.QuotaPolicyID(id)}
	n.subjects = []subject{a.piece("a quota policy", n.key, k.definition(), "")}
	switch {
	case suffix == "":
		n.types, n.count, n.subjects = aHash, &a.summary.Quotas, []subject{a.quota(k)}
	case suffix == "concurrency":
		n.types = aString
		n.subjects = append(n.subjects, a.text(n.key, audit.QuotaConflict, "a count", counts))
	case suffix == "admitted_set":
		n.types = aSet
	case strings.HasPrefix(suffix, "window:"):
		n.types = aSortedSet
	case strings.HasPrefix(suffix, "admitted:"): // it outlives the admission where the execution ends first
		n.types = aString
	default:
		n.subjects = nil
	}
}

// counts tells whether a text is a count.
func counts(v string) bool {
	n, err := strconv.ParseInt(v, 10, 64)
	return err == nil && n >= 0
}

func (a *auditor) quotaProblem(text string, p engine.Partition) string {
	id, err := engine.ParseQuotaPolicyID(text)
	switch {
	case err != nil || string(id) != text:
		return "no id of a quota policy"
	case a.partitions.OfQuota(id) != p:
		return "a quota policy of " + a.partitions.OfQuota(id).Tag()
	default:
		return ""
	}
}

func (a *auditor) quota(k quotaKeys) subject {
	return func(r *reading) judgement {
		q := &audit.Quota{ID: string(k.id)}
		r.hash(k.definition(), audit.QuotaFields, &q.Definition)
		r.member(k.partition().quotaPolicies(), string(k.id), &q.Listed)
		r.exists(k.concurrency(), &q.Concurrency)
		return judgement{q, func() []audit.Finding { return audit.JudgeQuota(*q) }}
	}
}

func (a *auditor) nameQuotaIndex(n *auditName, p engine.Partition, rest string) {
	if rest != "quota_policies" {
		return
	}
	n.types = aSet
	n.entries = func(member string) subject {
		e := reference{key: n.key, member: member,
			facts: audit.Reference{What: rest + " holds", Code: audit.IndexGone, Invalid: a.quotaProblem(member, p)}}
		e.target = quotaKeys{tag: p.Tag(), id: engine.QuotaPolicyID(member)}.definition()
		return a.reference(e)
	}
}

package views

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"ffboard/engine"
	"ffboard/theme"
)

// notEnforced are the members of a policy that are stored and that nobody acts on (Q-013, spec 01 §5).
var notEnforced = []string{
	"priority", "delay_until", "timeout_policy.max_reclaim_count", "suspension_policy", "fallback_policy",
	"routing_requirements.preferred_locality", "routing_requirements.isolation_level", "stream_policy.durability_mode",
	"max_signals_per_execution",
}

// executionPolicy is an execution's policy, as the engine understands it and as it was stored.
type executionPolicy struct {
	engine.ExecutionPolicy
	stored  []byte
	members []policyMember // nil when it is no JSON object
	bad     error          // what the engine does not understand of it
}

// policyMember is one value of a policy under its dotted path, as compact JSON.
type policyMember struct{ path, value string }

func readPolicy(stored []byte) executionPolicy {
	p := executionPolicy{stored: stored}
	if len(stored) == 0 {
		return p
	}
	p.bad = json.Unmarshal(stored, &p.ExecutionPolicy)
	p.members = flattened("", stored, policyDepth)
	return p
}

// policyDepth is how deep objects are taken apart; what lies deeper stays together.
const policyDepth = 3

// flattened takes a JSON object apart; anything else is one member.
func flattened(path string, value json.RawMessage, depth int) []policyMember {
	var object map[string]json.RawMessage
	if depth == 0 || json.Unmarshal(value, &object) != nil || len(object) == 0 {
		if path == "" {
			return nil
		}
		return []policyMember{{path, compacted(value)}}
	}
	var members []policyMember
	for _, name := range slices.Sorted(maps.Keys(object)) {
		below := name
		if path != "" {
			below = path + "." + name
		}
		members = append(members, flattened(below, object[name], depth-1)...)
	}
	return members
}

func compacted(value json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, value) != nil {
		return string(value)
	}
	return b.String()
}

func (m policyMember) enforced() bool {
	return !slices.ContainsFunc(notEnforced, func(path string) bool {
		return m.path == path || strings.HasPrefix(m.path, path+".")
	})
}

// retries is how often a failed attempt may be followed by another.
func (p *executionPolicy) retries() int {
	if p.Retry == nil {
		return 0
	}
	return int(p.Retry.MaxRetries)
}

func (p *executionPolicy) reclaims() int { return orCount(p.MaxReclaims, engine.DefaultMaxReclaims) }
func (p *executionPolicy) replays() int  { return orCount(p.MaxReplays, engine.DefaultMaxReplays) }

func orCount(n *uint32, otherwise int) int {
	if n == nil {
		return otherwise
	}
	return int(*n)
}

// mostPolicyMembers is how many members are shown.
const mostPolicyMembers = 100

// lines draw the policy member by member.
// mostPolicyLines is how much is shown of what is no policy.
const mostPolicyLines = 20

func (p *executionPolicy) lines(th *theme.Theme, width int) []string {
	if p.members == nil {
		most := 16 * (width + 2) * mostPolicyLines // more bytes cannot be seen, whatever they are
		return Text(th, th.Dim, string(p.stored[:min(len(p.stored), most)]), width, mostPolicyLines)
	}
	var facts []Fact
	if p.bad != nil {
		facts = append(facts, FS("unreadable", th.Warn, theme.CleanTo(p.bad.Error(), 200)))
	}
	for i, m := range p.members {
		if i == mostPolicyMembers {
			facts = append(facts, FS("", th.Dim, Count(len(p.members)-i)+" more"))
			break
		}
		fact := F(theme.CleanTo(m.path, 44), theme.CleanTo(m.value, 200))
		if !m.enforced() {
			fact.Cells = []Cell{{"not enforced  ", th.Warn}, {fact.Cells[0].Text, th.Dim}}
		}
		facts = append(facts, fact)
	}
	return factLines(th, facts, width)
}

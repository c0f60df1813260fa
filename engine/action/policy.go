package action

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"ffboard/engine"
)

var setPolicy = &Action{
	Name: "edge-policy", Key: "e", Does: "how many of its upstreams must succeed, before the first edge is applied", Kind: Execution,
	Arguments: []Argument{
		{Name: "policy", Default: string(engine.PolicyAllOf), Choices: []Choice{
			{string(engine.PolicyAllOf), "every upstream must succeed"},
			{string(engine.PolicyAnyOf), "one success is enough"},
			{string(engine.PolicyQuorum), "so many successes are enough"},
		}, Suggest: func(s []*State) string {
			if g := groupOf(s); g != nil && g.Policy.Kind.Valid() {
				return string(g.Policy.Kind)
			}
			return string(engine.PolicyAllOf)
		}},
		{Name: "k", Does: "how many successes", Default: "2", When: func(a Args) bool { return a.Get("policy") == string(engine.PolicyQuorum) }},
		{Name: "then", Default: string(engine.CancelRemaining), Choices: []Choice{
			{string(engine.CancelRemaining), "the rest is cancelled once it is decided"},
			{string(engine.LetRun), "the rest runs on"},
		}, When: func(a Args) bool { return a.Get("policy") != string(engine.PolicyAllOf) }},
	},
	Check: func(s *State) string {
		switch {
		case s.Flow == "":
			return "it is a member of no flow"
		case s.Around != nil && slices.ContainsFunc(s.Around.In, func(e engine.EdgeEnd) bool { return e.Edge.State != "" }):
			return "its first edge is applied: the policy is fixed"
		case ended(s):
			return "it has ended"
		default:
			return ""
		}
	},
	Effect: func(possible []*State, a Args) []string {
		lines := []string{"sets the policy of its incoming edges; it is fixed when the first of them is applied"}
		if g := groupOf(possible); g != nil && a.Get("policy") == string(engine.PolicyQuorum) {
			if k, err := strconv.Atoi(a.Get("k")); err == nil && k > g.Total && g.Total > 0 {
				lines = append(lines, "it has "+plural(g.Total, "edge", "edges")+" now: more successes than edges can never be")
			}
		}
		return lines
	},
	Validate: func(a Args) error {
		_, err := policyOf(a)
		return err
	},
	Run: func(ctx context.Context, b Backend, s *State, a Args) (Outcome, error) {
		policy, err := policyOf(a)
		if err != nil {
			return Outcome{}, err
		}
		set, err := b.SetEdgeGroupPolicy(ctx, s.Flow, s.Execution, policy)
		switch {
		case err != nil:
			return Outcome{}, err
		case !set:
			return Outcome{Words: "it was " + string(policy.Kind) + " already: nothing changed", Idle: true}, nil
		default:
			return Outcome{Words: "edge policy set to " + string(policy.Kind)}, nil
		}
	},
}

func groupOf(s []*State) *engine.EdgeGroup {
	if len(s) != 1 || s[0].Around == nil {
		return nil
	}
	return s[0].Around.Group
}

func policyOf(a Args) (engine.EdgePolicy, error) {
	p := engine.EdgePolicy{Kind: engine.EdgePolicyKind(a.Get("policy"))}
	if p.Kind != engine.PolicyAllOf {
		p.OnSatisfied = engine.OnSatisfied(a.Get("then"))
	}
	if p.Kind == engine.PolicyQuorum {
		k, err := strconv.Atoi(a.Get("k"))
		if err != nil {
			return p, Refusal("a quorum needs a whole number of successes, from 1")
		}
		p.K = k
	}
	var refused *engine.Error
	if err := p.Validate(); errors.As(err, &refused) {
		return p, Refusal(refused.Detail)
	}
	return p, nil
}

package enginetest

import (
	"fmt"
	"slices"
	"strings"

	"ffboard/engine"
)

// What only an operator or the timeout may end is written as names that no signal matches (spec 03b §3.1, Q-059).
const (
	operatorOnlyName = "__operator_only__"
	timeoutOnlyName  = "__timeout_only__"
)

// takes tells whether a matcher accepts a signal of this name.
func takes(m engine.Matcher, name string) bool {
	switch m.Kind {
	case engine.MatchByName:
		return m.Name == name && name != operatorOnlyName && name != timeoutOnlyName
	case engine.MatchWildcard, "":
		return true
	default:
		return false
	}
}

// modelTree is a composite condition with the tokens that signals have left (spec 03b §3.3 to §3.5).
type modelTree struct {
	root   engine.ResumeCondition
	tokens []string
}

// arriving is a signal as a condition sees it.
type arriving struct {
	waitpoint engine.WaitpointID
	key       string // of the waitpoint
	signal    engine.SignalID
	name      string
	source    string // type and identity
}

// signal judges one signal.
func (c *modelTree) signal(s arriving) (effect string, matched bool) {
	var wanted []string
	named := false
	walkTree(c.root, "", func(node engine.ResumeCondition, path string) {
		if !listens(node, s.key) {
			return
		}
		named = true
		if takes(node.Matcher, s.name) {
			wanted = append(wanted, c.tokensFor(node, path, s)...)
		}
	})
	switch {
	case !named:
		return engine.EffectNotInCondition, false
	case len(wanted) == 0:
		return engine.EffectMatcherFailed, false
	}
	added := false
	for _, token := range wanted {
		if !slices.Contains(c.tokens, token) {
			c.tokens, added = append(c.tokens, token), true
		}
	}
	if !added {
		return engine.EffectAppendedDuplicate, true
	}
	c.spread(c.root, "")
	if c.satisfied(c.root, "") {
		return engine.EffectResumed, true
	}
	return engine.EffectAppended, true
}

// tokensFor are the tokens that a node takes from a signal. Count nodes that share a kind count for themselves.
func (c *modelTree) tokensFor(node engine.ResumeCondition, path string, s arriving) []string {
	if node.Kind == engine.ConditionSingle {
		return []string{"leaf:" + path}
	}
	token := map[engine.CountKind]string{
		engine.DistinctWaitpoints: "wp:" + string(s.waitpoint),
		engine.DistinctSignals:    "sig:" + string(s.signal),
		engine.DistinctSources:    "src:" + s.source,
	}[node.CountKind]
	if !c.shared(node.CountKind) {
		return []string{token}
	}
	return []string{token, "cnt:" + path + ":" + token}
}

func (c *modelTree) shared(kind engine.CountKind) bool {
	nodes := 0
	walkTree(c.root, "", func(node engine.ResumeCondition, _ string) {
		if node.Kind == engine.ConditionCount && node.CountKind == kind {
			nodes++
		}
	})
	return nodes > 1
}

// spread gives every satisfied member of an AllOf that is no Single its token, from the leaves up.
func (c *modelTree) spread(node engine.ResumeCondition, path string) {
	for i, member := range node.Members {
		at := modelPath(path, i)
		c.spread(member, at)
		token := "node:" + at
		if member.Kind != engine.ConditionSingle && c.satisfied(member, at) && !slices.Contains(c.tokens, token) {
			c.tokens = append(c.tokens, token)
		}
	}
}

func (c *modelTree) satisfied(node engine.ResumeCondition, path string) bool {
	switch node.Kind {
	case engine.ConditionSingle:
		return slices.Contains(c.tokens, "leaf:"+path)
	case engine.ConditionAllOf:
		for i, member := range node.Members {
			if !c.satisfied(member, modelPath(path, i)) {
				return false
			}
		}
		return true
	case engine.ConditionCount:
		prefix := map[engine.CountKind]string{
			engine.DistinctWaitpoints: "wp:", engine.DistinctSignals: "sig:", engine.DistinctSources: "src:",
		}[node.CountKind]
		if c.shared(node.CountKind) {
			prefix = "cnt:" + path + ":"
		}
		n := 0
		for _, token := range c.tokens {
			if strings.HasPrefix(token, prefix) {
				n++
			}
		}
		return n >= node.N
	default:
		return false
	}
}

func modelPath(parent string, i int) string {
	if parent != "" {
		parent += "."
	}
	return fmt.Sprintf("%smembers[%d]", parent, i)
}

func walkTree(node engine.ResumeCondition, path string, visit func(node engine.ResumeCondition, path string)) {
	visit(node, path)
	for i, member := range node.Members {
		walkTree(member, modelPath(path, i), visit)
	}
}

// listens tells whether a node wants signals of a waitpoint.
func listens(node engine.ResumeCondition, key string) bool {
	return node.Kind == engine.ConditionSingle && node.Waitpoint == key ||
		node.Kind == engine.ConditionCount && slices.Contains(node.Waitpoints, key)
}

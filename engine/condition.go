package engine

import "strconv"

// ConditionKind is what a node of a resume condition waits for. The words of the tree's nodes are the wire's.
type ConditionKind string

const (
	ConditionSingle ConditionKind = "Single"        // one signal on one waitpoint
	ConditionAllOf  ConditionKind = "AllOf"         // every member
	ConditionCount  ConditionKind = "Count"         // n distinct things on some waitpoints
	ConditionNever  ConditionKind = "NeverBySignal" // no signal: a tree's member for an operator or the timeout alone

	ConditionOperatorOnly ConditionKind = "OperatorOnly"
	ConditionTimeoutOnly  ConditionKind = "TimeoutOnly"

	// ConditionSignalSet is a simple condition that no typed client sends, as read: several names, or a count.
	ConditionSignalSet ConditionKind = "SignalSet"
)

// CountKind is what a Count node counts.
type CountKind string

const (
	DistinctWaitpoints CountKind = "DistinctWaitpoints"
	DistinctSignals    CountKind = "DistinctSignals"
	DistinctSources    CountKind = "DistinctSources"
)

// Matcher says which signals a node takes. The zero value takes any.
type Matcher struct {
	Kind string // MatchByName, MatchWildcard, or "" for none; a node with any other takes no signal
	Name string // of MatchByName
}

const (
	MatchByName   = "ByName"
	MatchWildcard = "Wildcard"
)

func ByName(name string) Matcher { return Matcher{Kind: MatchByName, Name: name} }
func AnySignal() Matcher         { return Matcher{Kind: MatchWildcard} }

// ResumeCondition is what a suspension waits for (spec 04a §7.1, 03b §3): a node and, in a composite one, the nodes below it. The
// zero value is no condition. Which fields count depends on Kind.
type ResumeCondition struct {
	Kind ConditionKind

	Waitpoint string            // Single: its waitpoint's key; "" in a simple condition as read, where the wire does not have it
	Matcher   Matcher           // Single, Count
	Members   []ResumeCondition // AllOf

	N          int       // Count
	CountKind  CountKind // Count
	Waitpoints []string  // Count: keys

	Names   []string // SignalSet: each its own matcher, duplicates included; none means one that takes any signal
	Mode    string   // SignalSet: "all", or anything else for Minimum of them
	Minimum int      // SignalSet
}

func Single(waitpointKey string, m Matcher) ResumeCondition {
	return ResumeCondition{Kind: ConditionSingle, Waitpoint: waitpointKey, Matcher: m}
}

func OperatorOnly() ResumeCondition { return ResumeCondition{Kind: ConditionOperatorOnly} }
func TimeoutOnly() ResumeCondition  { return ResumeCondition{Kind: ConditionTimeoutOnly} }

func AllOf(members ...ResumeCondition) ResumeCondition {
	return ResumeCondition{Kind: ConditionAllOf, Members: members}
}

func Count(n int, kind CountKind, m Matcher, waitpointKeys ...string) ResumeCondition {
	return ResumeCondition{Kind: ConditionCount, N: n, CountKind: kind, Matcher: m, Waitpoints: waitpointKeys}
}

// IsZero tells whether there is no condition at all.
func (c ResumeCondition) IsZero() bool { return c.Kind == "" }

// Composite tells whether the condition is a tree on the wire.
func (c ResumeCondition) Composite() bool {
	return c.Kind == ConditionAllOf || c.Kind == ConditionCount || c.Kind == ConditionNever
}

// WaitpointKeys are the keys that the condition names, in the order of the tree, each once.
func (c ResumeCondition) WaitpointKeys() []string {
	var keys []string
	seen := map[string]bool{}
	add := func(key string) {
		if !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	c.walk("", 1, func(node *ResumeCondition, _ string, _ int) {
		switch node.Kind {
		case ConditionSingle:
			add(node.Waitpoint)
		case ConditionCount:
			for _, key := range node.Waitpoints {
				add(key)
			}
		}
	})
	return keys
}

// SharesCounts tells whether two Count nodes count the same kind of thing. FlowFabric's own library then counts what came for one
// of them for the other too, and the gate opens early (spec 03b §3.5).
func (c ResumeCondition) SharesCounts() bool {
	for _, n := range c.countNodes() {
		if n > 1 {
			return true
		}
	}
	return false
}

func (c ResumeCondition) countNodes() map[string]int {
	nodes := map[string]int{}
	c.walk("", 1, func(node *ResumeCondition, _ string, _ int) {
		if node.Kind == ConditionCount {
			nodes[node.CountKind.token()]++
		}
	})
	return nodes
}

// token is the prefix of the satisfied-set tokens that a kind counts. Writing and counting disagree about unknown kinds on the wire;
// no client can make one.
func (k CountKind) token() string {
	switch k {
	case DistinctWaitpoints:
		return "wp:"
	case DistinctSignals:
		return "sig:"
	default:
		return "src:"
	}
}

// walk visits the nodes depth first, parents before members, with the wire's path of each ("" for the root) and its depth (1 for
// the root).
func (c *ResumeCondition) walk(path string, depth int, visit func(node *ResumeCondition, path string, depth int)) {
	visit(c, path, depth)
	for i := range c.Members {
		c.Members[i].walk(memberPath(path, i), depth+1, visit)
	}
}

func memberPath(parent string, i int) string {
	path := "members[" + strconv.Itoa(i) + "]"
	if parent == "" {
		return path
	}
	return parent + "." + path
}

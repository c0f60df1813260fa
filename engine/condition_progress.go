package engine

import "strings"

// NodeProgress is how far a node of a composite condition has come. The zero value is no progress known.
type NodeProgress struct {
	Path         string // the wire's: "" for the root
	Done, Needed int    // Single: of 1; AllOf: of its members; Count: of N, Done may exceed it; Never: of 1, always 0
	Satisfied    bool

	// Shared marks a Count whose tokens count for another node too, because FlowFabric's own library recorded them: it opens early.
	Shared bool

	Members []NodeProgress // as the node's
}

// Evaluate tells how far the tree has come, given the members of its satisfied set (spec 03b §3.5). Nodes are judged from the
// leaves up, and Count nodes of one kind count apart when the set says which token came for which of them.
func Evaluate(tree ResumeCondition, tokens []string) NodeProgress {
	set := satisfiedSet{tokens: make(map[string]bool, len(tokens)), nodes: tree.countNodes()}
	for _, token := range tokens {
		set.tokens[token] = true
		set.apart = set.apart || strings.HasPrefix(token, apartPrefix)
	}
	return set.judge(&tree, "")
}

const (
	leafPrefix   = "leaf:"
	nodePrefix   = "node:"     // a member that is no Single was satisfied once: that stands
	apartPrefix  = "cnt:"      // cnt:<path>:<token>, besides the token itself, when a kind has several Count nodes
	timeoutToken = "timeout:*" // satisfies every Count; the library honours it and never writes it
)

type satisfiedSet struct {
	tokens map[string]bool
	nodes  map[string]int // Count nodes by token prefix
	apart  bool           // the set says which Count node a token came for
}

func (s *satisfiedSet) judge(node *ResumeCondition, path string) NodeProgress {
	p := NodeProgress{Path: path, Needed: 1}
	switch node.Kind {
	case ConditionSingle:
		if s.tokens[leafPrefix+path] {
			p.Done = 1
		}
	case ConditionAllOf:
		p.Needed = len(node.Members)
		for i := range node.Members {
			member := s.judge(&node.Members[i], memberPath(path, i))
			if member.Satisfied {
				p.Done++
			}
			p.Members = append(p.Members, member)
		}
	case ConditionCount:
		p.Needed = node.N
		p.Done, p.Shared = s.count(node.CountKind.token(), path)
	}
	p.Satisfied = p.Done >= p.Needed
	stands := node.Kind != ConditionSingle && s.tokens[nodePrefix+path]
	timedOut := node.Kind == ConditionCount && s.tokens[timeoutToken]
	p.Satisfied = p.Satisfied || stands || timedOut
	return p
}

func (s *satisfiedSet) count(prefix, path string) (n int, shared bool) {
	if several := s.nodes[prefix] > 1; several && s.apart {
		prefix = apartPrefix + path + ":" + prefix
	} else {
		shared = several
	}
	for token := range s.tokens {
		if strings.HasPrefix(token, prefix) {
			n++
		}
	}
	return n, shared && n > 0
}

package engine

import (
	"bytes"
	"encoding/json"
	"slices"
)

// Names that stand for a wait that no ordinary signal ends (spec 03b §3.1).
const (
	operatorOnlyName = "__operator_only__"
	timeoutOnlyName  = "__timeout_only__"
)

const (
	matchAny       = "any"
	matchAll       = "all"
	matchComposite = "composite"
	signalSetType  = "signal_set"
	treeVersion    = 1

	// maxConditionDepth bounds what is read. Clients send at most 4; stored text may be anybody's.
	maxConditionDepth = 32
)

// conditionWire is resume_condition_json. Members stand in alphabetical order, as FlowFabric's client writes them.
type conditionWire struct {
	AllowOperatorOverride bool      `json:"allow_operator_override"`
	Composite             bool      `json:"composite,omitempty"`
	ConditionType         string    `json:"condition_type"`
	MinimumSignalCount    int       `json:"minimum_signal_count"`
	RequiredSignalNames   []string  `json:"required_signal_names"`
	SignalMatchMode       string    `json:"signal_match_mode"`
	TimeoutBehavior       string    `json:"timeout_behavior"`
	Tree                  *nodeWire `json:"tree,omitempty"`
	V                     int       `json:"v,omitempty"`
}

// nodeWire is one node of the tree. Pointers tell an absent member from an empty one: which there are depends on the kind.
type nodeWire struct {
	CountKind    *CountKind       `json:"count_kind,omitempty"`
	Kind         ConditionKind    `json:"kind"`
	Matcher      *json.RawMessage `json:"matcher,omitempty"`
	Members      *[]*nodeWire     `json:"members,omitempty"`
	N            *int             `json:"n,omitempty"`
	Path         string           `json:"path"`
	WaitpointKey *string          `json:"waitpoint_key,omitempty"`
	Waitpoints   *[]string        `json:"waitpoints,omitempty"`
}

type matcherWire struct {
	Kind string  `json:"kind"`
	Name *string `json:"name,omitempty"`
}

// EncodeWire is the condition's JSON for ff_suspend_execution (spec 03b §3.1). The behaviour in it is for readers; the library
// takes it from another argument.
func (c ResumeCondition) EncodeWire(timeoutBehavior string) []byte {
	w := conditionWire{
		AllowOperatorOverride: true,
		ConditionType:         signalSetType,
		MinimumSignalCount:    1,
		RequiredSignalNames:   []string{},
		SignalMatchMode:       matchAny,
		TimeoutBehavior:       timeoutBehavior,
	}
	switch {
	case c.Composite():
		w.Composite, w.V = true, treeVersion
		w.ConditionType, w.SignalMatchMode = matchComposite, matchComposite
		w.Tree = c.wireNode("")
	case c.Kind == ConditionOperatorOnly:
		w.RequiredSignalNames, w.SignalMatchMode = []string{operatorOnlyName}, matchAll
	case c.Kind == ConditionTimeoutOnly:
		w.RequiredSignalNames, w.SignalMatchMode = []string{timeoutOnlyName}, matchAll
	case c.Kind == ConditionSignalSet:
		w.RequiredSignalNames, w.SignalMatchMode = slices.Concat(w.RequiredSignalNames, c.Names), c.Mode
		w.MinimumSignalCount = c.Minimum
	case c.Matcher.Kind == MatchByName:
		w.RequiredSignalNames = []string{c.Matcher.Name}
	}
	return mustMarshal(w)
}

func (c *ResumeCondition) wireNode(path string) *nodeWire {
	node := &nodeWire{Kind: c.Kind, Path: path}
	switch c.Kind {
	case ConditionAllOf:
		members := make([]*nodeWire, len(c.Members))
		for i := range c.Members {
			members[i] = c.Members[i].wireNode(memberPath(path, i))
		}
		node.Members = &members
	case ConditionCount:
		waitpoints := slices.Concat([]string{}, c.Waitpoints)
		node.N, node.CountKind, node.Waitpoints = &c.N, &c.CountKind, &waitpoints
		node.Matcher = c.Matcher.wire()
	case ConditionSingle:
		node.WaitpointKey = &c.Waitpoint
		node.Matcher = c.Matcher.wire()
	default:
		node.Kind = ConditionNever
	}
	return node
}

func (m Matcher) wire() *json.RawMessage {
	raw := json.RawMessage("null")
	switch m.Kind {
	case "":
	case MatchByName:
		raw = mustMarshal(matcherWire{m.Kind, &m.Name})
	default:
		raw = mustMarshal(matcherWire{Kind: m.Kind})
	}
	return &raw
}

// mustMarshal is for values that cannot fail: strings, numbers and structs of them. It leaves <, > and & as they are.
func mustMarshal(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

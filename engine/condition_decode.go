package engine

import (
	"encoding/json"
	"fmt"
	"math"
)

// conditionRead is conditionWire as it may be found: every member optional and of any type.
type conditionRead struct {
	Composite           any             `json:"composite"`
	V                   *looseInt       `json:"v"`
	Tree                json.RawMessage `json:"tree"`
	RequiredSignalNames looseList       `json:"required_signal_names"`
	SignalMatchMode     looseString     `json:"signal_match_mode"`
	MinimumSignalCount  *looseInt       `json:"minimum_signal_count"`
}

type nodeRead struct {
	Kind         looseString     `json:"kind"`
	Matcher      json.RawMessage `json:"matcher"`
	Members      looseList       `json:"members"`
	N            looseInt        `json:"n"`
	CountKind    looseString     `json:"count_kind"`
	WaitpointKey looseString     `json:"waitpoint_key"`
	Waitpoints   looseList       `json:"waitpoints"`
}

type matcherRead struct {
	Kind *looseString `json:"kind"`
	Name looseString  `json:"name"`
}

// DecodeCondition reads a stored resume_condition_json, for display. It takes the library's view of odd members: of a wrong type
// counts as absent, an unknown node can never hold, an unsupported version is a tree that never holds. Errors are
// ClassCorruption: no JSON object, or a tree deeper than anything a client sends.
func DecodeCondition(text []byte) (ResumeCondition, error) {
	var read *conditionRead
	if err := json.Unmarshal(text, &read); err != nil || read == nil {
		return ResumeCondition{}, Corrupt("", "resume_condition_json", "not a JSON object")
	}
	if read.Composite == true {
		if read.V != nil && *read.V != treeVersion {
			return ResumeCondition{Kind: ConditionNever}, nil
		}
		return decodeNode(read.Tree, 1)
	}
	return read.simple(), nil
}

func (r *conditionRead) simple() ResumeCondition {
	set := ResumeCondition{
		Kind:    ConditionSignalSet,
		Names:   r.RequiredSignalNames.strings(),
		Mode:    matchAny,
		Minimum: 1,
	}
	if r.SignalMatchMode != "" {
		set.Mode = string(r.SignalMatchMode)
	}
	if r.MinimumSignalCount != nil {
		set.Minimum = int(*r.MinimumSignalCount)
	}
	oneIsEnough := set.Mode == matchAll || set.Minimum == 1
	switch {
	case len(set.Names) > 1 || !oneIsEnough:
		return set
	case len(set.Names) == 0:
		return Single("", AnySignal())
	case set.Names[0] == operatorOnlyName:
		return OperatorOnly()
	case set.Names[0] == timeoutOnlyName:
		return TimeoutOnly()
	default:
		return Single("", ByName(set.Names[0]))
	}
}

func decodeNode(raw json.RawMessage, depth int) (ResumeCondition, error) {
	if depth > maxConditionDepth {
		return ResumeCondition{}, Corrupt("", "resume_condition_json", fmt.Sprintf("tree deeper than %d", maxConditionDepth))
	}
	var read nodeRead
	if len(raw) == 0 || json.Unmarshal(raw, &read) != nil {
		return ResumeCondition{Kind: ConditionNever}, nil
	}
	switch ConditionKind(read.Kind) {
	case ConditionSingle:
		return Single(string(read.WaitpointKey), decodeMatcher(read.Matcher)), nil
	case ConditionCount:
		return Count(int(read.N), CountKind(read.CountKind), decodeMatcher(read.Matcher), read.Waitpoints.strings()...), nil
	case ConditionAllOf:
		members := make([]ResumeCondition, len(read.Members))
		for i, raw := range read.Members {
			member, err := decodeNode(raw, depth+1)
			if err != nil {
				return ResumeCondition{}, err
			}
			members[i] = member
		}
		return AllOf(members...), nil
	default:
		return ResumeCondition{Kind: ConditionNever}, nil
	}
}

// decodeMatcher: absent, null or without a kind takes any signal; what is no object takes none.
func decodeMatcher(raw json.RawMessage) Matcher {
	if len(raw) == 0 || string(raw) == "null" {
		return Matcher{}
	}
	var read matcherRead
	if json.Unmarshal(raw, &read) != nil {
		return Matcher{Kind: "?"}
	}
	switch {
	case read.Kind == nil:
		return AnySignal()
	case *read.Kind == MatchByName:
		return ByName(string(read.Name))
	default:
		return Matcher{Kind: string(*read.Kind)}
	}
}

// looseString, looseInt and looseList are zero for a value of another type. An object counts as an empty list: the library's JSON
// encoder writes empty lists so.
type (
	looseString string
	looseInt    int
	looseList   []json.RawMessage
)

func (s *looseString) UnmarshalJSON(b []byte) error {
	var text string
	_ = json.Unmarshal(b, &text) // of another type: ""
	*s = looseString(text)
	return nil
}

func (n *looseInt) UnmarshalJSON(b []byte) error {
	var number float64
	_ = json.Unmarshal(b, &number) // of another type: 0
	*n = looseInt(max(math.MinInt32, min(math.MaxInt32, number)))
	return nil
}

func (l *looseList) UnmarshalJSON(b []byte) error {
	var list []json.RawMessage
	_ = json.Unmarshal(b, &list) // of another type: empty
	*l = list
	return nil
}

func (l looseList) strings() []string {
	var texts []string
	for _, raw := range l {
		var text string
		if json.Unmarshal(raw, &text) == nil && string(raw) != "null" {
			texts = append(texts, text)
		}
	}
	return texts
}

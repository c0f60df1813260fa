package engine

import (
	"encoding/json"
	"fmt"
	"math"
)

// EdgePolicy says how many of a downstream execution's inbound dependencies must be met (spec 01 §5.9).
type EdgePolicy struct {
	Kind        EdgePolicyKind
	K           int         // quorum: how many, from 1
	OnSatisfied OnSatisfied // any_of and quorum
}

// Needed is how many of n dependencies must be met.
func (p EdgePolicy) Needed(n int) int {
	switch p.Kind {
	case PolicyAnyOf:
		return 1
	case PolicyQuorum:
		return max(p.K, 1)
	default:
		return n
	}
}

// Validate refuses what the library would refuse, with its words. Errors are CodeInvalidInput.
func (p EdgePolicy) Validate() error {
	problem := ""
	switch {
	case !p.Kind.Valid():
		problem = "unsupported_policy_variant: " + string(p.Kind)
	case p.Kind == PolicyQuorum && p.K < 1:
		problem = "quorum k must be >= 1"
	case p.Kind == PolicyQuorum && p.K > math.MaxInt32:
		problem = "quorum k exceeds supported maximum"
	case p.Kind != PolicyAllOf && !p.OnSatisfied.Valid():
		problem = "on_satisfied required for any_of/quorum: cancel_remaining | let_run"
	}
	if problem == "" {
		return nil
	}
	return Invalid("set_edge_group_policy", problem)
}

type edgePolicyWire struct {
	Kind        EdgePolicyKind `json:"kind"`
	K           *uint32        `json:"k,omitempty"`
	OnSatisfied *OnSatisfied   `json:"on_satisfied,omitempty"`
}

// MarshalJSON writes the form tagged by "kind", with the members of that kind.
func (p EdgePolicy) MarshalJSON() ([]byte, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	w := edgePolicyWire{Kind: p.Kind}
	if p.Kind != PolicyAllOf {
		w.OnSatisfied = &p.OnSatisfied
	}
	if p.Kind == PolicyQuorum {
		k := uint32(p.K)
		w.K = &k
	}
	return json.Marshal(w)
}

// UnmarshalJSON needs every member of the kind; others are ignored.
func (p *EdgePolicy) UnmarshalJSON(data []byte) error {
	var w edgePolicyWire
	if err := json.Unmarshal(data, &w); err != nil {
		return fmt.Errorf("edge policy: %w", err)
	}
	read := EdgePolicy{Kind: w.Kind}
	if w.Kind != PolicyAllOf && w.OnSatisfied != nil {
		read.OnSatisfied = *w.OnSatisfied
	}
	if w.Kind == PolicyQuorum && w.K != nil {
		read.K = int(*w.K)
	}
	if err := read.Validate(); err != nil {
		return err
	}
	*p = read
	return nil
}

package engine

import "encoding/json"

// ReadPolicyFacts takes from a stored policy what a diagnosis needs. What does not decode counts as unset.
func ReadPolicyFacts(stored []byte) PolicyFacts {
	var p ExecutionPolicy
	f := PolicyFacts{MaxReclaims: DefaultMaxReclaims, MaxReplays: DefaultMaxReplays}
	if len(stored) == 0 {
		return f
	}
	f.Malformed = json.Unmarshal(stored, &p) != nil
	if p.Retry != nil {
		f.MaxRetries = int(p.Retry.MaxRetries)
	}
	if p.MaxReclaims != nil {
		f.MaxReclaims = int(*p.MaxReclaims)
	}
	if p.MaxReplays != nil {
		f.MaxReplays = int(*p.MaxReplays)
	}
	for _, id := range p.BudgetIDs {
		f.BudgetIDs = append(f.BudgetIDs, string(id))
	}
	return f
}

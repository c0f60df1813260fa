package engine_test

import (
	"encoding"
	"errors"
	"testing"

	"ffboard/engine"
)

func TestEveryUUIDIDIsMintedAndChecked(t *testing.T) {
	for name, kind := range map[string]struct {
		minted string
		parse  func(string) (string, error)
		into   encoding.TextUnmarshaler
	}{
		"flow_id":         {string(engine.NewFlowID()), asText(engine.ParseFlowID), new(engine.FlowID)},
		"edge_id":         {string(engine.NewEdgeID()), asText(engine.ParseEdgeID), new(engine.EdgeID)},
		"budget_id":       {string(engine.NewBudgetID()), asText(engine.ParseBudgetID), new(engine.BudgetID)},
		"quota_policy_id": {string(engine.NewQuotaPolicyID()), asText(engine.ParseQuotaPolicyID), new(engine.QuotaPolicyID)},
		"lease_id":        {string(engine.NewLeaseID()), asText(engine.ParseLeaseID), new(engine.LeaseID)},
		"attempt_id":      {string(engine.NewAttemptID()), asText(engine.ParseAttemptID), new(engine.AttemptID)},
		"signal_id":       {string(engine.NewSignalID()), asText(engine.ParseSignalID), new(engine.SignalID)},
		"waitpoint_id":    {string(engine.NewWaitpointID()), asText(engine.ParseWaitpointID), new(engine.WaitpointID)},
		"suspension_id":   {string(engine.NewSuspensionID()), asText(engine.ParseSuspensionID), new(engine.SuspensionID)},
	} {
		if got, err := kind.parse(kind.minted); err != nil || got != kind.minted || kind.minted[14] != '4' {
			t.Errorf("%s: minted %q, parsed %q, %v", name, kind.minted, got, err)
		}
		const want = ": not a UUID"
		if _, err := kind.parse("x"); !errors.Is(err, engine.ProblemInvalidUUID) || err.Error() != "invalid "+name+want {
			t.Errorf("%s: got %v", name, err)
		}
		if err := kind.into.UnmarshalText([]byte("x")); !errors.Is(err, engine.ProblemInvalidUUID) || err.Error() != "invalid "+name+want {
			t.Errorf("%s in JSON: got %v", name, err)
		}
	}
}

func asText[ID ~string](parse func(string) (ID, error)) func(string) (string, error) {
	return func(s string) (string, error) {
		id, err := parse(s)
		return string(id), err
	}
}

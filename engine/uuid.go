package engine

import (
	"errors"
	"strings"

	"github.com/google/uuid"
)

// UUID ids (spec 01 §1.1). Each holds canonical text: lower case, hyphenated, 36 bytes. Parse takes every spelling of the spec
// (32 hex digits, hyphenated, braced, urn:uuid:, any case) and any version; New makes a random one. Errors are *ParseError with
// ProblemInvalidUUID.
type (
	FlowID        string
	EdgeID        string
	BudgetID      string
	QuotaPolicyID string
	LeaseID       string
	AttemptID     string
	SignalID      string
	WaitpointID   string
	SuspensionID  string
)

func ParseFlowID(s string) (FlowID, error)     { return parseID[FlowID]("flow_id", s) }
func ParseEdgeID(s string) (EdgeID, error)     { return parseID[EdgeID]("edge_id", s) }
func ParseBudgetID(s string) (BudgetID, error) { return parseID[BudgetID]("budget_id", s) }
func ParseQuotaPolicyID(s string) (QuotaPolicyID, error) {
	return parseID[QuotaPolicyID]("quota_policy_id", s)
}
func ParseLeaseID(s string) (LeaseID, error)         { return parseID[LeaseID]("lease_id", s) }
func ParseAttemptID(s string) (AttemptID, error)     { return parseID[AttemptID]("attempt_id", s) }
func ParseSignalID(s string) (SignalID, error)       { return parseID[SignalID]("signal_id", s) }
func ParseWaitpointID(s string) (WaitpointID, error) { return parseID[WaitpointID]("waitpoint_id", s) }
func ParseSuspensionID(s string) (SuspensionID, error) {
	return parseID[SuspensionID]("suspension_id", s)
}

func NewFlowID() FlowID               { return FlowID(uuid.NewString()) }
func NewEdgeID() EdgeID               { return EdgeID(uuid.NewString()) }
func NewBudgetID() BudgetID           { return BudgetID(uuid.NewString()) }
func NewQuotaPolicyID() QuotaPolicyID { return QuotaPolicyID(uuid.NewString()) }
func NewLeaseID() LeaseID             { return LeaseID(uuid.NewString()) }
func NewAttemptID() AttemptID         { return AttemptID(uuid.NewString()) }
func NewSignalID() SignalID           { return SignalID(uuid.NewString()) }
func NewWaitpointID() WaitpointID     { return WaitpointID(uuid.NewString()) }
func NewSuspensionID() SuspensionID   { return SuspensionID(uuid.NewString()) }

func (id *FlowID) UnmarshalText(b []byte) error        { return unmarshalID(id, "flow_id", b) }
func (id *EdgeID) UnmarshalText(b []byte) error        { return unmarshalID(id, "edge_id", b) }
func (id *BudgetID) UnmarshalText(b []byte) error      { return unmarshalID(id, "budget_id", b) }
func (id *QuotaPolicyID) UnmarshalText(b []byte) error { return unmarshalID(id, "quota_policy_id", b) }
func (id *LeaseID) UnmarshalText(b []byte) error       { return unmarshalID(id, "lease_id", b) }
func (id *AttemptID) UnmarshalText(b []byte) error     { return unmarshalID(id, "attempt_id", b) }
func (id *SignalID) UnmarshalText(b []byte) error      { return unmarshalID(id, "signal_id", b) }
func (id *WaitpointID) UnmarshalText(b []byte) error   { return unmarshalID(id, "waitpoint_id", b) }
func (id *SuspensionID) UnmarshalText(b []byte) error  { return unmarshalID(id, "suspension_id", b) }

func parseID[ID ~string](name, s string) (ID, error) {
	u, err := parseUUID(s)
	if err != nil {
		return "", &ParseError{ProblemInvalidUUID, "invalid " + name + ": " + err.Error()}
	}
	return ID(u.String()), nil
}

func unmarshalID[ID ~string](id *ID, name string, text []byte) (err error) {
	*id, err = parseID[ID](name, string(text))
	return err
}

const (
	bareUUIDLength       = 32
	hyphenatedUUIDLength = 36
	bracedUUIDLength     = 38
	urnPrefix            = "urn:uuid:"
)

var errUUIDSpelling = errors.New("not a UUID")

// parseUUID narrows uuid.Parse to the wire's spellings: that one takes any two bytes for the braces and any case of the URN.
func parseUUID(s string) (uuid.UUID, error) {
	switch len(s) {
	case bareUUIDLength, hyphenatedUUIDLength:
	case bracedUUIDLength:
		if s[0] != '{' || s[len(s)-1] != '}' {
			return uuid.UUID{}, errUUIDSpelling
		}
	default:
		if !strings.HasPrefix(s, urnPrefix) {
			return uuid.UUID{}, errUUIDSpelling
		}
	}
	u, err := uuid.Parse(s)
	if err != nil {
		return uuid.UUID{}, errUUIDSpelling
	}
	return u, nil
}

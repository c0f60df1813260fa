package engine

import "time"

// Suspension is the latest suspension episode of an execution (spec 01 §3.3.1).
type Suspension struct {
	ID              SuspensionID
	Execution       ExecutionID
	AttemptIndex    uint32
	Reason          string
	RequestedBy     string
	CreatedAt       time.Time
	TimeoutAt       time.Time // zero: waits for ever
	TimeoutBehavior string
	ClosedAt        time.Time
	CloseReason     string
	LastSignalAt    time.Time
	Condition       ResumeCondition
	Progress        NodeProgress // of a composite condition
	Waitpoints      []Waitpoint  // primary first
	Malformed       []FieldError
}

// Open tells whether the episode still waits.
func (s *Suspension) Open() bool { return s.ClosedAt.IsZero() && s.CloseReason == "" }

// Waitpoint is one waitpoint record with its simple condition's matchers (spec 01 §3.3.5, §3.3.6). It never holds the token.
type Waitpoint struct {
	ID                                          WaitpointID
	Key                                         string
	Execution                                   ExecutionID
	State                                       string // pending, active, closed
	CreatedAt, ActivatedAt, ExpiresAt, ClosedAt time.Time
	CloseReason                                 string
	SignalCount                                 int
	MatchedCount                                int
	ConditionOpen                               bool // a signal is still judged: with a closed record, an old token resumes
	Matchers                                    []WaitpointMatcher
	MatchMode                                   string
	MinimumSignals                              int
	TokenKid                                    string
	TokenFingerprint                            string
	Malformed                                   []FieldError
}

// WaitpointMatcher is one matcher slot of a simple condition; Name "" matches any signal.
type WaitpointMatcher struct {
	Name      string
	Satisfied bool
	Signal    SignalID
}

// SuspendArgs is the input of Suspend (spec 04a §7.1).
type SuspendArgs struct {
	SuspensionID        SuspensionID
	Waitpoints          []WaitpointBinding // at least one; the first is the primary
	Condition           ResumeCondition
	Policy              ResumePolicy
	Reason              string // reason_code
	RequestedBy         string // "" means worker
	TimeoutAt           time.Time
	TimeoutBehavior     string // "" means fail
	ContinuationPointer string
	IdempotencyKey      string
	Now                 time.Time // zero means the caller's clock
}

// WaitpointBinding names a fresh waitpoint (ID and Key) or, with UsePending, one created before.
type WaitpointBinding struct {
	ID         WaitpointID
	Key        string
	UsePending bool
}

// SuspendOutcome is the result of Suspend. With AlreadySatisfied the execution kept its lease and the old handle stays valid.
type SuspendOutcome struct {
	AlreadySatisfied bool
	Handle           Handle // kind Suspended; zero with AlreadySatisfied
	SuspensionID     SuspensionID
	Waitpoints       []IssuedWaitpoint // primary first
}

// IssuedWaitpoint is a waitpoint with the token that lets somebody signal it.
type IssuedWaitpoint struct {
	ID    WaitpointID
	Key   string
	Token WaitpointToken
}

// Signal is the input of DeliverSignal and BufferSignal (spec 04a §7.6).
type Signal struct {
	Execution      ExecutionID
	Waitpoint      WaitpointID
	ID             SignalID // "" mints one
	Name           string
	Category       string
	SourceType     string
	SourceIdentity string
	Payload        []byte
	Encoding       string // "" means json
	CorrelationID  string
	IdempotencyKey string
	TargetScope    string // "" means waitpoint
	CreatedAt      time.Time
	DedupTTL       time.Duration // 0 means 24 h
	ResumeDelay    time.Duration
	MaxSignals     int // 0 means 10000
	MaxLen         int // 0 means 1000
	Token          WaitpointToken
}

// SignalOutcome says what a delivered signal did. Effects: spec 04a §7.6 and, for a buffered one, buffered_for_pending_waitpoint.
type SignalOutcome struct {
	ID        SignalID
	Effect    string
	Duplicate bool // ID is then the signal that came first
}

// Resumed tells whether the signal satisfied the resume condition.
func (o SignalOutcome) Resumed() bool { return o.Effect == EffectResumed }

// Effects of a signal (spec 01 §3.3.8).
const (
	EffectAppended          = "appended_to_waitpoint"
	EffectAppendedDuplicate = "appended_to_waitpoint_duplicate"
	EffectResumed           = "resume_condition_satisfied"
	EffectNone              = "no_op"
	EffectNotInCondition    = "signal_ignored_not_in_condition"
	EffectMatcherFailed     = "signal_ignored_matcher_failed"
	EffectBuffered          = "buffered_for_pending_waitpoint"
)

// Approval is the input of DeliverApproval: an operator's answer that needs no token from the caller (spec 04a §7.7).
type Approval struct {
	Execution         ExecutionID
	Lane              LaneID // that the caller believes it to be in; "" when he does not care
	Waitpoint         WaitpointID
	Name              string
	Operator          string // who answers: counts as the source of the signal
	IdempotencySuffix string
	DedupTTL          time.Duration
	MaxLen            int
	MaxSignals        int
}

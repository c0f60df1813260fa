package engine

import (
	"context"
	"time"
)

// FlowSurveyor reads flows of any size, a part with each call. What never changes is read once; what changes is read anew for the rows
// on the screen, and by turns for the others.
type FlowSurveyor interface {
	// SurveyFlow tells what is known of a flow after one more step; nil when there is none.
	SurveyFlow(ctx context.Context, q FlowSurveyQuery) (*FlowSurvey, error)
	// ExecutionSpans reads when executions were at work and when they were suspended, in the order of the ids.
	ExecutionSpans(ctx context.Context, ids []ExecutionID) ([]ExecutionSpans, error)
}

// FlowSurveyQuery is the input of SurveyFlow.
type FlowSurveyQuery struct {
	Flow  FlowID
	Watch []ExecutionID // members that somebody looks at: they are never out of turn
	Edges bool          // edges and groups are wanted, however many there are
}

// FlowSurvey is what is known of a flow. Its parts are shared with later surveys and must not be changed. Members are those read so
// far, oldest first; Truncated counts the others.
type FlowSurvey struct {
	FlowDetail
	Size      int       // members in all
	Beyond    int       // of them, those that are too many to be read
	Wired     int       // members whose edges were read
	Confirmed time.Time // each member's state was looked at since; zero while some were never
	At        time.Time // the server's clock
}

// Complete tells that nothing is left to be read for the first time, but for what is too much.
func (s *FlowSurvey) Complete() bool {
	return len(s.Members)+s.Beyond >= s.Size && s.Wired >= len(s.Members)
}

// ExecutionSpans are the times of one execution's attempts, and of its latest suspension.
type ExecutionSpans struct {
	Execution       ExecutionID
	Attempts        []Attempt // the latest ten, oldest first, with their times and words alone
	SuspendedAt     time.Time // zero when it never was
	SuspensionEnded time.Time // zero while it is
}

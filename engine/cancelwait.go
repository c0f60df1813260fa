package engine

import (
	"context"
	"time"
)

// cancelPoll is the pause between looks at a flow that is being cancelled.
const cancelPoll = 100 * time.Millisecond

// FlowWatcher is what AwaitFlowCancelled looks at.
type FlowWatcher interface {
	FlowDetail(ctx context.Context, id FlowID, maxMembers int) (*FlowDetail, error)
}

// AwaitFlowCancelled waits until a flow is cancelled and owes no member a cancel any more, whoever does that work (spec 04a §14.6,
// A flow that is gone counts as cancelled. Errors are ClassTimeout when patience ends first, ctx's, and those of reading.
func AwaitFlowCancelled(ctx context.Context, b FlowWatcher, flow FlowID, patience time.Duration) error {
	deadline := time.Now().Add(patience)
	for {
		detail, err := b.FlowDetail(ctx, flow, 0)
		if err != nil {
			return err
		}
		if detail == nil || detail.Flow.State == FlowCancelled && detail.PendingCancels == 0 {
			return nil
		}
		left := time.Until(deadline)
		if left <= 0 {
			return TimedOut("cancel_flow", patience)
		}
		timer := time.NewTimer(min(cancelPoll, left))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

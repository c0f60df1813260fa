package engine

import (
	"context"
	"errors"
	"time"
)

// EventFilter admits the events of some executions; the zero value admits all (spec 04a §18.1).
type EventFilter struct {
	Namespace Namespace // "" asks for none
	// TagKey and TagValue are an execution tag that must be set so; TagKey "" asks for none.
	TagKey, TagValue string
}

// FilterReader is what a filter looks executions up in.
type FilterReader interface {
	ExecutionNamespace(ctx context.Context, id ExecutionID) (ns Namespace, found bool, err error)
	ExecutionTag(ctx context.Context, id ExecutionID, key string) (value string, found bool, err error)
}

// IsZero tells the filter that admits all.
func (f EventFilter) IsZero() bool { return f == EventFilter{} }

// Admits looks an execution up. One that is not there, or has no such tag, is not admitted.
func (f EventFilter) Admits(ctx context.Context, r FilterReader, id ExecutionID) (bool, error) {
	if f.Namespace != "" {
		ns, found, err := r.ExecutionNamespace(ctx, id)
		if err != nil || !found || ns != f.Namespace {
			return false, err
		}
	}
	if f.TagKey == "" {
		return true, nil
	}
	value, found, err := r.ExecutionTag(ctx, id, f.TagKey)
	return found && value == f.TagValue, err
}

// ExecutionEvent is an event of a subscription.
type ExecutionEvent interface {
	Completion | SignalEvent | LeaseChange
	about() ExecutionID
}

func (c Completion) about() ExecutionID  { return c.Execution }
func (s SignalEvent) about() ExecutionID { return s.Execution }
func (l LeaseChange) about() ExecutionID { return l.Execution }

// filterRetry is the wait before an execution is looked up again that could not be read.
const filterRetry = 250 * time.Millisecond

// FilterEvents passes on the events that the filter admits, and those that are about no execution: a loss, or an entry that does not
// decode. An execution that cannot be read is asked for again, nothing is dropped for that. The channel closes after events
// does, or when ctx ends. Errors are CodeInvalidInput, for a tag name outside the rule.
func FilterEvents[E ExecutionEvent](ctx context.Context, r FilterReader, f EventFilter, events <-chan E) (<-chan E, error) {
	if f.TagKey != "" {
		if err := CheckTagKey(f.TagKey); err != nil {
			return nil, Invalid("filter_events", err.Error())
		}
	}
	if f.IsZero() {
		return events, nil
	}
	admitted := make(chan E)
	go func() {
		defer close(admitted)
		for event := range events {
			if !f.admitsEvent(ctx, r, event.about()) {
				continue
			}
			select {
			case admitted <- event:
			case <-ctx.Done():
				return
			}
		}
	}()
	return admitted, nil
}

// admitsEvent looks an execution up until the server answers; not admitted when ctx ends first.
func (f EventFilter) admitsEvent(ctx context.Context, r FilterReader, id ExecutionID) bool {
	if id == "" {
		return true
	}
	for {
		admitted, err := f.Admits(ctx, r, id)
		if !errors.Is(err, ClassTransport) {
			return admitted
		}
		timer := time.NewTimer(filterRetry)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return false
		}
	}
}

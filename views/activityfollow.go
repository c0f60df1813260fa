package views

import (
	"context"
	"strings"
	"time"

	"ffboard/engine"
	"ffboard/theme"
)

// ActivityEvent is one thing that happened, for those who show it without the board. Texts are strangers'.
type ActivityEvent struct {
	At        time.Time          `json:"at"`
	Kind      string             `json:"kind"`
	What      string             `json:"what"`
	Execution engine.ExecutionID `json:"execution,omitempty"`
	Flow      engine.FlowID      `json:"flow,omitempty"`
	Detail    string             `json:"detail,omitempty"`
}

// Words are the event on one line.
func (e *ActivityEvent) Words() theme.Text {
	words := []theme.Text{Clock(e.At), theme.Clean(e.Kind), theme.Clean(e.What)}
	for _, more := range []string{string(e.Execution), string(e.Flow), e.Detail} {
		if more != "" {
			words = append(words, theme.Clean(more))
		}
	}
	return theme.Join(words, "  ")
}

// FollowActivity hands on what happens, as the activity view shows it, until ctx ends or take fails. query narrows it as `/` does there.
func FollowActivity(ctx context.Context, e Engine, query string, take func(ActivityEvent) error) error {
	var narrow Filter
	narrow.Set(query)
	feed := &activityFeed{}
	defer feed.close()
	for {
		batch, err := feed.fetch(ctx, e)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		for _, a := range batch.(activityBatch).events {
			if !narrow.Match(a.text()) {
				continue
			}
			if err := take(ActivityEvent{a.at, string(a.kind), a.what, a.execution, a.flow, a.detail}); err != nil {
				return err
			}
		}
	}
}

// text is what a filter looks at.
func (a *activityEvent) text() string {
	return strings.Join([]string{string(a.kind), a.what, a.detail, string(a.execution), string(a.flow)}, " ")
}

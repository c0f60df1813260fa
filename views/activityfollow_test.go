package views

import (
	"errors"
	"strings"
	"testing"

	"ffboard/engine"
	"ffboard/views/viewstest"
)

func TestActivityIsHandedOnWithoutAScreen(t *testing.T) {
	e := viewstest.Canned()
	e.Feeds.Completions = make(chan engine.Completion, 2)
	e.Feeds.Completions <- engine.Completion{Execution: viewstest.ExecutionID(1), Flow: viewstest.FlowID(0), Outcome: "success", At: viewstest.Now}
	e.Feeds.Completions <- engine.Completion{Execution: viewstest.ExecutionID(2), Outcome: "failed\x1b[2J", At: viewstest.Now}
	enough := errors.New("enough")
	var got ActivityEvent
	err := FollowActivity(t.Context(), e, "failed", func(a ActivityEvent) error {
		got = a
		return enough
	})
	if err != enough || got.Execution != viewstest.ExecutionID(2) || got.Kind != "completion" {
		t.Fatalf("%+v, %v", got, err)
	}
	if line := string(got.Words()); strings.Contains(line, "\x1b") || !strings.Contains(line, string(viewstest.ExecutionID(2))) {
		t.Errorf("%q", line)
	}
	subscriptions(t, e, 0)
}

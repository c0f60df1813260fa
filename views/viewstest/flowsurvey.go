package viewstest

import (
	"context"

	"ffboard/engine"
)

// SurveyFlow answers from FlowsByID, all of it at once.
func (e *Engine) SurveyFlow(_ context.Context, q engine.FlowSurveyQuery) (*engine.FlowSurvey, error) {
	e.Lock()
	defer e.Unlock()
	err := e.record("SurveyFlow", q.Flow)
	detail := e.FlowsByID[q.Flow]
	if detail == nil || err != nil {
		return nil, err
	}
	return Surveyed(detail), nil
}

// Surveyed is a survey that has read all of a flow.
func Surveyed(d *engine.FlowDetail) *engine.FlowSurvey {
	return &engine.FlowSurvey{FlowDetail: *d, Size: len(d.Members) + d.Truncated, Beyond: d.Truncated, Wired: len(d.Members),
		Confirmed: Now, At: Now}
}

func (e *Engine) ExecutionSpans(_ context.Context, ids []engine.ExecutionID) ([]engine.ExecutionSpans, error) {
	e.Lock()
	defer e.Unlock()
	var spans []engine.ExecutionSpans
	for _, id := range ids {
		spans = append(spans, e.Spans[id])
	}
	return spans, e.record("ExecutionSpans", len(ids))
}

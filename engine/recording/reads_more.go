package recording

import (
	"context"
	"errors"

	"ffboard/engine"
)

// AttachedExecutions answers with a list and how many there are in all.
func (r *reads) AttachedExecutions(ctx context.Context, p engine.Partition, id string, limit int) ([]engine.ExecutionRow, int, error) {
	rows, err := told(ctx, r.from, ask("AttachedExecutions", p.Tag(), id), func() (a engine.LeaseRows, err error) {
		a.Rows, a.Total, err = r.Attached.AttachedExecutions(ctx, p, id, limit)
		return a, err
	})
	return rows.Rows, rows.Total, err
}

// SurveyFlow with the edges is another question than without: the survey without them may be complete long before. In a replay the one
// stands in for the other.
func (r *reads) SurveyFlow(ctx context.Context, q engine.FlowSurveyQuery) (*engine.FlowSurvey, error) {
	survey, err := told(ctx, r.from, ask("SurveyFlow", q.Flow, q.Edges), func() (*engine.FlowSurvey, error) { return r.Attached.SurveyFlow(ctx, q) })
	if !errors.Is(err, engine.ClassNotRecorded) {
		return survey, err
	}
	return told(ctx, r.from, ask("SurveyFlow", q.Flow, !q.Edges), func() (*engine.FlowSurvey, error) { return nil, err })
}

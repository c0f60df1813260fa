package engine

import "context"

// FlowSurveyor

func (g *readOnly) SurveyFlow(ctx context.Context, q FlowSurveyQuery) (*FlowSurvey, error) {
	return g.b.SurveyFlow(ctx, q)
}

func (g *readOnly) ExecutionSpans(ctx context.Context, ids []ExecutionID) ([]ExecutionSpans, error) {
	return g.b.ExecutionSpans(ctx, ids)
}

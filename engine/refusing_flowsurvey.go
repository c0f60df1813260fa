package engine

import "context"

// FlowSurveyor

func (r Refusing) SurveyFlow(context.Context, FlowSurveyQuery) (*FlowSurvey, error) {
	return nil, r.Refuse("SurveyFlow")
}

func (r Refusing) ExecutionSpans(context.Context, []ExecutionID) ([]ExecutionSpans, error) {
	return nil, r.Refuse("ExecutionSpans")
}

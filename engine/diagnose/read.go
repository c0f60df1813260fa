package diagnose

import (
	"context"
	"errors"
	"sync"

	"ffboard/engine"
)

// ReadExecution reads the facts around an execution and tells why it is where it is.
func ReadExecution(ctx context.Context, from engine.Diagnostician, id engine.ExecutionID) (Diagnosis, error) {
	facts, err := from.ExecutionFacts(ctx, id)
	if err != nil {
		return Diagnosis{}, err
	}
	return Execution(facts), nil
}

// ReadFlow does the same for a flow, with a closer look at one member of each group that holds it up. What fails of those looks is
// named in Unread.
func ReadFlow(ctx context.Context, from engine.Diagnostician, id engine.FlowID) (Diagnosis, error) {
	facts, err := from.FlowFacts(ctx, id)
	if err != nil {
		return Diagnosis{}, err
	}
	ids := Samples(facts)
	samples, problems := make([]Diagnosis, len(ids)), make([]error, len(ids))
	var looks sync.WaitGroup
	for i, member := range ids {
		looks.Go(func() {
			problems[i] = engine.Guard("diagnose", func() (err error) {
				samples[i], err = ReadExecution(ctx, from, member)
				return err
			})
		})
	}
	looks.Wait()
	d := Flow(facts, samples...)
	if err := errors.Join(problems...); err != nil {
		d.Unread = append(d.Unread, engine.Unread{What: "a closer look at members", Problem: engine.Explain(err)})
	}
	return d, nil
}

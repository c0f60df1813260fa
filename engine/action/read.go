package action

import (
	"context"
	"slices"
	"sync"

	"ffboard/engine"
)

// State is a target as it was read.
type State struct {
	Target
	Gone bool // there is no record of it

	Row    engine.ExecutionRow    // of an execution
	Detail *engine.Execution      // of an execution that is read alone; nil among many
	Around *engine.ExecutionEdges // of one in a flow that is read alone
	Record *engine.Flow           // of a flow
	Whole  *engine.FlowDetail     // of a flow that is read alone
	Worker *engine.Worker         // nil when it is not in the registry
	Usage  *engine.BudgetStatus   // of a budget
	Kids   []KidCount             // of a deployment
}

// KidCount is on how many partitions a kid signs.
type KidCount struct {
	Kid        string // "" where no secret is installed
	Partitions int
}

const (
	readsAtOnce = 16
	// mostWorkers is how many workers of a namespace are looked at.
	mostWorkers = 1000
	// mostMembers is how many members of a flow are read.
	mostMembers = 500
)

// Read reads targets of one kind as they are now, in their order. Many executions are read as rows in one pass, one of them in full.
func Read(ctx context.Context, b Backend, targets []Target) ([]*State, error) {
	states := make([]*State, len(targets))
	for i, t := range targets {
		states[i] = &State{Target: t}
	}
	if len(targets) > 0 && targets[0].Kind == Execution {
		return states, readExecutions(ctx, b, states)
	}
	err := each(ctx, states, func(ctx context.Context, s *State) error { return readOther(ctx, b, s) })
	if err == nil && len(states) == 1 && states[0].Kind == Flow && !states[0].Gone {
		states[0].Whole, err = b.FlowDetail(ctx, states[0].Flow, mostMembers)
	}
	return states, err
}

func readExecutions(ctx context.Context, b Backend, states []*State) error {
	ids := make([]engine.ExecutionID, len(states))
	for i, s := range states {
		ids[i] = s.Execution
	}
	rows, err := b.ExecutionRows(ctx, ids)
	if err != nil {
		return err
	}
	byID := make(map[engine.ExecutionID]engine.ExecutionRow, len(rows))
	for _, r := range rows {
		byID[r.ID] = r
	}
	for _, s := range states {
		row, found := byID[s.Execution]
		s.Row, s.Gone = row, !found || row.Missing
		if s.Row.ID == "" {
			s.Row.ID = s.Execution
		}
		if row.Flow != "" {
			s.Flow = row.Flow
		}
	}
	if len(states) != 1 || states[0].Gone {
		return nil
	}
	return readInFull(ctx, b, states[0])
}

func readInFull(ctx context.Context, b Backend, s *State) (err error) {
	if s.Detail, err = b.DescribeExecution(ctx, s.Execution); err != nil || s.Flow == "" {
		return err
	}
	s.Around, err = b.ExecutionEdges(ctx, s.Execution)
	return err
}

func readOther(ctx context.Context, b Backend, s *State) (err error) {
	switch s.Kind {
	case Flow:
		s.Record, err = b.DescribeFlow(ctx, s.Flow)
		s.Gone = s.Record == nil
	case Budget:
		s.Usage, err = b.BudgetStatus(ctx, s.Budget)
		s.Gone = s.Usage == nil
		if isNotFound(err) {
			s.Gone, err = true, nil
		}
	case Worker:
		err = readWorker(ctx, b, s)
	case Deployment:
		s.Kids, err = readKids(ctx, b)
	}
	return err
}

func readWorker(ctx context.Context, b Backend, s *State) error {
	page, err := b.ListWorkers(ctx, s.Namespace, "", mostWorkers)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(page.Items, func(w engine.Worker) bool { return w.Instance == s.Instance })
	if s.Gone = i < 0; !s.Gone {
		s.Worker = &page.Items[i]
	}
	return nil
}

// readKids counts the partitions by the kid that signs there, most first.
func readKids(ctx context.Context, b Backend) ([]KidCount, error) {
	partitions := slices.Collect(b.Partitions().FlowPartitions())
	signing := make([]string, len(partitions))
	places := make([]int, len(partitions))
	for i := range places {
		places[i] = i
	}
	err := each(ctx, places, func(ctx context.Context, i int) error {
		kids, err := b.ListSecretKids(ctx, partitions[i])
		if err == nil && len(kids) > 0 && kids[0].Current {
			signing[i] = kids[0].Kid
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(signing)
	var counts []KidCount
	for _, kid := range signing {
		if len(counts) == 0 || counts[len(counts)-1].Kid != kid {
			counts = append(counts, KidCount{Kid: kid})
		}
		counts[len(counts)-1].Partitions++
	}
	slices.SortStableFunc(counts, func(a, b KidCount) int { return b.Partitions - a.Partitions })
	return counts, nil
}

// each runs do for several items at once and returns the first error.
func each[T any](ctx context.Context, items []T, do func(context.Context, T) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var running sync.WaitGroup
	slots := make(chan struct{}, readsAtOnce)
	for _, item := range items {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			if ctx.Err() != nil {
				return
			}
			if err := engine.Guard("read", func() error { return do(ctx, item) }); err != nil {
				cancel(err)
			}
		})
	}
	running.Wait()
	return context.Cause(ctx)
}

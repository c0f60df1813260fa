package views

import (
	"context"
	"errors"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

// NewCancelExecution makes the dialog that cancels one execution.
func NewCancelExecution(c *Common, r engine.ExecutionRow) Dialog {
	d := &cancelDialog{c: c, title: "Cancel execution", about: executionAbout(c, &r), kinds: map[engine.ExecutionID]string{r.ID: r.Kind}}
	if !r.Missing && !r.State.Terminal() {
		d.preview = readImpact(c.Engine, []engine.ExecutionRow{r})
	}
	d.effect = func() [][]Cell { return executionEffect(c.Theme, &r) }
	d.verb = func() theme.Text {
		if r.Missing || r.State.Terminal() {
			return ""
		}
		return "cancel it"
	}
	d.waits = func() bool { return true }
	d.begin = func() tea.Cmd { return beginExecutionCancel(c.Engine, r.ID, d.reason.Value()) }
	return d
}

func beginExecutionCancel(e Engine, id engine.ExecutionID, reason string) tea.Cmd {
	return func() tea.Msg {
		run := startCancelling(func(ctx context.Context, progress func(engine.MemberOutcome)) error {
			progress(cancelOne(ctx, e, id, reason))
			return nil
		})
		return run.begun("execution "+ShortExecution(id), 1)
	}
}

// cancelOne cancels an execution; one that was over before is no failure.
func cancelOne(ctx context.Context, e Engine, id engine.ExecutionID, reason string) engine.MemberOutcome {
	ctx, cancel := context.WithTimeout(ctx, longestCall)
	defer cancel()
	before, err := e.CancelExecution(ctx, id, reason, engine.CancelByOperator)
	if errors.Is(err, engine.CodeExecutionNotActive) {
		return engine.MemberOutcome{Execution: id, Before: engine.PhaseTerminal, Cancelled: true, Already: true}
	}
	return engine.MemberOutcome{Execution: id, Before: before, Cancelled: err == nil, Err: err}
}

func executionAbout(c *Common, r *engine.ExecutionRow) [][]Cell {
	th := c.Theme
	state := memberState(th, r)
	lines := [][]Cell{
		{{theme.CleanTo(r.Kind, 24), th.Title}, {"  " + theme.CleanTo(string(r.ID), 48), th.Dim}},
		{state, {"  lane " + theme.CleanTo(string(r.Lane), 24), th.Dim}, {"  age " + Age(c.Now(), r.CreatedAt), th.Dim}},
	}
	if r.Flow != "" {
		lines = append(lines, []Cell{{"member of flow " + theme.CleanTo(string(r.Flow), 40), th.Dim}})
	}
	return lines
}

func executionEffect(th *theme.Theme, r *engine.ExecutionRow) [][]Cell {
	switch {
	case r.Missing:
		return [][]Cell{{{"its record is gone: there is nothing to cancel", th.Dim}}}
	case r.State.Terminal():
		return [][]Cell{{{"it has ended: there is nothing to cancel", th.Dim}}}
	}
	lines := [][]Cell{{{"cancels 1 execution; this cannot be undone", th.Warn}}}
	switch r.State {
	case engine.StateActive:
		holder := "its worker loses the lease: " + theme.CleanTo(string(r.WorkerInstance), 40)
		lines = append(lines, []Cell{{holder, th.Plain}})
	case engine.StateSuspended:
		lines = append(lines, []Cell{{"its waitpoints close: a signal that comes later is refused", th.Plain}})
	}
	return lines
}

// newCancelLosers makes the dialog that cancels members whose group was decided without them, for the reason that the engine
// gives.
func newCancelLosers(c *Common, f *flowDigest) *cancelDialog {
	th := c.Theme
	counts := tally{}
	d := &cancelDialog{c: c, title: "Cancel losers", fixed: true, kinds: map[engine.ExecutionID]string{}}
	for _, l := range f.losers {
		counts[l.State]++
		d.kinds[l.ID] = l.Kind
	}
	d.about = [][]Cell{
		{{theme.CleanTo(f.Flow.Kind, 40), th.Title}, {"  " + theme.CleanTo(string(f.Flow.ID), 40), th.Dim}},
		{{"Their group was decided without them and cancels the rest; nobody has done so.", th.Plain}},
	}
	d.effect = func() [][]Cell {
		return [][]Cell{
			append([]Cell{{"cancels " + Plural(len(f.losers), "member", "members") + ": ", th.Warn}}, counts.words(th)...),
			{{"this cannot be undone", th.Dim}},
		}
	}
	d.verb = func() theme.Text { return "cancel " + Plural(len(f.losers), "loser", "losers") }
	d.waits = func() bool { return true }
	d.begin = func() tea.Cmd { return beginLosersCancel(c.Engine, f) }
	return d
}

func beginLosersCancel(e Engine, f *flowDigest) tea.Cmd {
	return func() tea.Msg {
		run := startCancelling(func(ctx context.Context, progress func(engine.MemberOutcome)) error {
			for _, l := range f.losers {
				if err := ctx.Err(); err != nil {
					return err
				}
				progress(cancelOne(ctx, e, l.ID, l.reason))
			}
			return nil
		})
		return run.begun("losers of flow "+ShortFlow(f.Flow.ID), len(f.losers))
	}
}

package views

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/engine/action"
	"ffboard/theme"
)

// longestCall bounds the call that cancels the flow itself.
const longestCall = 30 * time.Second

// flowToCancel is what the dialog needs to know of a flow.
type flowToCancel struct {
	engine.Flow
	counts  tally // of the members that were read
	members int   // all of them
	kinds   map[engine.ExecutionID]string
}

// NewCancelFlow makes the dialog that cancels a flow. On one that was cancelled before, it does what that cancel left undone.
func NewCancelFlow(c *Common, d *engine.FlowDetail) Dialog {
	f := flowToCancel{Flow: d.Flow, counts: tallyOf(d.Members), members: len(d.Members) + d.Truncated, kinds: kindsOf(d.Members)}
	return newCancelFlow(c, f)
}

func cancelledFlowRow(r *engine.FlowRow) flowToCancel {
	return flowToCancel{Flow: r.Flow, counts: tally(r.ByState), members: r.Members}
}

func kindsOf(rows []engine.ExecutionRow) map[engine.ExecutionID]string {
	kinds := make(map[engine.ExecutionID]string, len(rows))
	for i := range rows {
		kinds[rows[i].ID] = rows[i].Kind
	}
	return kinds
}

// inLine tells the states that cancel_pending reaches: not at work, not suspended, not over.
func inLine(s engine.PublicState) bool {
	return !s.Terminal() && s != engine.StateActive && s != engine.StateSuspended
}

func notEnded(s engine.PublicState) bool { return !s.Terminal() }

// reached are the members that a policy cancels, by state.
func (f *flowToCancel) reached(p engine.FlowCancelPolicy) tally {
	switch p {
	case engine.CancelFlowAll:
		return f.counts.where(notEnded)
	case engine.CancelFlowPending:
		return f.counts.where(inLine)
	default:
		return tally{}
	}
}

var flowPolicies = []option{
	{theme.Text(engine.CancelFlowAll), "every member that has not ended is cancelled"},
	{theme.Text(engine.CancelFlowPending), "members in line are cancelled; those at work or suspended run on"},
	{theme.Text(engine.CancelFlowOnly), "the flow alone: members run on, and those in line still start"},
}

var flowWaits = []option{
	{"yes", "stay here and show what becomes of each member"},
	{"no", "close at once; the footer tells how it ended"},
}

func newCancelFlow(c *Common, f flowToCancel) *cancelDialog {
	policy := &choice{name: "policy", options: flowPolicies}
	wait := &choice{name: "wait", options: flowWaits}
	chosen := func() engine.FlowCancelPolicy { return engine.FlowCancelPolicy(policy.chosen().word) }
	d := &cancelDialog{c: c, title: "Cancel flow", about: f.about(c), choices: []*choice{policy, wait}, kinds: f.kinds,
		retried: "Those that failed are tried again by the engine's cancel reconciler, where one runs."}
	if f.State == engine.FlowCancelled {
		d.title, d.choices, d.fixed = "Finish cancelling flow", []*choice{wait}, true
		chosen = func() engine.FlowCancelPolicy { return engine.FlowCancelPolicy(f.CancelPolicy) }
	}
	d.effect = func() [][]Cell { return f.effect(c.Theme, chosen()) }
	d.verb = func() theme.Text { return f.verb(chosen()) }
	d.word = func() string { return action.ConfirmCancels(f.reached(chosen()).total()) }
	d.waits = func() bool { return wait.at == 0 }
	d.begin = func() tea.Cmd {
		// A flow that was cancelled before keeps its reason, whatever is sent.
		req := engine.CancelFlow{Flow: f.ID, Policy: chosen(), Reason: d.reason.Value(), Now: c.Now()}
		return beginFlowCancel(c.Engine, req)
	}
	return d
}

// beginFlowCancel cancels the flow itself and then its members in the background.
func beginFlowCancel(e Engine, req engine.CancelFlow) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), longestCall)
		defer cancel()
		flow, err := e.CancelFlow(ctx, req)
		if err != nil {
			return refused("flow "+ShortFlow(req.Flow), err)
		}
		run := startCancelling(func(ctx context.Context, progress func(engine.MemberOutcome)) error {
			return engine.CancelFlowMembers(ctx, e, flow, progress)
		})
		return run.begun(begunWords(flow), membersLookedAt(flow))
	}
}

// begunWords say what became of the flow itself.
func begunWords(f engine.CancelledFlow) theme.Text {
	words := "flow " + ShortFlow(f.Flow) + " cancelled (" + theme.CleanTo(f.Policy, 24) + ")"
	if f.AlreadyTerminal {
		words = "flow " + ShortFlow(f.Flow) + " had been cancelled (" + theme.CleanTo(f.Policy, 24) + ")"
	}
	return words
}

// membersLookedAt is how many outcomes will come.
func membersLookedAt(f engine.CancelledFlow) int {
	switch engine.FlowCancelPolicy(f.Policy) {
	case engine.CancelFlowAll, engine.CancelFlowPending:
		return len(f.Members)
	default:
		return 0
	}
}

// about names the flow and counts its members.
func (f *flowToCancel) about(c *Common) [][]Cell {
	th := c.Theme
	lines := [][]Cell{
		{{theme.CleanTo(f.Kind, 40), th.Title}, {"  " + theme.CleanTo(string(f.ID), 40), th.Dim}},
		append([]Cell{{Plural(f.members, "member", "members") + ": ", th.Plain}}, f.counts.words(th)...),
	}
	if f.members > f.counts.total() {
		uncounted := Count(f.members-f.counts.total()) + " of them are purged or were not read"
		lines = append(lines, []Cell{{uncounted, th.Dim}})
	}
	if f.State == engine.FlowCancelled {
		lines = append(lines, []Cell{{cancelledWords(c, &f.Flow), th.Warn}})
	}
	return lines
}

// effect says what a policy would do now.
func (f *flowToCancel) effect(th *theme.Theme, p engine.FlowCancelPolicy) [][]Cell {
	reached := f.reached(p)
	stays := f.counts.where(func(s engine.PublicState) bool { return notEnded(s) && reached[s] == 0 })
	var lines [][]Cell
	if n := reached.total(); n > 0 {
		lines = append(lines, append([]Cell{{"cancels " + Count(n) + " of " + Plural(f.members, "member", "members") + ": ", th.Warn}}, reached.words(th)...))
	} else {
		lines = append(lines, []Cell{{"cancels no member", th.Plain}})
	}
	if n := reached[engine.StateActive]; n > 0 {
		lines = append(lines, []Cell{{Plural(n, "of them is at work and loses", "of them are at work and lose") + " the lease with what was done", th.Plain}})
	}
	if n := stays.total(); n > 0 {
		lines = append(lines, append([]Cell{{Plural(n, "runs on", "run on") + ": ", th.Plain}}, stays.words(th)...))
	}
	if n := f.counts.ended(); n > 0 {
		lines = append(lines, []Cell{{Plural(n, "ended before and stays as it is", "ended before and stay as they are"), th.Dim}})
	}
	if f.State == engine.FlowCancelled {
		return append(lines, []Cell{{finishWords(p), th.Dim}})
	}
	return append(lines, []Cell{{"the flow takes no more members and edges; this cannot be undone", th.Dim}})
}

func finishWords(p engine.FlowCancelPolicy) theme.Text {
	switch p {
	case engine.CancelFlowAll:
		return "members that are over are taken off the list of those still to be cancelled"
	case engine.CancelFlowPending:
		return "the policy stands: it can no longer be made another"
	default:
		return "the policy stands and leaves members alone: cancel them one by one"
	}
}

// verb names what the button does.
func (f *flowToCancel) verb(p engine.FlowCancelPolicy) theme.Text {
	n := f.reached(p).total()
	switch {
	case f.State == engine.FlowCancelled && p != engine.CancelFlowAll && p != engine.CancelFlowPending:
		return ""
	case f.State == engine.FlowCancelled && n == 0:
		return "finish"
	case f.State == engine.FlowCancelled:
		return "cancel " + Plural(n, "member", "members")
	case n == 0:
		return "cancel the flow alone"
	default:
		return "cancel the flow and " + Plural(n, "member", "members")
	}
}

package views

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/engine/action"
	"ffboard/engine/diagnose"
	"ffboard/theme"
)

// remedyKey is the key of something that can be done from a diagnosis.
type remedyKey struct {
	kind    engine.RemedyKind
	binding key.Binding
}

// Keys of a diagnosis alone.
var (
	remedyReplayKey   = Bind("R", "replay", "R")
	remedyReclaimKey  = Bind("T", "take over", "T")
	remedyRevokeKey   = Bind("L", "revoke lease", "L")
	remedyResumeKey   = Bind("U", "resume", "U")
	remedyPriorityKey = Bind("P", "priority", "P")
	remedyBudgetKey   = Bind("B", "reset budget", "B")
	remedyUnblockKey  = Bind("N", "unblock", "N")
	remedyPromoteKey  = Bind("D", "promote", "D")
	remedyResolveKey  = Bind("O", "resolve", "O")
	remedyReindexKey  = Bind("I", "reindex", "I")
	remedyRestKey     = Bind("F", "finish the cancel", "F")
	remedyLosersKey   = Bind("L", "cancel losers", "L")
)

// remedyKeys are the keys of what can be done to an execution, or of what can be done to a flow. What a flow's diagnosis offers for
// its members is done by enter.
func remedyKeys(of diagnose.RefKind) []remedyKey {
	if of == diagnose.RefFlow {
		return []remedyKey{
			{engine.RemedyCancelFlow, Does(Keys.Cancel, "cancel flow")}, {engine.RemedyCancelMembers, remedyRestKey},
			{engine.RemedyAckCancels, remedyRestKey}, {engine.RemedyCancelLosers, remedyLosersKey},
		}
	}
	return []remedyKey{
		{engine.RemedySignal, Keys.Signal}, {engine.RemedyCancel, Keys.Cancel}, {engine.RemedyReplay, remedyReplayKey},
		{engine.RemedyReclaim, remedyReclaimKey}, {engine.RemedyRevoke, remedyRevokeKey}, {engine.RemedyResume, remedyResumeKey},
		{engine.RemedyPriority, remedyPriorityKey}, {engine.RemedyResetBudget, remedyBudgetKey}, {engine.RemedyUnblock, remedyUnblockKey},
		{engine.RemedyPromote, remedyPromoteKey}, {engine.RemedyResolve, remedyResolveKey}, {engine.RemedyRelease, remedyResolveKey},
		{engine.RemedyReindex, remedyReindexKey},
	}
}

// remedyName is the key of a remedy with its verb.
func remedyName(of diagnose.RefKind, r *engine.Remedy) theme.Text {
	verb := theme.CleanTo(remedyVerb(r.Kind), 14)
	for _, k := range remedyKeys(of) {
		if k.kind == r.Kind {
			return theme.Clean(k.binding.Help().Key) + " " + verb
		}
	}
	return "  " + verb
}

// remedyVerbs are what a remedy does, in a word or two.
var remedyVerbs = map[engine.RemedyKind]string{
	engine.RemedyPriority: "priority", engine.RemedyRevoke: "revoke lease", engine.RemedyReclaim: "take over", engine.RemedyReindex: "reindex",
	engine.RemedyResetBudget: "reset budget", engine.RemedyCancelFlow: "cancel flow", engine.RemedyCancelMembers: "cancel rest",
	engine.RemedyAckCancels: "acknowledge", engine.RemedyCancelLosers: "cancel losers", engine.RemedyStartWorker: "start worker",
	engine.RemedyStartEngine: "start engine",
}

func remedyVerb(k engine.RemedyKind) string {
	if verb := remedyVerbs[k]; verb != "" {
		return verb
	}
	return string(k)
}

// remedyActions are the actions that do a remedy, by their names on an execution.
var remedyActions = map[engine.RemedyKind]string{
	engine.RemedyCancel: action.NameCancel, engine.RemedyReplay: "replay", engine.RemedyPriority: "priority", engine.RemedyRevoke: "revoke-lease",
	engine.RemedyReclaim: "reclaim", engine.RemedyResume: "resume", engine.RemedyUnblock: "unblock", engine.RemedyPromote: "promote",
	engine.RemedyRelease: "resolve", engine.RemedyResolve: "resolve", engine.RemedyReindex: "reindex",
}

// remedyAction is the action that does a remedy and what it is done to; nil where there is none of that kind.
func remedyAction(r *engine.Remedy) (*action.Action, action.Target) {
	switch r.Kind {
	case engine.RemedyCancelFlow, engine.RemedyCancelMembers, engine.RemedyAckCancels: // a repeated cancel does what the first left
		return action.Named(action.Flow, action.NameCancel), flowTarget(r.Flow)
	case engine.RemedyCancelLosers:
		return action.Named(action.Flow, "cancel-losers"), flowTarget(r.Flow)
	case engine.RemedyResetBudget:
		return action.Named(action.Budget, "reset"), action.Target{Kind: action.Budget, Budget: r.Budget}
	default:
		return action.Named(action.Execution, remedyActions[r.Kind]), action.Target{Kind: action.Execution, Execution: r.Execution, Flow: r.Flow}
	}
}

// remedyDialog makes the dialog that does a remedy; nil where there is none.
func remedyDialog(c *Common, r *engine.Remedy) Dialog {
	if r.Kind == engine.RemedySignal {
		return NewSignal(c, r.Execution)
	}
	if a, target := remedyAction(r); a != nil {
		return newActionDialog(c, a, []action.Target{target})
	}
	return nil
}

func remedyOpens(r *engine.Remedy) bool {
	a, _ := remedyAction(r)
	return a != nil || r.Kind == engine.RemedySignal
}

// remedyOf is the first remedy of a kind.
func (v *Why) remedyOf(k engine.RemedyKind) *engine.Remedy {
	if v.told == nil {
		return nil
	}
	for i := range v.told.Remedies {
		if r := &v.told.Remedies[i]; r.Kind == k {
			return r
		}
	}
	return nil
}

// refOpens tells whether refView has a view for it.
func refOpens(r diagnose.Ref) bool {
	switch r.Kind {
	case diagnose.RefExecution, diagnose.RefEdges, diagnose.RefFlow, diagnose.RefLane, diagnose.RefWorker, diagnose.RefBudget, diagnose.RefQuota:
		return true
	default:
		return false
	}
}

// refView makes the view of what a piece of evidence is about; nil where there is none. A worker, a budget and a quota are shown in
// their lists, where everything else about them stands.
func refView(c *Common, r diagnose.Ref) View {
	switch r.Kind {
	case diagnose.RefExecution:
		return NewExecution(c, engine.ExecutionID(r.ID))
	case diagnose.RefEdges:
		return NewEdges(c, r.Flow, engine.ExecutionID(r.ID))
	case diagnose.RefFlow:
		return NewFlow(c, engine.FlowID(r.ID))
	case diagnose.RefLane:
		return NewLaneExecutions(c, engine.LaneID(r.ID), r.Index)
	case diagnose.RefWorker:
		v := NewWorkers(c)
		v.SetFilter(r.ID)
		return v
	case diagnose.RefBudget, diagnose.RefQuota:
		v := NewBudgets(c)
		if r.Kind == diagnose.RefQuota {
			v.tabs.at = 1
		}
		v.SetFilter(r.ID)
		return v
	default:
		return nil
	}
}

// open answers the keys that lead elsewhere; nil when the key means nothing of the kind.
func (v *Why) open(msg tea.Msg) tea.Cmd {
	switch {
	case v.told == nil:
		return nil
	case Pressed(msg, Keys.Enter):
		return v.openSelected()
	case Pressed(msg, Keys.Why):
		return v.whySelected()
	case Pressed(msg, whyDetailKey):
		return Send(Push{refView(v.c, diagnose.Ref{Kind: v.told.Kind, ID: v.told.ID})})
	case Pressed(msg, Keys.Edges):
		return Send(Push{NewEdges(v.c, v.flow, v.execution)})
	case Pressed(msg, Keys.Actions):
		return Send(Ask{NewActions(v.c, v.target())})
	case Pressed(msg, Keys.Tail) && v.execution != "":
		return Send(Push{NewTail(v.c, engine.StreamRef{Execution: v.execution})})
	}
	for _, k := range remedyKeys(v.about()) {
		if r := v.remedyOf(k.kind); r != nil && Pressed(msg, v.c.Write(k.binding)) {
			return v.offer(r)
		}
	}
	return nil
}

// target is what all actions of the menu are done to.
func (v *Why) target() action.Target {
	if v.flow != "" {
		return flowTarget(v.flow)
	}
	return action.Target{Kind: action.Execution, Execution: v.execution}
}

func (v *Why) openSelected() tea.Cmd {
	r := v.selected()
	switch {
	case r == nil:
		return nil
	case r.remedy != nil:
		return v.offer(r.remedy)
	default:
		if !refOpens(r.ref) {
			return nil
		}
		return Send(Push{refView(v.c, r.ref)})
	}
}

// whySelected asks the same of the execution or the flow that the selected row is about.
func (v *Why) whySelected() tea.Cmd {
	r := v.selected()
	if r == nil {
		return nil
	}
	switch {
	case r.ref.Kind == diagnose.RefExecution && engine.ExecutionID(r.ref.ID) != v.execution:
		return Send(Push{NewWhy(v.c, engine.ExecutionID(r.ref.ID))})
	case r.ref.Kind == diagnose.RefFlow && engine.FlowID(r.ref.ID) != v.flow:
		return Send(Push{NewFlowWhy(v.c, engine.FlowID(r.ref.ID))})
	default:
		return nil
	}
}

// offer opens the dialog of a remedy.
func (v *Why) offer(r *engine.Remedy) tea.Cmd {
	if v.c.ReadOnly && r.Kind.Writes() {
		return Send(Said{Text: "read-only: nothing is changed", Error: true})
	}
	if d := remedyDialog(v.c, r); d != nil {
		return Send(Ask{d})
	}
	return Send(Said{Text: "that is not done from here: " + theme.CleanTo(r.Words, 80), Error: true})
}

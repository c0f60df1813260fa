package action

import "slices"

var registry = []*Action{
	cancelExecution, sendSignal, resume, replay, changePriority, revokeLease, grantReclaim, unblock, promote, resolve, reindex, setPolicy, tagExecution,
	cancelFlow, cancelLosers, tagFlow,
	markWorkerDead,
	resetBudget,
	rotateSecret,
}

// Names of actions that a dashboard has forms of its own for.
const (
	NameCancel = "cancel"
	NameSignal = "signal"
	NameRotate = "rotate-secret"
)

// For lists the actions on a kind of thing, in the order of a menu.
func For(k Kind) []*Action {
	return slices.DeleteFunc(slices.Clone(registry), func(a *Action) bool { return a.Kind != k })
}

// Named finds an action on a kind of thing; nil when there is none.
func Named(k Kind, name string) *Action {
	for _, a := range registry {
		if a.Kind == k && a.Name == name {
			return a
		}
	}
	return nil
}

// Kinds are all kinds of things.
func Kinds() []Kind { return []Kind{Execution, Flow, Worker, Budget, Deployment} }

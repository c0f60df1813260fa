package views

import (
	"context"

	"ffboard/engine"
	"ffboard/theme"
)

// SuspendedGroup lists the executions that wait for the same.
type SuspendedGroup struct {
	*Suspended
	key   engine.SignalGroupKey
	title theme.Text
}

// NewSuspendedGroup makes the list of a group's executions, soonest timeout first.
func NewSuspendedGroup(c *Common, group *engine.SignalGroup) *SuspendedGroup {
	title := conditionWords(&group.Condition)
	if group.Fault != "" {
		title = "nothing that can be told"
	}
	list := NewSuspended(c)
	list.group = true
	return &SuspendedGroup{Suspended: list, key: group.Key, title: "waits for " + theme.CleanTo(string(title), 32)}
}

func (v *SuspendedGroup) Title() theme.Text { return v.title }

func (v *SuspendedGroup) Need() Need {
	key := v.key
	return Need{Key: "suspended group " + string(key), Every: suspendedEvery, Fetch: func(ctx context.Context, e Engine) (any, error) {
		return e.SignalGroupRows(ctx, key, mostSuspended)
	}}
}

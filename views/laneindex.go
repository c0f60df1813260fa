package views

import (
	"ffboard/engine"
	"ffboard/theme"
)

// laneIndexLook is how an index of a lane is named in a column and in a sentence, and which state its members look like.
type laneIndexLook struct {
	index   engine.LaneIndex
	heading theme.Text // of a column
	word    theme.Text // of a tab
	look    theme.State
	width   int // of the column
	drop    int
	sortKey string
}

// laneIndexes are all ten in the engine's order.
var laneIndexes = []laneIndexLook{
	{engine.IndexEligible, "WAIT", "waiting", theme.Waiting, 7, 0, "W"},
	{engine.IndexActive, "ACTIVE", "active", theme.Running, 6, 0, "A"},
	{engine.IndexSuspended, "SUSP", "suspended", theme.Suspended, 5, 0, "S"},
	{engine.IndexDelayed, "DELAY", "delayed", theme.Delayed, 5, 4, "D"},
	{engine.IndexBlockedDependencies, "CHILD", "children", theme.Blocked, 6, 5, "C"},
	{engine.IndexBlockedBudget, "BUDGET", "budget", theme.Limited, 6, 6, "B"},
	{engine.IndexBlockedQuota, "QUOTA", "quota", theme.Limited, 5, 6, "Q"},
	{engine.IndexBlockedRoute, "ROUTE", "route", theme.Cancelled, 5, 6, "R"},
	{engine.IndexBlockedOperator, "OPER", "operator", theme.Cancelled, 4, 6, "O"},
	{engine.IndexTerminal, "ENDED", "ended", theme.Done, 7, 3, "E"},
}

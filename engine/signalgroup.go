package engine

import (
	"context"
	"encoding/json"
	"slices"
	"time"
)

// SignalBoard tells what suspended executions wait for. There is no index by signal, so it keeps what it has read of each suspension:
// a call looks at a few partitions and reads what is new there, and what a call costs does not grow with the deployment.
type SignalBoard interface {
	SignalGroups(ctx context.Context) (SignalGroups, error)
	// SignalGroupRows lists executions of a group, soonest timeout first, at most limit. Total counts the group.
	SignalGroupRows(ctx context.Context, key SignalGroupKey, limit int) (SuspendedRows, error)
}

// SignalGroups are the suspended executions by what they wait for, the largest group first.
type SignalGroups struct {
	Groups []SignalGroup
	Read   int // suspensions that were read
	Of     int // executions in the indexes, as far as they were looked at
	// Partitions that were looked at so far, fewer than all only during the first turn.
	Covered, Partitions int
}

// SignalGroupKey identifies a group.
type SignalGroupKey string

// SignalGroup is everything that waits for the same.
type SignalGroup struct {
	Key       SignalGroupKey
	Condition ResumeCondition // without waitpoint keys
	Fault     SignalFault     // set: there is no condition to speak of
	Count     int
	Oldest    time.Time // the first of them to fall asleep
	Soonest   time.Time // the next timeout; zero: none has one
	Endless   int       // those that no timeout ends
}

// SignalFault is why it cannot be told what an execution waits for.
type SignalFault string

const (
	FaultNoSuspension SignalFault = "missing"    // its record is gone
	FaultUnreadable   SignalFault = "unreadable" // the record does not decode
	FaultOver         SignalFault = "over"       // the record says that the wait has ended
)

// GroupKey is the same for conditions that wait for the same, whichever waitpoints it comes by.
func (c ResumeCondition) GroupKey() SignalGroupKey {
	text, err := json.Marshal(c.WithoutWaitpoints())
	if err != nil {
		return SignalGroupKey(FaultUnreadable)
	}
	return SignalGroupKey(text)
}

// WithoutWaitpoints is the condition without the keys of its waitpoints, which differ from one execution to the next. Of a count, how
// many waitpoints there are stays.
func (c ResumeCondition) WithoutWaitpoints() ResumeCondition {
	c.Waitpoint = ""
	c.Names = slices.Clone(c.Names)
	if len(c.Waitpoints) > 0 {
		c.Waitpoints = make([]string, len(c.Waitpoints))
	}
	members := c.Members
	c.Members = nil
	for _, member := range members {
		c.Members = append(c.Members, member.WithoutWaitpoints())
	}
	return c
}

// SignalNames are the names that a condition mentions, each once.
func (c ResumeCondition) SignalNames() []string {
	var names []string
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range c.Names {
		add(name)
	}
	add(c.Matcher.Name)
	for _, member := range c.Members {
		for _, name := range member.SignalNames() {
			add(name)
		}
	}
	return names
}

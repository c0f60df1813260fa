package scanner

import (
	"context"
	"slices"
	"time"

	"ffboard/engine"
)

const (
	dueBatch  = 50   // members of one index taken at a time
	dueWindow = 6400 // how far into an index a pass looks past members that cannot be handled
)

// due does something to every member of an index whose time has passed. Six scanners are one of these.
type due struct {
	s        *scope
	index    engine.DueIndex
	act      func(ctx context.Context, m engine.DueMember, lane engine.LaneID, now time.Time) error
	patrol   *patrol
	failures *failures
}

func newDue(s *scope, name string, index engine.DueIndex,
	act func(ctx context.Context, m engine.DueMember, lane engine.LaneID, now time.Time) error) *due {

	return &due{s: s, index: index, act: act, patrol: newPatrol(s, name), failures: newFailures()}
}

func (d *due) runOnce(ctx context.Context) (Report, error) {
	now, err := d.s.clock.Now(ctx)
	if err != nil {
		return Report{}, err
	}
	refs, err := d.refs(ctx)
	if err != nil {
		return Report{}, err
	}
	ripe, err := d.patrol.ripe(ctx, refs, now)
	if err != nil {
		return Report{}, err
	}
	var report Report
	for lane, partitions := range d.overdue(ctx, ripe, now, &report) {
		handled := d.handle(ctx, lane, partitions, now, &report)
		for _, p := range partitions {
			if handled[p] {
				d.patrol.busy(d.ref(p, lane), now)
				continue
			}
			d.patrol.quiet(d.ref(p, lane), now, time.Time{}) // leases that are marked and that nobody reclaims
		}
	}
	report.next = d.patrol.next()
	return report, nil
}

func (d *due) refs(ctx context.Context) ([]engine.IndexRef, error) {
	if d.index == engine.DueDelayed {
		return d.s.laneRefs(ctx, engine.IndexDelayed)
	}
	return d.s.flowRefs(engine.IndexName(d.index)), nil
}

func (d *due) ref(p engine.Partition, lane engine.LaneID) engine.IndexRef {
	return engine.IndexRef{Partition: p, Lane: lane, Name: engine.IndexName(d.index)}
}

// overdue keeps those of the indexes in which something is due, as partitions by lane.
func (d *due) overdue(ctx context.Context, ripe []engine.IndexRef, now time.Time, report *Report) map[engine.LaneID][]engine.Partition {
	overdue := map[engine.LaneID][]engine.Partition{}
	for _, ref := range d.patrol.overdue(ctx, d.s.b, ripe, now, 0, report) {
		overdue[ref.Lane] = append(overdue[ref.Lane], ref.Partition)
	}
	return overdue
}

// handle acts on all that is due in some partitions, a batch of each at a time, and tells in which there was something. What stays
// in the index although it was handled, or is left alone, must not hide what stands behind it: the batch grows past it.
func (d *due) handle(ctx context.Context, lane engine.LaneID, partitions []engine.Partition, now time.Time, report *Report) map[engine.Partition]bool {
	handled := map[engine.Partition]bool{}
	tried := map[engine.DueMember]bool{}
	remaining := slices.Clone(partitions)
	for batch := dueBatch; len(remaining) > 0 && batch <= dueWindow && ctx.Err() == nil; {
		members, unread := d.s.b.Due(ctx, remaining, d.index, lane, now, batch)
		for p, err := range unread {
			d.patrol.unreadable(d.ref(p, lane), err, report)
		}
		var fresh []engine.DueMember
		found := map[engine.Partition]int{}
		for _, m := range members {
			found[m.Partition]++
			if !tried[m] && !d.failures.rests(m.Member, now) {
				fresh = append(fresh, m)
				handled[m.Partition] = true
			}
			tried[m] = true
		}
		each(ctx, fresh, report, func(m engine.DueMember) (bool, error) { return true, d.try(ctx, m, lane, now) })
		remaining = slices.DeleteFunc(remaining, func(p engine.Partition) bool { return found[p] < batch || unread[p] != nil })
		if len(fresh) == 0 {
			batch *= 2
		}
	}
	return handled
}

// try acts on one member. What can be no id is taken out of the index: nothing else ever would.
func (d *due) try(ctx context.Context, m engine.DueMember, lane engine.LaneID, now time.Time) error {
	if !d.isID(m.Member) {
		d.s.log.Warn("index entry is no id, taking it out", "index", d.index, "partition", m.Partition.Tag(), "entry", m.Member)
		return d.s.b.DropDue(ctx, m, d.index, lane)
	}
	err := d.act(ctx, m, lane, now)
	if rest := d.failures.note(m.Member, err, now); rest > 0 {
		d.s.log.Error("keeps failing, leaving it alone for a while", "scanner", d.patrol.name, "item", m.Member, "for", rest, "error", err)
	}
	return err
}

func (d *due) isID(member string) bool {
	if d.index == engine.DuePendingWaitpoint {
		_, err := engine.ParseWaitpointID(member)
		return err == nil
	}
	_, err := engine.ParseExecutionID(member)
	return err == nil
}

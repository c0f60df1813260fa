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
	now, err := d.s.clock.now(ctx)
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
	overdue, err := d.overdue(ctx, ripe, now)
	if err != nil {
		return Report{}, err
	}
	d.failures.begin()
	var report Report
	for lane, partitions := range overdue {
		handled, err := d.handle(ctx, lane, partitions, now, &report)
		if err != nil {
			return report, err
		}
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
func (d *due) overdue(ctx context.Context, ripe []engine.IndexRef, now time.Time) (map[engine.LaneID][]engine.Partition, error) {
	if len(ripe) == 0 {
		return nil, nil
	}
	earliest, err := d.s.b.Earliest(ctx, ripe)
	if err != nil {
		return nil, err
	}
	overdue := map[engine.LaneID][]engine.Partition{}
	for i, ref := range ripe {
		switch {
		case earliest[i].IsZero():
			d.patrol.empty(ref)
		case earliest[i].After(now):
			d.patrol.quiet(ref, now, earliest[i])
		default:
			overdue[ref.Lane] = append(overdue[ref.Lane], ref.Partition)
		}
	}
	return overdue, nil
}

// handle acts on all that is due in some partitions, a batch of each at a time, and tells in which there was something. What stays
// in the index although it was handled, or is left alone, must not hide what stands behind it: the batch grows past it.
func (d *due) handle(ctx context.Context, lane engine.LaneID, partitions []engine.Partition, now time.Time, report *Report) (
	handled map[engine.Partition]bool, err error) {

	handled = map[engine.Partition]bool{}
	tried := map[engine.DueMember]bool{}
	remaining := slices.Clone(partitions)
	for batch := dueBatch; len(remaining) > 0 && batch <= dueWindow && ctx.Err() == nil; {
		members, err := d.s.b.Due(ctx, remaining, d.index, lane, now, batch)
		if err != nil {
			return handled, err
		}
		var fresh []engine.DueMember
		found := map[engine.Partition]int{}
		for _, m := range members {
			found[m.Partition]++
			if !tried[m] && !d.failures.rests(m.Member) {
				fresh = append(fresh, m)
				handled[m.Partition] = true
			}
			tried[m] = true
		}
		each(ctx, fresh, report, func(m engine.DueMember) (bool, error) { return true, d.try(ctx, m, lane, now) })
		remaining = slices.DeleteFunc(remaining, func(p engine.Partition) bool { return found[p] < batch })
		if len(fresh) == 0 {
			batch *= 2
		}
	}
	return handled, nil
}

// try acts on one member. What can be no id is taken out of the index: nothing else ever would.
func (d *due) try(ctx context.Context, m engine.DueMember, lane engine.LaneID, now time.Time) error {
	if !d.isID(m.Member) {
		d.s.log.Warn("index entry is no id, taking it out", "index", d.index, "partition", m.Partition.Tag(), "entry", m.Member)
		return d.s.b.DropDue(ctx, m, d.index, lane)
	}
	err := d.act(ctx, m, lane, now)
	if d.failures.note(m.Member, err) {
		d.s.log.Error("keeps failing, leaving it alone for a while", "scanner", d.patrol.name, "item", m.Member, "error", err)
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

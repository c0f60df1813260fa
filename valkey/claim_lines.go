package valkey

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"ffboard/engine"
)

// claimLines remembers in which partitions a lane had somebody in line and how urgent the first was, so that claims look there first. It
// is a hint: claims look elsewhere as well, however much is remembered.
type claimLines struct {
	mu    sync.Mutex
	lanes map[engine.LaneID]*laneLines
}

// laneLines are the lines of a lane that held anything when they were last looked at; turn is which of them comes next by turns. surveyed:
// all partitions were asked once.
type laneLines struct {
	surveyed bool
	lines    []claimLine
	turn     int
	left     []leftLine
}

// claimLine is one line. score is of the first in it; of one that is unlooked at since something came it says nothing.
type claimLine struct {
	partition engine.Partition
	score     float64
	unlooked  bool
}

// leftLine is a line that something went out of.
type leftLine struct {
	partition     engine.Partition
	since, looked time.Time
}

// byUrgency orders what nobody has looked at before everything else.
func byUrgency(a, b claimLine) int {
	switch {
	case a.unlooked && b.unlooked:
		return 0
	case a.unlooked:
		return -1
	case b.unlooked:
		return 1
	}
	return cmp.Compare(a.score, b.score)
}

const (
	// nextStepSoon is how long a line is looked at as if it were urgent after something went out of it: the next step of a flow comes into
	// line where the one before it was, and goes before what has not begun yet. nextStepLate is how long it is looked at now and then.
	nextStepSoon = 50 * time.Millisecond
	nextStepLate = time.Second
)

// due tells whether it is time to look: the less often the longer ago it is that something went.
func (l leftLine) due(now time.Time) bool {
	ago := now.Sub(l.since)
	return ago < nextStepSoon || now.Sub(l.looked) > ago/3
}

// some are the home of a lane's flow-less work and others that had work lately, up to so many: one half the most urgent ones, so that what
// was begun is ended before more is begun, the other half by turns, for what is most urgent may be for other workers. Up to twice as many
// come with them that something went out of just before.
func (l *claimLines) some(lane engine.LaneID, home engine.Partition, most int) []engine.Partition {
	l.mu.Lock()
	defer l.mu.Unlock()
	of := l.of(lane)
	some := []engine.Partition{home}
	for _, line := range slices.SortedStableFunc(slices.Values(of.lines), byUrgency) {
		if len(some) > most/2 {
			break
		}
		if line.partition != home {
			some = append(some, line.partition)
		}
	}
	for range of.lines {
		if len(some) > most {
			break
		}
		of.turn = (of.turn + 1) % len(of.lines)
		if p := of.lines[of.turn].partition; !slices.Contains(some, p) {
			some = append(some, p)
		}
	}
	return of.addLeft(some, time.Now(), 2*most)
}

// addLeft adds up to so many lines that something went out of, for which it is time, those first that nobody has looked at for longest. How
// urgent what went was says nothing: the most urgent flows are those that have ended.
func (l *laneLines) addLeft(some []engine.Partition, now time.Time, most int) []engine.Partition {
	l.left = slices.DeleteFunc(l.left, func(line leftLine) bool { return now.Sub(line.since) > nextStepLate })
	slices.SortStableFunc(l.left, func(a, b leftLine) int { return a.looked.Compare(b.looked) })
	for i := range l.left {
		if line := &l.left[i]; most > 0 && line.due(now) && !slices.Contains(some, line.partition) {
			line.looked = now
			some = append(some, line.partition)
			most--
		}
	}
	return some
}

// surveyed tells whether it is known which lines of a lane hold anything, or was.
func (l *claimLines) surveyed(lane engine.LaneID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.of(lane).surveyed
}

// found notes which indexes of a lane hold anything, and tells of which the first is not known.
func (l *claimLines) found(lane engine.LaneID, occupied []engine.IndexRef) (unlooked []engine.IndexRef) {
	l.mu.Lock()
	defer l.mu.Unlock()
	of := l.of(lane)
	lines := make([]claimLine, len(occupied))
	for i, ref := range occupied {
		lines[i] = claimLine{partition: ref.Partition, unlooked: true}
		if known := lineAt(of.lines, ref.Partition); known >= 0 {
			lines[i] = of.lines[known]
		}
		if lines[i].unlooked {
			unlooked = append(unlooked, ref)
		}
	}
	of.lines, of.surveyed = lines, true
	return unlooked
}

// inOrder are some lines of a lane, the most urgent ones first.
func (l *claimLines) inOrder(lane engine.LaneID, refs []engine.IndexRef) []engine.IndexRef {
	l.mu.Lock()
	defer l.mu.Unlock()
	of := l.of(lane)
	line := func(ref engine.IndexRef) claimLine {
		if known := lineAt(of.lines, ref.Partition); known >= 0 {
			return of.lines[known]
		}
		return claimLine{unlooked: true}
	}
	return slices.SortedStableFunc(slices.Values(refs), func(a, b engine.IndexRef) int { return byUrgency(line(a), line(b)) })
}

// heads notes how urgent the first in line is.
func (l *claimLines) heads(ref engine.IndexRef, score float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	*l.of(ref.Lane).line(ref.Partition) = claimLine{partition: ref.Partition, score: score}
}

// changed notes that something may have come into a line.
func (l *claimLines) changed(ref engine.IndexRef) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of(ref.Lane).line(ref.Partition).unlooked = true
}

// emptied notes that an index holds nothing any more.
func (l *claimLines) emptied(ref engine.IndexRef) {
	l.mu.Lock()
	defer l.mu.Unlock()
	of := l.of(ref.Lane)
	if known := lineAt(of.lines, ref.Partition); known >= 0 {
		of.lines = slices.Delete(of.lines, known, known+1)
		of.leave(ref.Partition)
	}
}

// taken notes that something was claimed from an index.
func (l *claimLines) taken(ref engine.IndexRef) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of(ref.Lane).leave(ref.Partition)
}

func (l *laneLines) leave(p engine.Partition) {
	l.left = slices.DeleteFunc(l.left, func(line leftLine) bool { return line.partition == p })
	l.left = append(l.left, leftLine{partition: p, since: time.Now()})
}

// of are the lines of a lane; l is locked.
func (l *claimLines) of(lane engine.LaneID) *laneLines {
	if l.lanes == nil {
		l.lanes = map[engine.LaneID]*laneLines{}
	}
	if l.lanes[lane] == nil {
		l.lanes[lane] = &laneLines{}
	}
	return l.lanes[lane]
}

// line is the line of a partition.
func (l *laneLines) line(p engine.Partition) *claimLine {
	if known := lineAt(l.lines, p); known >= 0 {
		return &l.lines[known]
	}
	l.lines = append(l.lines, claimLine{partition: p})
	return &l.lines[len(l.lines)-1]
}

// lineAt is where a partition stands, -1 if nowhere.
func lineAt(lines []claimLine, p engine.Partition) int {
	return slices.IndexFunc(lines, func(line claimLine) bool { return line.partition == p })
}

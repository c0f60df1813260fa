package valkey

import (
	"cmp"
	"math"
	"slices"
	"sync"

	"ffboard/engine"
)

// claimLines remembers in which partitions a lane had somebody in line and how urgent the first was, so that claims look there first. It
// is a hint: claims look elsewhere as well, however much is remembered.
type claimLines struct {
	mu    sync.Mutex
	lanes map[engine.LaneID]*laneLines
}

// laneLines are the lines of a lane that held anything when they were last looked at; turn is which of them comes next by turns.
type laneLines struct {
	lines []claimLine
	turn  int
}

type claimLine struct {
	partition engine.Partition
	score     float64 // of the first in line
}

// unlookedAt is the score of a line that nobody has looked at since something came: before all others.
var unlookedAt = math.Inf(-1)

// some are the home of a lane's flow-less work and up to so many others that had work lately: one half the most urgent ones, so that what
// was begun is ended before more is begun, the other half by turns, for what is most urgent may be for other workers.
func (l *claimLines) some(lane engine.LaneID, home engine.Partition, most int) []engine.Partition {
	l.mu.Lock()
	defer l.mu.Unlock()
	some := []engine.Partition{home}
	of := l.of(lane)
	byUrgency := slices.SortedStableFunc(slices.Values(of.lines), func(a, b claimLine) int { return cmp.Compare(a.score, b.score) })
	for _, line := range byUrgency {
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
	return some
}

// found notes which indexes of a lane hold anything.
func (l *claimLines) found(lane engine.LaneID, occupied []engine.IndexRef) {
	l.mu.Lock()
	defer l.mu.Unlock()
	of := l.of(lane)
	lines := make([]claimLine, len(occupied))
	for i, ref := range occupied {
		lines[i] = claimLine{ref.Partition, unlookedAt}
		if known := of.at(ref.Partition); known >= 0 {
			lines[i].score = of.lines[known].score
		}
	}
	of.lines = lines
}

// heads notes how urgent the first in line is; unlookedAt: something may have come.
func (l *claimLines) heads(ref engine.IndexRef, score float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	of := l.of(ref.Lane)
	if known := of.at(ref.Partition); known >= 0 {
		of.lines[known].score = score
		return
	}
	of.lines = append(of.lines, claimLine{ref.Partition, score})
}

// emptied notes that an index holds nothing any more.
func (l *claimLines) emptied(ref engine.IndexRef) {
	l.mu.Lock()
	defer l.mu.Unlock()
	of := l.of(ref.Lane)
	if known := of.at(ref.Partition); known >= 0 {
		of.lines = slices.Delete(of.lines, known, known+1)
	}
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

// at is where a partition stands, -1 if nowhere.
func (l *laneLines) at(p engine.Partition) int {
	return slices.IndexFunc(l.lines, func(line claimLine) bool { return line.partition == p })
}

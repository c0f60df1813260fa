package views

import (
	"cmp"
	"maps"
	"slices"

	"ffboard/engine"
	"ffboard/theme"
)

// tally counts executions by state. Words that nobody should have written count like any other.
type tally map[engine.PublicState]int

// tallyOrder is the order in which a bar and a list of counts show states: what has ended, what runs, what waits.
var tallyOrder = []engine.PublicState{
	engine.StateCompleted, engine.StateSkipped, engine.StateFailed, engine.StateExpired, engine.StateCancelled, engine.StateActive,
	engine.StateSuspended, engine.StateResumable, engine.StateWaiting, engine.StateDelayed, engine.StateRateLimited,
	engine.StateWaitingChildren,
}

// tallyOf counts rows; a purged one has no state and is left out.
func tallyOf(rows []engine.ExecutionRow) tally {
	t := tally{}
	for i := range rows {
		if !rows[i].Missing {
			t[rows[i].State]++
		}
	}
	return t
}

func (t tally) total() int {
	n := 0
	for _, count := range t {
		n += count
	}
	return n
}

// where counts the states for which in holds.
func (t tally) where(in func(engine.PublicState) bool) tally {
	kept := tally{}
	for s, n := range t {
		if in(s) {
			kept[s] = n
		}
	}
	return kept
}

func (t tally) ended() int  { return t.where(engine.PublicState.Terminal).total() }
func (t tally) failed() int { return t[engine.StateFailed] + t[engine.StateExpired] }
func (t tally) active() int { return t[engine.StateActive] }

// waiting counts what has neither ended nor is at work.
func (t tally) waiting() int { return t.total() - t.ended() - t.active() }

// states are those with a count: the known ones in tallyOrder, then the others by their words.
func (t tally) states() []engine.PublicState {
	return slices.SortedFunc(maps.Keys(t), func(a, b engine.PublicState) int {
		return cmp.Or(cmp.Compare(tallyPlace(a), tallyPlace(b)), cmp.Compare(a, b))
	})
}

func tallyPlace(s engine.PublicState) int {
	if i := slices.Index(tallyOrder, s); i >= 0 {
		return i
	}
	return len(tallyOrder)
}

// mostWords is how many states a list of counts names; hostile data may hold any number of them.
const mostWords = 14

// words lists the counts: 3 completed · 1 active.
func (t tally) words(th *theme.Theme) []Cell {
	var cells []Cell
	for i, s := range t.states() {
		if i == mostWords {
			return append(cells, Cell{Text: " " + th.Glyphs.Ellipsis, Style: th.Dim})
		}
		if i > 0 {
			cells = append(cells, Cell{Text: " " + th.Glyphs.Dot + " ", Style: th.Dim})
		}
		cells = append(cells, Cell{Text: Count(t[s]) + " " + theme.CleanTo(string(s), 24), Style: th.StateStyle(StateLook(s))})
	}
	return cells
}

// bar draws the shares of the states with their glyphs, one cell or more for each state there is, as far as width allows.
func (t tally) bar(th *theme.Theme, width int) []Cell {
	states := t.states()
	counts := make([]int, len(states))
	for i, s := range states {
		counts[i] = t[s]
	}
	var cells []Cell
	for i, n := range shares(counts, width) {
		if n > 0 {
			look := StateLook(states[i])
			cells = append(cells, Cell{Text: th.StateGlyph(look).Repeat(n), Style: th.StateStyle(look)})
		}
	}
	return cells
}

// shares divides width among counts in their proportion. A count above zero gets a cell before any gets two. A total that fits is
// shown cell by cell.
func shares(counts []int, width int) []int {
	out := make([]int, len(counts))
	total := 0
	for _, n := range counts {
		total += max(n, 0)
	}
	width = min(width, total)
	left := width
	for i, n := range counts {
		if n > 0 && left > 0 {
			out[i], left = 1, left-1
		}
	}
	// The rest goes to whoever is furthest below his share.
	for ; left > 0; left-- {
		most, short := -1, 0.0
		for i, n := range counts {
			lacks := float64(n)*float64(width)/float64(total) - float64(out[i])
			if most < 0 || lacks > short {
				most, short = i, lacks
			}
		}
		out[most]++
	}
	return out
}

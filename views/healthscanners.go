package views

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"ffboard/engine"
	"ffboard/theme"
)

// scannerRow is one scanner: what the engines that run it say, all together, and what it has left undone as far as that is seen.
type scannerRow struct {
	name     string
	running  int // engines
	stuck    bool
	passed   bool          // every engine has made a pass
	lastPass time.Duration // how long before the engine's beat its last pass ended, the longest of the engines
	every    time.Duration
	took     time.Duration // the longest
	nextDue  time.Time

	examined, done, failed int
	allDone, allFailed     uint64
	problem                string

	late     engine.Overdue
	seen     bool       // late is known: what the scanner does is seen from outside
	undone   theme.Text // what late counts
	observed theme.Text // something else that is to be said
}

// lags are what the scanners leave undone when they do not run, by the scanners' names (spec 06 §12.8b).
var lags = map[string]struct {
	what theme.Text
	of   func(c *engine.Checkup) engine.Overdue
}{
	"lease_expiry": {"leases not marked", func(c *engine.Checkup) engine.Overdue {
		late := overdueOf(c, func(p *engine.PartitionHealth) engine.Overdue {
			if p.Unmarked == 0 {
				return engine.Overdue{}
			}
			return engine.Overdue{Count: p.Unmarked, Oldest: p.Overdue[engine.DueLeaseExpiry].Oldest}
		})
		return late.Overdue
	}},
	"delayed_promoter":   {"due and not promoted", ofIndex(engine.DueDelayed)},
	"attempt_timeout":    {"attempts too long", ofIndex(engine.DueAttemptTimeout)},
	"execution_deadline": {"deadlines passed", ofIndex(engine.DueDeadline)},
	"suspension_timeout": {"timeouts passed", ofIndex(engine.DueSuspensionTimeout)},
	"pending_wp_expiry":  {"waitpoints expired", ofIndex(engine.DuePendingWaitpoint)},
	"cancel_reconciler": {"flows owed cancels", func(c *engine.Checkup) engine.Overdue {
		return overdueOf(c, func(p *engine.PartitionHealth) engine.Overdue { return p.CancelBacklog }).Overdue
	}},
	"budget_reset": {"resets passed", func(c *engine.Checkup) engine.Overdue { return c.Resets }},
}

func ofIndex(due engine.DueIndex) func(c *engine.Checkup) engine.Overdue {
	return func(c *engine.Checkup) engine.Overdue { return overdueOf(c, ofDue(due)).Overdue }
}

const mostScannerName = 40 // cells

// scannerRows puts what engines say and what is seen together, by name.
func scannerRows(c *engine.Checkup, now time.Time) []scannerRow {
	rows := map[string]*scannerRow{}
	row := func(name string) *scannerRow {
		if rows[name] == nil {
			rows[name] = &scannerRow{name: name}
		}
		return rows[name]
	}
	for _, e := range live(c) {
		for i := range e.Scanners {
			row(beginning(e.Scanners[i].Name, mostScannerName)).add(e, &e.Scanners[i])
		}
	}
	for name, lag := range lags {
		r := row(name)
		r.late, r.seen, r.undone = lag.of(c), true, lag.what
	}
	observe(c, now, row)
	var all []scannerRow
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		all = append(all, *rows[name])
	}
	return all
}

func (r *scannerRow) add(e *engine.EngineBeat, s *engine.ScannerBeat) {
	r.passed = !s.LastPassAt.IsZero() && (r.passed || r.running == 0)
	r.running++
	r.lastPass = max(r.lastPass, e.At.Sub(lastSign(e, s)))
	r.stuck = r.stuck || stuck(e, s)
	r.every, r.took = max(r.every, s.Every), max(r.took, s.Took)
	if !s.NextDue.IsZero() && (r.nextDue.IsZero() || s.NextDue.Before(r.nextDue)) {
		r.nextDue = s.NextDue
	}
	r.examined, r.done, r.failed = r.examined+s.Examined, r.done+s.Done, r.failed+s.Failed
	r.allDone, r.allFailed = r.allDone+s.AllDone, r.allFailed+s.AllFailed
	r.problem = cmp.Or(r.problem, s.Problem)
}

// observe adds what is seen of scanners whose work has no due time.
func observe(c *engine.Checkup, now time.Time, row func(name string) *scannerRow) {
	groups, old := 0, 0
	var blocked time.Time
	for i := range c.Partitions {
		p := &c.Partitions[i]
		groups, old = groups+p.SiblingGroups, old+p.PastRetention
		if !p.OldestBlocked.IsZero() && (blocked.IsZero() || p.OldestBlocked.Before(blocked)) {
			blocked = p.OldestBlocked
		}
	}
	if groups > 0 {
		row("edge_cancel_dispatcher").observed = Plural(groups, "group", "groups") + " owed cancels"
	}
	if old > 0 {
		row("retention_trimmer").observed = Count(old) + " ended over a day ago"
	}
	if !blocked.IsZero() {
		row("unblock").observed = "longest blocked for " + Age(now, blocked)
	}
}

// state is the scanner's state in a word. Without an engine of ours only what it leaves undone can be seen.
func (r *scannerRow) state(th *theme.Theme) Cell {
	switch {
	case r.stuck:
		return Cell{Text: th.Glyphs.Cross + " stuck", Style: th.Bad}
	case r.late.Count > 0:
		return Cell{Text: th.Glyphs.Cross + " behind", Style: th.Bad}
	case r.problem != "":
		return Cell{Text: th.Glyphs.Alert + " broken off", Style: th.Warn}
	case r.failed > 0:
		return Cell{Text: th.Glyphs.Alert + " failing", Style: th.Warn}
	case r.running > 0:
		return Cell{Text: th.Glyphs.Check + " runs", Style: th.Good}
	case r.seen:
		return Cell{Text: th.Glyphs.Dot + " nothing due", Style: th.Dim}
	default:
		return Cell{Text: th.Glyphs.Dot + " not seen", Style: th.Dim}
	}
}

// trouble puts the scanners first that have something to say.
func (r *scannerRow) trouble() int {
	switch {
	case r.stuck:
		return 0
	case r.late.Count > 0:
		return 1
	case r.problem != "":
		return 2
	case r.failed > 0:
		return 3
	default:
		return 4
	}
}

func (r *scannerRow) note(now time.Time) theme.Text {
	switch {
	case r.problem != "":
		return theme.CleanTo(r.problem, 120)
	case r.late.Count > 0:
		return r.undone + ", the first by " + Age(now, r.late.Oldest)
	case r.observed != "":
		return r.observed
	case r.nextDue.After(now):
		return "next due in " + Until(now, r.nextDue)
	default:
		return ""
	}
}

// numberColumn is a column of counts in which 0 is dim.
func numberColumn[R any](c *Common, col Column[R], of func(r *R) int) Column[R] {
	col.Align = theme.Right
	col.Cell = func(r *R) Cell {
		n := of(r)
		cell := Cell{Text: Count(n)}
		if n == 0 {
			cell.Style = c.Theme.Dim
		}
		if cell.Text.Width() > col.Width {
			cell.Text = Brief(n)
		}
		return cell
	}
	col.Compare = func(a, b *R) int { return cmp.Compare(of(b), of(a)) }
	return col
}

func scannerTable(c *Common) *Table[scannerRow] {
	type column = Column[scannerRow]
	number := func(col column, of func(r *scannerRow) int) column { return numberColumn(c, col, of) }
	return &Table[scannerRow]{
		Columns: []column{
			{Title: "SCANNER", Width: 22, SortKey: "N", Sorts: "name",
				Cell:    func(r *scannerRow) Cell { return Cell{Text: theme.CleanTo(r.name, 40)} },
				Compare: func(a, b *scannerRow) int { return strings.Compare(a.name, b.name) }},
			{Title: "STATE", Width: 13, SortKey: "S", Sorts: "state, worst first",
				Cell:    func(r *scannerRow) Cell { return r.state(c.Theme) },
				Compare: func(a, b *scannerRow) int { return cmp.Compare(a.trouble(), b.trouble()) }},
			{Title: "LAST", Width: 4, Align: theme.Right, SortKey: "L", Sorts: "last pass, longest ago first",
				Cell: func(r *scannerRow) Cell {
					if !r.passed {
						return Cell{}
					}
					return Cell{Text: wholeSeconds(r.lastPass)}
				},
				Compare: func(a, b *scannerRow) int { return cmp.Compare(b.lastPass, a.lastPass) }},
			{Title: "EVERY", Width: 5, Align: theme.Right, Drop: 3, Cell: func(r *scannerRow) Cell { return Cell{Text: exactSpan(r.every), Style: c.Theme.Dim} }},
			{Title: "TOOK", Width: 5, Align: theme.Right, Drop: 3, SortKey: "T", Sorts: "duration of a pass, longest first",
				Cell:    func(r *scannerRow) Cell { return Cell{Text: exactSpan(r.took)} },
				Compare: func(a, b *scannerRow) int { return cmp.Compare(b.took, a.took) }},
			number(column{Title: "LOOKED", Width: 6, Drop: 4, SortKey: "X", Sorts: "looked at in the last pass"}, func(r *scannerRow) int { return r.examined }),
			number(column{Title: "DID", Width: 5, Drop: 2, SortKey: "D", Sorts: "done in the last pass"}, func(r *scannerRow) int { return r.done }),
			number(column{Title: "FAIL", Width: 4, Drop: 1, SortKey: "F", Sorts: "failed in the last pass"}, func(r *scannerRow) int { return r.failed }),
			number(column{Title: "IN ALL", Width: 7, Drop: 5, SortKey: "A", Sorts: "done since the engine began"}, func(r *scannerRow) int { return int(r.allDone) }),
			number(column{Title: "LATE", Width: 6, SortKey: "O", Sorts: "overdue, most first"}, func(r *scannerRow) int { return r.late.Count }),
			{Title: "NOTE", Width: 12, Flex: 1, Cell: func(r *scannerRow) Cell { return Cell{Text: r.note(c.Now()), Style: c.Theme.Dim} }},
		},
		ID:    func(r *scannerRow) string { return r.name },
		Text:  func(r *scannerRow) string { return r.name },
		Empty: "no scanners",
	}
}

// exactSpan tells 1.5s from 1s, and a pass that takes next to no time from none; "" for none.
func exactSpan(d time.Duration) theme.Text {
	switch {
	case d > 0 && d < time.Millisecond:
		return "<1ms"
	case d >= time.Second && d < 10*time.Second && d%time.Second >= 100*time.Millisecond:
		return theme.Number(int64(d/time.Second)) + "." + theme.Number(int64(d%time.Second/(100*time.Millisecond))) + "s"
	default:
		return spanOf(d)
	}
}

// spanOf is "" for none.
func spanOf(d time.Duration) theme.Text {
	if d == 0 {
		return ""
	}
	return Span(d)
}

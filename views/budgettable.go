package views

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"ffboard/engine"
	"ffboard/theme"
)

// dimension is one counted dimension of a budget.
type dimension struct {
	name             string
	used, hard, soft uint64
}

// share is how much of its limit is used, in percent; -1 for one without a limit.
func (d *dimension) share() int {
	most := cmp.Or(d.hard, d.soft)
	if most == 0 {
		return -1
	}
	return int(min(float64(d.used)/float64(most)*100, 9999))
}

// dimensionsOf are those of a budget, the fullest first.
func dimensionsOf(b *engine.BudgetStatus) []dimension {
	names := map[string]bool{}
	for _, amounts := range []map[string]uint64{b.Usage, b.Hard, b.Soft} {
		for name := range amounts {
			names[name] = true
		}
	}
	var all []dimension
	for _, name := range slices.Sorted(maps.Keys(names)) {
		all = append(all, dimension{name, b.Usage[name], b.Hard[name], b.Soft[name]})
	}
	slices.SortStableFunc(all, func(x, y dimension) int { return cmp.Compare(y.share(), x.share()) })
	return all
}

// fullness is how close to its limits a budget or a policy is, what blocks first.
type fullness int

const (
	levelFull fullness = iota // claims are blocked: admission asks for less than the limit
	levelSoft
	levelBelow
	levelFree // it has no limit
)

func (d *dimension) fullness() fullness {
	switch {
	case d.hard > 0 && d.used >= d.hard:
		return levelFull
	case d.soft > 0 && d.used >= d.soft:
		return levelSoft
	case d.hard > 0 || d.soft > 0:
		return levelBelow
	default:
		return levelFree
	}
}

func (l fullness) cell(th *theme.Theme) Cell {
	switch l {
	case levelFull:
		return Cell{Text: th.Glyphs.Cross + " at limit: claims blocked", Style: th.Bad}
	case levelSoft:
		return Cell{Text: th.Glyphs.Alert + " past the soft limit", Style: th.Warn}
	case levelBelow:
		return Cell{Text: th.Glyphs.Check + " below its limits", Style: th.Good}
	default:
		return Cell{Text: th.Glyphs.Dot + " no limit", Style: th.Dim}
	}
}

// levelOf is the worst of a budget's dimensions.
func levelOf(dimensions []dimension) fullness {
	worst := levelFree
	for _, d := range dimensions {
		worst = min(worst, d.fullness())
	}
	return worst
}

// gauge draws how much of a limit is used: a bar, the share and the numbers.
func gauge(th *theme.Theme, name string, d dimension, width int) []Cell {
	label := Brief(d.used)
	if most := cmp.Or(d.hard, d.soft); most > 0 {
		label += " of " + Brief(most)
	}
	if name != "" {
		label += " " + theme.CleanTo(name, 24)
	}
	share := d.share()
	if share < 0 {
		return []Cell{{Text: label, Style: th.Dim}}
	}
	bar := min(max(width-label.Width()-1, 0), 20)
	full := min(share*bar/100, bar)
	style := d.fullness().cell(th).Style
	return []Cell{{Text: th.StateGlyph(theme.Running).Repeat(full), Style: style}, {Text: th.Glyphs.Dot.Repeat(bar - full), Style: th.Dim}, {Text: " " + label}}
}

// listedBudget is a budget with its dimensions, the fullest first.
type listedBudget struct {
	engine.BudgetRow
	dimensions []dimension
}

func listedBudgets(rows []engine.BudgetRow) []listedBudget {
	all := make([]listedBudget, len(rows))
	for i := range rows {
		all[i] = listedBudget{rows[i], dimensionsOf(&rows[i].BudgetStatus)}
	}
	return all
}

func budgetTable(c *Common) *Table[listedBudget] {
	type row = listedBudget
	return &Table[row]{
		Columns: []Column[row]{
			{Title: "BUDGET", Width: 8, OfID: true, Cell: func(b *row) Cell { return Cell{Text: shorten(string(b.ID))} }},
			{Title: "SCOPE", Width: 12, Flex: 1, Drop: 1, SortKey: "S", Sorts: "scope",
				Cell:    func(b *row) Cell { return Cell{Text: scopeOf(&b.BudgetRow)} },
				Compare: func(x, y *row) int { return cmp.Compare(scopeOf(&x.BudgetRow), scopeOf(&y.BudgetRow)) }},
			{Title: "STATE", Width: 26, SortKey: "L", Sorts: "how close to its limit, closest first",
				Cell:    func(b *row) Cell { return budgetState(c.Theme, b) },
				Compare: func(x, y *row) int { return cmp.Compare(levelOf(x.dimensions), levelOf(y.dimensions)) }},
			{Title: "FULLEST", Width: 20, Flex: 2, Cells: func(b *row, width int) []Cell {
				if len(b.dimensions) == 0 {
					return nil
				}
				return gauge(c.Theme, b.dimensions[0].name, b.dimensions[0], width)
			}},
			numberColumn(c, Column[row]{Title: "BREACHES", Width: 8, Drop: 2, SortKey: "B", Sorts: "breaches, most first"}, func(b *row) int { return int(b.Breaches) }),
			{Title: "LAST", Width: 5, Align: theme.Right, Drop: 2, Cell: func(b *row) Cell { return Cell{Text: c.Since(b.LastBreachAt)} }},
			{Title: "RESET", Width: 5, Align: theme.Right, SortKey: "R", Sorts: "next reset",
				Cell:    func(b *row) Cell { return Cell{Text: Until(c.Now(), b.NextResetAt)} },
				Compare: func(x, y *row) int { return compareDue(x.NextResetAt, y.NextResetAt) }},
			{Title: "MODE", Width: 18, Drop: 3, Cell: func(b *row) Cell { return Cell{Text: advisory(b.EnforcementMode), Style: c.Theme.Dim} }},
		},
		ID: func(b *row) string { return rowID(b.Partition.Tag(), string(b.ID)) },
		Text: func(b *row) string {
			return strings.Join([]string{string(b.ID), b.ScopeType, b.ScopeID, b.EnforcementMode}, " ")
		},
		Empty: "no budget is defined",
	}
}

// advisory marks a word that nothing interprets.
func advisory(word string) theme.Text {
	if word == "" {
		return ""
	}
	return theme.CleanTo(word, 40) + " (advisory)"
}

func scopeOf(b *engine.BudgetRow) theme.Text {
	if b.ScopeType == "" && b.ScopeID == "" {
		return ""
	}
	return theme.CleanTo(b.ScopeType, 40) + " " + theme.CleanTo(b.ScopeID, 80)
}

func budgetState(th *theme.Theme, b *listedBudget) Cell {
	switch {
	case len(b.Malformed) > 0:
		return malformedNote(th, b.Malformed)
	case b.Missing:
		return Cell{Text: th.Glyphs.Alert + " no definition", Style: th.Warn}
	default:
		return levelOf(b.dimensions).cell(th)
	}
}

// quotaWindow and quotaSlots are a policy's two limits.
func quotaWindow(q *engine.QuotaRow) dimension {
	return dimension{used: q.InWindow, hard: q.MaxPerWindow}
}
func quotaSlots(q *engine.QuotaRow) dimension {
	return dimension{used: q.Active, hard: q.MaxConcurrent}
}

func quotaLevel(q *engine.QuotaRow) fullness {
	window, slots := quotaWindow(q), quotaSlots(q)
	return min(window.fullness(), slots.fullness())
}

func quotaTable(c *Common) *Table[engine.QuotaRow] {
	type row = engine.QuotaRow
	return &Table[row]{
		Columns: []Column[row]{
			{Title: "POLICY", Width: 8, OfID: true, Cell: func(q *row) Cell { return Cell{Text: shorten(string(q.ID))} }},
			{Title: "STATE", Width: 26, SortKey: "L", Sorts: "how close to its limit, closest first",
				Cell:    func(q *row) Cell { return quotaState(c.Theme, q) },
				Compare: func(x, y *row) int { return cmp.Compare(quotaLevel(x), quotaLevel(y)) }},
			{Title: "IN THE WINDOW", Width: 16, Flex: 1, Cells: func(q *row, width int) []Cell { return gauge(c.Theme, "", quotaWindow(q), width) }},
			{Title: "OF", Width: 4, Align: theme.Right, Drop: 1, Cell: func(q *row) Cell { return Cell{Text: spanOf(q.Window), Style: c.Theme.Dim} }},
			{Title: "AT WORK", Width: 14, Flex: 1, Cells: func(q *row, width int) []Cell { return gauge(c.Theme, "", quotaSlots(q), width) }},
			numberColumn(c, Column[row]{Title: "ADMITTED", Width: 8, SortKey: "A", Sorts: "admitted, most first"}, func(q *row) int { return q.Admitted }),
		},
		ID:    func(q *row) string { return rowID(q.Partition.Tag(), string(q.ID)) },
		Text:  func(q *row) string { return string(q.ID) },
		Empty: "no quota policy is defined",
	}
}

func quotaState(th *theme.Theme, q *engine.QuotaRow) Cell {
	switch {
	case len(q.Malformed) > 0:
		return malformedNote(th, q.Malformed)
	case q.Missing:
		return Cell{Text: th.Glyphs.Alert + " no definition", Style: th.Warn}
	default:
		return quotaLevel(q).cell(th)
	}
}

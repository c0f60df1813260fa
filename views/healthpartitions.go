package views

import (
	"cmp"

	"ffboard/engine"
	"ffboard/theme"
)

// partitionTrouble weighs what is wrong with a partition: those with most are listed first.
func partitionTrouble(p *engine.PartitionHealth) int {
	if p.Unreachable != "" {
		return 1 << 30
	}
	return 1000*len(p.Drift) + 100*len(p.Strange) + partitionLate(p)
}

// partitionLate counts all that is overdue.
func partitionLate(p *engine.PartitionHealth) int {
	late := p.CancelBacklog.Count
	for _, o := range p.Overdue {
		late += o.Count
	}
	return late
}

// partitionNote is what to know of a partition first.
func partitionNote(th *theme.Theme, p *engine.PartitionHealth) Cell {
	switch {
	case p.Unreachable != "":
		return Cell{Text: th.Glyphs.Cross + " unreachable: " + theme.CleanTo(p.Unreachable, 80), Style: th.Bad}
	case len(p.Drift) > 0:
		return Cell{Text: th.Glyphs.Cross + " drift: " + Count(len(p.Drift)) + " of " + Count(p.Sampled) + " picked", Style: th.Bad}
	case len(p.Strange) > 0:
		return Cell{Text: th.Glyphs.Alert + " " + Plural(len(p.Strange), "member", "members") + " of no form", Style: th.Warn}
	case p.SigningKid == "":
		return Cell{Text: th.Glyphs.Cross + " no signing key", Style: th.Bad}
	case partitionLate(p) > 0:
		return Cell{Text: th.Glyphs.Alert + " overdue", Style: th.Warn}
	default:
		return Cell{}
	}
}

func partitionTable(c *Common) *Table[engine.PartitionHealth] {
	type row = engine.PartitionHealth
	number := func(title theme.Text, width, drop int, sortKey, sorts string, of func(p *row) int) Column[row] {
		col := numberColumn(c, Column[row]{Title: title, Width: width, Drop: drop, SortKey: sortKey, Sorts: sorts + ", most first"}, of)
		count := col.Cell
		col.Cell = func(p *row) Cell {
			if p.Unreachable != "" {
				return Cell{Text: "?", Style: c.Theme.Dim} // not a zero: nobody knows
			}
			return count(p)
		}
		return col
	}
	due := func(title theme.Text, sortKey string, index engine.DueIndex) Column[row] {
		return number(title, 5, 3, sortKey, "overdue "+string(overdueNouns[index].many), func(p *row) int { return p.Overdue[index].Count })
	}
	return &Table[row]{
		Columns: []Column[row]{
			{Title: "PARTITION", Width: 10, SortKey: "P", Sorts: "number",
				Cell:    func(p *row) Cell { return Cell{Text: theme.Clean(p.Partition.Tag())} },
				Compare: func(a, b *row) int { return cmp.Compare(a.Partition.Index, b.Partition.Index) }},
			number("LATE", 6, 0, "O", "overdue", partitionLate),
			due("LEASE", "L", engine.DueLeaseExpiry),
			due("DELAY", "D", engine.DueDelayed),
			due("SUSP", "S", engine.DueSuspensionTimeout),
			due("TRIES", "T", engine.DueAttemptTimeout),
			due("DEADL", "E", engine.DueDeadline),
			due("WAITP", "W", engine.DuePendingWaitpoint),
			number("CANCEL", 6, 4, "C", "flows owed cancels", func(p *row) int { return p.CancelBacklog.Count }),
			number("LOSERS", 6, 4, "G", "groups owed cancels", func(p *row) int { return p.SiblingGroups }),
			number("EXECS", 9, 1, "X", "executions", func(p *row) int { return p.Executions }),
			number("FLOWS", 7, 2, "F", "flows", func(p *row) int { return p.Flows }),
			{Title: "KEY", Width: 8, Drop: 5, SortKey: "K", Sorts: "signing key",
				Cell:    func(p *row) Cell { return Cell{Text: theme.CleanTo(p.SigningKid, 24)} },
				Compare: func(a, b *row) int { return cmp.Compare(a.SigningKid, b.SigningKid) }},
			{Title: "SEEN", Width: 5, Align: theme.Right, SortKey: "A", Sorts: "age of the figures",
				Cell:    func(p *row) Cell { return Cell{Text: c.Since(p.At), Style: c.Theme.Dim} },
				Compare: func(a, b *row) int { return a.At.Compare(b.At) }},
			{Title: "NOTE", Width: 16, Flex: 1, Cell: func(p *row) Cell { return partitionNote(c.Theme, p) }},
		},
		ID:    func(p *row) string { return p.Partition.Tag() },
		Text:  func(p *row) string { return p.Partition.Tag() + " " + p.SigningKid },
		Empty: "no partition was looked at yet",
	}
}

package views

import (
	"cmp"
	"strings"

	"ffboard/engine"
	"ffboard/theme"
)

func nodeTable(c *Common) *Table[engine.NodeHealth] {
	type row = engine.NodeHealth
	known := func(n *row, text theme.Text) Cell { // not a zero where nobody knows
		if n.Unreachable != "" || n.Version == "" {
			return Cell{Text: "?", Style: c.Theme.Dim}
		}
		return Cell{Text: text}
	}
	text := func(title theme.Text, width, drop int, of func(n *row) theme.Text) Column[row] {
		return Column[row]{Title: title, Width: width, Drop: drop, Cell: func(n *row) Cell { return known(n, of(n)) }}
	}
	right := func(col Column[row]) Column[row] { col.Align = theme.Right; return col }
	return &Table[row]{
		Columns: []Column[row]{
			{Title: "NODE", Width: 18, Flex: 1, SortKey: "N", Sorts: "address",
				Cell:    func(n *row) Cell { return Cell{Text: theme.CleanTo(n.Address, 80)} },
				Compare: func(a, b *row) int { return strings.Compare(a.Address, b.Address) }},
			{Title: "STATE", Width: 13, Cell: func(n *row) Cell { return nodeState(c.Theme, n) }},
			text("VERSION", 8, 3, func(n *row) theme.Text { return theme.CleanTo(n.Version, 16) }),
			right(text("UP", 4, 4, func(n *row) theme.Text { return spanOf(n.Uptime) })),
			{Title: "MEMORY", Width: 13, Align: theme.Right, SortKey: "M", Sorts: "memory, most first",
				Cell:    func(n *row) Cell { return nodeMemory(c.Theme, n) },
				Compare: func(a, b *row) int { return cmp.Compare(b.Memory, a.Memory) }},
			{Title: "POLICY", Width: 13, Drop: 2, Cell: func(n *row) Cell {
				if n.EvictionPolicy != "" && n.EvictionPolicy != noEviction {
					return Cell{Text: c.Theme.Glyphs.Alert + " " + theme.CleanTo(n.EvictionPolicy, 24), Style: c.Theme.Warn}
				}
				return Cell{Text: theme.CleanTo(n.EvictionPolicy, 24), Style: c.Theme.Dim}
			}},
			text("KEEPS", 14, 2, func(n *row) theme.Text { return keeps(&n.Persistence) }),
			right(text("REPL", 4, 4, func(n *row) theme.Text { return Count(n.Replicas) })),
			{Title: "CMDS/S", Width: 7, Align: theme.Right, Drop: 1, SortKey: "C", Sorts: "commands a second, most first",
				Cell:    func(n *row) Cell { return known(n, Count(n.CommandsPerSecond)) },
				Compare: func(a, b *row) int { return cmp.Compare(b.CommandsPerSecond, a.CommandsPerSecond) }},
			right(text("CLIENTS", 7, 5, func(n *row) theme.Text { return Count(n.Clients) })),
			{Title: "SLOWLOG", Width: 7, Align: theme.Right, Drop: 3, SortKey: "S", Sorts: "slow commands, most first",
				Cell: func(n *row) Cell {
					if n.SlowLog < 0 && n.Unreachable == "" {
						return Cell{Text: "denied", Style: c.Theme.Dim}
					}
					return known(n, Count(n.SlowLog))
				},
				Compare: func(a, b *row) int { return cmp.Compare(b.SlowLog, a.SlowLog) }},
		},
		ID:    func(n *row) string { return n.Address },
		Text:  func(n *row) string { return n.Address + " " + n.Version },
		Empty: "no server has answered",
	}
}

func nodeState(th *theme.Theme, n *engine.NodeHealth) Cell {
	switch {
	case n.Unreachable != "":
		return Cell{Text: th.Glyphs.Cross + " unreachable", Style: th.Bad}
	case n.Loading:
		return Cell{Text: th.Glyphs.Cross + " loading", Style: th.Bad}
	case n.ClusterState != "" && n.ClusterState != "ok":
		return Cell{Text: th.Glyphs.Cross + " " + theme.CleanTo(n.ClusterState, 8), Style: th.Bad}
	case n.Version == "":
		return Cell{Text: th.Glyphs.Dot + " not allowed", Style: th.Dim}
	default:
		return Cell{Text: th.Glyphs.Check + " answers", Style: th.Good}
	}
}

func nodeMemory(th *theme.Theme, n *engine.NodeHealth) Cell {
	if n.Memory == 0 {
		return Cell{}
	}
	cell := Cell{Text: Size(n.Memory)}
	if n.MemoryLimit > 0 {
		cell.Text += " of " + Size(n.MemoryLimit)
	}
	switch used := memoryPercent(n); {
	case used >= memoryWrong:
		cell.Style = th.Bad
	case used >= memoryWatch:
		cell.Style = th.Warn
	}
	return cell
}

func engineTable(c *Common) *Table[engine.EngineBeat] {
	type row = engine.EngineBeat
	return &Table[row]{
		Columns: []Column[row]{
			{Title: "ENGINE", Width: 18, Flex: 2, SortKey: "N", Sorts: "name",
				Cell:    func(e *row) Cell { return Cell{Text: theme.CleanTo(e.Name, 80)} },
				Compare: func(a, b *row) int { return strings.Compare(a.Name, b.Name) }},
			{Title: "STATE", Width: 11, Cell: func(e *row) Cell { return engineState(c.Theme, e) }},
			{Title: "BEAT", Width: 5, Align: theme.Right, SortKey: "B", Sorts: "last beat",
				Cell:    func(e *row) Cell { return Cell{Text: c.Since(e.At)} },
				Compare: func(a, b *row) int { return b.At.Compare(a.At) }},
			{Title: "SHARES", Width: 7, Align: theme.Right, SortKey: "S", Sorts: "shares held, most first",
				Cell:    func(e *row) Cell { return engineShares(c.Theme, e) },
				Compare: func(a, b *row) int { return cmp.Compare(len(b.Shares), len(a.Shares)) }},
			{Title: "UP", Width: 4, Align: theme.Right, Drop: 1, SortKey: "U", Sorts: "start",
				Cell: func(e *row) Cell {
					if e.Gone {
						return Cell{}
					}
					return Cell{Text: c.Since(e.StartedAt)}
				},
				Compare: func(a, b *row) int { return a.StartedAt.Compare(b.StartedAt) }},
			{Title: "HOST", Width: 10, Flex: 1, Drop: 1, Cell: func(e *row) Cell { return Cell{Text: theme.CleanTo(e.Host, 64)} }},
			{Title: "PID", Width: 7, Align: theme.Right, Drop: 2, Cell: func(e *row) Cell {
				if e.PID == 0 {
					return Cell{}
				}
				return Cell{Text: theme.Number(e.PID), Style: c.Theme.Dim}
			}},
			{Title: "VERSION", Width: 12, Flex: 1, Drop: 2, Cell: func(e *row) Cell { return Cell{Text: theme.CleanTo(e.Version, 40), Style: c.Theme.Dim} }},
		},
		ID:    func(e *row) string { return e.Name },
		Text:  func(e *row) string { return e.Name + " " + e.Host + " " + e.Version },
		Empty: "no engine has told of itself: FlowFabric's server leaves no heartbeat, judge it by what is late",
	}
}

func engineState(th *theme.Theme, e *engine.EngineBeat) Cell {
	switch {
	case len(e.Malformed) > 0:
		return Cell{Text: th.Glyphs.Alert + " malformed", Style: th.Warn}
	case e.Gone:
		return Cell{Text: th.Glyphs.Cross + " gone", Style: th.Bad}
	case len(e.Shares) == 0:
		return Cell{Text: th.Glyphs.Check + " stands by", Style: th.Dim}
	default:
		return Cell{Text: th.Glyphs.Check + " works", Style: th.Good}
	}
}

func engineShares(th *theme.Theme, e *engine.EngineBeat) Cell {
	if e.Gone || e.ShareCount == 0 {
		return Cell{}
	}
	return Cell{Text: Count(len(e.Shares)) + " of " + Count(e.ShareCount)}
}

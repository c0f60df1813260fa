package views

import (
	"cmp"
	"strings"

	"ffboard/engine"
	"ffboard/theme"
)

// flowEdge is an edge with its ends and the group that it counts for.
type flowEdge struct {
	edge     *engine.Edge
	up, down *engine.ExecutionRow
	group    *engine.EdgeGroup // of the downstream's incoming edges; nil when nobody knows it
	incoming bool              // into the execution that the table is about; unused where it is about none
}

// other is the end that is not the execution that the table is about.
func (e *flowEdge) other() *engine.ExecutionRow {
	if e.incoming {
		return e.up
	}
	return e.down
}

// flowEdges puts the parts of a flow together. An end that is no member is a row with an id alone.
func flowEdges(d *engine.FlowDetail) []flowEdge {
	rows := make(map[engine.ExecutionID]*engine.ExecutionRow, len(d.Members))
	for i := range d.Members {
		rows[d.Members[i].ID] = &d.Members[i]
	}
	groups := make(map[engine.ExecutionID]*engine.EdgeGroup, len(d.Flow.EdgeGroups))
	for i := range d.Flow.EdgeGroups {
		groups[d.Flow.EdgeGroups[i].Downstream] = &d.Flow.EdgeGroups[i]
	}
	row := func(id engine.ExecutionID) *engine.ExecutionRow {
		if r, ok := rows[id]; ok {
			return r
		}
		return &engine.ExecutionRow{ID: id, Progress: -1}
	}
	edges := make([]flowEdge, len(d.Edges))
	for i := range d.Edges {
		e := &d.Edges[i]
		edges[i] = flowEdge{edge: e, up: row(e.Upstream), down: row(e.Downstream), group: groups[e.Downstream]}
	}
	return edges
}

// edgesAround are the edges of one execution, those that enter it first.
func edgesAround(around *engine.ExecutionEdges) []flowEdge {
	var edges []flowEdge
	for i := range around.In {
		end := &around.In[i]
		edges = append(edges, flowEdge{edge: &end.Edge, up: &end.Other, down: &around.Execution, group: around.Group, incoming: true})
	}
	for i := range around.Out {
		end := &around.Out[i]
		e := flowEdge{edge: &end.Edge, up: &around.Execution, down: &end.Other}
		if g, ok := around.DownGroups[end.Edge.Downstream]; ok {
			e.group = &g
		}
		edges = append(edges, e)
	}
	return edges
}

// newFlowEdges is the table of all edges of a flow.
func newFlowEdges(c *Common) Table[flowEdge] {
	return newEdgeTable(c, []Column[flowEdge]{
		{Title: "FROM", Width: 17, Flex: 3, SortKey: "U", Sorts: "upstream",
			Cells:   func(e *flowEdge, width int) []Cell { return endCells(c.Theme, e.up, width) },
			Compare: func(a, b *flowEdge) int { return compareEnds(a.up, b.up) }},
		{Title: "TO", Width: 17, Flex: 3, SortKey: "D", Sorts: "downstream",
			Cells:   func(e *flowEdge, width int) []Cell { return endCells(c.Theme, e.down, width) },
			Compare: func(a, b *flowEdge) int { return compareEnds(a.down, b.down) }},
	})
}

// newEdgesAround is the table of the edges of one execution.
func newEdgesAround(c *Common) Table[flowEdge] {
	return newEdgeTable(c, []Column[flowEdge]{
		{Title: "EDGE", Width: 5, SortKey: "D", Sorts: "direction",
			Cell:    func(e *flowEdge) Cell { return directionCell(c.Theme, e) },
			Compare: func(a, b *flowEdge) int { return cmp.Compare(directionPlace(a), directionPlace(b)) }},
		{Title: "OTHER END", Width: 16, Flex: 3, SortKey: "O", Sorts: "other end",
			Cells:   func(e *flowEdge, width int) []Cell { return endCells(c.Theme, e.other(), width) },
			Compare: func(a, b *flowEdge) int { return compareEnds(a.other(), b.other()) }},
	})
}

func newEdgeTable(c *Common, ends []Column[flowEdge]) Table[flowEdge] {
	columns := append(ends, []Column[flowEdge]{
		{Title: "RESOLUTION", Width: 13, SortKey: "S", Sorts: "resolution",
			Cell:    func(e *flowEdge) Cell { return edgeCell(c.Theme, e.edge, e.up) },
			Compare: func(a, b *flowEdge) int { return strings.Compare(string(a.edge.State), string(b.edge.State)) }},
		{Title: "POLICY", Width: 6,
			Cell: func(e *flowEdge) Cell { return groupPolicyCell(c.Theme, e) }},
		{Title: "GROUP", Width: 12,
			Cell: func(e *flowEdge) Cell { return groupStateCell(c.Theme, e) }},
		{Title: "AGE", Width: 5, Align: theme.Right, SortKey: "T", Sorts: "age, youngest first",
			Cell:    func(e *flowEdge) Cell { return Cell{Text: c.Since(e.edge.CreatedAt)} },
			Compare: func(a, b *flowEdge) int { return b.edge.CreatedAt.Compare(a.edge.CreatedAt) }},
		{Title: "CONDITION", Width: 12, Drop: 2,
			Cell: func(e *flowEdge) Cell { return Cell{Text: theme.CleanTo(e.edge.Kind, 32), Style: c.Theme.Dim} }},
		{Title: "NOTE", Width: 12, Flex: 2, Drop: 1,
			Cell: func(e *flowEdge) Cell { return edgeNote(c.Theme, e.edge, e.up) }},
	}...)
	return Table[flowEdge]{Columns: columns, ID: flowEdgeID, Text: flowEdgeText, Empty: "no edges"}
}

// flowEdgeID tells edges apart, also those whose id did not decode.
func flowEdgeID(e *flowEdge) string {
	stored := ""
	if e.edge.ID == "" && len(e.edge.Malformed) > 0 {
		stored = e.edge.Malformed[0].Value
	}
	return rowID(string(e.edge.ID), string(e.edge.Upstream), string(e.edge.Downstream), stored)
}

func flowEdgeText(e *flowEdge) string {
	return strings.Join([]string{string(e.edge.ID), string(e.edge.State), string(e.edge.Upstream), string(e.edge.Downstream), e.up.Kind,
		e.down.Kind, string(e.up.State), string(e.down.State)}, " ")
}

func compareEnds(a, b *engine.ExecutionRow) int {
	return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(string(a.ID), string(b.ID)))
}

// endCells are an end's state, kind and short id.
func endCells(th *theme.Theme, r *engine.ExecutionRow, width int) []Cell {
	look := StateLook(r.State)
	glyph := Cell{th.StateGlyph(look) + " ", th.StateStyle(look)}
	id := Cell{ShortExecution(r.ID), th.Dim}
	switch {
	case r.ID == "":
		return []Cell{{th.Glyphs.Alert + " no id", th.Warn}}
	case r.Missing:
		return []Cell{{glyph.Text, th.Dim}, id, {" purged", th.Dim}}
	case r.Kind == "":
		return []Cell{glyph, id}
	}
	// The id is the last to go: kinds repeat.
	room := width - glyph.Text.Width() - 1 - id.Text.Width()
	if room < 3 {
		return []Cell{glyph, {theme.CleanTo(r.Kind, width), th.Plain}}
	}
	return []Cell{glyph, {theme.CleanTo(r.Kind, room) + " ", th.Plain}, id}
}

func directionPlace(e *flowEdge) int {
	if e.incoming {
		return 0
	}
	return 1
}

func directionCell(th *theme.Theme, e *flowEdge) Cell {
	if e.incoming {
		return Cell{"in " + th.Glyphs.Back, th.Accent}
	}
	return Cell{"out " + th.Glyphs.Arrow, th.Dim}
}

func groupPolicyCell(th *theme.Theme, e *flowEdge) Cell {
	if e.group == nil {
		return Cell{}
	}
	if e.group.Unreachable() {
		return Cell{policyMark(e.group) + "!", th.Bad}
	}
	return Cell{Text: policyMark(e.group)}
}

func groupStateCell(th *theme.Theme, e *flowEdge) Cell {
	switch {
	case e.group == nil:
		return Cell{}
	case stuckSatisfied(e.group, e.down):
		return Cell{th.Glyphs.Alert + " satisfied", th.Bad}
	default:
		return groupCell(th, e.group.State)
	}
}

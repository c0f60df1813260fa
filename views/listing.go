package views

import (
	"ffboard/theme"
	"ffboard/views/plain"
)

// Listing is a view whose list can be had without a terminal: the command line makes one, fetches what it needs, and prints it.
type Listing interface {
	View
	Filtering
	// Plain is the list as the view shows it.
	Plain() plain.Table
	// Items are the records behind its rows.
	Items() any
	// Covered tells how much of the list has been fetched, of how much: another fetch brings more while that is not all.
	Covered() (done, of int)
}

// plain is what the table shows without a terminal: rows that match the filter, in their order, with their ids whole.
func (t *Table[R]) plain() plain.Table {
	p := plain.Table{Titles: []theme.Text{"ID"}, Right: []bool{false}}
	for i := range t.Columns {
		if t.Columns[i].inPlain() {
			p.Titles = append(p.Titles, t.Columns[i].Title)
			p.Right = append(p.Right, t.Columns[i].Align == theme.Right)
		}
	}
	for _, at := range t.order {
		r := &t.rows[at]
		cells := []theme.Text{theme.Clean(t.ID(r))}
		for i, cell := range t.cells(r) {
			if t.Columns[i].inPlain() {
				cells = append(cells, cell)
			}
		}
		p.Rows = append(p.Rows, cells)
	}
	return p
}

func (c *Column[R]) inPlain() bool { return !c.OfID && !c.Drawn }

// records are the items, of whatever type.
func (t *Table[R]) records() any { return t.items() }

// items are the rows that match the filter, in their order.
func (t *Table[R]) items() []R {
	items := make([]R, 0, len(t.order))
	for _, at := range t.order {
		items = append(items, t.rows[at])
	}
	return items
}

func (v *Flows) Plain() plain.Table      { return v.table.plain() }
func (v *Flows) Items() any              { return v.table.items() }
func (v *Flows) Covered() (done, of int) { return 1, 1 }

func (v *Lanes) Plain() plain.Table      { return v.table.plain() }
func (v *Lanes) Items() any              { return v.table.items() }
func (v *Lanes) Covered() (done, of int) { return v.covered, v.partitions }

func (v *Suspended) Plain() plain.Table      { return v.table.plain() }
func (v *Suspended) Items() any              { return v.table.items() }
func (v *Suspended) Covered() (done, of int) { return 1, 1 }

func (v *Streams) Plain() plain.Table      { return v.table.plain() }
func (v *Streams) Items() any              { return v.table.items() }
func (v *Streams) Covered() (done, of int) { return 1, 1 }

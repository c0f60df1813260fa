package views

import "ffboard/views/plain"

func (v *Executions) Plain() plain.Table { return v.table.plain() }
func (v *Executions) Items() any         { return v.table.items() }

// Covered is all when the search has found a page, or pauses.
func (v *Executions) Covered() (done, of int) {
	if v.searching() {
		return v.looked, max(v.of, v.looked+1)
	}
	return 1, 1
}

// Plain is without ids: what is waited for tells a group.
func (v *Signals) Plain() plain.Table {
	p := v.table.plain()
	p.Titles, p.Right = p.Titles[1:], p.Right[1:]
	for i := range p.Rows {
		p.Rows[i] = p.Rows[i][1:]
	}
	return p
}

func (v *Signals) Items() any { return v.table.items() }

// Covered is all when every partition was looked at and what can be kept was read.
func (v *Signals) Covered() (done, of int) {
	if v.got.Covered < v.got.Partitions {
		return v.got.Covered, v.got.Partitions
	}
	if v.got.Read < v.got.Of && v.hasRoom() {
		return v.got.Read, v.got.Of
	}
	return 1, 1
}

func (v *Executions) Copies() []Copy {
	return append(executionCopies(v.table.Selected()), v.table.copied()...)
}

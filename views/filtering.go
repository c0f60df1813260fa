package views

import tea "github.com/charmbracelet/bubbletea"

// SetFilter narrows the table as if the query had been typed.
func (t *Table[R]) SetFilter(query string) {
	t.filter.Set(query)
	t.arrange()
}

// Query is what narrows the table; "" when nothing does.
func (t *Table[R]) Query() string { return t.filter.Query() }

func (v *Flows) Query() string     { return v.table.Query() }
func (v *Lanes) Query() string     { return v.table.Query() }
func (v *Suspended) Query() string { return v.table.Query() }
func (v *Streams) Query() string   { return v.table.Query() }

func (v *Flows) SetFilter(query string) tea.Cmd     { v.table.SetFilter(query); return nil }
func (v *Lanes) SetFilter(query string) tea.Cmd     { v.table.SetFilter(query); return nil }
func (v *Suspended) SetFilter(query string) tea.Cmd { v.table.SetFilter(query); return nil }
func (v *Streams) SetFilter(query string) tea.Cmd   { v.table.SetFilter(query); return nil }

package views

import tea "github.com/charmbracelet/bubbletea"

// SetFilter narrows the table as if the query had been typed.
func (t *Table[R]) SetFilter(query string) {
	t.filter.Set(query)
	t.arrange()
}

func (v *Flows) SetFilter(query string) tea.Cmd     { v.table.SetFilter(query); return nil }
func (v *Lanes) SetFilter(query string) tea.Cmd     { v.table.SetFilter(query); return nil }
func (v *Suspended) SetFilter(query string) tea.Cmd { v.table.SetFilter(query); return nil }
func (v *Streams) SetFilter(query string) tea.Cmd   { v.table.SetFilter(query); return nil }

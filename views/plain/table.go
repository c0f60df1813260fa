package plain

import (
	"io"
	"strings"

	"ffboard/theme"
)

// Table is a list as a terminal or a pipe shows it: cells that are safe to draw, below their titles.
type Table struct {
	Titles []theme.Text
	Right  []bool // columns of numbers
	Rows   [][]theme.Text
}

// WriteTable writes the table with its columns aligned. Titles are written when headed is true.
func WriteTable(w io.Writer, t Table, headed bool) error {
	widths := make([]int, len(t.Titles))
	lines := t.Rows
	if headed {
		lines = append([][]theme.Text{t.Titles}, t.Rows...)
	}
	for _, cells := range lines {
		for i, c := range cells {
			widths[i] = max(widths[i], c.Width())
		}
	}
	var b strings.Builder
	for _, cells := range lines {
		var line strings.Builder
		for i, c := range cells {
			blank := strings.Repeat(" ", widths[i]-c.Width())
			if i > 0 {
				line.WriteString("  ")
			}
			if i < len(t.Right) && t.Right[i] {
				line.WriteString(blank + string(c))
			} else {
				line.WriteString(string(c) + blank)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

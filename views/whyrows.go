package views

import (
	"ffboard/engine"
	"ffboard/engine/diagnose"
	"ffboard/theme"
)

// whyRow is one thing that a diagnosis says besides its verdict.
type whyRow struct {
	section  theme.Text
	name     theme.Text
	words    string // strangers' words within
	standing diagnose.Standing
	ref      diagnose.Ref
	remedy   *engine.Remedy
}

func (r *whyRow) id() string {
	if r.ref.ID != "" || r.ref.Kind != "" {
		return rowID(string(r.section), string(r.name), r.ref.ID)
	}
	return rowID(string(r.section), string(r.name), r.words)
}

// opens tells whether enter leads somewhere from the row.
func (r *whyRow) opens() bool {
	return r.remedy != nil && remedyOpens(r.remedy) || refOpens(r.ref)
}

// The sections of a diagnosis.
const (
	sectionAlso     theme.Text = "also"
	sectionEvidence theme.Text = "evidence"
	sectionNext     theme.Text = "next, by itself"
	sectionCan      theme.Text = "you can"
	sectionUnread   theme.Text = "not read"
)

// whyRows are what a diagnosis says, in the order shown.
func whyRows(d *diagnose.Diagnosis) []whyRow {
	var rows []whyRow
	for _, c := range d.Causes[min(len(d.Causes), 1):] {
		rows = append(rows, whyRow{section: sectionAlso, name: theme.Clean(diagnose.StandingWord(c.Standing)), words: c.Words, standing: c.Standing})
	}
	for _, e := range d.Evidence {
		rows = append(rows, whyRow{section: sectionEvidence, name: theme.CleanTo(e.Name, 16), words: e.Words, ref: e.Ref})
	}
	for _, e := range d.Next {
		rows = append(rows, whyRow{section: sectionNext, name: theme.Clean(e.When(d.At)), words: e.Words})
	}
	for i := range d.Remedies {
		r := &d.Remedies[i]
		rows = append(rows, whyRow{section: sectionCan, name: remedyName(d.Kind, r), words: r.Words, remedy: r})
	}
	for _, u := range d.Unread {
		rows = append(rows, whyRow{section: sectionUnread, name: theme.CleanTo(u.What, 24), words: u.Problem, standing: diagnose.Late})
	}
	return rows
}

// whyLine is one line of the screen: of a row, or with row -1 a heading or a blank.
type whyLine struct {
	row     int
	heading theme.Text
	name    theme.Text
	names   int // how wide names are
	sign    Cell
	words   theme.Text
	style   theme.Style
}

const (
	mostRowLines = 3
	mostNames    = 14
)

// whyLines break rows into lines, each section under its heading.
func whyLines(th *theme.Theme, rows []whyRow, width int) []whyLine {
	names := 0
	for i := range rows {
		names = max(names, min(rows[i].name.Width(), mostNames))
	}
	var lines []whyLine
	for i := range rows {
		r := &rows[i]
		if i == 0 || rows[i-1].section != r.section {
			lines = append(lines, whyLine{row: -1, heading: r.section})
		}
		sign := Cell{Text: "  "}
		if r.opens() {
			sign = Cell{th.Glyphs.Arrow + " ", th.Dim}
		}
		style := th.Plain
		if r.standing == diagnose.Stuck || r.standing == diagnose.Late {
			_, style = standingSign(th, r.standing)
		}
		room := width - names - 2*len("  ") - 2
		parts := wrapFirst(r.words, max(room, 10), mostRowLines+1)
		for n, part := range parts[:min(len(parts), mostRowLines)] {
			l := whyLine{row: i, names: names, words: part, style: style}
			if n == 0 {
				l.name, l.sign = r.name, sign
			}
			if n == mostRowLines-1 && len(parts) > mostRowLines {
				l.words += " " + th.Glyphs.Ellipsis
			}
			lines = append(lines, l)
		}
	}
	return lines
}

func (l *whyLine) draw(th *theme.Theme, width int, selected bool) string {
	if l.row < 0 {
		return Rule(th, l.heading, width)
	}
	line := th.Line(width)
	if selected {
		line.Bar(th.Selected).Add(th.Plain, th.Glyphs.Selected)
	} else {
		line.Add(th.Plain, " ")
	}
	line.Field(th.Dim, l.name, l.names, theme.Left).Add(th.Plain, " ")
	if l.sign.Text == "" {
		line.Add(th.Plain, "  ")
	} else {
		line.Add(l.sign.Style, l.sign.Text)
	}
	return line.Add(l.style, l.words).String()
}

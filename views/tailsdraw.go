package views

import (
	"strings"

	"ffboard/theme"
)

const (
	// tilesBeside is the width from which on panes stand side by side.
	tilesBeside = 160
	paneRule    = 1 // lines of a pane that are its heading
)

// tile is the room of a pane, with its heading.
type tile struct{ x, y, width, height int }

// tiles are below each other on a narrow screen, and two in a row on a wide one; the last one has the row to itself where it is odd.
func (v *Tails) tiles() []tile {
	n := len(v.panes)
	columns := 1
	if v.width >= tilesBeside && n > 1 {
		columns = 2
	}
	lines := (n + columns - 1) / columns
	var tiles []tile
	for i := range n {
		row, column := i/columns, i%columns
		inRow := min(columns, n-row*columns)
		width := (v.width - (inRow - 1)) / inRow
		t := tile{x: column * (width + 1), y: row * v.height / lines, width: width}
		if column == inRow-1 {
			t.width = v.width - t.x
		}
		t.height = (row+1)*v.height/lines - t.y
		tiles = append(tiles, t)
	}
	return tiles
}

func (v *Tails) layout() {
	if v.merged != nil {
		v.merged.SetSize(v.width, v.height)
		return
	}
	for i, t := range v.tiles() {
		v.panes[i].SetSize(t.width, max(t.height-paneRule, 0))
	}
}

func (v *Tails) View() string {
	th := v.c.Theme
	switch {
	case len(v.panes) == 0:
		return strings.Join(Fit(th, []string{cellLine(th, v.width, Cell{"  no stream", th.Dim})}, v.width, v.height), "\n")
	case v.merged != nil:
		return v.merged.View()
	}
	var lines []string
	tiles := v.tiles()
	for i := 0; i < len(tiles); i++ {
		block, width := v.pane(i, tiles[i]), tiles[i].width
		if i+1 < len(tiles) && tiles[i+1].x > tiles[i].x {
			block = Beside(th, block, width, v.pane(i+1, tiles[i+1]), tiles[i+1].width)
			i++
		}
		lines = append(lines, block...)
	}
	return strings.Join(Fit(th, lines, v.width, v.height), "\n")
}

// pane draws a stream under its heading.
func (v *Tails) pane(i int, t tile) []string {
	if t.height == 0 {
		return nil
	}
	return Fit(v.c.Theme, append([]string{v.heading(i, t.width)}, rows(v.panes[i].View())...), t.width, t.height)
}

// heading says which stream a pane shows and how that is; it stands out where the keys are for it.
func (v *Tails) heading(i, width int) string {
	th, p := v.c.Theme, v.panes[i]
	l := th.Line(width)
	if i == v.focus {
		l.Add(th.Accent, "["+sourceLetter(i+1)+" "+ShortExecution(p.ref.Execution)+"]").Add(th.Plain, " ")
	} else {
		l.Add(th.Border, th.Glyphs.Horizontal).Add(sourceStyle(th, i+1), sourceLetter(i+1)+" ").Add(th.Title, ShortExecution(p.ref.Execution)).Add(th.Plain, "  ")
	}
	state := p.reader.stateCell(v.c)
	l.Add(state.Style, state.Text)
	for _, fact := range p.about() {
		l.Add(th.Dim, " "+th.Glyphs.Dot+" "+fact)
	}
	l.Add(th.Plain, " ")
	return l.Add(th.Border, th.Glyphs.Horizontal.Repeat(l.Left())).String()
}

// about is what is to say about the stream as a whole, in few words.
func (v *Tail) about() []theme.Text {
	var facts []theme.Text
	if r := v.facts.row; r != nil && !r.Missing && r.Kind != "" {
		facts = append(facts, theme.CleanTo(r.Kind, 20))
	}
	if v.ref.Attempt > 0 {
		facts = append(facts, "attempt "+theme.Number(uint64(v.ref.Attempt)+1))
	}
	if m := v.facts.meta; m != nil {
		facts = append(facts, Plural(m.FrameCount, "frame", "frames"))
	}
	return facts
}

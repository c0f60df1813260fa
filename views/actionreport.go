package views

import (
	"slices"

	"ffboard/engine/action"
	"ffboard/theme"
)

// report lists what became of the targets so far, the last ones in sight.
func (d *actionDialog) report(width, height int) []string {
	th := d.c.Theme
	outcomes := d.outcomeLines()
	lines := []string{cellLine(th, width, Cell{d.progress(), th.Accent}), cellLine(th, width)}
	foot := d.reportFoot(width)
	atEnd := d.list.AtBottom() && d.stage == actionRuns
	d.list.Count = len(outcomes)
	d.list.Line = func(i, width int) string { return cellLine(th, width, outcomes[i]...) }
	d.list.SetSize(width, max(min(max(d.total, len(outcomes)), height-len(lines)-len(foot)), 1))
	if atEnd {
		d.list.ScrollTo(d.list.Count)
	}
	return append(append(lines, rows(d.list.View(th))...), foot...)
}

func (d *actionDialog) progress() theme.Text {
	words := d.tally.words(d.notBegun)
	switch {
	case d.total > 1:
		words = Count(len(d.done)) + " of " + Count(d.total) + ": " + words
	case len(d.done) == 0:
		words = "under way"
	}
	if d.stopping && d.stage == actionRuns {
		words += "; stopping, what has begun ends first"
	}
	return words
}

// outcomeLines are a line for each target, or for each part of it.
func (d *actionDialog) outcomeLines() [][]Cell {
	th := d.c.Theme
	var lines [][]Cell
	for i := range d.done {
		done := &d.done[i]
		if len(done.Outcome.Parts) == 0 {
			lines = append(lines, append(doneSign(th, done), Cell{targetName(done.State) + "  ", th.Plain}, Cell{doneWords(done), doneStyle(th, done)}))
			continue
		}
		for _, p := range done.Outcome.Parts {
			lines = append(lines, partCells(th, p))
		}
	}
	return lines
}

func doneStyle(th *theme.Theme, d *action.Done) theme.Style {
	switch {
	case d.Err != nil:
		return th.Bad
	case d.Outcome.Open:
		return th.Warn
	case d.Skipped != "" || d.Outcome.Idle:
		return th.Dim
	default:
		return th.Good
	}
}

func doneSign(th *theme.Theme, d *action.Done) []Cell {
	sign := th.Glyphs.Check
	switch {
	case d.Failed():
		sign = th.Glyphs.Cross
	case d.Skipped != "" || d.Outcome.Idle:
		sign = th.Glyphs.Dot
	}
	return []Cell{{sign + " ", doneStyle(th, d)}}
}

func partCells(th *theme.Theme, p action.Part) []Cell {
	name := Cell{theme.CleanTo(p.Name, 16) + "  ", th.Plain}
	if p.Err != nil {
		return []Cell{{th.Glyphs.Cross + " ", th.Bad}, name, {theme.Clean(action.Explain(p.Err)), th.Bad}}
	}
	return []Cell{{th.Glyphs.Check + " ", th.Good}, name, {theme.CleanTo(p.Words, 100), th.Good}}
}

// reportFoot says at the end in full what went wrong first, or else what to do next.
func (d *actionDialog) reportFoot(width int) []string {
	th := d.c.Theme
	if d.stage != actionEnded {
		return nil
	}
	foot := []string{cellLine(th, width)}
	if i := slices.IndexFunc(d.done, func(o action.Done) bool { return o.Failed() }); i >= 0 {
		foot = append(foot, sentence(th, th.Bad, failedWords(&d.done[i]), width)...)
		foot = append(foot, cellLine(th, width, Cell{"r", th.Key}, Cell{" tries those again that failed", th.Dim}))
	}
	if i := slices.IndexFunc(d.done, func(o action.Done) bool { return o.Outcome.Next != "" }); i >= 0 {
		foot = append(foot, sentence(th, th.Dim, d.done[i].Outcome.Next, width)...)
	}
	return append(foot, cellLine(th, width, Cell{Text: " "}, Cell{"[ close ]", th.Badge}))
}

// failedWords explain a failure: of the target, or of the first part that failed.
func failedWords(d *action.Done) string {
	if d.Err != nil {
		return action.Explain(d.Err)
	}
	for _, p := range d.Outcome.Parts {
		if p.Err != nil {
			return action.Explain(p.Err)
		}
	}
	return d.Outcome.Words
}

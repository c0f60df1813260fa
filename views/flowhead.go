package views

import (
	"time"

	"ffboard/engine"
	"ffboard/theme"
)

// headBar is how wide the bar of members is above a flow.
const headBar = 24

// mostSigns is how many signs stand above a flow.
const mostSigns = 3

// flowHead is what is to say about a flow as a whole, each line width wide.
func flowHead(c *Common, d *flowDigest, width int) []string {
	th, f := c.Theme, &d.Flow
	var lines []string
	say := func(cells ...Cell) {
		l := th.Line(width).Add(th.Plain, " ")
		for _, cell := range cells {
			l.Add(cell.Style, cell.Text)
		}
		lines = append(lines, l.String())
	}
	state := FlowCell(th, engine.DeriveFlowState(f.State, d.counts))
	say(state, Cell{Text: "  "}, Cell{theme.CleanTo(f.Kind, 60), th.Title}, Cell{"  " + theme.CleanTo(string(f.ID), 40), th.Dim})
	say(Cell{theme.Join(flowFacts(c, d), " "+th.Glyphs.Dot+" "), th.Dim})
	say(append(append(d.counts.bar(th, headBar), progressCell(c, d)), d.counts.words(th)...)...)
	if words := coverageWords(c, d); words != "" {
		say(Cell{words, th.Dim})
	}
	if f.State == engine.FlowCancelled {
		say(Cell{cancelledWords(c, f), th.Warn})
	}
	if len(f.Tags) > 0 {
		say(Cell{"tags ", th.Dim}, Cell{Text: tagWords(f.Tags, width)})
	}
	if len(f.Malformed) > 0 {
		say(malformedNote(th, f.Malformed))
	}
	for _, sign := range d.signs[:min(len(d.signs), mostSigns)] {
		say(Cell{th.Glyphs.Alert + " " + sign, th.Warn})
	}
	return lines
}

func flowFacts(c *Common, d *flowDigest) []theme.Text {
	f := &d.Flow
	facts := []theme.Text{"in " + theme.CleanTo(string(f.Namespace), 24), memberWords(d),
		Plural(d.edgeCount(), "edge", "edges"), "revision " + theme.Number(f.GraphRevision)}
	if age := Age(c.Now(), f.CreatedAt); age != "" {
		facts = append(facts, "age "+age)
	}
	if age := Age(c.Now(), f.LastMutationAt); age != "" {
		facts = append(facts, "changed "+age+" ago")
	}
	return facts
}

// memberWords is how many members there are, and how many of them are shown when that is not all.
func memberWords(d *flowDigest) theme.Text {
	if d.Truncated == 0 {
		return Plural(len(d.Members), "member", "members")
	}
	return Count(len(d.Members)) + " of " + Count(len(d.Members)+d.Truncated) + " members"
}

// progressCell is how much of a flow has ended.
func progressCell(c *Common, d *flowDigest) Cell {
	total := d.counts.total()
	if total == 0 {
		return Cell{Text: "  "}
	}
	return Cell{"  " + Percent(d.counts.ended()*100/total) + " done  ", c.Theme.Title}
}

// staleAfter is the age from which on it is said how old the oldest of the states is.
const staleAfter = 10 * time.Second

// coverageWords say what of a large flow is not known, or not known as it is now; "" when it is.
func coverageWords(c *Common, d *flowDigest) theme.Text {
	s := d.survey
	if s == nil {
		return ""
	}
	read := Count(len(s.Members)) + " of " + Count(s.Size) + " members"
	switch {
	case len(s.Members)+s.Beyond < s.Size:
		return "reading: " + read
	case s.Beyond > 0:
		return "the first " + read + " that were found: the others are too many to be read"
	case s.Confirmed.IsZero() || s.At.Sub(s.Confirmed) < staleAfter:
		return ""
	default:
		return "states of those off the screen are up to " + Span(s.At.Sub(s.Confirmed)) + " old"
	}
}

func cancelledWords(c *Common, f *engine.Flow) theme.Text {
	words := theme.Text("cancelled")
	if age := Age(c.Now(), f.CancelledAt); age != "" {
		words += " " + age + " ago"
	}
	words += " (" + theme.CleanTo(f.CancelPolicy, 24) + ")"
	if f.CancelReason != "" {
		words += ": " + theme.CleanTo(f.CancelReason, 120)
	}
	return words
}

package views

import (
	"encoding/json"
	"strings"

	"ffboard/engine"
	"ffboard/theme"
)

// mostWaitLines is how many lines of a condition the form shows where there is room, signalRest how many lines everything else takes.
const (
	mostWaitLines = 10
	signalRest    = 12
)

func (d *signalDialog) View(width, height int) string {
	th := d.c.Theme
	inner := max(min(width-4, dialogWidth), 1)
	var lines []string
	foot := theme.Text("")
	switch {
	case d.stage == signalLoads:
		lines = []string{cellLine(th, inner, Cell{"reading its waitpoints", th.Dim})}
	case d.stage == signalEnded:
		lines = d.ended(inner)
	case len(d.targets) == 0:
		lines = d.noTarget(inner)
	default:
		lines = d.form(inner, height-2)
	}
	if d.stage == signalSends {
		foot = "sending"
	}
	if room := max(height-2, 0); len(lines) > room {
		lines = lines[len(lines)-room:] // the button stays
	}
	return strings.Join(Box(th, "Signal execution", lines, inner, foot), "\n")
}

// about names the execution.
func (d *signalDialog) about(width int) string {
	th, x := d.c.Theme, &d.detail.Execution
	state := StateCell(th, x.State.Public)
	return cellLine(th, width, Cell{theme.CleanTo(x.Kind, 24), th.Title}, Cell{"  " + theme.CleanTo(string(x.ID), 44) + "  ", th.Dim}, state)
}

// noTarget says why there is nothing to signal.
func (d *signalDialog) noTarget(width int) []string {
	th := d.c.Theme
	switch {
	case d.err != nil:
		return []string{cellLine(th, width, Cell{th.Glyphs.Cross + " " + problemWords(d.err), th.Bad})}
	case d.detail == nil:
		return []string{cellLine(th, width, Cell{"there is no such execution: it may have been purged", th.Warn})}
	default:
		text := theme.Text("none of its waitpoints takes a signal now")
		if d.detail.Suspension == nil {
			text = "it has no waitpoint: nothing has ever waited here"
		}
		return []string{d.about(width), cellLine(th, width), cellLine(th, width, Cell{text, th.Warn})}
	}
}

// ended shows the outcome.
func (d *signalDialog) ended(width int) []string {
	th := d.c.Theme
	sign, style := th.Glyphs.Check, th.Good
	switch d.outcome.look {
	case outcomeKept:
		sign, style = th.Glyphs.Empty, th.Accent
	case outcomeIgnored:
		sign, style = th.Glyphs.Alert, th.Warn
	}
	lines := []string{d.about(width), cellLine(th, width), cellLine(th, width, Cell{sign + " " + d.outcome.head, style})}
	for _, text := range d.outcome.more {
		if text != "" {
			lines = append(lines, cellLine(th, width, Cell{Text: "  " + text}))
		}
	}
	lines = append(lines, cellLine(th, width), cellLine(th, width, Cell{"  idempotency key " + theme.CleanTo(d.key.Value(), 60), th.Dim}))
	return append(lines, cellLine(th, width), cellLine(th, width, Cell{Text: " "}, Cell{"[ close ]", th.Badge}))
}

func (d *signalDialog) form(width, height int) []string {
	th := d.c.Theme
	target := &d.targets[d.at]
	blank := cellLine(th, width)
	lines := []string{d.about(width)}
	if len(d.targets) > 1 {
		which := Cell{"< " + Count(d.at+1) + " of " + Count(len(d.targets)) + " >  ", th.Accent}
		lines = append(lines, d.label(fieldTarget, "waitpoint", width, which, Cell{Text: theme.CleanTo(target.waitpoint.Key, 44)}))
	}
	lines = append(lines, d.waits(target, width, max(min(mostWaitLines, height-signalRest), 2))...)
	lines = append(lines, blank)
	lines = append(lines, d.field(fieldName, "name", width), d.field(fieldPayload, "payload", width))
	lines = append(lines, d.label(fieldEncoding, "encoding", width, append(d.encoding.cells(th, d.focus == fieldEncoding), d.verdict())...))
	lines = append(lines, d.field(fieldSource, "source", width), d.field(fieldIdempotency, "key", width))
	lines = append(lines, cellLine(th, width, Cell{theme.Text(" ").Repeat(signalLabels + 1), th.Dim}, Cell{d.keyNote(), th.Dim}))
	if d.err != nil {
		lines = append(lines, cellLine(th, width, Cell{th.Glyphs.Cross + " " + problemWords(d.err), th.Bad}))
	} else {
		lines = append(lines, blank)
	}
	send := Cell{"  send  ", th.Dim}
	if d.focus == fieldSend {
		send = Cell{"[ send ]", th.Badge}
	}
	return append(lines, cellLine(th, width, Cell{Text: " "}, send, Cell{"   the token is read for you when it is sent", th.Dim}))
}

// signalLabels is how wide the names of the fields are.
const signalLabels = 10

// label draws a field's name, marked when it has the focus, and cells behind it.
func (d *signalDialog) label(f signalField, name theme.Text, width int, cells ...Cell) string {
	th := d.c.Theme
	mark, style := theme.Text(" "), th.Dim
	if d.focus == f {
		mark, style = th.Glyphs.Selected, th.Accent
	}
	l := th.Line(width).Add(th.Accent, mark).Field(style, name, signalLabels, theme.Left)
	for _, c := range cells {
		l.Add(c.Style, c.Text)
	}
	return l.String()
}

// field draws a field with its text.
func (d *signalDialog) field(f signalField, name theme.Text, width int) string {
	at := min(signalLabels+1, width)
	return d.label(f, name, at) + d.input(f).View(d.c.Theme, width-at, d.focus == f)
}

// verdict tells whether the payload is what it says it is.
func (d *signalDialog) verdict() Cell {
	th, text := d.c.Theme, d.payload.Value()
	switch {
	case text == "":
		return Cell{"no payload", th.Dim}
	case d.encoding.at == 1:
		return Cell{Size(len(text)), th.Dim}
	case json.Valid([]byte(text)):
		return Cell{th.Glyphs.Check + " JSON, " + Size(len(text)), th.Good}
	default:
		return Cell{th.Glyphs.Cross + " no JSON", th.Bad}
	}
}

func (d *signalDialog) keyNote() theme.Text {
	if d.key.Value() == "" {
		return "empty: one is made; a repeat with the same key is not counted"
	}
	return "a repeat with the same key is not counted"
}

// waits says what the chosen waitpoint waits for, in at most most lines.
func (d *signalDialog) waits(t *signalTarget, width, most int) []string {
	th, s := d.c.Theme, d.detail.Suspension
	if !t.waits {
		text := Cell{"nobody waits on it yet: the signal is buffered until somebody does", th.Warn}
		if !t.pending() {
			text = Cell{"no suspension that is on record waits on it", th.Warn}
		}
		return []string{cellLine(th, width, Cell{Text: " "}, text)}
	}
	head := append([]Cell{{" waits for ", th.Dim}}, awaitedCells(th, s)...)
	lines := []string{cellLine(th, width, head...), cellLine(th, width, d.until(s))}
	lines = append(lines, d.parts(t, s, width)...)
	if len(lines) > most {
		lines = append(lines[:most-1:most-1], cellLine(th, width, Cell{"   " + th.Glyphs.Ellipsis + " more", th.Dim}))
	}
	return lines
}

// parts are the matchers of a simple condition or the nodes of a composite one, where there are several.
func (d *signalDialog) parts(t *signalTarget, s *engine.Suspension, width int) []string {
	th := d.c.Theme
	if len(s.Condition.Members) > 0 {
		return treeLines(th, &s.Condition, &s.Progress, width)
	}
	if len(t.waitpoint.Matchers) < 2 {
		return nil
	}
	var lines []string
	for i, m := range t.waitpoint.Matchers {
		if i == mostWaitLines {
			break
		}
		lines = append(lines, cellLine(th, width, matcherCells(th, m)...))
	}
	return lines
}

func (d *signalDialog) until(s *engine.Suspension) Cell {
	th, now := d.c.Theme, d.c.Now()
	switch {
	case s.TimeoutAt.IsZero():
		return Cell{" for ever: no timeout", th.Dim}
	case s.TimeoutAt.Before(now):
		return Cell{" its time was up " + Age(now, s.TimeoutAt) + " ago, then " + timeoutWords(s.TimeoutBehavior), th.Bad}
	default:
		return Cell{" until " + When(now, s.TimeoutAt) + ", then " + timeoutWords(s.TimeoutBehavior), th.Dim}
	}
}

package views

import (
	"bytes"
	"encoding/json"

	"ffboard/engine"
)

// tailSummary is the rolling document of a stream's summary frames.
type tailSummary struct {
	engine.SummaryDocument
	text *payload
}

// newTailSummary is nil where there is no document.
func newTailSummary(d *engine.SummaryDocument) *tailSummary {
	if d == nil {
		return nil
	}
	text := ordered(d.JSON)
	return &tailSummary{*d, newPayload(text, int64(len(text)))}
}

// ordered is the document with the members of each object in the order of their names: as stored it changes with every version.
func ordered(document []byte) []byte {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return document
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(value) != nil {
		return document
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// about says which version of the document it is.
func (s *tailSummary) about(c *Common, width int) string {
	th := c.Theme
	about := []Cell{{" version " + Count(s.Version), th.Plain}}
	if age := Age(c.Now(), s.UpdatedAt); age != "" {
		about = append(about, Cell{" " + th.Glyphs.Dot + " changed " + age + " ago", th.Dim})
	}
	about = append(about, Cell{" " + th.Glyphs.Dot + " " + Size(len(s.JSON)), th.Dim})
	return cellLine(th, width, about...)
}

// summaryRule is the heading of the summary; it stands out while the keys move in it.
func (v *Tail) summaryRule(width int) string {
	th := v.c.Theme
	if !v.onSummary {
		return Rule(th, "summary", width)
	}
	l := th.Line(width).Add(th.Border, th.Glyphs.Horizontal).Add(th.Accent, "[summary]")
	return l.Add(th.Border, th.Glyphs.Horizontal.Repeat(l.Left())).String()
}

// summaryBlock draws the summary, height lines.
func (v *Tail) summaryBlock(width, height int) []string {
	th := v.c.Theme
	v.summary.SetSize(width, height-1)
	if s := v.facts.summary; s == nil {
		v.summary.SetLines([]string{cellLine(th, width, Cell{" no summary: no summary frame has come", th.Dim})})
	} else {
		s.text.scroll(&v.summary, th, []string{s.about(v.c, width)}, width)
	}
	return append([]string{v.summaryRule(width)}, v.summary.Lines(th)...)
}

package views

import (
	"strings"

	"ffboard/engine"
	"ffboard/theme"
)

// Copy is something that a user may want to have elsewhere: what it is called and the text itself, as it is stored.
type Copy struct {
	Name  theme.Text
	Value string
}

// Copying is implemented by views that have something to copy: what is wanted most comes first. It is asked when the key is pressed.
type Copying interface{ Copies() []Copy }

// Document is what somebody stored, to be read outside of the program.
type Document struct {
	Name theme.Text // what it is: payload, result
	Data []byte
	Size int64 // bytes that are stored, where Data is the beginning only
}

// Documenting is implemented by views that show such documents.
type Documenting interface{ Documents() []Document }

// Readable is the document as a pager may show it: indented where it is JSON, and with nothing in it that a terminal would obey. kind is
// "JSON", "text", "binary" or "empty".
func (d Document) Readable() (text string, kind theme.Text) {
	p := newPayload(d.Data, d.Size)
	lines, _ := theme.Lines(p.text, widestDocument, len(p.text)+1)
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(string(l) + "\n")
	}
	if p.cut() {
		b.WriteString("[" + string(p.about(theme.Bare())) + "]\n")
	}
	return b.String(), p.kind
}

// widestDocument is where a line of a document is broken.
const widestDocument = 1 << 16

// copied is the copy of a table's selected row: its cells as they are shown, with tabs between them.
func (t *Table[R]) copied() []Copy {
	r := t.Selected()
	if r == nil {
		return nil
	}
	var cells []string
	for i, cell := range t.cells(r) {
		if !t.Columns[i].Drawn {
			cells = append(cells, string(cell))
		}
	}
	return []Copy{{"row", strings.Join(cells, "\t")}}
}

func (t *Table[R]) cells(r *R) []theme.Text {
	cells := make([]theme.Text, len(t.Columns))
	for i := range t.Columns {
		cells[i] = t.Columns[i].text(r).Trim()
	}
	return cells
}

// text is a cell without its looks.
func (c *Column[R]) text(r *R) theme.Text {
	if c.Cells == nil {
		return c.Cell(r).Text
	}
	var text theme.Text
	for _, cell := range c.Cells(r, widestCell) {
		text += cell.Text
	}
	return text
}

const widestCell = 40

// executionCopies are what there is to copy of an execution.
func executionCopies(r *engine.ExecutionRow) []Copy {
	if r == nil {
		return nil
	}
	copies := []Copy{{"execution id", string(r.ID)}}
	if r.Flow != "" {
		copies = append(copies, Copy{"flow id", string(r.Flow)})
	}
	if r.FailureReason != "" {
		copies = append(copies, Copy{"failure", r.FailureReason})
	}
	return copies
}

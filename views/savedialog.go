package views

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

// saveDialog asks where a stream is to be saved and from where on.
type saveDialog struct {
	c     *Common
	ref   engine.StreamRef
	begun func(*tailSave)

	name    Input
	from    choice
	focus   int // the name, then from
	err     error
	opening bool
	closed  bool
}

// saveOpened is what came of making the file.
type saveOpened struct {
	save *tailSave
	err  error
}

func newSaveDialog(c *Common, ref engine.StreamRef, begun func(*tailSave)) *saveDialog {
	d := &saveDialog{c: c, ref: ref, begun: begun}
	d.name.SetValue(saveName(ref))
	d.from = choice{name: "from", options: []option{
		{"the beginning", "every frame that is kept, and those that come"},
		{"now", "the frames that come from now on"},
	}}
	return d
}

func (d *saveDialog) Init() tea.Cmd { return nil }
func (d *saveDialog) Closed() bool  { return d.closed }

var saveFileKey = Bind("enter", "save", "enter")

func (d *saveDialog) Bindings() []key.Binding {
	return []key.Binding{saveFileKey, fieldKey, backKey, chooseKey, Does(Keys.Back, "close")}
}

func (d *saveDialog) Update(msg tea.Msg) tea.Cmd {
	if opened, ok := msg.(saveOpened); ok {
		d.opening, d.err = false, opened.err
		if opened.err != nil {
			return nil
		}
		d.closed = true
		d.begun(opened.save)
		return opened.save.run
	}
	switch {
	case d.opening:
	case Pressed(msg, Keys.Back):
		d.closed = true
	case Pressed(msg, saveFileKey):
		return d.open()
	case Pressed(msg, fieldKey):
		d.focus = 1
	case Pressed(msg, backKey):
		d.focus = 0
	case d.focus == 1:
		d.from.update(msg)
	case d.name.Update(msg):
		d.err = nil
	}
	return nil
}

var errNoFileName = errors.New("a file needs a name")

func (d *saveDialog) open() tea.Cmd {
	name := strings.TrimSpace(d.name.Value())
	if name == "" {
		d.err = errNoFileName
		return nil
	}
	d.opening = true
	e, ref, from := d.c.Engine, d.ref, engine.StreamStart
	if d.from.at == 1 {
		from = engine.StreamEnd
	}
	return func() tea.Msg {
		save, err := newTailSave(e, ref, from, name)
		return saveOpened{save, err}
	}
}

func (d *saveDialog) View(width, height int) string {
	th, inner := d.c.Theme, max(min(width-4, dialogWidth), 1)
	lines := []string{
		cellLine(th, inner, Cell{Text: "Every frame is written, one a line as JSON, whatever the screen shows."}),
		cellLine(th, inner),
		d.label(min(labels+1, inner), 0, "file") + d.name.View(th, max(inner-labels-1, 0), d.focus == 0),
		d.label(inner, 1, "from", d.from.cells(th, d.focus == 1)...),
		cellLine(th, inner, Cell{Text: theme.Text(" ").Repeat(labels + 1)}, Cell{d.from.chosen().does, th.Dim}),
	}
	if d.err != nil {
		lines = append(lines, cellLine(th, inner))
		lines = append(lines, sentence(th, th.Bad, string(saveError(d.err)), inner)...)
	}
	lines = lines[:min(len(lines), max(height-2, 0))]
	return strings.Join(Box(th, "Save the stream", lines, inner, "enter saves, tab goes on, esc closes"), "\n")
}

func (d *saveDialog) label(width, place int, name theme.Text, cells ...Cell) string {
	th := d.c.Theme
	mark, style := theme.Text(" "), th.Dim
	if d.focus == place {
		mark, style = th.Glyphs.Selected, th.Accent
	}
	l := th.Line(width).Add(th.Accent, mark).Field(style, name, labels, theme.Left)
	for _, c := range cells {
		l.Add(c.Style, c.Text)
	}
	return l.String()
}

func saveError(err error) theme.Text {
	switch {
	case errors.Is(err, fs.ErrExist):
		return "There is a file of this name: choose another name."
	case errors.Is(err, fs.ErrPermission):
		return "No file may be made there: choose another folder."
	case errors.Is(err, fs.ErrNotExist):
		return "There is no such folder."
	default:
		return theme.Clean(err.Error())
	}
}

package views

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/engine/action"
	"ffboard/theme"
)

// signalDialog asks what to signal an execution with, sends it, and says what it did. It never holds a waitpoint's token: the command
// that sends reads it, uses it and forgets it.
type signalDialog struct {
	c    *Common
	id   engine.ExecutionID
	user func() string // who signals, as the system knows him

	stage   signalStage
	targets []signalTarget
	at      int // the one chosen
	detail  *engine.ExecutionDetail

	name, payload, source, key Input
	encoding                   choice
	named                      bool // the name was touched: another waitpoint does not replace it

	focus   signalField
	err     error // why it was not sent, or refused
	outcome signalOutcome
	closed  bool
}

type signalStage int

const (
	signalLoads signalStage = iota
	signalAsks
	signalSends
	signalEnded
)

// signalField is a place that the focus can be at.
type signalField int

const (
	fieldTarget signalField = iota
	fieldName
	fieldPayload
	fieldEncoding
	fieldSource
	fieldIdempotency
	fieldSend
)

// Encodings of a payload.
const (
	encodingJSON = "json"
	encodingText = "text"
)

// NewSignal makes the dialog that signals an execution.
func NewSignal(c *Common, id engine.ExecutionID) Dialog {
	d := &signalDialog{c: c, id: id, user: c.actor, focus: fieldName}
	d.encoding = choice{name: "encoding", options: []option{
		{word: encodingJSON, does: "checked before it is sent"},
		{word: encodingText, does: "sent as it is"},
	}}
	return d
}

func (d *signalDialog) Init() tea.Cmd { return d.load() }
func (d *signalDialog) Closed() bool  { return d.closed }

var (
	editKey   = Bind("ctrl+e", "edit the payload", "ctrl+e")
	leaveSend = Bind("esc", "close", "esc")
)

func (d *signalDialog) Bindings() []key.Binding {
	switch d.stage {
	case signalAsks:
		bs := []key.Binding{fieldKey, backKey}
		if d.focus == fieldTarget || d.focus == fieldEncoding {
			bs = append(bs, chooseKey)
		}
		bs = append(bs, Does(confirmKey, d.confirms()))
		if !d.c.Remote {
			bs = append(bs, editKey)
		}
		return append(bs, leaveSend)
	case signalEnded:
		return []key.Binding{closeKey}
	default:
		return []key.Binding{leaveSend}
	}
}

// confirms is what enter does.
func (d *signalDialog) confirms() string {
	if d.focus == fieldSend {
		return "send"
	}
	return "next"
}

func (d *signalDialog) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case signalLoaded:
		d.loaded(msg)
		return nil
	case signalEdited:
		d.edited(msg)
		return nil
	case signalSent:
		return d.sent(msg)
	}
	switch {
	case Pressed(msg, leaveSend), d.stage == signalEnded && Pressed(msg, closeKey):
		d.closed = true
		return Send(Refresh{})
	case d.stage != signalAsks:
		return nil
	case len(d.targets) == 0:
		d.closed = Pressed(msg, closeKey)
		return nil
	default:
		return d.ask(msg)
	}
}

// ask moves between the fields and edits them.
func (d *signalDialog) ask(msg tea.Msg) tea.Cmd {
	switch {
	case Pressed(msg, editKey) && !d.c.Remote:
		return d.edit()
	case Pressed(msg, fieldKey), Pressed(msg, confirmKey) && d.focus != fieldSend:
		d.focus = min(d.focus+1, fieldSend)
	case Pressed(msg, backKey):
		d.focus = max(d.focus-1, d.firstField())
	case Pressed(msg, confirmKey):
		return d.send()
	case d.focus == fieldTarget:
		d.choose(msg)
	case d.focus == fieldEncoding:
		d.encoding.update(msg)
	default:
		d.write(msg)
	}
	return nil
}

// firstField is the waitpoint where there are several to choose from.
func (d *signalDialog) firstField() signalField {
	if len(d.targets) > 1 {
		return fieldTarget
	}
	return fieldName
}

func (d *signalDialog) choose(msg tea.Msg) {
	switch {
	case Pressed(msg, Keys.Left):
		d.at = max(d.at-1, 0)
	case Pressed(msg, Keys.Right):
		d.at = min(d.at+1, len(d.targets)-1)
	default:
		return
	}
	if !d.named {
		d.name.SetValue(d.targets[d.at].awaited)
	}
}

func (d *signalDialog) write(msg tea.Msg) {
	in := d.input(d.focus)
	if in == nil || !in.Update(msg) {
		return
	}
	d.err = nil
	d.named = d.named || d.focus == fieldName
}

// input is the text of a field; nil for a field that has none.
func (d *signalDialog) input(f signalField) *Input {
	switch f {
	case fieldName:
		return &d.name
	case fieldPayload:
		return &d.payload
	case fieldSource:
		return &d.source
	case fieldIdempotency:
		return &d.key
	default:
		return nil
	}
}

var (
	errNoName = errors.New("a signal needs a name")
	errNoJSON = errors.New("the payload is no JSON: correct it, or choose text")
)

// check says what keeps the signal from being sent.
func (d *signalDialog) check() error {
	switch {
	case strings.TrimSpace(d.name.Value()) == "":
		return errNoName
	case d.encoding.at == 0 && d.payload.Value() != "" && !json.Valid([]byte(d.payload.Value())):
		return errNoJSON
	default:
		return nil
	}
}

// problemWords are those of an error of the dialog's own, or of the engine's.
func problemWords(err error) theme.Text {
	if errors.Is(err, errNoName) || errors.Is(err, errNoJSON) || errors.Is(err, errNoEditor) || errors.Is(err, action.ErrNoToken) {
		return theme.Clean(err.Error())
	}
	return "rejected: " + errorWords(err)
}

package views

import (
	"context"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

// MostTails is how many streams are followed on one screen.
const MostTails = 4

// Tails follows several streams at once: each in a pane of its own, or all of them in one list in the order of time.
type Tails struct {
	c      *Common
	panes  []*Tail
	focus  int
	merged *Tail // all of them together; nil while each has its pane

	width, height int
}

// NewTails makes the view that follows streams, at most MostTails of them.
func NewTails(c *Common, refs []engine.StreamRef) *Tails {
	v := &Tails{c: c}
	for _, ref := range refs[:min(len(refs), MostTails)] {
		v.add(NewTail(c, ref))
	}
	return v
}

// NewTailOf makes the view that follows the current attempts of executions: one alone, or several at once.
func NewTailOf(c *Common, ids []engine.ExecutionID) View {
	if len(ids) == 1 {
		return newCurrentTail(c, ids[0])
	}
	v := &Tails{c: c}
	for _, id := range ids[:min(len(ids), MostTails)] {
		v.add(newCurrentTail(c, id))
	}
	return v
}

func (v *Tails) add(pane *Tail) {
	source := len(v.panes) + 1
	pane.inPane = true
	pane.buffer.shared = MostTails
	pane.passOn = func(added []*tailFrame) {
		if v.merged != nil {
			v.merged.mergeIn(fromSource(source, added))
		}
	}
	v.panes = append(v.panes, pane)
}

func (v *Tails) Title() theme.Text { return Plural(len(v.panes), "stream", "streams") }

func (v *Tails) Init() tea.Cmd {
	cmds := make([]tea.Cmd, len(v.panes))
	for i, p := range v.panes {
		cmds[i] = v.from(i, p.Init())
	}
	return tea.Batch(cmds...)
}

func (v *Tails) Close() {
	for _, p := range v.panes {
		p.Close()
	}
}

// paneRead is a pane's read on its way back to it: two panes may show the same stream.
type paneRead struct {
	pane int
	read tailRead
}

func (v *Tails) from(pane int, cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() tea.Msg {
		msg := cmd()
		if read, ok := msg.(tailRead); ok {
			return paneRead{pane, read}
		}
		return msg
	}
}

// shown is what the keys are for.
func (v *Tails) shown() *Tail {
	if v.merged != nil {
		return v.merged
	}
	if v.focus < len(v.panes) {
		return v.panes[v.focus]
	}
	return nil
}

func (v *Tails) Capturing() bool { return v.shown() != nil && v.shown().Capturing() }
func (v *Tails) Unwind() bool    { return v.shown() != nil && v.shown().Unwind() }

// Need is what stands around the frames of all panes.
func (v *Tails) Need() Need {
	refs := make([]engine.StreamRef, len(v.panes))
	var name strings.Builder
	for i, p := range v.panes {
		refs[i] = p.ref
		name.WriteString(p.Need().Key + " ")
	}
	return Need{Key: name.String(), Every: tailFactsEvery, Fetch: func(ctx context.Context, e Engine) (any, error) {
		all := make([]*tailFacts, len(refs))
		var failed error
		read := 0
		for i, ref := range refs {
			facts, err := fetchTailFacts(ctx, e, ref)
			if err != nil {
				failed = err
				continue
			}
			one := facts.(tailFacts)
			all[i], read = &one, read+1
		}
		if read > 0 {
			failed = nil // the others are asked for again
		}
		return all, failed
	}}
}

var (
	nextPaneKey     = Bind("tab", "next stream", "tab")
	previousPaneKey = Bind("shift+tab", "previous stream", "shift+tab")
	mergeKey        = Bind("M", "all in one", "M")
)

func (v *Tails) Bindings() []key.Binding {
	var bs []key.Binding
	if v.merged != nil {
		bs = append(bs, Does(mergeKey, "each by itself"))
	} else {
		bs = append(bs, mergeKey, nextPaneKey, previousPaneKey)
	}
	if v.shown() == nil {
		return bs
	}
	return append(bs, v.shown().Bindings()...)
}

func (v *Tails) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case paneRead:
		return v.read(msg)
	case Data:
		return v.take(msg)
	case tea.MouseMsg:
		return v.moused(msg)
	}
	if v.shown() == nil {
		return nil
	}
	if !v.Capturing() {
		switch {
		case Pressed(msg, mergeKey):
			v.toggle()
			return nil
		case v.merged == nil && Pressed(msg, nextPaneKey):
			v.turnTo(v.focus + 1)
			return nil
		case v.merged == nil && Pressed(msg, previousPaneKey):
			v.turnTo(v.focus - 1)
			return nil
		}
	}
	if v.merged != nil {
		return v.pressedMerged(msg)
	}
	return v.from(v.focus, v.shown().Update(msg))
}

// read gives a pane what it has read. While all are shown together, it follows if that does.
func (v *Tails) read(msg paneRead) tea.Cmd {
	if v.merged != nil {
		v.panes[msg.pane].follow = v.merged.follow && v.merged.paused == 0
	}
	return v.from(msg.pane, v.panes[msg.pane].Update(msg.read))
}

func (v *Tails) take(data Data) tea.Cmd {
	all, ok := data.Value.([]*tailFacts)
	if !ok || data.Err != nil || data.Key != v.Need().Key {
		return nil
	}
	var cmds []tea.Cmd
	for i, facts := range all {
		if facts != nil {
			cmds = append(cmds, v.from(i, v.panes[i].learn(*facts)))
		}
	}
	if v.merged != nil {
		v.merged.layout()
	}
	return tea.Batch(cmds...)
}

// pressedMerged leads to the execution of the frame under the cursor; everything else is the list's.
func (v *Tails) pressedMerged(msg tea.Msg) tea.Cmd {
	if Pressed(msg, detailKey) && !v.Capturing() {
		f := v.merged.list.selected()
		if f == nil || f.source == 0 {
			return nil
		}
		return Send(Push{NewExecution(v.c, v.panes[f.source-1].ref.Execution)})
	}
	return v.merged.Update(msg)
}

func (v *Tails) turnTo(pane int) {
	n := len(v.panes)
	v.focus = (pane%n + n) % n
}

// toggle shows the panes as one list, or the list as panes.
func (v *Tails) toggle() {
	if v.merged != nil {
		v.merged = nil
		for _, p := range v.panes {
			p.follow = true
		}
		v.layout()
		return
	}
	v.merged = newMergedTail(v.c, v.panes)
	v.layout()
}

// moused gives a click to the pane under it, which has the focus then.
func (v *Tails) moused(msg tea.MouseMsg) tea.Cmd {
	if v.merged != nil {
		return v.merged.Update(msg)
	}
	i := slices.IndexFunc(v.tiles(), func(t tile) bool {
		return msg.X >= t.x && msg.X < t.x+t.width && msg.Y >= t.y && msg.Y < t.y+t.height
	})
	if i < 0 {
		return nil
	}
	if msg.Button == tea.MouseButtonLeft {
		v.focus = i
	}
	at := v.tiles()[i]
	msg.X, msg.Y = msg.X-at.x, msg.Y-at.y-paneRule
	return v.from(i, v.panes[i].Update(msg))
}

func (v *Tails) SetSize(width, height int) {
	v.width, v.height = width, height
	v.layout()
}

package tui

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/theme"
	"ffboard/views"
)

// Model is the program.
type Model struct {
	options Options
	common  *views.Common
	keymap  keymap
	status  status
	heard   *overheard
	log     log

	width, height int
	nextID        int // of screens and dialogs

	roots   map[string]*screen // those opened so far, kept for their selection
	stack   []*screen          // never empty; the last one is on top
	dialogs []*dialog
	help    *help
	palette *palette

	replay   *replay // nil: it is no replay
	recorded recorded

	commands commandSet
	history  []string // of the palette
}

// statusOwner is the id of the header's feed; screens and dialogs count from one.
const statusOwner = 0

// New makes the program without a terminal: a tea.Model that may be driven by messages.
func New(o Options) *Model {
	m := &Model{options: o, keymap: newKeymap(o.Keys), roots: map[string]*screen{}}
	m.common = &views.Common{Engine: o.Engine, Theme: theme.New(o.Theme, o.Terminal), ReadOnly: o.ReadOnly, Remote: o.Remote, Absolute: o.Absolute, Clock: o.Now}
	m.common.User = o.User
	m.common.Outcomes = m.log.told
	m.common.Kept = o.Kept
	if m.common.Kept == nil {
		m.common.Kept = forThisRun{}
	}
	m.history = m.common.Kept.Get(keptHistory)
	if o.bare {
		m.common.Theme = theme.Bare()
	}
	m.heard = &overheard{Engine: o.Engine}
	m.recorded.recorder = o.Recording
	if o.Replay != nil {
		m.replayFrom(o.Replay)
		o.Clock = nil
	}
	m.learnCommands()
	m.status = status{feed: m.feedOn(o.Engine, statusOwner), clock: o.Clock, heard: m.heard}
	return m
}

// clock is our own clock; common.Now is the server's.
func (m *Model) clock() time.Time {
	if m.options.Now != nil {
		return m.options.Now()
	}
	return time.Now()
}

// tick redraws once a second, for the ages.
type tick struct{}

func nextTick() tea.Cmd { return tea.Tick(time.Second, func(time.Time) tea.Msg { return tick{} }) }

func (m *Model) Init() tea.Cmd {
	first := m.openRoot(roots[0])
	if m.options.Start != "" {
		cmd, err := m.runCommand(m.options.Start)
		if err != nil {
			m.say(theme.Clean(m.options.Start+": "+err.Error()), true)
		}
		first = tea.Batch(first, cmd)
	}
	return tea.Batch(first, m.settle(), nextTick(), m.tickReplay())
}

func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmds []tea.Cmd
	for _, each := range separate(msg) {
		cmds = append(cmds, m.take(each), m.settle())
	}
	return m, tea.Batch(cmds...)
}

// separate takes keys apart that came in one read, as they do over a slow line: each is to be what it would have been alone. What was
// pasted stays together.
func separate(msg tea.Msg) []tea.Msg {
	keys, ok := msg.(tea.KeyMsg)
	if !ok || keys.Type != tea.KeyRunes || keys.Paste || len(keys.Runes) < 2 {
		return []tea.Msg{msg}
	}
	alone := make([]tea.Msg, len(keys.Runes))
	for i, r := range keys.Runes {
		alone[i] = tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}, Alt: keys.Alt}
		if r == ' ' {
			alone[i] = tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{r}, Alt: keys.Alt}
		}
	}
	return alone
}

// take hands a message to whom it is for.
func (m *Model) take(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		return nil
	case tick:
		m.tellOfRecording()
		return nextTick()
	case replayTick:
		return m.replayTicked()
	case tea.KeyMsg:
		return m.pressed(msg)
	case tea.MouseMsg:
		return m.moused(msg)
	case fetched:
		return m.answered(msg)
	case due:
		return m.elapsed(msg)
	case routed:
		return m.deliver(msg.to, msg.msg)
	default:
		return m.deliver(m.top().id, msg)
	}
}

// settle does what follows from any message: closed dialogs go, sizes are set, and the view on top gets what it needs.
func (m *Model) settle() tea.Cmd {
	m.dialogs = slices.DeleteFunc(m.dialogs, func(d *dialog) bool {
		if !d.closed() {
			return false
		}
		if d.broken != nil {
			m.say(theme.Clean(fmt.Sprintf("a dialog met something it could not handle: %v", d.broken)), true)
		}
		return true
	})
	if len(m.stack) == 0 {
		return nil
	}
	top := m.top()
	top.setSize(m.width, m.bodyHeight())
	return tea.Batch(top.feed.follow(top.need()), m.status.feed.follow(m.status.need()))
}

func (m *Model) bodyHeight() int {
	return max(m.height-headerHeight(m.height)-m.timebarHeight()-m.footerHeight(), 0)
}

func (m *Model) top() *screen { return m.stack[len(m.stack)-1] }

func (m *Model) topDialog() *dialog {
	if len(m.dialogs) == 0 {
		return nil
	}
	return m.dialogs[len(m.dialogs)-1]
}

// pressed finds out who takes a key: palette, help, dialog, a view that takes text, the program, the view.
func (m *Model) pressed(msg tea.KeyMsg) tea.Cmd {
	switch {
	case key.Matches(msg, global.Interrupt):
		return tea.Quit
	case key.Matches(msg, global.Redraw):
		return tea.ClearScreen
	case m.palette != nil:
		return m.typed(msg)
	case m.help != nil:
		if !m.help.update(msg) {
			m.help = nil
		}
		return nil
	}
	if d := m.topDialog(); d != nil {
		return route(d.id, d.update(msg))
	}
	top := m.top()
	if top.capturing() {
		return route(top.id, top.update(msg))
	}
	msg = m.keymap.translate(msg)
	if cmd, ok := m.globally(msg); ok {
		return cmd
	}
	if cmd, ok := m.yielded(msg); ok {
		return cmd
	}
	if b, ok := forbidden(top.bindings(), msg); ok {
		m.say("read-only: "+theme.Clean(b.Help().Desc)+" is not offered", true)
		return nil
	}
	return route(top.id, top.update(msg))
}

func (m *Model) globally(msg tea.KeyMsg) (cmd tea.Cmd, ok bool) {
	switch {
	case key.Matches(msg, global.Quit):
		return tea.Quit, true
	case key.Matches(msg, global.Redraw):
		return tea.ClearScreen, true
	case key.Matches(msg, global.Palette):
		m.palette = newPalette(m.commands, m.history)
		return nil, true
	case key.Matches(msg, global.Help):
		m.openHelp()
		return nil, true
	case key.Matches(msg, global.Times):
		m.common.Absolute = !m.common.Absolute
		return nil, true
	case key.Matches(msg, views.Keys.Refresh):
		return m.refresh(), true
	case key.Matches(msg, views.Keys.Back):
		if !m.top().unwind() {
			m.pop(m.top().id)
		}
		return nil, true
	}
	for _, r := range roots {
		if key.Matches(msg, r.binding) {
			return m.openRoot(r), true
		}
	}
	return m.replayed(msg)
}

// forbidden finds the disabled binding that a key would have been.
func forbidden(bs []key.Binding, msg tea.KeyMsg) (key.Binding, bool) {
	for _, b := range bs {
		if !b.Enabled() && slices.Contains(b.Keys(), msg.String()) {
			return b, true
		}
	}
	return key.Binding{}, false
}

func (m *Model) openHelp() {
	m.help = &help{view: m.top().title(), bindings: m.keymap.showAll(m.offered()), everywhere: m.keymap.showAll(m.everywhere())}
}

func (m *Model) typed(msg tea.KeyMsg) tea.Cmd {
	line, done := m.palette.update(msg)
	if !done {
		return nil
	}
	m.palette = nil
	line = strings.TrimSpace(line)
	if line == "" {
		return nil
	}
	m.remember(line)
	cmd, err := m.runCommand(line)
	if err != nil {
		m.say(theme.Clean(err.Error()), true)
	}
	return cmd
}

// moused hands the mouse to what is under it, in its own coordinates. Dialogs get the wheel alone.
func (m *Model) moused(msg tea.MouseMsg) tea.Cmd {
	wheel := msg.Button == tea.MouseButtonWheelUp || msg.Button == tea.MouseButtonWheelDown
	if m.help != nil {
		m.help.update(msg)
		return nil
	}
	if d := m.topDialog(); d != nil {
		if !wheel {
			return nil
		}
		return route(d.id, d.update(msg))
	}
	if cmd, ok := m.clickedTrack(msg); ok {
		return cmd
	}
	msg.Y -= headerHeight(m.height)
	if m.palette != nil || msg.Y < 0 || msg.Y >= m.bodyHeight() {
		return nil
	}
	return route(m.top().id, m.top().update(msg))
}

func (m *Model) answered(msg fetched) tea.Cmd {
	if msg.owner == statusOwner {
		ok, next := m.status.feed.answered(msg)
		if ok {
			m.status.take(msg.data, m.common)
		}
		return next
	}
	s := m.screen(msg.owner)
	if s == nil {
		return nil
	}
	ok, next := s.feed.answered(msg)
	if !ok {
		return nil
	}
	return tea.Batch(route(s.id, s.update(msg.data)), next)
}

func (m *Model) elapsed(msg due) tea.Cmd {
	if msg.owner == statusOwner {
		return m.status.feed.elapsed(msg)
	}
	if s := m.screen(msg.owner); s != nil {
		return s.feed.elapsed(msg)
	}
	return nil
}

// deliver does what a view or dialog asks of the program, or gives it the message that is its own.
func (m *Model) deliver(to int, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case views.Push:
		return m.push(msg.View)
	case views.Pop:
		m.pop(to)
		return nil
	case views.Ask:
		return m.ask(msg.Dialog)
	case views.Refresh:
		return m.refresh()
	case views.Said:
		m.say(msg.Text, msg.Error)
		return nil
	case views.Exec:
		return m.exec(to, msg)
	}
	for _, d := range m.dialogs {
		if d.id == to {
			if p, ok := msg.(panicked); ok {
				d.broken = p.value
				return nil
			}
			return route(d.id, d.update(msg))
		}
	}
	s := m.screen(to)
	if s == nil {
		return nil
	}
	if p, ok := msg.(panicked); ok {
		s.crash(p.value, p.at)
		return nil
	}
	return route(s.id, s.update(msg))
}

func (m *Model) say(text theme.Text, isError bool) {
	m.log.add(outcome{at: m.clock(), text: text, error: isError})
}

func (m *Model) refresh() tea.Cmd {
	return tea.Batch(m.top().feed.refresh(), m.status.feed.refresh())
}

func (m *Model) ask(d views.Dialog) tea.Cmd {
	m.nextID++
	opened := &dialog{id: m.nextID, dialog: d}
	m.dialogs = append(m.dialogs, opened)
	return route(opened.id, opened.init())
}

var (
	errNoCommand = errors.New("no command")
	errElsewhere = errors.New("programs are not started on a machine that is not the user's")
)

func (m *Model) exec(to int, e views.Exec) tea.Cmd {
	done := func(err error) tea.Msg {
		if e.Done == nil {
			return nil
		}
		return routed{to, e.Done(err)}
	}
	if len(e.Command) == 0 {
		return func() tea.Msg { return done(errNoCommand) }
	}
	if m.options.Remote {
		return func() tea.Msg { return done(errElsewhere) }
	}
	return tea.Exec(newForeground(m.context(), e.Command), done)
}

package views

import (
	"context"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/engine/action"
	"ffboard/theme"
)

// actionDialog asks before an action is done, naming what it hits as it is now, does it, and shows what became of each target.
type actionDialog struct {
	c       *Common
	action  *action.Action
	targets []action.Target

	stage    actionStage
	states   []*action.State
	possible []*action.State
	hit      *impactRead // of a cancel: what it does to others; nil until read
	fields   []*actionField
	typed    Input // the word that confirms
	focus    int   // fields, then the word where there is one, then the buttons
	doing    bool  // the button that does it has the focus, not the one that keeps
	err      error
	closed   bool

	args     action.Args // of the run
	run      *actionRun
	stopping bool
	total    int
	done     []action.Done
	tally    actionTally
	notBegun int
	list     Viewport
}

type actionStage int

const (
	actionReads actionStage = iota
	actionAsks
	actionBegins
	actionRuns
	actionEnded
)

func newActionDialog(c *Common, a *action.Action, targets []action.Target) Dialog {
	return &actionDialog{c: c, action: a, targets: targets}
}

// actionReady is what the dialog begins with.
type actionReady struct {
	states []*action.State
	offers map[string][]action.Choice
	err    error
}

func (d *actionDialog) Init() tea.Cmd {
	e, a, targets := d.c.Engine, d.action, d.targets
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), longestCall)
		defer cancel()
		states, err := action.Read(ctx, e, targets)
		if err != nil {
			return actionReady{err: err}
		}
		ready := actionReady{states: states, offers: map[string][]action.Choice{}}
		for _, arg := range a.Arguments {
			if arg.Offer == nil {
				continue
			}
			if ready.offers[arg.Name], err = arg.Offer(ctx, e, possibleOf(a, states)); err != nil {
				return actionReady{err: err}
			}
		}
		return ready
	}
}

// possibleOf are those that the action may be done to.
func possibleOf(a *action.Action, states []*action.State) []*action.State {
	var possible []*action.State
	for _, s := range states {
		if a.Possible(s) == "" {
			possible = append(possible, s)
		}
	}
	return possible
}

func (d *actionDialog) Closed() bool { return d.closed }

var (
	stopKey  = Bind("esc", "stop what has not begun", "esc")
	againKey = Bind("r", "try failed ones again", "r")
)

func (d *actionDialog) Bindings() []key.Binding {
	switch d.stage {
	case actionAsks:
		return []key.Binding{fieldKey, backKey, chooseKey, confirmKey, keepKey}
	case actionRuns:
		if d.stopping || d.total == 1 {
			return append([]key.Binding{leaveKey}, movement()...)
		}
		return append([]key.Binding{stopKey}, movement()...)
	case actionEnded:
		bs := []key.Binding{closeKey}
		if len(d.failed()) > 0 {
			bs = append(bs, againKey)
		}
		return append(bs, movement()...)
	default:
		return []key.Binding{leaveSend}
	}
}

func (d *actionDialog) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case actionReady:
		return d.ready(msg)
	case impactRead:
		d.hit = &msg
		return nil
	case actionBegun:
		return d.begun(msg)
	case actionNews:
		return d.hear(msg)
	}
	switch d.stage {
	case actionAsks:
		return d.ask(msg)
	case actionRuns:
		return d.watch(msg)
	case actionEnded:
		return d.end(msg)
	default:
		if Pressed(msg, leaveSend) {
			d.closed = true
		}
		return nil
	}
}

func (d *actionDialog) ready(msg actionReady) tea.Cmd {
	d.stage, d.states, d.err = actionAsks, msg.states, msg.err
	d.possible = possibleOf(d.action, msg.states)
	if d.err != nil || len(d.possible) == 0 {
		return nil
	}
	for i := range d.action.Arguments {
		arg := &d.action.Arguments[i]
		d.fields = append(d.fields, newActionField(arg, d.possible, msg.offers[arg.Name]))
	}
	if d.action.Kind == action.Execution && d.action.Name == action.NameCancel {
		return readImpact(d.c.Engine, rowsOfStates(d.possible))
	}
	return nil
}

func rowsOfStates(states []*action.State) []engine.ExecutionRow {
	rows := make([]engine.ExecutionRow, len(states))
	for i, s := range states {
		rows[i] = s.Row
	}
	return rows
}

// ask moves between the fields and edits them.
func (d *actionDialog) ask(msg tea.Msg) tea.Cmd {
	shown := d.shown()
	switch {
	case Pressed(msg, keepKey):
		d.closed = true
	case Pressed(msg, fieldKey):
		d.focus = min(d.focus+1, d.buttons())
	case Pressed(msg, backKey):
		d.focus = max(d.focus-1, 0)
	case Pressed(msg, confirmKey) && d.focus < d.buttons():
		d.focus++
	case Pressed(msg, confirmKey):
		return d.press()
	case d.focus < len(shown):
		d.edit(shown[d.focus], msg)
	case d.focus < d.buttons():
		d.typed.Update(msg)
		d.doing = false
	case Pressed(msg, Keys.Left):
		d.doing = false
	case Pressed(msg, Keys.Right):
		d.doing = d.verb() != "" && d.confirmed()
	}
	return nil
}

func (d *actionDialog) edit(f *actionField, msg tea.Msg) {
	if f.update(msg) {
		d.err, d.doing = nil, false
	}
}

// buttons is the place of the buttons among the fields.
func (d *actionDialog) buttons() int {
	n := len(d.shown())
	if d.word() != "" {
		n++
	}
	return n
}

// word is what has to be typed.
func (d *actionDialog) word() string {
	if len(d.possible) == 0 || d.action.Confirm == nil {
		return ""
	}
	return d.action.Confirm(d.possible, d.arguments())
}

func (d *actionDialog) confirmed() bool { return d.word() == d.typed.Value() || d.word() == "" }

// shown are the fields that are asked for, given what was said in the others.
func (d *actionDialog) shown() []*actionField {
	args := d.arguments()
	var shown []*actionField
	for _, f := range d.fields {
		if f.arg.When == nil || f.arg.When(args) {
			shown = append(shown, f)
		}
	}
	return shown
}

func (d *actionDialog) arguments() action.Args {
	args := action.Args{Values: map[string]string{}}
	for _, f := range d.fields {
		if f.arg.Secret {
			args.Secret, _ = action.ParseSecret(f.input.Value())
			continue
		}
		args.Values[f.arg.Name] = f.value()
	}
	if args.Values["secret"] != action.SecretTyped {
		args.Secret = action.Secret{}
	}
	return args
}

// verb names what the button does; "" when there is nothing to do.
func (d *actionDialog) verb() theme.Text {
	n := len(d.possible)
	switch {
	case n == 0:
		return ""
	case len(d.states) == 1:
		return theme.Clean(d.action.Name)
	default:
		return theme.Clean(d.action.Name) + " " + Plural(n, theme.Clean(string(d.action.Kind)), theme.Clean(string(d.action.Kind))+"s")
	}
}

// press is enter on a button.
func (d *actionDialog) press() tea.Cmd {
	if !d.doing || !d.confirmed() {
		d.closed = true
		return nil
	}
	args := d.arguments()
	if d.err = d.check(args); d.err != nil {
		d.doing = false
		return nil
	}
	d.stage = actionBegins
	return d.begin(args, d.possible)
}

func (d *actionDialog) check(args action.Args) error {
	for _, f := range d.shown() {
		if f.arg.Needed && f.value() == "" {
			return action.Refusal(f.arg.Name + " is needed: " + f.arg.Does)
		}
	}
	if d.action.Validate == nil {
		return nil
	}
	return d.action.Validate(args)
}

// actionBegun says that the run is under way, or why it is not.
type actionBegun struct {
	run   *actionRun
	args  action.Args
	total int
	err   error
}

func (d *actionDialog) begin(args action.Args, states []*action.State) tea.Cmd {
	e, a := d.c.Engine, d.action
	what, only := d.logName(states), onlyOne(states)
	if d.c.Remote && args.Get("secret") == action.SecretFromFile {
		return Send(actionBegun{err: action.Refusal("files of the machine that serves the board are not read: generate the secret, or type it")})
	}
	return func() tea.Msg {
		args, err := args.WithSecret()
		if err != nil {
			return actionBegun{err: err}
		}
		run := startAction(e, a, states, args)
		return tea.BatchMsg{Send(actionBegun{run: run, args: args, total: len(states)}), run.said(what, only)}
	}
}

func onlyOne(states []*action.State) *action.State {
	if len(states) == 1 {
		return states[0]
	}
	return nil
}

// logName is what the log calls what was done.
func (d *actionDialog) logName(states []*action.State) theme.Text {
	name := theme.Clean(d.action.Name)
	switch {
	case len(states) > 1:
		return name + " of " + Plural(len(states), theme.Clean(string(d.action.Kind)), theme.Clean(string(d.action.Kind))+"s")
	case d.action.Kind == action.Deployment:
		return name
	default:
		return name + " of " + theme.Clean(string(d.action.Kind)) + " " + targetName(states[0])
	}
}

func (d *actionDialog) begun(msg actionBegun) tea.Cmd {
	if msg.err != nil {
		d.stage, d.err, d.doing = actionAsks, msg.err, false
		return nil
	}
	d.stage, d.run, d.args, d.total, d.stopping = actionRuns, msg.run, msg.args, msg.total, false
	d.done, d.tally, d.notBegun = nil, actionTally{}, 0
	return msg.run.next()
}

func (d *actionDialog) hear(news actionNews) tea.Cmd {
	for i := range news.done {
		d.tally.add(&news.done[i])
	}
	d.done = append(d.done, news.done...)
	if !news.last {
		return d.run.next()
	}
	d.stage, d.notBegun = actionEnded, news.notBegun
	return Send(Refresh{})
}

// watch answers keys while it runs: the first esc stops what has not begun, the next one leaves.
func (d *actionDialog) watch(msg tea.Msg) tea.Cmd {
	if !Pressed(msg, stopKey) {
		d.list.Update(msg)
		return nil
	}
	if d.stopping || d.total == 1 {
		d.closed = true
		return Send(Refresh{})
	}
	d.stopping = true
	d.run.stop()
	return nil
}

func (d *actionDialog) end(msg tea.Msg) tea.Cmd {
	switch {
	case Pressed(msg, closeKey):
		d.closed = true
		return Send(Refresh{})
	case Pressed(msg, againKey) && len(d.failed()) > 0:
		d.stage = actionBegins
		return d.begin(d.args, d.failed())
	}
	d.list.Update(msg)
	return nil
}

func (d *actionDialog) failed() []*action.State {
	var failed []*action.State
	for i := range d.done {
		if d.done[i].Failed() {
			failed = append(failed, d.done[i].State)
		}
	}
	return failed
}

package views

import (
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

// cancelDialog asks before something is cancelled, sends the cancel, and shows what became of each execution. What is cancelled, and
// how, is filled in by its makers.
type cancelDialog struct {
	c *Common

	title   theme.Text
	about   [][]Cell // what is cancelled
	choices []*choice
	reason  Input
	fixed   bool              // the reason is given and not asked for
	effect  func() [][]Cell   // what the choices come to
	verb    func() theme.Text // what the button that cancels says; "" where there is nothing to cancel
	begin   func() tea.Cmd    // sends; the answer is cancelBegun or cancelFailed
	waits   func() bool       // whether the dialog stays for the outcomes
	retried string            // who tries again what failed; "" for nobody
	kinds   map[engine.ExecutionID]string
	preview tea.Cmd       // reads what is hit besides; nil where nothing can be
	word    func() string // what has to be typed before; nil or "" where a button is enough

	stage  cancelStage
	focus  int  // choices, then the reason, then the buttons
	doing  bool // the button that cancels has the focus, not the one that keeps
	typed  Input
	hit    *impactRead // nil until read
	err    error
	closed bool

	run      *cancelRun
	head     theme.Text // of the outcomes
	total    int
	outcomes []engine.MemberOutcome
	tally    outcomeTally
	list     Viewport
}

type cancelStage int

const (
	cancelAsks cancelStage = iota
	cancelSends
	cancelRuns
	cancelEnded
)

// cancelBegun says that a cancel was accepted and that its executions are under way; cancelFailed that it was not.
type (
	cancelBegun struct {
		run   *cancelRun
		head  theme.Text // what was done, for the dialog and the log
		total int        // executions
	}
	cancelFailed struct{ err error }
)

func (d *cancelDialog) Init() tea.Cmd { return d.preview }
func (d *cancelDialog) Closed() bool  { return d.closed }

var (
	chooseKey  = Bind("←→", "choose", "left", "right")
	fieldKey   = Bind("tab", "next field", "tab", "down")
	backKey    = Bind("shift+tab", "previous field", "shift+tab", "up")
	confirmKey = Bind("enter", "next", "enter")
	keepKey    = Bind("esc", "keep", "esc")
	closeKey   = Bind("enter", "close", "enter", "esc")
	leaveKey   = Bind("esc", "close, it goes on", "esc")
)

func (d *cancelDialog) Bindings() []key.Binding {
	switch d.stage {
	case cancelAsks:
		return []key.Binding{fieldKey, backKey, chooseKey, confirmKey, keepKey}
	case cancelEnded:
		return append([]key.Binding{closeKey}, movement()...)
	default:
		return append([]key.Binding{leaveKey}, movement()...)
	}
}

func (d *cancelDialog) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case impactRead:
		d.hit = &msg
		return nil
	case cancelFailed:
		d.stage, d.err, d.doing = cancelAsks, msg.err, false
		return nil
	case cancelBegun:
		return d.begun(msg)
	case cancelNews:
		return d.hear(msg)
	}
	switch d.stage {
	case cancelAsks:
		return d.ask(msg)
	case cancelEnded:
		if Pressed(msg, closeKey) {
			d.closed = true
			return Send(Refresh{})
		}
	default:
		if Pressed(msg, leaveKey) {
			d.closed = true
			return Send(Refresh{})
		}
	}
	d.list.Update(msg)
	return nil
}

// ask moves between the fields and edits them.
func (d *cancelDialog) ask(msg tea.Msg) tea.Cmd {
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
	case d.focus < len(d.choices):
		d.choices[d.focus].update(msg)
	case d.focus == d.buttons():
		d.chooseButton(msg)
	case d.focus == d.reasons():
		d.typed.Update(msg)
		d.doing = false
	default:
		d.reason.Update(msg)
	}
	return nil
}

// buttons is the place of the buttons among the fields: behind the word that has to be typed, where there is one.
func (d *cancelDialog) buttons() int {
	if d.confirmWord() != "" {
		return d.reasons() + 1
	}
	return d.reasons()
}

// reasons is the place behind the choices and the reason.
func (d *cancelDialog) reasons() int {
	if d.fixed {
		return len(d.choices)
	}
	return len(d.choices) + 1
}

func (d *cancelDialog) confirmWord() string {
	if d.word == nil {
		return ""
	}
	return d.word()
}

func (d *cancelDialog) confirmed() bool {
	return d.confirmWord() == "" || d.typed.Value() == d.confirmWord()
}

func (d *cancelDialog) chooseButton(msg tea.Msg) {
	switch {
	case Pressed(msg, Keys.Left):
		d.doing = false
	case Pressed(msg, Keys.Right):
		d.doing = d.verb() != "" && d.confirmed()
	}
}

// press is enter on a button.
func (d *cancelDialog) press() tea.Cmd {
	if !d.doing || !d.confirmed() {
		d.closed = true
		return nil
	}
	d.stage, d.err = cancelSends, nil
	return d.begin()
}

// begun shows the outcomes, or closes where nobody waits for them.
func (d *cancelDialog) begun(msg cancelBegun) tea.Cmd {
	d.stage, d.run, d.head, d.total = cancelRuns, msg.run, msg.head, msg.total
	if !d.waits() {
		d.closed = true
		return Send(Refresh{})
	}
	return msg.run.next()
}

func (d *cancelDialog) hear(news cancelNews) tea.Cmd {
	for _, o := range news.outcomes {
		d.tally.add(o)
	}
	d.outcomes = append(d.outcomes, news.outcomes...)
	if !news.last {
		return d.run.next()
	}
	d.stage, d.err = cancelEnded, news.err
	return Send(Refresh{})
}

// dialogWidth is how wide a dialog's lines are on a screen that has the room.
const dialogWidth = 74

func (d *cancelDialog) View(width, height int) string {
	inner := max(min(width-4, dialogWidth), 1)
	lines, foot := d.form(inner), theme.Text("")
	if d.stage == cancelRuns || d.stage == cancelEnded {
		lines = d.report(inner, height-2)
	}
	if d.stage == cancelSends {
		foot = "sending"
	}
	if room := max(height-2, 0); len(lines) > room {
		lines = lines[len(lines)-room:] // the buttons stay
	}
	return strings.Join(Box(d.c.Theme, d.title, lines, inner, foot), "\n")
}

// labels is how wide the names of the fields are.
const labels = 8

func (d *cancelDialog) form(width int) []string {
	th := d.c.Theme
	var lines []string
	say := func(cells ...Cell) { lines = append(lines, cellLine(th, width, cells...)) }
	for _, cells := range d.about {
		say(cells...)
	}
	say()
	for i, f := range d.choices {
		lines = append(lines, d.field(width, i, f.name, f.cells(th, d.focus == i)...))
		say(Cell{Text: theme.Text(" ").Repeat(labels + 1)}, Cell{f.chosen().does, th.Dim})
	}
	if !d.fixed {
		lines = append(lines, d.field(labels+1, len(d.choices), "reason")+d.reasonField(max(width-labels-1, 0)))
	}
	say()
	for _, cells := range append(d.effect(), d.besides()...) {
		say(cells...)
	}
	if d.err != nil {
		lines = append(lines, sentence(th, th.Bad, engine.Explain(d.err), width)...)
	}
	if word := d.confirmWord(); word != "" {
		lines = append(lines, wordLines(th, word, &d.typed, d.focus == d.reasons(), width)...)
	}
	say()
	say(d.buttonCells()...)
	return lines
}

// besides is what is hit besides what is named.
func (d *cancelDialog) besides() [][]Cell {
	switch {
	case d.preview == nil:
		return nil
	case d.hit == nil:
		return [][]Cell{{{"looking for what depends on it", d.c.Theme.Dim}}}
	default:
		return d.hit.lines(d.c.Theme)
	}
}

func (d *cancelDialog) reasonField(width int) string {
	th, focused := d.c.Theme, d.focus == len(d.choices)
	if !focused && d.reason.Value() == "" {
		return cellLine(th, width, Cell{" none", th.Dim})
	}
	return cellLine(th, 1) + d.reason.View(th, max(width-1, 0), focused)
}

// field draws a field's name, marked when it has the focus, and what stands in it.
func (d *cancelDialog) field(width, place int, name theme.Text, cells ...Cell) string {
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

func (d *cancelDialog) buttonCells() []Cell {
	th := d.c.Theme
	keep, do := Cell{"  keep  ", th.Dim}, Cell{"  " + d.verb() + "  ", th.Dim}
	if d.verb() == "" {
		keep.Text, do.Text = "  close  ", ""
	}
	switch {
	case d.focus != d.buttons():
	case d.doing:
		do = Cell{"[ " + d.verb() + " ]", th.Bad}
	default:
		keep = Cell{"[ " + keep.Text[2:len(keep.Text)-2] + " ]", th.Badge}
	}
	return []Cell{{Text: " "}, keep, {Text: "   "}, do}
}

// report lists the outcomes that came so far, the last ones in sight.
func (d *cancelDialog) report(width, height int) []string {
	th := d.c.Theme
	lines := []string{cellLine(th, width, Cell{d.head, th.Plain}), cellLine(th, width, Cell{d.progress(), th.Accent}), cellLine(th, width)}
	foot := d.reportFoot(width)
	if d.total > 0 {
		atEnd := d.list.AtBottom()
		d.list.Count = len(d.outcomes)
		d.list.Line = func(i, width int) string {
			o := d.outcomes[i]
			return cellLine(th, width, outcomeCells(th, o, d.kinds[o.Execution])...)
		}
		d.list.SetSize(width, max(min(d.total, height-len(lines)-len(foot)), 1))
		if atEnd {
			d.list.ScrollTo(d.list.Count)
		}
		lines = append(lines, rows(d.list.View(th))...)
	}
	return append(lines, foot...)
}

func (d *cancelDialog) progress() theme.Text {
	if d.total == 0 {
		return "no member was to be cancelled"
	}
	return Count(len(d.outcomes)) + " of " + Count(d.total) + ": " + d.tally.words()
}

// reportFoot says at the end in full what went wrong first, and who mends it.
func (d *cancelDialog) reportFoot(width int) []string {
	th := d.c.Theme
	if d.stage != cancelEnded {
		return nil
	}
	if d.err != nil {
		return append([]string{cellLine(th, width)}, sentence(th, th.Bad, "It ended early. "+engine.Explain(d.err), width)...)
	}
	i := slices.IndexFunc(d.outcomes, func(o engine.MemberOutcome) bool { return o.Err != nil })
	if i < 0 {
		return nil
	}
	foot := append([]string{cellLine(th, width)}, sentence(th, th.Bad, engine.Explain(d.outcomes[i].Err), width)...)
	if d.retried != "" {
		foot = append(foot, sentence(th, th.Dim, d.retried, width)...)
	}
	return foot
}

// sentence draws words on as many lines as they need.
func sentence(th *theme.Theme, s theme.Style, words string, width int) []string {
	var lines []string
	for _, t := range wrapWords(words, max(width, 1)) {
		lines = append(lines, cellLine(th, width, Cell{t, s}))
	}
	return lines
}

// cellLine is a line made of cells.
func cellLine(th *theme.Theme, width int, cells ...Cell) string {
	l := th.Line(width)
	for _, c := range cells {
		l.Add(c.Style, c.Text)
	}
	return l.String()
}

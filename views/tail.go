package views

import (
	"context"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

const (
	tailFactsEvery = 2 * time.Second
	// tailBeside is the width from which on the summary stands beside the frames.
	tailBeside = 120
)

// Tail follows the output stream of an attempt.
type Tail struct {
	c      *Common
	ref    engine.StreamRef
	reader tailReader
	buffer tailBuffer
	facts  tailFacts

	list    tailList
	flow    *textFlow // the text that frames make together; nil while frames are shown one by one
	text    Viewport  // over flow
	summary Viewport
	search  tailSearch
	save    *tailSave // the last file that frames were written to; nil: none yet

	follow    bool
	paused    int  // frames read when the screen was stopped, plus one; 0: it goes on
	bare      bool // without best effort
	onSummary bool // the summary has the focus

	current bool               // the attempt is to be the current one, which is not known yet
	inPane  bool               // it is one of several on the screen
	sources []*Tail            // those whose frames it shows together; nil: it shows its own
	passOn  func([]*tailFrame) // gets the frames that come as well

	width, height int
}

// tailFacts is what stands around the frames. Each may be nil.
type tailFacts struct {
	meta    *engine.StreamMeta
	row     *engine.ExecutionRow
	summary *tailSummary
}

// NewTail makes the view that follows a stream.
func NewTail(c *Common, ref engine.StreamRef) *Tail {
	v := &Tail{c: c, follow: true}
	v.begin(ref)
	return v
}

// newCurrentTail makes the view that follows the stream of an execution's current attempt, whichever that is.
func newCurrentTail(c *Common, id engine.ExecutionID) *Tail {
	v := NewTail(c, engine.StreamRef{Execution: id})
	v.current = true
	return v
}

// begin shows the stream of an attempt from its beginning.
func (v *Tail) begin(ref engine.StreamRef) {
	v.ref, v.reader = ref, newTailReader(v.c.Engine, ref)
	v.buffer, v.list.rows, v.list.at, v.list.top = tailBuffer{shared: v.buffer.shared}, nil, 0, 0
	v.facts = tailFacts{row: v.facts.row}
	v.paused, v.follow = 0, true
	if v.flow != nil {
		v.flowAnew()
	}
	v.layout()
}

func (v *Tail) Title() theme.Text { return "stream " + ShortExecution(v.ref.Execution) }
func (v *Tail) Capturing() bool   { return v.search.typing }

// Init begins to read, unless it is not known yet what.
func (v *Tail) Init() tea.Cmd {
	if v.current {
		return nil
	}
	return v.reader.read(0)
}

// Close ends the reading, and the writing.
func (v *Tail) Close() {
	v.reader.stop()
	if v.save != nil {
		v.save.stop()
	}
}

// Unwind forgets the search.
func (v *Tail) Unwind() bool { return v.search.clear() }

// Need is what stands around the frames; the frames themselves are read in a loop of their own.
func (v *Tail) Need() Need {
	ref := v.ref
	return Need{Key: "stream " + string(ref.Execution) + " " + string(theme.Number(ref.Attempt)), Every: tailFactsEvery,
		Fetch: func(ctx context.Context, e Engine) (any, error) { return fetchTailFacts(ctx, e, ref) }}
}

func fetchTailFacts(ctx context.Context, e Engine, ref engine.StreamRef) (any, error) {
	meta, err := e.StreamMeta(ctx, ref.Execution, ref.Attempt)
	if err != nil {
		return nil, err
	}
	document, err := e.ReadSummary(ctx, ref.Execution, ref.Attempt)
	if err != nil {
		return nil, err
	}
	rows, err := e.ExecutionRows(ctx, []engine.ExecutionID{ref.Execution})
	if err != nil {
		return nil, err
	}
	facts := tailFacts{meta: meta, summary: newTailSummary(document)}
	if len(rows) == 1 {
		facts.row = &rows[0]
	}
	return facts, nil
}

var (
	followKey     = Bind("f", "follow", "f")
	wrapKey       = Bind("w", "wrap", "w")
	prettyKey     = Bind("p", "indent JSON", "p")
	textKey       = Bind("x", "as text", "x")
	visibilityKey = Bind("v", "without best effort", "v")
	searchKey     = Bind("/", "search", "/")
	nextKey       = Bind("n", "next match", "n")
	previousKey   = Bind("N", "previous match", "N")
	summaryKey    = Bind("tab", "summary", "tab", "shift+tab")
	earlierKey    = Bind("[", "earlier attempt", "[")
	laterKey      = Bind("]", "later attempt", "]")
	saveKey       = Bind("W", "save to a file", "W")
)

func (v *Tail) Bindings() []key.Binding {
	var bs []key.Binding
	say := func(on bool, b key.Binding, otherwise string) {
		if on {
			b = Does(b, otherwise)
		}
		bs = append(bs, b)
	}
	say(v.paused > 0, pauseKey, "go on")
	say(false, followKey, "")
	say(v.flow != nil, textKey, "as frames")
	say(v.bare, visibilityKey, "all frames")
	if v.flow == nil {
		say(v.list.wrap, wrapKey, "one line each")
		say(v.list.pretty, prettyKey, "JSON on one line")
	}
	bs = append(bs, searchKey)
	if v.search.query != "" {
		bs = append(bs, nextKey, previousKey)
	}
	if !v.inPane && v.sources == nil {
		say(v.onSummary, summaryKey, "frames")
	}
	if one := v.saved(); !v.c.Remote && one != nil {
		say(one.saving(), saveKey, "stop saving")
	}
	bs = append(bs, Does(Keys.Enter, "whole frame"))
	if v.sources == nil {
		bs = append(bs, earlierKey, laterKey)
	}
	bs = append(bs, detailKey)
	return append(bs, movement()...)
}

func (v *Tail) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tailRead:
		return v.take(msg)
	case Data:
		if facts, ok := msg.Value.(tailFacts); ok && msg.Err == nil && msg.Key == v.Need().Key {
			return v.learn(facts)
		}
		return nil
	}
	if v.search.typing {
		v.searching(msg)
		return nil
	}
	if cmd, done := v.pressed(msg); done {
		return cmd
	}
	v.move(msg)
	return nil
}

// learn takes what stands around the frames, and finds out which attempt is the current one.
func (v *Tail) learn(facts tailFacts) tea.Cmd {
	v.facts = facts
	if v.current && facts.row != nil {
		v.current = false
		return v.turn(facts.row.AttemptIndex)
	}
	v.layout()
	return nil
}

// take adds the frames that came.
func (v *Tail) take(msg tailRead) tea.Cmd {
	if msg.ref != v.ref || msg.by != nil && msg.by.Err() != nil {
		return nil // of an attempt that is not shown any more, or from before it was begun anew
	}
	v.reader.pace.eager = v.follow && v.paused == 0
	next := v.reader.take(msg, v.c.Now())
	if msg.err == nil {
		var added []*tailFrame
		if msg.skip != nil {
			added = append(added, v.buffer.addGap(msg.skip.missed, &msg.page.Frames[0]))
		}
		added = append(added, v.buffer.add(msg.page.Frames)...)
		if v.paused == 0 {
			v.show(added)
		}
		if v.passOn != nil {
			v.passOn(added)
		}
	}
	v.layout()
	return next
}

// show puts frames at the end of what is on the screen, and takes those away that the buffer let go.
func (v *Tail) show(added []*tailFrame) {
	for _, f := range added {
		if v.visible(f) {
			v.list.rows = append(v.list.rows, f)
			v.flowFrame(f)
		}
	}
	v.list.dropBefore(v.buffer.oldest())
	v.settleFlow()
}

func (v *Tail) visible(f *tailFrame) bool { return !v.bare || f.Mode != engine.ModeBestEffort }

// showAnew makes what is on the screen of the buffer; the selection stays on its frame or goes to the next one.
func (v *Tail) showAnew() {
	number := 0
	if f := v.list.selected(); f != nil {
		number = f.number
	}
	v.list.rows = nil
	for _, f := range v.buffer.frames {
		if v.visible(f) {
			v.list.rows = append(v.list.rows, f)
		}
	}
	v.list.selectNumber(number)
	if v.flow != nil {
		v.flowAnew()
	}
}

// pressed answers the view's own keys.
func (v *Tail) pressed(msg tea.Msg) (cmd tea.Cmd, done bool) {
	switch {
	case Pressed(msg, pauseKey):
		v.pause()
	case Pressed(msg, followKey):
		v.goOn()
		v.follow = true
	case Pressed(msg, textKey):
		v.toggleFlow()
	case Pressed(msg, wrapKey):
		v.list.wrap = !v.list.wrap
	case Pressed(msg, prettyKey) && v.flow == nil:
		v.list.pretty = !v.list.pretty
	case Pressed(msg, visibilityKey):
		v.bare = !v.bare
		v.goOn()
		v.showAnew()
	case Pressed(msg, searchKey):
		v.search.open(v.position())
	case Pressed(msg, nextKey):
		v.find(v.found()+1, 1)
	case Pressed(msg, previousKey):
		v.find(v.found()-1, -1)
	case Pressed(msg, summaryKey) && !v.inPane && v.sources == nil:
		v.onSummary = !v.onSummary
	case Pressed(msg, saveKey) && !v.c.Remote && v.saved() != nil:
		return v.saved().pressSave(), true
	case Pressed(msg, earlierKey) && v.ref.Attempt > 0:
		return v.turn(v.ref.Attempt - 1), true
	case Pressed(msg, laterKey) && v.facts.row != nil && v.ref.Attempt < v.facts.row.AttemptIndex:
		return v.turn(v.ref.Attempt + 1), true
	case Pressed(msg, detailKey):
		return Send(Push{NewExecution(v.c, v.ref.Execution)}), true
	case Pressed(msg, Keys.Enter) && v.flow == nil && v.list.selected() != nil && !v.list.selected().gap:
		return Send(Push{NewFrame(v.c, v.list.selected().StreamFrame)}), true
	default:
		return nil, false
	}
	v.layout()
	return nil, true
}

// turn goes to the stream of another attempt.
func (v *Tail) turn(attempt uint32) tea.Cmd {
	v.reader.stop()
	v.begin(engine.StreamRef{Execution: v.ref.Execution, Attempt: attempt})
	return v.reader.read(0)
}

// pause stops the screen, or lets it go on; frames are read all the while.
func (v *Tail) pause() {
	if v.paused > 0 {
		v.goOn()
		return
	}
	v.paused = v.buffer.read + 1
}

func (v *Tail) goOn() {
	if v.paused == 0 {
		return
	}
	v.paused = 0
	v.showAnew()
}

// held is how many frames came since the screen was stopped.
func (v *Tail) held() int {
	if v.paused == 0 {
		return 0
	}
	return v.buffer.read - (v.paused - 1)
}

// move moves in what has the focus. Whoever moves away from the end does not follow any more; at the end one follows again.
func (v *Tail) move(msg tea.Msg) {
	switch {
	case v.onSummary:
		v.summary.Update(msg)
	case v.flow != nil:
		if v.text.Update(msg) {
			v.follow = v.text.AtBottom()
		}
	default:
		if m, ok := msg.(tea.MouseMsg); ok {
			m.Y -= v.listTop()
			msg = m
		}
		if v.list.update(msg) {
			v.follow = v.list.atEnd()
		}
	}
	v.layout()
}

func (v *Tail) SetSize(width, height int) {
	v.width, v.height = width, height
	v.layout()
}

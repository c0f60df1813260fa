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
	executionsEvery = 3 * time.Second        // what is found is read again
	searchEvery     = 150 * time.Millisecond // between two steps of a search
	firstLook       = 200                    // executions that the first step looks at; each further one at twice as many
	mostLook        = 2000
	searchPage      = 200    // found, then the search waits to be told to go on
	searchStretch   = 20_000 // looked at, likewise
	mostFound       = 5000   // rows kept
)

var (
	moreKey    = Bind("m", "look further", "m")
	columnsKey = Bind("=", "columns", "=")
)

// Executions finds executions of the whole deployment. It looks a step at a time while it is on the screen, and pauses when it has
// found a page or has looked at many in vain.
type Executions struct {
	c     *Common
	line  searchLine
	query engine.ExecutionQuery
	table Table[engine.ExecutionRow]
	shown []string              // names of the columns
	found []engine.ExecutionRow // in the order of the search

	next        engine.ExecutionCursor
	begun, over bool // over: nothing is left to look at
	indexed     bool
	looked, of  int
	look        int // of the next step
	pauseFound  int // rows at which the search pauses
	pauseLooked int

	width, height int
}

// NewExecutions makes the view, with nothing asked for: all executions, those at work first.
func NewExecutions(c *Common) *Executions {
	v := &Executions{c: c}
	v.table = Table[engine.ExecutionRow]{
		ID:    func(r *engine.ExecutionRow) string { return string(r.ID) },
		Empty: "nothing found",
		Marks: true,
	}
	v.arrangeColumns(keptColumns(c))
	v.begin(engine.ExecutionQuery{})
	return v
}

func (v *Executions) Title() theme.Text { return "executions" }
func (v *Executions) Init() tea.Cmd     { return nil }
func (v *Executions) Capturing() bool   { return v.line.typing }

// Unwind drops the marks, or else the query.
func (v *Executions) Unwind() bool {
	if v.table.Unmark() {
		return true
	}
	if v.query.Everything() {
		return false
	}
	v.line.set("")
	v.begin(engine.ExecutionQuery{})
	return true
}

// Query is what is looked for.
func (v *Executions) Query() string { return v.line.input.Value() }

// SetFilter looks for what a query says; one that makes no sense is told and changes nothing.
func (v *Executions) SetFilter(query string) tea.Cmd {
	q, err := engine.ParseExecutionQuery(query)
	if err != nil {
		return Send(Said{Text: theme.Clean(err.Error()), Error: true})
	}
	v.line.set(query)
	v.begin(q)
	return nil
}

// begin starts another search.
func (v *Executions) begin(q engine.ExecutionQuery) {
	v.query, v.found = q, nil
	v.next, v.begun, v.over, v.looked, v.of, v.look = "", false, false, 0, 0, firstLook
	v.pauseFound, v.pauseLooked = searchPage, searchStretch
	v.table.loaded = false
	v.table.rows = nil
	v.table.arrange()
}

// searching tells whether the next step comes by itself.
func (v *Executions) searching() bool {
	return !v.over && (!v.begun || len(v.found) < min(v.pauseFound, mostFound) && v.looked < v.pauseLooked)
}

// goOn lets a search that has paused look further.
func (v *Executions) goOn() {
	v.pauseFound, v.pauseLooked = len(v.found)+searchPage, v.looked+searchStretch
}

func (v *Executions) canGoOn() bool { return !v.over && !v.searching() && len(v.found) < mostFound }

// searchedStep is what one step of a search from a place gave, keptExecutions what rows have become and what stands at the beginning.
type (
	searchedStep struct {
		from  engine.ExecutionCursor
		found engine.ExecutionsFound
	}
	keptExecutions struct {
		rows []engine.ExecutionRow
		head []engine.ExecutionRow
	}
)

func (v *Executions) Need() Need {
	q, from, look := v.query, v.next, v.look
	if v.searching() {
		return Need{Key: "executions find " + q.String(), Every: searchEvery, Fetch: func(ctx context.Context, e Engine) (any, error) {
			found, err := e.SearchExecutions(ctx, q, from, look)
			return searchedStep{from, found}, err
		}}
	}
	var ids []engine.ExecutionID
	for _, r := range v.table.Visible() {
		if r.ID.UUID() != "" {
			ids = append(ids, r.ID)
		}
	}
	indexed := v.indexed
	return Need{Key: "executions keep " + q.String(), Every: executionsEvery, Shown: v.table.shownIDs(), Fetch: func(ctx context.Context, e Engine) (any, error) {
		var kept keptExecutions
		var err error
		if kept.rows, err = e.ExecutionRows(ctx, ids); err != nil || !indexed {
			return kept, err
		}
		head, err := e.SearchExecutions(ctx, q, "", len(ids)+1)
		kept.head = head.Rows
		return kept, err
	}}
}

func (v *Executions) Bindings() []key.Binding {
	bs := []key.Binding{Keys.Enter, Does(Keys.Filter, "search"), moreKey, columnsKey, Keys.Why, Keys.Actions, v.c.Write(Keys.Cancel), v.c.Write(Keys.Signal), Keys.Tail, Keys.Edges}
	return append(bs, v.table.Bindings()...)
}

func (v *Executions) Update(msg tea.Msg) tea.Cmd {
	if data, ok := msg.(Data); ok {
		v.take(data)
		return nil
	}
	if v.line.typing || Pressed(msg, Keys.Filter) {
		return v.typed(msg)
	}
	switch {
	case Pressed(msg, moreKey):
		if v.canGoOn() {
			v.goOn()
		}
		return nil
	case Pressed(msg, columnsKey):
		return Send(Ask{newColumnsDialog(v.c, "Columns of executions", v.columnChoices(), v.chooseColumns)})
	}
	if cmd := onMarked(v.c, v.table.Marked(), Keys.Cancel, msg); cmd != nil {
		return cmd
	}
	if cmd := onExecution(v.c, v.table.Selected(), msg); cmd != nil {
		return cmd
	}
	if Pressed(msg, Keys.Down) && v.table.at == v.table.Shown()-1 && v.canGoOn() {
		v.goOn()
	}
	v.table.Update(msg)
	return nil
}

// typed hands a key to the search line; enter there begins the search.
func (v *Executions) typed(msg tea.Msg) tea.Cmd {
	if !v.line.update(msg, v.found) {
		v.table.Update(msg)
	}
	if v.line.entered {
		v.line.entered = false
		return v.SetFilter(v.line.input.Value())
	}
	v.layout()
	return nil
}

func (v *Executions) take(data Data) {
	if data.Err != nil {
		return
	}
	switch got := data.Value.(type) {
	case searchedStep:
		if data.Key == v.Need().Key && got.from == v.next {
			v.step(got.found)
		}
	case keptExecutions:
		if data.Key == v.Need().Key {
			v.refresh(got)
		}
	}
}

func (v *Executions) step(found engine.ExecutionsFound) {
	v.begun, v.indexed = true, found.Indexed
	v.next, v.over = found.Next, found.Next == ""
	v.looked, v.of = found.Looked, max(found.Of, v.of)
	v.look = min(v.look*2, mostLook)
	known := make(map[engine.ExecutionID]bool, len(v.found))
	for i := range v.found {
		known[v.found[i].ID] = true
	}
	for _, row := range found.Rows {
		if !known[row.ID] && len(v.found) < mostFound {
			v.found = append(v.found, row)
		}
	}
	v.table.SetRows(v.found)
}

// refresh puts in what rows have become, and before them what is new at the beginning of the search.
func (v *Executions) refresh(kept keptExecutions) {
	at := make(map[engine.ExecutionID]int, len(v.found))
	for i := range v.found {
		at[v.found[i].ID] = i
	}
	for _, row := range kept.rows {
		if i, found := at[row.ID]; found {
			v.found[i] = row
		}
	}
	var fresh []engine.ExecutionRow
	for _, row := range kept.head {
		if _, found := at[row.ID]; !found {
			fresh = append(fresh, row)
		}
	}
	if len(fresh) > 0 {
		v.found = append(fresh, v.found[:min(len(v.found), mostFound-len(fresh))]...)
	}
	v.table.SetRows(v.found)
}

func (v *Executions) SetSize(width, height int) {
	v.width, v.height = width, height
	v.layout()
}

func (v *Executions) layout() {
	v.table.SetSize(v.width, v.height-v.footLines())
}

// footLines are the search line, and what it may be completed to while it is typed.
func (v *Executions) footLines() int {
	switch {
	case v.height < 3:
		return 0
	case v.line.typing && v.height > 6:
		return 2
	default:
		return 1
	}
}

func (v *Executions) View() string {
	frame := v.table.View(v.c.Theme)
	switch v.footLines() {
	case 0:
		return frame
	case 2:
		return frame + "\n" + v.line.hint(v.c.Theme, v.width, v.found) + "\n" + v.line.view(v.c.Theme, v.width)
	}
	if v.line.typing {
		return frame + "\n" + v.line.view(v.c.Theme, v.width)
	}
	return frame + "\n" + v.progress()
}

// progress says what is looked for, how far the search is, and how it goes on.
func (v *Executions) progress() string {
	th := v.c.Theme
	l := th.Line(v.width)
	if !v.query.Everything() {
		l.Add(th.Key, " / ").Add(th.Plain, theme.CleanTo(v.query.String(), max(v.width/2, 10)))
	}
	l.Add(th.Dim, " "+Count(len(v.found))+" found")
	switch {
	case !v.begun:
		return l.Add(th.Dim, ", looking").String()
	case v.over:
		l.Add(th.Dim, ", all "+Count(v.looked)+" looked at")
	default:
		l.Add(th.Dim, ", looked at "+Count(v.looked)+" of "+Count(v.of))
	}
	switch {
	case v.over:
	case len(v.found) >= mostFound:
		l.Add(th.Warn, "; more than is kept: narrow the search")
	case v.searching():
		l.Add(th.Accent, "; looking on")
	default:
		l.Add(th.Plain, "; ").Add(th.Key, moreKeyName).Add(th.Plain, " looks further")
	}
	return l.String()
}

const moreKeyName theme.Text = "m"

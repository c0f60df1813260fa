package views

import (
	"context"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

// Engine is what the dashboard needs of a backend. In read-only mode the writes in it are refused by the engine layer.
type Engine interface {
	engine.Board
	engine.HealthBoard
	engine.WorkerBoard
	engine.BudgetBoard
	engine.FlowSurveyor
	engine.FlowHeads
	engine.Diagnostician
	engine.ExecutionSearcher
	engine.SignalBoard
	engine.Reader
	engine.Lister
	engine.Streams
	engine.Operator
	engine.Flows
	engine.Signals
	engine.Steering
	engine.Mending
	engine.Overview
	engine.Subscriber
}

// Common is what every view shares. Views keep the pointer; the program changes what it points to (theme, clock, size class).
type Common struct {
	Engine   Engine
	Theme    *theme.Theme
	ReadOnly bool
	Remote   bool   // the user's terminal is on another machine than this program: no programs and no files of its own
	User     string // who acts; "" is who runs the program
	Absolute bool   // times in lists are shown as times, not as how long ago they were
	Kept     Kept   // what is kept between runs; never nil in the program
	// Skew is the server's clock minus ours; Now applies it.
	Skew time.Duration
	// Clock is our own clock; nil is time.Now. Tests fix it.
	Clock func() time.Time
	// Outcomes are what this session's actions came to, oldest first, the latest of so many in all; nil: nobody keeps them.
	Outcomes func() (latest []Outcome, total int)
}

// Outcome is what an action came to.
type Outcome struct {
	At time.Time
	Said
}

// Now is the server's clock as far as we know it.
func (c *Common) Now() time.Time {
	if c.Clock != nil {
		return c.Clock().Add(c.Skew)
	}
	return time.Now().Add(c.Skew)
}

// Since is when something was, for a column of a list: how long ago, or the time itself where that is wanted.
func (c *Common) Since(t time.Time) theme.Text {
	if c.Absolute {
		return Moment(c.Now(), t)
	}
	return Age(c.Now(), t)
}

// View is one screen. It is mutated in place; Update never blocks. SetSize comes before the first View and at every resize.
type View interface {
	// Title is the view's crumb.
	Title() theme.Text
	Init() tea.Cmd
	Update(msg tea.Msg) tea.Cmd
	// View draws exactly the size that was set: that many lines, none wider.
	View() string
	SetSize(width, height int)
	// Bindings are the keys this view answers, in the order that help shows them. Footer and help are made of them.
	Bindings() []key.Binding
	// Need is what the view wants fetched now, and how fresh. It may change from call to call (another selection, another page).
	Need() Need
}

// Capturing is implemented by views that are taking text (a filter, a search): global keys other than ctrl-c go to them.
type Capturing interface{ Capturing() bool }

// Filtering is implemented by views that list: SetFilter narrows the list as if the query had been typed behind `/`, Query is what
// narrows it now.
type Filtering interface {
	SetFilter(query string) tea.Cmd
	Query() string
}

// Unwinding is implemented by views in which esc first undoes something (a kept filter, a mark): Unwind does so, or returns false when
// there is nothing left to undo and esc means back.
type Unwinding interface{ Unwind() bool }

// Closing is implemented by views that hold something to let go of: Close is called when the view leaves the stack for good.
type Closing interface{ Close() }

// Rewinding is implemented by views that gather what they show over time: Rewind is called after a leap to another time, in a replay,
// and forgets it.
type Rewinding interface{ Rewind() tea.Cmd }

// Need is a query for the feed. The feed fetches at once when Key changes and then every Every, while the view is on screen, and
// cancels ctx when it goes away. The result comes back to the view as a Data message with the same Key.
type Need struct {
	Key   string // identifies the query; "" wants nothing
	Part  string // where answers are about parts of the screen: of which
	Every time.Duration
	Fetch func(ctx context.Context, e Engine) (any, error)
	// Shown are the ids of the rows on the screen: those that are read each time, where the rest of a list takes turns.
	Shown []string
}

// Data is the result of a Need. On Err the view keeps what it had; the program says in the header how old that is.
type Data struct {
	Key   string
	Value any
	Err   error
	At    time.Time // when it was fetched
	// Oldest is when the oldest part of it was read; zero where that is At.
	Oldest time.Time
}

// Messages that a view sends up.
type (
	// Push opens a view on top of this one.
	Push struct{ View View }
	// Pop goes back.
	Pop struct{}
	// Ask opens a dialog over the screen.
	Ask struct{ Dialog Dialog }
	// Refresh asks the feed to fetch now.
	Refresh struct{}
	// Said is the outcome of an action, for the footer and the action log.
	Said struct {
		Text  theme.Text
		Error bool
	}
	// Exec suspends the program for another one ($EDITOR, $PAGER).
	Exec struct {
		Command []string
		Done    func(error) tea.Msg
	}
)

// Dialog is drawn over the screen and takes all input until it says Closed.
type Dialog interface {
	Init() tea.Cmd
	Update(msg tea.Msg) tea.Cmd
	// View draws a box no larger than the given size.
	View(width, height int) string
	Bindings() []key.Binding
	Closed() bool
}

// Send turns a message into a command.
func Send(msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }

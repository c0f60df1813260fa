package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine/recording"
	"ffboard/theme"
	"ffboard/views"
)

// Options say what the program shows and how.
type Options struct {
	Engine   views.Engine
	Clock    Clock  // usually the same backend; nil: the header shows no round trip, ages are by our own clock
	Role     string // attached, serving or demo; for the header
	ReadOnly bool   // the engine refuses writes: they are not offered
	Start    string // a command of the palette to begin with: "lanes", "flow <id>"; "" shows the first view
	Theme    string // one of theme.Names; "" is auto
	Terminal theme.Terminal
	Now      func() time.Time // nil is time.Now

	Absolute bool // times in lists are shown as times to begin with

	Keys    map[string]string // keys of the program, and those that the user presses instead; as CheckKeys accepts them
	Filters map[string]string // names that the user gave to lines of the palette
	Kept    views.Kept        // what is kept between runs; nil keeps for this run

	Remote bool   // the user's terminal is on another machine than this program: no pager, no editor, no files
	User   string // who acts, for what is signed with a name; "" is who runs this program

	Replay    *recording.Player   // what Engine plays; nil: it is no replay
	Recording *recording.Recorder // what is being recorded meanwhile; nil: nothing is

	ctx    context.Context          // ends with the program; nil in tests
	getenv func(string) string      // of the user's terminal
	sizes  <-chan tea.WindowSizeMsg // of a terminal that is not asked; nil where it is
	write  func([]byte) error       // to the terminal, between frames; nil: there is none
	bare   bool                     // for tests: no sequences at all
}

// framesPerSecond bounds how long a key's effect waits for the next frame; nothing is sent when nothing has changed.
const framesPerSecond = 120

// Run shows the dashboard on the terminal until the user leaves or ctx ends. The error is nil in both cases; otherwise it says why the
// terminal could not be used, or what the program died of. The terminal is restored in any case.
func Run(ctx context.Context, o Options) error {
	o.Terminal = DetectTerminal(os.Getenv)
	o.getenv = os.Getenv
	frames := wholeFrames{os.Stdout, &sync.Mutex{}, &painted{}}
	return o.run(ctx, frames, tea.WithOutput(terminalFrames{os.Stdout, frames}))
}

// run is the program on the output that frames go to.
func (o Options) run(ctx context.Context, frames wholeFrames, more ...tea.ProgramOption) error {
	ctx, ended := context.WithCancel(ctx)
	defer ended() // with the program end its fetches
	o.write = frames.between
	o.ctx = ctx
	// A line that is wider on this terminal than we think must be cut, not wrapped: wrapping moves all lines below.
	_ = frames.between([]byte(noWrap))
	defer func() { _ = frames.between([]byte(wrap)) }()
	// Signals are ctx's business. A second handler would race with it: Bubble Tea's own hands its message to a loop that ctx may have ended
	// already, and the program waits for that for ever, without a terminal.
	model := New(o)
	program := tea.NewProgram(lean{model}, append(more, tea.WithContext(ctx), tea.WithoutSignalHandler(), tea.WithAltScreen(),
		tea.WithMouseCellMotion(), tea.WithFPS(framesPerSecond))...)
	if o.sizes != nil {
		go func() {
			for size := range o.sizes {
				program.Send(tea.WindowSizeMsg(size))
			}
		}()
	}
	_, err := program.Run()
	model.close()
	if ctx.Err() != nil || errors.Is(err, tea.ErrInterrupted) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("run the dashboard: %w", err)
	}
	return nil
}

const (
	noWrap = "\x1b[?7l"
	wrap   = "\x1b[?7h"
)

// foreground is another program that has the terminal for a while, with wrapping as it expects.
type foreground struct{ *exec.Cmd }

func newForeground(ctx context.Context, command []string) *foreground {
	return &foreground{exec.CommandContext(ctx, command[0], command[1:]...)}
}

func (f *foreground) SetStdin(r io.Reader)  { f.Stdin = r }
func (f *foreground) SetStdout(w io.Writer) { f.Stdout = w }
func (f *foreground) SetStderr(w io.Writer) { f.Stderr = w }

func (f *foreground) Run() error {
	io.WriteString(f.Stdout, wrap)
	defer io.WriteString(f.Stdout, noWrap)
	return f.Cmd.Run()
}

// wholeFrames has the terminal show each frame in one go: what the program writes at once is a synchronized update. A terminal that
// does not know of those takes no notice.
type wholeFrames struct {
	out io.Writer
	one *sync.Mutex // at a time
	was *painted
}

func (w wholeFrames) Write(p []byte) (int, error) {
	w.one.Lock()
	defer w.one.Unlock()
	short := w.was.shorten(p)
	framed := make([]byte, 0, len(beginUpdate)+len(short)+len(endUpdate))
	framed = append(append(append(framed, beginUpdate...), short...), endUpdate...)
	if n, err := w.out.Write(framed); err != nil {
		return min(n, len(p)), err
	}
	return len(p), nil
}

// between writes what is no frame.
func (w wholeFrames) between(p []byte) error {
	w.one.Lock()
	defer w.one.Unlock()
	_, err := w.out.Write(p)
	return err
}

const beginUpdate, endUpdate = "\x1b[?2026h", "\x1b[?2026l"

// terminalFrames are those of a terminal that can be asked for its size.
type terminalFrames struct {
	*os.File
	frames wholeFrames
}

func (t terminalFrames) Write(p []byte) (int, error) { return t.frames.Write(p) }

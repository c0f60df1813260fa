package tui

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"ffboard/engine/enginetest/hostile"
	"ffboard/theme"
	"ffboard/views/viewstest"
)

// hostileStrings is how many strings are put through every view: FFBOARD_HOSTILE_STRINGS=100000 is the long form.
func hostileStrings(t *testing.T, short int) int {
	t.Helper()
	many, err := strconv.Atoi(os.Getenv("FFBOARD_HOSTILE_STRINGS"))
	if err != nil {
		return short
	}
	return many
}

// A walk goes through each door in turn, with data of another seed each time, and presses keys that the screen names. Whatever is in the
// data: nothing of it acts on the terminal, each frame fits, and no view and no dialog breaks.
func TestNothingHostileComesOutOfAnyView(t *testing.T) {
	most := hostileStrings(t, 6000)
	t.Chdir(t.TempDir()) // streams are saved here
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("TMUX", "")
	t.Setenv("STY", "")
	seen := map[string]int{}
	made, frames := 0, 0
	from, _ := strconv.ParseUint(os.Getenv("FFBOARD_HOSTILE_SEED"), 10, 64)
	for seed := from + 1; made < most || seed <= uint64(len(doors)); seed++ {
		d := doors[int(seed)%len(doors)]
		synctest.Test(t, func(t *testing.T) {
			w := newWalk(t, seed)
			w.through(d)
			w.leave()
			made, frames = made+w.engine.Made(), frames+w.frames
			for name := range w.seen {
				seen[name]++
			}
		})
	}
	t.Logf("%d strings, %d frames, %d kinds of views and dialogs: %v", made, frames, len(seen), seen)
}

// walk is a user who presses keys at random in a program on hostile data.
type walk struct {
	*testing.T
	m      *Model
	engine *viewstest.HostileEngine
	rng    *rand.Rand
	msgs   chan tea.Msg
	cancel context.CancelFunc
	frames int
	seen   map[string]bool
	trail  []string
	seed   uint64
}

func newWalk(t *testing.T, seed uint64) *walk {
	e := viewstest.NewHostile(seed)
	w := &walk{T: t, seed: seed, engine: e, rng: rand.New(rand.NewPCG(seed, 7)), msgs: make(chan tea.Msg, 10_000), seen: map[string]bool{}}
	ctx, cancel := context.WithCancel(context.Background())
	w.cancel = cancel
	o := Options{Engine: e, Clock: e, Role: "attached", Start: "log", Now: viewstest.Clock, bare: true, ctx: ctx, Absolute: seed%5 == 0,
		Filters: map[string]string{e.Next(): e.Next(), "odd": "flows " + e.Next()},
		write:   func(b []byte) error { w.checkClipboard(b); return nil }}
	w.m = New(o)
	switch seed % 4 {
	case 1:
		w.m.common.Theme = theme.New("dark", theme.Terminal{Profile: termenv.TrueColor, Dark: true})
	case 2:
		w.m.common.Theme = theme.New("light", theme.Terminal{Profile: termenv.ANSI256})
	}
	w.run(w.m.Init())
	size := viewstest.Sizes()[seed%3]
	w.take(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
	return w
}

// through opens what is behind a door and presses keys there.
func (w *walk) through(d door) {
	w.take(d.open(w.m.common, w.engine))
	w.look()
	for range 24 {
		w.press(w.key())
		if w.Failed() {
			w.Logf("with seed %d, behind %s, after %q", w.seed, d.made, w.trail)
			return
		}
	}
}

func (w *walk) leave() {
	w.m.close()
	w.cancel()
	time.Sleep(24 * time.Hour) // of the bubble's: until every timer has gone
}

func (w *walk) run(cmd tea.Cmd) {
	if cmd != nil {
		go func() { w.msgs <- cmd() }()
	}
}

func (w *walk) take(msg tea.Msg) {
	switch msg := msg.(type) {
	case nil, tea.QuitMsg:
	case tea.BatchMsg:
		for _, cmd := range msg {
			w.run(cmd)
		}
	default:
		_, cmd := w.m.Update(msg)
		w.run(cmd)
	}
}

// mostAnswers bounds what follows from one key: a search goes on for as long as there is more.
const mostAnswers = 60

func (w *walk) press(k string) {
	w.trail = append(w.trail, k)
	w.take(viewstest.Key(k))
	w.settle()
	w.look()
}

// settle takes what comes until nothing comes any more, or too much.
func (w *walk) settle() {
	for range mostAnswers {
		synctest.Wait()
		select {
		case msg := <-w.msgs:
			w.take(msg)
		default:
			return
		}
	}
}

// key is mostly one that the screen names.
func (w *walk) key() string {
	offered := w.named()
	if w.m.topDialog() != nil {
		offered = append(offered, "enter", "tab", "x", " ")
	} else {
		offered = append(offered, "enter", "enter", "tab", "j", "?", ":", "/", "ctrl+t", "ctrl+r")
	}
	if w.m.palette != nil || w.m.top().capturing() {
		offered = append(offered, "a", "s", "enter", "tab", "up", "\u202e", "世")
	}
	return offered[w.rng.IntN(len(offered))]
}

// named are the keys that the screen names, but for those that end the program.
func (w *walk) named() (keys []string) {
	bindings := w.m.offered()
	if d := w.m.topDialog(); d != nil {
		bindings = d.bindings()
	}
	for _, b := range bindings {
		keys = append(keys, b.Keys()...)
	}
	return slices.DeleteFunc(keys, func(k string) bool { return k == "ctrl+c" || k == "q" })
}

var (
	colour      = regexp.MustCompile(`\x1b\[[0-9;:]*m`)
	toClipboard = regexp.MustCompile(`^\x1b\]52;c;[A-Za-z0-9+/=]*\x07$`)
)

func (w *walk) checkClipboard(b []byte) {
	if !toClipboard.Match(b) {
		w.Errorf("%.300q goes to the terminal", b)
	}
}

// look draws a frame and checks it.
func (w *walk) look() {
	w.Helper()
	w.frames++
	frame := w.m.View()
	viewstest.CheckFrame(w.T, colour.ReplaceAllString(frame, ""), w.m.width, w.m.height)
	top := w.m.top()
	viewstest.CheckFrame(w.T, string(top.title()), math.MaxInt, 1)
	w.seen[fmt.Sprintf("%T", top.view)] = true
	if c, broken := top.view.(*crash); broken {
		w.Errorf("a view broke: %s\n%s", c.value, strings.Join(c.at, "\n"))
	}
	if d := w.m.topDialog(); d != nil {
		w.seen[reflect.TypeOf(d.dialog).String()] = true
	}
	for _, o := range w.m.log.outcomes {
		if strings.HasPrefix(string(o.text), "a dialog met something") {
			w.Errorf("%s", o.text)
		}
	}
}

func TestABoxOverHostileTextKeepsTheWidth(t *testing.T) {
	s := hostile.New(3)
	for range 400 {
		under := []string{theme.Bare().Line(40).Add(theme.Bare().Plain, theme.Clean(s.Next())).String()}
		for x := 0; x < 30; x += 3 {
			lines := slices.Clone(under)
			overlayAt(lines, []string{"|123456|"}, x, 0, 40)
			if w := ansi.StringWidth(lines[0]); w != 40 {
				t.Fatalf("%d wide under a box at %d: %q", w, x, under)
			}
		}
	}
}

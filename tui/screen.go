package tui

import (
	"runtime"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/theme"
	"ffboard/views"
)

// screen is a view on the stack. A view that panics is replaced by the report of its panic.
type screen struct {
	id     int
	common *views.Common
	view   views.View
	feed   feed

	width, height int
}

// guard runs a piece of the view's code.
func (s *screen) guard(run func()) {
	defer func() {
		if p := recover(); p != nil {
			s.crash(p, stack())
		}
	}()
	run()
}

func (s *screen) crash(value any, at []string) {
	s.feed.stop()
	s.view = newCrash(s.common, value, at)
	s.view.SetSize(s.width, s.height)
}

func (s *screen) title() (t theme.Text) {
	s.guard(func() { t = s.view.Title() })
	return t
}

func (s *screen) init() (cmd tea.Cmd) {
	s.guard(func() { cmd = s.view.Init() })
	return cmd
}

func (s *screen) update(msg tea.Msg) (cmd tea.Cmd) {
	s.guard(func() { cmd = s.view.Update(msg) })
	return cmd
}

func (s *screen) bindings() (bs []key.Binding) {
	s.guard(func() { bs = s.view.Bindings() })
	return bs
}

func (s *screen) need() (n views.Need) {
	s.guard(func() { n = s.view.Need() })
	return n
}

func (s *screen) setSize(width, height int) {
	if s.width == width && s.height == height {
		return
	}
	s.width, s.height = width, height
	s.guard(func() { s.view.SetSize(width, height) })
}

func (s *screen) capturing() (capturing bool) {
	s.guard(func() {
		c, ok := s.view.(views.Capturing)
		capturing = ok && c.Capturing()
	})
	return capturing
}

// filter narrows what the view lists; ok is false for a view that lists nothing.
func (s *screen) filter(query string) (cmd tea.Cmd, ok bool) {
	s.guard(func() {
		var f views.Filtering
		if f, ok = s.view.(views.Filtering); ok {
			cmd = route(s.id, f.SetFilter(query))
		}
	})
	return cmd, ok
}

// query is what narrows the view; "" when nothing does.
func (s *screen) query() (query string) {
	s.guard(func() {
		if f, ok := s.view.(views.Filtering); ok {
			query = f.Query()
		}
	})
	return query
}

func (s *screen) unwind() (undid bool) {
	s.guard(func() {
		u, ok := s.view.(views.Unwinding)
		undid = ok && u.Unwind()
	})
	return undid
}

// rewind has the view forget what it has gathered over time.
func (s *screen) rewind() (cmd tea.Cmd) {
	s.guard(func() {
		if r, ok := s.view.(views.Rewinding); ok {
			cmd = route(s.id, r.Rewind())
		}
	})
	return cmd
}

func (s *screen) close() {
	s.feed.stop()
	s.guard(func() {
		if c, ok := s.view.(views.Closing); ok {
			c.Close()
		}
	})
}

// draw is the view's frame, exactly as high as it was told to be.
func (s *screen) draw() string {
	frame, drawn := "", false
	s.guard(func() { frame, drawn = s.view.View(), true })
	if !drawn {
		frame = s.view.View() // of the report
	}
	if strings.Count(frame, "\n")+1 == s.height {
		return frame
	}
	return strings.Join(views.Fit(s.common.Theme, strings.Split(frame, "\n"), s.width, s.height), "\n")
}

// stack is where a panic came from: functions and lines, innermost first, without the machinery of panicking.
func stack() []string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	var at []string
	for more := true; more && len(at) < 16; {
		var f runtime.Frame
		f, more = frames.Next()
		if strings.HasPrefix(f.Function, "runtime.") {
			continue
		}
		file := f.File[strings.LastIndexByte(f.File, '/')+1:]
		at = append(at, f.Function+"  "+file+":"+string(theme.Number(f.Line)))
	}
	return at
}

package tui

import (
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/theme"
	"ffboard/views"
)

// outcome is what an action came to.
type outcome struct {
	at    time.Time
	text  theme.Text
	error bool
}

// mostOutcomes is how many the log keeps.
const mostOutcomes = 500

// log is the outcomes of this session's actions, oldest first.
type log struct {
	outcomes []outcome
	total    int // ever added
}

func (l *log) add(o outcome) {
	l.total++
	if len(l.outcomes) == mostOutcomes {
		l.outcomes = append(l.outcomes[:0], l.outcomes[1:]...)
	}
	l.outcomes = append(l.outcomes, o)
}

// told is the log for a view.
func (l *log) told() (latest []views.Outcome, total int) {
	for _, o := range l.outcomes {
		latest = append(latest, views.Outcome{At: o.at, Said: views.Said{Text: o.text, Error: o.error}})
	}
	return latest, l.total
}

// last is nil before the first action.
func (l *log) last() *outcome {
	if len(l.outcomes) == 0 {
		return nil
	}
	return &l.outcomes[len(l.outcomes)-1]
}

// logView shows the log, newest first.
type logView struct {
	views.Viewport
	common        *views.Common
	log           *log
	width, height int
}

func newLogView(c *views.Common, l *log) *logView { return &logView{common: c, log: l} }

func (v *logView) Title() theme.Text       { return "log" }
func (v *logView) Init() tea.Cmd           { return nil }
func (v *logView) Need() views.Need        { return views.Need{} }
func (v *logView) Bindings() []key.Binding { return v.Viewport.Bindings() }

func (v *logView) SetSize(width, height int) {
	v.width, v.height = width, height
	v.Viewport.SetSize(width, height)
}

func (v *logView) Update(msg tea.Msg) tea.Cmd {
	v.Viewport.Update(msg)
	return nil
}

func (v *logView) View() string {
	th := v.common.Theme
	if len(v.log.outcomes) == 0 {
		line := th.Line(v.width).Add(th.Dim, " nothing was done in this session").String()
		return strings.Join(views.Fit(th, []string{line}, v.width, v.height), "\n")
	}
	v.Count = len(v.log.outcomes)
	v.Line = func(i, width int) string {
		o := v.log.outcomes[v.Count-1-i]
		l := th.Line(width).Add(th.Dim, " "+views.Stamp(o.at)+"  ")
		return l.Add(o.style(th), o.text).String()
	}
	return v.Viewport.View(th)
}

func (o *outcome) style(th *theme.Theme) theme.Style {
	if o.error {
		return th.Bad
	}
	return th.Good
}

package views

import (
	"context"
	"os"
	"os/user"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
)

// signalTarget is a waitpoint that takes signals.
type signalTarget struct {
	waitpoint engine.Waitpoint
	awaited   string // the name of the signal that it waits for first; "" where any will do
	waits     bool   // the open suspension waits on it
}

func (t *signalTarget) pending() bool { return t.waitpoint.State == waitpointPending }

// signalLoaded is what the dialog begins with.
type signalLoaded struct {
	detail  *engine.ExecutionDetail
	targets []signalTarget
	user    string
	err     error
}

const mostTargets = 100

func (d *signalDialog) load() tea.Cmd {
	e, id, user := d.c.Engine, d.id, d.user
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), longestCall)
		defer cancel()
		detail, err := e.ExecutionDetail(ctx, id)
		if err != nil || detail == nil {
			return signalLoaded{err: err}
		}
		page, err := e.ListPendingWaitpoints(ctx, id, "", mostTargets)
		if err != nil {
			return signalLoaded{err: err}
		}
		return signalLoaded{detail: detail, targets: signalTargets(detail.Suspension, page.Items), user: user()}
	}
}

// actor is the name of who acts.
func (c *Common) actor() string {
	if c.User != "" {
		return c.User
	}
	return currentUser()
}

// currentUser is the name of who runs the program.
func currentUser() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return os.Getenv("USER")
}

// signalTargets are the waitpoints of the open suspension, then the others that take signals: those that were made ahead.
func signalTargets(s *engine.Suspension, listed []engine.Waitpoint) []signalTarget {
	var targets []signalTarget
	seen := map[engine.WaitpointID]bool{}
	add := func(w engine.Waitpoint, waits bool) {
		if w.ID == "" || seen[w.ID] || w.State != waitpointActive && w.State != waitpointPending {
			return
		}
		seen[w.ID] = true
		t := signalTarget{waitpoint: w, waits: waits}
		if waits {
			t.awaited = awaitedName(s, &w)
		}
		targets = append(targets, t)
	}
	if s != nil && s.Open() {
		for _, w := range s.Waitpoints {
			add(w, true)
		}
	}
	for _, w := range listed {
		add(w, false)
	}
	return targets
}

// awaitedName is the name of the first signal that a waitpoint still waits for.
func awaitedName(s *engine.Suspension, w *engine.Waitpoint) string {
	for _, m := range w.Matchers {
		if !m.Satisfied {
			return m.Name
		}
	}
	if s.Condition.Composite() {
		return awaitedIn(&s.Condition, &s.Progress, w.Key)
	}
	return ""
}

// awaitedIn is the name that the first unsatisfied node on a waitpoint waits for.
func awaitedIn(c *engine.ResumeCondition, p *engine.NodeProgress, key string) string {
	if p.Satisfied {
		return ""
	}
	if c.Matcher.Kind == engine.MatchByName && nodeWaitsOn(c, key) {
		return c.Matcher.Name
	}
	for i := range c.Members {
		below := engine.NodeProgress{}
		if i < len(p.Members) {
			below = p.Members[i]
		}
		if name := awaitedIn(&c.Members[i], &below, key); name != "" {
			return name
		}
	}
	return ""
}

func nodeWaitsOn(c *engine.ResumeCondition, key string) bool {
	return c.Kind == engine.ConditionSingle && c.Waitpoint == key || slices.Contains(c.Waitpoints, key)
}

// loaded fills in what is known.
func (d *signalDialog) loaded(msg signalLoaded) {
	d.stage, d.err, d.detail, d.targets = signalAsks, msg.err, msg.detail, msg.targets
	d.source.SetValue(msg.user)
	if len(d.targets) > 0 {
		d.name.SetValue(d.targets[0].awaited)
	}
	d.focus = d.firstField()
}

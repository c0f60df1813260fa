package tui

import (
	"context"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/views"
)

// screen finds a view by id, on the stack or among the roots.
func (m *Model) screen(id int) *screen {
	for _, s := range m.stack {
		if s.id == id {
			return s
		}
	}
	for _, s := range m.roots {
		if s.id == id {
			return s
		}
	}
	return nil
}

// screens are all views there are.
func (m *Model) screens() []*screen {
	all := slices.Clone(m.stack)
	for _, s := range m.roots {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

func (m *Model) newScreen(v views.View) *screen {
	m.nextID++
	return &screen{id: m.nextID, common: m.common, view: v, feed: m.newFeed(m.nextID)}
}

// context ends with the program.
func (m *Model) context() context.Context {
	if m.options.ctx != nil {
		return m.options.ctx
	}
	return context.Background()
}

// newFeed makes the feed of a view.
func (m *Model) newFeed(owner int) feed {
	return m.feedOn(m.heard, owner)
}

func (m *Model) feedOn(e views.Engine, owner int) feed {
	return feed{ctx: m.context(), owner: owner, engine: e, now: m.clock, traced: m.replay != nil}
}

// push puts a view on top. The one below stops fetching.
func (m *Model) push(v views.View) tea.Cmd {
	if len(m.stack) > 0 {
		m.top().feed.stop()
	}
	s := m.newScreen(v)
	m.stack = append(m.stack, s)
	s.setSize(m.width, m.bodyHeight())
	return route(s.id, s.init())
}

// pop takes a view from the stack, and what is above it; a root view stays.
func (m *Model) pop(id int) {
	at := slices.IndexFunc(m.stack, func(s *screen) bool { return s.id == id })
	if at <= 0 {
		return
	}
	for _, s := range m.stack[at:] {
		s.close()
	}
	m.stack = m.stack[:at]
}

// openRoot makes a root view the whole stack. It is made once, so that it keeps its selection; one that crashed is made anew.
func (m *Model) openRoot(r root) tea.Cmd {
	if len(m.stack) > 0 {
		m.stack[0].feed.stop()
		for _, s := range m.stack[1:] {
			s.close()
		}
	}
	s := m.roots[r.name]
	if s != nil {
		if _, crashed := s.view.(*crash); !crashed {
			m.stack = []*screen{s}
			return nil
		}
	}
	s = m.newScreen(r.make(m.common))
	m.roots[r.name] = s
	m.stack = []*screen{s}
	s.setSize(m.width, m.bodyHeight())
	return route(s.id, s.init())
}

// close lets go of all views, when the program has ended.
func (m *Model) close() {
	m.status.feed.stop()
	for _, s := range m.screens() {
		s.close()
	}
}

package sshboard

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"
	"golang.org/x/crypto/ssh"
)

const (
	mostColumns, mostRows = 1000, 500
	longestVariable       = 256
)

// passed are the variables that say something of the user's terminal. All others are dropped.
var passed = []string{"LC_ALL", "LC_CTYPE", "LANG", "COLORTERM", "NO_COLOR", "CLICOLOR", "TERM_PROGRAM"}

func (s *session) variable(payload []byte) bool {
	var v struct{ Name, Value string }
	if ssh.Unmarshal(payload, &v) != nil || !slices.Contains(passed, v.Name) || len(v.Value) > longestVariable {
		return false
	}
	s.env[v.Name] = v.Value
	return true
}

// terminal takes in what terminal the user has (RFC 4254, 6.2).
func (s *session) terminal(payload []byte) bool {
	var t struct {
		Term                         string
		Columns, Rows, Width, Height uint32
		Modes                        string
	}
	if ssh.Unmarshal(payload, &t) != nil || len(t.Term) > longestVariable {
		return false
	}
	s.env["TERM"] = t.Term
	s.pty = true
	s.resize(sizeOf(t.Columns, t.Rows))
	return true
}

func windowChange(payload []byte) (tea.WindowSizeMsg, bool) {
	var w struct{ Columns, Rows, Width, Height uint32 }
	if ssh.Unmarshal(payload, &w) != nil {
		return tea.WindowSizeMsg{}, false
	}
	return sizeOf(w.Columns, w.Rows), true
}

// sizeOf keeps a client from asking for a frame that nobody can see. Zero is unknown.
func sizeOf(columns, rows uint32) tea.WindowSizeMsg {
	if columns == 0 || rows == 0 {
		columns, rows = 80, 24
	}
	return tea.WindowSizeMsg{Width: int(min(columns, mostColumns)), Height: int(min(rows, mostRows))}
}

// resize leaves the newest size to the program. There is one who sends.
func (s *session) resize(size tea.WindowSizeMsg) {
	select {
	case <-s.sizes:
	default:
	}
	s.sizes <- size
}

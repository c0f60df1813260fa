package tui

import (
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

func TestKeysThatCameInOneReadAreKeysOfTheirOwn(t *testing.T) {
	runes := func(s string) tea.KeyMsg { return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(s)} }
	pasted := runes("jj")
	pasted.Paste = true
	for _, c := range []struct {
		name string
		msg  tea.Msg
		want []string
	}{
		{"two of a kind", runes("jj"), []string{"j", "j"}},
		{"a command", runes(":q x"), []string{":", "q", " ", "x"}},
		{"a single one", runes("j"), []string{"j"}},
		{"what was pasted stays together", pasted, []string{"[jj]"}},
		{"a key that is no rune", tea.KeyMsg{Type: tea.KeyEnter}, []string{"enter"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := separate(c.msg)
			if len(got) != len(c.want) {
				t.Fatalf("got %v", got)
			}
			for i, m := range got {
				if s := m.(tea.KeyMsg).String(); s != c.want[i] {
					t.Errorf("key %d is %q, want %q", i, s, c.want[i])
				}
			}
		})
	}
}

package tui

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/theme"
	"ffboard/views"
)

// keymap is the user's own choice of keys: what is pressed stands for a key of the program, and is shown in its place. It does not touch
// what is typed into a line.
type keymap struct {
	stands map[string]tea.KeyMsg // a pressed key, the key of the program that it stands for
	shown  map[string]string     // a key of the program, the key that is pressed for it
}

// newKeymap takes the keys of the program and the keys that stand for them, as CheckKeys accepts them.
func newKeymap(own map[string]string) keymap {
	m := keymap{stands: map[string]tea.KeyMsg{}, shown: map[string]string{}}
	for of, pressed := range own {
		if k, ok := keyNamed(of); ok {
			m.stands[typedName(pressed)], m.shown[typedName(of)] = k, pressed
		}
	}
	return m
}

// translate is the key of the program that is meant. A key whose meaning went to another one and that has no other means nothing.
func (m keymap) translate(msg tea.KeyMsg) tea.KeyMsg {
	if msg.Paste {
		return msg
	}
	if stands, ok := m.stands[msg.String()]; ok {
		return stands
	}
	if _, moved := m.shown[msg.String()]; moved {
		return tea.KeyMsg{Type: tea.KeyRunes}
	}
	return msg
}

// show is the binding with the key that is pressed for it.
func (m keymap) show(b key.Binding) key.Binding {
	if len(m.shown) == 0 {
		return b
	}
	for _, k := range b.Keys() {
		if own, ok := m.shown[k]; ok {
			b.SetHelp(own, b.Help().Desc)
			return b
		}
	}
	return b
}

func (m keymap) showAll(bs []key.Binding) []key.Binding {
	shown := make([]key.Binding, len(bs))
	for i, b := range bs {
		shown[i] = m.show(b)
	}
	return shown
}

// CheckKeys tells what is wrong with a choice of keys: of each key of the program, the one that is to stand for it.
func CheckKeys(own map[string]string) error {
	if len(own) == 0 {
		return nil
	}
	meanings := keyMeanings()
	taken := map[string]string{}
	for _, of := range slices.Sorted(maps.Keys(own)) {
		pressed := own[of]
		if meanings[typedName(of)] == "" {
			return fmt.Errorf("the program has no key %q: see the table of keys in README.md", of)
		}
		if _, ok := keyNamed(pressed); !ok {
			return fmt.Errorf("%q is no key: write a character, or a name such as f5, ctrl+x or alt+r", pressed)
		}
		if other := taken[pressed]; other != "" {
			return fmt.Errorf("%q cannot stand for both %q and %q", pressed, other, of)
		}
		taken[pressed] = of
		if _, moved := own[pressed]; meanings[typedName(pressed)] != "" && !moved {
			return fmt.Errorf("%q already means %q: choose another key for that as well, or another one for %q", pressed, meanings[typedName(pressed)], of)
		}
		if pressed == "ctrl+c" || of == "ctrl+c" {
			return fmt.Errorf("ctrl+c always quits: it is the way out")
		}
	}
	return nil
}

// keyMeanings tells what each key of the program does somewhere.
func keyMeanings() map[string]string {
	meanings := map[string]string{}
	add := func(bs []key.Binding) {
		for _, b := range bs {
			for _, k := range b.Keys() {
				meanings[k] = b.Help().Desc
			}
		}
	}
	for _, s := range keySections(&views.Common{Theme: theme.Bare()}) {
		add(offered(s.view, false))
	}
	add(everywhere())
	add(replayBindings())
	return meanings
}

// typedName is how Bubble Tea writes the key.
func typedName(name string) string {
	if name == "space" {
		return " "
	}
	return name
}

// keyNamed is the key that Bubble Tea calls by this name.
func keyNamed(name string) (tea.KeyMsg, bool) {
	bare, alt := strings.CutPrefix(name, "alt+")
	if r, size := utf8.DecodeRuneInString(bare); size == len(bare) && size > 0 && r > ' ' && r != utf8.RuneError {
		return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}, Alt: alt}, true
	}
	if bare == "space" {
		return tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}, Alt: alt}, true
	}
	for t := tea.KeyF20; t <= tea.KeyBackspace; t++ {
		if k := (tea.Key{Type: t}); t != tea.KeyRunes && k.String() == bare && bare != "" {
			return tea.KeyMsg{Type: t, Alt: alt}, true
		}
	}
	return tea.KeyMsg{}, false
}

package viewstest

import (
	tea "github.com/charmbracelet/bubbletea"
)

var named = map[string]tea.KeyType{
	"up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "home": tea.KeyHome, "end": tea.KeyEnd,
	"pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "enter": tea.KeyEnter, "esc": tea.KeyEsc, "tab": tea.KeyTab,
	"shift+tab": tea.KeyShiftTab, "backspace": tea.KeyBackspace, "delete": tea.KeyDelete, "ctrl+a": tea.KeyCtrlA, "ctrl+b": tea.KeyCtrlB, "ctrl+c": tea.KeyCtrlC,
	"ctrl+e": tea.KeyCtrlE, "ctrl+f": tea.KeyCtrlF, "ctrl+k": tea.KeyCtrlK, "ctrl+p": tea.KeyCtrlP, "ctrl+t": tea.KeyCtrlT, "ctrl+r": tea.KeyCtrlR, "ctrl+s": tea.KeyCtrlS, "ctrl+u": tea.KeyCtrlU,
	"ctrl+w": tea.KeyCtrlW,
}

// Key is the press of a key by its name in bindings: "j", "G", "enter", "ctrl+r", " ".
func Key(name string) tea.KeyMsg {
	if t, ok := named[name]; ok {
		return tea.KeyMsg{Type: t}
	}
	if name == " " {
		return tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
}

// Type is the presses that type text.
func Type(text string) []tea.KeyMsg {
	var keys []tea.KeyMsg
	for _, r := range text {
		keys = append(keys, Key(string(r)))
	}
	return keys
}

// WheelDown and WheelUp are turns of the mouse wheel.
func WheelDown() tea.MouseMsg { return tea.MouseMsg{Button: tea.MouseButtonWheelDown} }
func WheelUp() tea.MouseMsg   { return tea.MouseMsg{Button: tea.MouseButtonWheelUp} }

// Click is a press of the left button.
func Click(x, y int) tea.MouseMsg {
	return tea.MouseMsg{X: x, Y: y, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress}
}

package tui

import "slices"

const (
	keptHistory = "history"
	mostHistory = 200
)

// remember puts a line of the palette at the end of its history, once.
func (m *Model) remember(line string) {
	m.history = append(slices.DeleteFunc(m.history, func(old string) bool { return old == line }), line)
	m.history = m.history[max(len(m.history)-mostHistory, 0):]
	m.common.Kept.Put(keptHistory, m.history)
}

// forThisRun keeps what there is to keep until the program ends.
type forThisRun map[string][]string

func (k forThisRun) Get(name string) []string        { return slices.Clone(k[name]) }
func (k forThisRun) Put(name string, words []string) { k[name] = slices.Clone(words) }

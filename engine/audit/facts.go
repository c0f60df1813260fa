package audit

import (
	"strconv"
	"strings"
)

// Hash is what was read of a hash. Fields that are absent and those that are empty are alike (spec 01 §0.2).
type Hash struct {
	Key        string
	Fields     map[string]string
	Found      bool
	Unreadable bool // the key holds another type, which is a finding of its own
}

// Absent tells a hash that is certainly not there.
func (h Hash) Absent() bool { return !h.Found && !h.Unreadable }

func (h Hash) get(field string) string { return h.Fields[field] }

func (h Hash) set(field string) bool { return h.Fields[field] != "" }

// number reads a count or a time: ok is false for what is no number. An unset one is 0.
func (h Hash) number(field string) (n int64, ok bool) {
	v := h.Fields[field]
	if v == "" {
		return 0, true
	}
	f, err := strconv.ParseFloat(v, 64)
	return int64(f), err == nil
}

func (h Hash) int(field string) int64 {
	n, _ := h.number(field)
	return n
}

// Mark is whether a key exists, or whether an index has an entry, and under which score.
type Mark struct {
	Key        string
	Set        bool
	Score      float64
	Unreadable bool
}

// Asked tells whether it was looked at, and could be read.
func (m Mark) Asked() bool { return m.Key != "" && !m.Unreadable }

// Lacks and Has are both false of what was not looked at or could not be read.
func (m Mark) Lacks() bool { return m.Asked() && !m.Set }
func (m Mark) Has() bool   { return m.Asked() && m.Set }

// Size is how many members a key has.
type Size struct {
	Key        string
	N          int64
	Unreadable bool
}

func (s Size) asked() bool { return s.Key != "" && !s.Unreadable }

func keys(of ...string) []string { return of }

// word names an unset value for a person.
func word(v string) string {
	if v == "" {
		return "nothing"
	}
	return strconv.Quote(v)
}

func oneOf(v string, words ...string) bool {
	for _, w := range words {
		if v == w {
			return true
		}
	}
	return false
}

func list(words []string) string { return strings.Join(words, ", ") }

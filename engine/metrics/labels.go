package metrics

import (
	"net/http"
	"slices"
	"strconv"
	"sync"
)

var methods = []string{
	http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodHead, http.MethodOptions, http.MethodPatch,
	http.MethodConnect, http.MethodTrace,
}

// methodLabel is a method that HTTP knows, or OTHER: anybody may send any word.
func methodLabel(method string) string {
	if slices.Contains(methods, method) {
		return method
	}
	return "OTHER"
}

func statusLabel(status int) string { return strconv.Itoa(status) }

// mostLanes is how many lanes are told apart: whoever may claim may name any lane, and each label is kept for ever.
const mostLanes = 500

const otherLanes = "OTHER"

// laneLabels are the lanes met so far.
type laneLabels struct {
	mu  sync.Mutex
	met map[string]bool
}

func (l *laneLabels) label(lane string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.met[lane] {
		return lane
	}
	if len(l.met) == mostLanes {
		return otherLanes
	}
	if l.met == nil {
		l.met = map[string]bool{}
	}
	l.met[lane] = true
	return lane
}

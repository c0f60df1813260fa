package main

import (
	"strings"
	"time"
)

// shot is one picture: the keys that lead to it from the one before, and what is on the screen when it is there.
type shot struct {
	name  string
	keys  string
	wants []string
	limit time.Duration
}

// shots go through every view of the demo.
var shots = []shot{
	{name: "flows", wants: []string{"article", "deploy", "video", "completed"}, limit: time.Minute},
}

// ready tells whether the screen shows all that the picture is for.
func (s shot) ready(text string) bool {
	for _, want := range s.wants {
		if !strings.Contains(text, want) {
			return false
		}
	}
	return true
}

func (s shot) patience() time.Duration {
	if s.limit == 0 {
		return 20 * time.Second
	}
	return s.limit
}

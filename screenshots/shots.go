package main

import (
	"strings"
	"time"
)

// shot is one picture: the keys that lead to it from the one before, and what is on the screen when it is there.
type shot struct {
	name  string
	keys  string
	then  string // more keys, when the program has taken the first: esc and what follows it must not come in one
	wants []string
	limit time.Duration
}

// shots go through every view of the demo. A picture waits until there is something to see on it; that takes the demo a while here and
// there, and a key goes to what was on the screen before.
var shots = []shot{
	{name: "overview", wants: []string{"engine", "in a minute", "llm", "review"}, limit: time.Minute},
	{name: "flows", keys: "2", wants: []string{"article", "deploy", "video", "◌ blocked", "● running"}, limit: time.Minute},
	{name: "flow", keys: "/article<enter>", then: "<enter>", wants: []string{"members", "● active           draft"}, limit: time.Minute},
	{name: "graph", keys: "<tab>", wants: []string{"[graph]", "plan", "publish"}},
	{name: "cancel", keys: "c", wants: []string{"Cancel flow", "policy", "keep"}},
	{name: "timeline", keys: "<esc>", then: "<tab><tab>", wants: []string{"[timeline]", "span"}},
	{name: "edges", keys: "<shift-tab><shift-tab>", then: "<right><right>e", wants: []string{"choose", "waits for 1 more success"}},
	{name: "lanes", keys: "3", wants: []string{"gpu", "llm", "media"}},
	{name: "lane", keys: "/gpu<enter>", then: "<enter>", wants: []string{"train", "waiting_for_worker"}},
	{name: "suspended", keys: "5", wants: []string{"review", "2 sources of approve"}, limit: time.Minute},
	{name: "execution", keys: "/gate<enter>", then: "<enter>", wants: []string{"waits for", "attempts", "lease history"}},
	{name: "signal", keys: "s", wants: []string{"Signal execution", "payload", "the token is read for you"}},
	{name: "streams", keys: "<esc>", then: "6", wants: []string{"draft", "open", "mixed"}, limit: time.Minute},
	{name: "tail", keys: "/draft<enter>", then: "<enter>", wants: []string{"following", "token", "summary", "words"}, limit: time.Minute},
	{name: "text", keys: "x", wants: []string{"text"}},
	{name: "executions", keys: "4", wants: []string{"EXECUTION", "● active"}},
	{name: "why", keys: "w", wants: []string{"evidence", "you can"}},
	{name: "actions", keys: "a", wants: []string{"Actions", "cancel", "tag"}},
	{name: "activity", keys: "<esc>", then: "0", wants: []string{"completion", "following"}, limit: time.Minute},
	{name: "workers", keys: "7", wants: []string{"alive", "llm-pool"}, limit: time.Minute},
	{name: "budgets", keys: "8", wants: []string{"budgets", "quotas"}},
	{name: "health", keys: "9", wants: []string{"findings", "partitions 16 of 16"}, limit: time.Minute},
	{name: "help", keys: "?", wants: []string{"Help", "Everywhere"}},
	{name: "palette", keys: "x", then: ":", wants: []string{"execution <id>"}},
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

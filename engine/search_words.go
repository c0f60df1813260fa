package engine

import (
	"fmt"
	"slices"
	"strings"
)

// SearchKey is a word before a colon in the text of a query.
type SearchKey struct{ Name, Means string }

// SearchKeys are those that ParseExecutionQuery knows, with what follows each.
func SearchKeys() []SearchKey { return slices.Clone(searchKeys) }

var searchKeys = []SearchKey{
	{"state", "waiting, active, failed, …; several by commas, ended for all that have"},
	{"lane", "a lane; several by commas"},
	{"ns", "a namespace"},
	{"flow", "the id of a flow"},
	{"tag", "a tag and its value, as team.owner=img"},
	{"worker", "a worker's instance or its pool"},
	{"kind", "the kind of execution"},
	{"id", "the beginning of an id"},
	{"reason", `text in why it failed or waits; "in quotes" with blanks`},
}

// stateEnded stands for all states that an execution does not leave by itself.
const stateEnded = "ended"

// ParseExecutionQuery reads what a person typed: words with a colon say what an execution must be, all other words must occur
// somewhere in it. Quotes keep blanks and colons in a word.
func ParseExecutionQuery(text string) (ExecutionQuery, error) {
	var q ExecutionQuery
	words, err := queryWords(text)
	if err != nil {
		return q, err
	}
	for _, w := range words {
		if err := q.take(w); err != nil {
			return q, err
		}
	}
	return q, nil
}

// queryWord is a word of a query; key is what stood before its colon.
type queryWord struct{ key, value string }

func queryWords(text string) ([]queryWord, error) {
	var words []queryWord
	for text = strings.TrimLeft(text, " \t"); text != ""; text = strings.TrimLeft(text, " \t") {
		var w queryWord
		if at := strings.IndexAny(text, ": \t\""); at > 0 && text[at] == ':' && isSearchKey(text[:at]) {
			w.key, text = text[:at], text[at+1:]
		}
		if strings.HasPrefix(text, `"`) {
			value, rest, closed := strings.Cut(text[1:], `"`)
			if !closed {
				return nil, fmt.Errorf("a quote is open: close it with another")
			}
			w.value, text = value, rest
		} else if at := strings.IndexAny(text, " \t"); at >= 0 {
			w.value, text = text[:at], text[at:]
		} else {
			w.value, text = text, ""
		}
		if w.value != "" || w.key != "" {
			words = append(words, w)
		}
	}
	return words, nil
}

func isSearchKey(name string) bool {
	return slices.ContainsFunc(searchKeys, func(k SearchKey) bool { return k.Name == name })
}

func (q *ExecutionQuery) take(w queryWord) error {
	if w.value == "" {
		return fmt.Errorf("%s: wants %s", w.key, meaningOf(w.key))
	}
	switch w.key {
	case "":
		return q.takeFree(w.value)
	case "state":
		return q.takeStates(w.value)
	case "lane":
		for _, lane := range strings.Split(w.value, ",") {
			q.Lanes = append(q.Lanes, LaneID(lane))
		}
	case "ns":
		q.Namespace = Namespace(w.value)
	case "flow":
		flow, err := ParseFlowID(w.value)
		if err != nil {
			return fmt.Errorf("flow: wants a whole id, which is a UUID")
		}
		q.Flow = flow
	case "tag":
		key, value, found := strings.Cut(w.value, "=")
		if !found || key == "" {
			return fmt.Errorf("tag: wants %s", meaningOf("tag"))
		}
		q.Tags = append(q.Tags, Tag{key, value})
	case "worker":
		q.Worker = w.value
	case "kind":
		q.Kind = w.value
	case "id":
		q.takeID(w.value)
	case "reason":
		q.Reason = w.value
	}
	return nil
}

// takeFree takes a word without a key: a whole id means that execution.
func (q *ExecutionQuery) takeFree(word string) error {
	if id, err := ParseExecutionID(word); err == nil {
		q.ID = id
		return nil
	}
	q.Words = append(q.Words, word)
	return nil
}

func (q *ExecutionQuery) takeID(value string) {
	if id, err := ParseExecutionID(value); err == nil {
		q.ID = id
		return
	}
	q.IDPrefix = value
}

func (q *ExecutionQuery) takeStates(list string) error {
	for _, name := range strings.Split(list, ",") {
		if name == stateEnded {
			for _, state := range publicStates {
				if state.Terminal() {
					q.States = append(q.States, state)
				}
			}
			continue
		}
		if !slices.Contains(publicStates, PublicState(name)) {
			return fmt.Errorf("there is no state %q: they are %s", name, strings.Join(SearchStates(), ", "))
		}
		q.States = append(q.States, PublicState(name))
	}
	return nil
}

// SearchStates are the words that may follow state:.
func SearchStates() []string {
	var names []string
	for _, state := range publicStates {
		names = append(names, string(state))
	}
	return append(names, stateEnded)
}

func meaningOf(key string) string {
	for _, k := range searchKeys {
		if k.Name == key {
			return k.Means
		}
	}
	return ""
}

// String is the query as ParseExecutionQuery reads it; "" means all.
func (q *ExecutionQuery) String() string {
	var words []string
	add := func(key, value string) {
		if value == "" {
			return
		}
		if strings.ContainsAny(value, " \t") || key == "" && strings.Contains(value, ":") {
			value = `"` + value + `"`
		}
		if key != "" {
			value = key + ":" + value
		}
		words = append(words, value)
	}
	add("state", joined(q.States))
	add("lane", joined(q.Lanes))
	add("ns", string(q.Namespace))
	add("flow", string(q.Flow))
	for _, t := range q.Tags {
		add("tag", t.Key+"="+t.Value)
	}
	add("worker", q.Worker)
	add("kind", q.Kind)
	add("id", string(q.ID))
	add("id", q.IDPrefix)
	add("reason", q.Reason)
	for _, w := range q.Words {
		add("", w)
	}
	return strings.Join(words, " ")
}

func joined[S ~string](list []S) string {
	var words []string
	for _, s := range list {
		words = append(words, string(s))
	}
	return strings.Join(words, ",")
}

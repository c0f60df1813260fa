package engine_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ffboard/engine"
)

const simpleJSON = `{"allow_operator_override":true,"condition_type":"signal_set","minimum_signal_count":%d,"required_signal_names":%s,` +
	`"signal_match_mode":"%s","timeout_behavior":"fail"}`

const compositeJSON = `{"allow_operator_override":true,"composite":true,"condition_type":"composite","minimum_signal_count":1,` +
	`"required_signal_names":[],"signal_match_mode":"composite","timeout_behavior":"escalate","tree":%s,"v":1}`

func TestConditionsOnTheWire(t *testing.T) {
	for _, tc := range []struct {
		name      string
		condition engine.ResumeCondition
		behavior  string
		json      string
	}{
		{"one signal by name", engine.Single("", engine.ByName("<go>")), "fail", fmt.Sprintf(simpleJSON, 1, `["<go>"]`, "any")},
		{"any one signal", engine.Single("", engine.AnySignal()), "fail", fmt.Sprintf(simpleJSON, 1, `[]`, "any")},
		{"an operator", engine.OperatorOnly(), "fail", fmt.Sprintf(simpleJSON, 1, `["__operator_only__"]`, "all")},
		{"the timeout", engine.TimeoutOnly(), "fail", fmt.Sprintf(simpleJSON, 1, `["__timeout_only__"]`, "all")},
		{"several names, which no typed client sends",
			engine.ResumeCondition{Kind: engine.ConditionSignalSet, Names: []string{"a", "b"}, Mode: "any", Minimum: 2},
			"fail", fmt.Sprintf(simpleJSON, 2, `["a","b"]`, "any")},
		{"a tree",
			engine.AllOf(
				engine.Single("wpk:db", engine.ByName("ready")),
				engine.Count(2, engine.DistinctSources, engine.Matcher{}, "wpk:vote"),
				engine.ResumeCondition{Kind: engine.ConditionNever},
				engine.AllOf(engine.Single("k", engine.AnySignal())),
			),
			"escalate",
			fmt.Sprintf(compositeJSON, `{"kind":"AllOf","members":[`+
				`{"kind":"Single","matcher":{"kind":"ByName","name":"ready"},"path":"members[0]","waitpoint_key":"wpk:db"},`+
				`{"count_kind":"DistinctSources","kind":"Count","matcher":null,"n":2,"path":"members[1]","waitpoints":["wpk:vote"]},`+
				`{"kind":"NeverBySignal","path":"members[2]"},`+
				`{"kind":"AllOf","members":[{"kind":"Single","matcher":{"kind":"Wildcard"},"path":"members[3].members[0]","waitpoint_key":"k"}],"path":"members[3]"}`+
				`],"path":""}`)},
		{"a count for a root", engine.Count(1, engine.DistinctWaitpoints, engine.ByName("x"), "a", "b"), "escalate",
			fmt.Sprintf(compositeJSON, `{"count_kind":"DistinctWaitpoints","kind":"Count","matcher":{"kind":"ByName","name":"x"},"n":1,"path":"","waitpoints":["a","b"]}`)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.condition.EncodeWire(tc.behavior); string(got) != tc.json {
				t.Errorf("got  %s\nwant %s", got, tc.json)
			}
			if got, err := engine.DecodeCondition([]byte(tc.json)); err != nil || !reflect.DeepEqual(got, tc.condition) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestAMemberForAnOperatorIsOneThatNoSignalEnds(t *testing.T) {
	got := string(engine.AllOf(engine.OperatorOnly(), engine.TimeoutOnly()).EncodeWire("fail"))
	if !strings.Contains(got, `"members":[{"kind":"NeverBySignal","path":"members[0]"},{"kind":"NeverBySignal","path":"members[1]"}]`) {
		t.Errorf("got %s", got)
	}
}

func TestDecodeConditionTakesOddMembersAsTheLibraryDoes(t *testing.T) {
	never := engine.ResumeCondition{Kind: engine.ConditionNever}
	for in, want := range map[string]engine.ResumeCondition{
		`{}`: engine.Single("", engine.AnySignal()),
		`{"required_signal_names":{},"minimum_signal_count":1.0}`:           engine.Single("", engine.AnySignal()),
		`{"required_signal_names":["a"],"signal_match_mode":"all"}`:         engine.Single("", engine.ByName("a")),
		`{"required_signal_names":["a",null,7],"minimum_signal_count":"x"}`: {Kind: engine.ConditionSignalSet, Names: []string{"a"}, Mode: "any"},
		`{"required_signal_names":["a"],"minimum_signal_count":2}`:          {Kind: engine.ConditionSignalSet, Names: []string{"a"}, Mode: "any", Minimum: 2},
		`{"composite":true,"v":2,"tree":{"kind":"AllOf"}}`:                  never,
		`{"composite":true}`:                                                            never,
		`{"composite":true,"tree":7}`:                                                   never,
		`{"composite":true,"tree":{"kind":"Odd"}}`:                                      never,
		`{"composite":true,"tree":{"kind":"AllOf","members":{}}}`:                       {Kind: engine.ConditionAllOf, Members: []engine.ResumeCondition{}},
		`{"composite":true,"tree":{"kind":"Single","matcher":{},"waitpoint_key":null}}`: engine.Single("", engine.AnySignal()),
		`{"composite":true,"tree":{"kind":"Single","matcher":{"kind":"Odd"}}}`:          engine.Single("", engine.Matcher{Kind: "Odd"}),
		`{"composite":true,"tree":{"kind":"Count","n":1e99,"waitpoints":["a",1]}}`:      engine.Count(1<<31-1, "", engine.Matcher{}, "a"),
	} {
		if got, err := engine.DecodeCondition([]byte(in)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v", in, got, err)
		}
	}
	deep := `{"composite":true,"tree":` + strings.Repeat(`{"kind":"AllOf","members":[`, 40) + strings.Repeat(`]}`, 40) + `}`
	for _, bad := range []string{"", "x", "[]", "null", `"x"`, deep} {
		if _, err := engine.DecodeCondition([]byte(bad)); !errors.Is(err, engine.ClassCorruption) {
			t.Errorf("%.20s: got %v", bad, err)
		}
	}
}

func TestWhatAConditionNames(t *testing.T) {
	tree := engine.AllOf(
		engine.Count(1, engine.DistinctSignals, engine.Matcher{}, "b", "a"),
		engine.AllOf(engine.Single("a", engine.AnySignal()), engine.Single("c", engine.AnySignal())),
	)
	if got := tree.WaitpointKeys(); !slices.Equal(got, []string{"b", "a", "c"}) {
		t.Errorf("got %q", got)
	}
	if tree.SharesCounts() {
		t.Error("one count shares with itself")
	}
	if engine.AllOf(tree, engine.Count(1, engine.DistinctSources, engine.Matcher{}, "a")).SharesCounts() {
		t.Error("counts of different kinds share")
	}
	if !engine.AllOf(tree, engine.Count(1, engine.DistinctSignals, engine.Matcher{}, "a")).SharesCounts() {
		t.Error("counts of one kind do not share")
	}
}

func TestEvaluate(t *testing.T) {
	single := engine.Single("k", engine.AnySignal())
	signals := func(n int) engine.ResumeCondition {
		return engine.Count(n, engine.DistinctSignals, engine.Matcher{}, "k")
	}
	for _, tc := range []struct {
		name      string
		tree      engine.ResumeCondition
		tokens    []string
		want      string // path done/needed, a star when satisfied, an exclamation mark when shared
		satisfied bool
	}{
		{"nothing came", engine.AllOf(single, single), nil, " 0/2, members[0] 0/1, members[1] 0/1", false},
		{"one of two", engine.AllOf(single, single), []string{"leaf:members[1]"}, " 1/2, members[0] 0/1, members[1] 1/1*", false},
		{"both", engine.AllOf(single, single), []string{"leaf:members[1]", "leaf:members[0]"}, " 2/2*, members[0] 1/1*, members[1] 1/1*", true},
		{"a tree inside a tree counts from the leaves up", engine.AllOf(engine.AllOf(signals(1))), []string{"sig:1"},
			" 1/1*, members[0] 1/1*, members[0].members[0] 1/1*", true},
		{"a Single has no token of an inner node", engine.AllOf(single), []string{"node:members[0]"}, " 0/1, members[0] 0/1", false},
		{"an inner node that was satisfied once stands", engine.AllOf(single, signals(2)), []string{"node:members[1]", "leaf:members[0]"},
			" 2/2*, members[0] 1/1*, members[1] 0/2*", true},
		{"more came than was needed", signals(2), []string{"sig:1", "sig:2", "sig:3"}, " 3/2*", true},
		{"each kind counts its own", engine.AllOf(engine.Count(1, engine.DistinctWaitpoints, engine.Matcher{}, "k"), engine.Count(1, engine.DistinctSources, engine.Matcher{}, "k")),
			[]string{"src:user:a"}, " 1/2, members[0] 0/1, members[1] 1/1*", false},
		{"two counts of a kind count apart", engine.AllOf(signals(1), signals(1)), []string{"sig:1", "cnt:members[0]:sig:1"},
			" 1/2, members[0] 1/1*, members[1] 0/1", false},
		{"two counts of a kind that nobody kept apart open early", engine.AllOf(signals(1), signals(1)), []string{"sig:1"},
			" 2/2*, members[0] 1/1*!, members[1] 1/1*!", true},
		{"the timeout satisfies a count", signals(2), []string{"timeout:*"}, " 0/2*", true},
		{"never", engine.AllOf(single, engine.OperatorOnly()), []string{"leaf:members[0]", "leaf:members[1]"}, " 1/2, members[0] 1/1*, members[1] 0/1", false},
		{"nothing is asked", engine.AllOf(), nil, " 0/0*", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := engine.Evaluate(tc.tree, tc.tokens)
			if text := strings.Join(progressText(got), ", "); text != tc.want || got.Satisfied != tc.satisfied {
				t.Errorf("got %s, %t", text, got.Satisfied)
			}
		})
	}
}

func progressText(p engine.NodeProgress) []string {
	text := fmt.Sprintf("%s %d/%d", p.Path, p.Done, p.Needed)
	if p.Satisfied {
		text += "*"
	}
	if p.Shared {
		text += "!"
	}
	texts := []string{text}
	for _, m := range p.Members {
		texts = append(texts, progressText(m)...)
	}
	return texts
}

func FuzzDecodeCondition(f *testing.F) {
	f.Add([]byte(fmt.Sprintf(simpleJSON, 1, `["go"]`, "any")), "leaf:")
	f.Add([]byte(fmt.Sprintf(compositeJSON, `{"kind":"AllOf","members":[{"kind":"Count","n":2}]}`)), "sig:1")
	f.Add([]byte(`{"composite":true,"tree":{"kind":"Single","matcher":{"kind":"Wildcard"}}}`), "leaf:")
	f.Fuzz(func(t *testing.T, text []byte, token string) {
		c, err := engine.DecodeCondition(text)
		if err != nil {
			return
		}
		engine.Evaluate(c, []string{token})
		if !c.Composite() {
			return
		}
		wire := c.EncodeWire("fail")
		again, err := engine.DecodeCondition(wire)
		if err != nil || string(again.EncodeWire("fail")) != string(wire) {
			t.Fatalf("%s became %+v, %v", wire, again, err)
		}
	})
}

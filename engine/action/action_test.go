package action

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"ffboard/engine"
)

func TestEveryActionIsWhole(t *testing.T) {
	for _, kind := range Kinds() {
		letters := map[string]string{}
		for _, a := range For(kind) {
			if a.Does == "" || a.Effect == nil || a.Run == nil || Named(kind, a.Name) != a {
				t.Errorf("%s of %s lacks a part", a.Name, kind)
			}
			if other, taken := letters[a.Key]; taken || len(a.Key) != 1 {
				t.Errorf("%s: the key %q of %s is also that of %s", kind, a.Key, a.Name, other)
			}
			letters[a.Key] = a.Name
			if a.Possible(&State{Gone: true}) == "" {
				t.Errorf("%s of %s is possible for what is gone", a.Name, kind)
			}
		}
		if len(letters) == 0 {
			t.Errorf("nothing can be done to a %s", kind)
		}
	}
}

// running, lost and so on are executions as they are judged.
var (
	waiting   = engine.ExecutionRow{State: engine.StateWaiting, Phase: engine.PhaseRunnable, Ownership: engine.OwnerNone}
	delayed   = engine.ExecutionRow{State: engine.StateDelayed, Phase: engine.PhaseRunnable, Ownership: engine.OwnerNone}
	blocked   = engine.ExecutionRow{State: engine.StateRateLimited, Phase: engine.PhaseRunnable, Ownership: engine.OwnerNone, BlockingReason: engine.WaitingForQuota}
	running   = engine.ExecutionRow{State: engine.StateActive, Phase: engine.PhaseActive, Ownership: engine.OwnerLeased}
	lost      = engine.ExecutionRow{State: engine.StateActive, Phase: engine.PhaseActive, Ownership: engine.OwnerExpired}
	revoked   = engine.ExecutionRow{State: engine.StateActive, Phase: engine.PhaseActive, Ownership: engine.OwnerRevoked}
	sleeping  = engine.ExecutionRow{State: engine.StateSuspended, Phase: engine.PhaseSuspended, Ownership: engine.OwnerNone}
	completed = engine.ExecutionRow{State: engine.StateCompleted, Phase: engine.PhaseTerminal, Ownership: engine.OwnerNone}
)

// nothingToMend are the reasons of actions that mend, unless a case tells.
var nothingToMend = map[string]string{"unblock": "no block to lift", "promote": "not delayed", "resolve": "waits for no upstream"}

func TestAnActionSaysWhyItMakesNoSense(t *testing.T) {
	for name, c := range map[string]struct {
		row     engine.ExecutionRow
		refused map[string]string // action: a piece of the reason; the rest is possible
	}{
		"waiting": {waiting, map[string]string{"signal": "not suspended", "resume": "not suspended", "replay": "not ended",
			"revoke-lease": "no lease", "reclaim": "no lost lease", "edge-policy": "no flow"}},
		"delayed": {delayed, map[string]string{"signal": "not suspended", "resume": "not suspended", "replay": "not ended: it is delayed",
			"revoke-lease": "no lease", "reclaim": "no lost lease", "edge-policy": "no flow", "priority": "not eligible", "promote": ""}},
		"blocked": {blocked, map[string]string{"signal": "not suspended", "resume": "not suspended", "replay": "not ended",
			"revoke-lease": "no lease", "reclaim": "no lost lease", "edge-policy": "no flow", "priority": "not eligible", "unblock": ""}},
		"running": {running, map[string]string{"signal": "not suspended", "resume": "not suspended", "replay": "not ended",
			"reclaim": "revoke it first", "edge-policy": "no flow", "priority": "not in line"}},
		"lease ran out": {lost, map[string]string{"signal": "not suspended", "resume": "not suspended", "replay": "not ended",
			"revoke-lease": "ran out", "edge-policy": "no flow", "priority": "not in line"}},
		"lease revoked": {revoked, map[string]string{"signal": "not suspended", "resume": "not suspended", "replay": "not ended",
			"revoke-lease": "revoked already", "edge-policy": "no flow", "priority": "not in line"}},
		"suspended": {sleeping, map[string]string{"replay": "not ended", "revoke-lease": "no lease", "reclaim": "no lost lease",
			"edge-policy": "no flow", "priority": "not in line"}},
		"completed": {completed, map[string]string{"cancel": "has ended", "signal": "not suspended", "resume": "not suspended",
			"revoke-lease": "no lease", "reclaim": "no lost lease", "edge-policy": "no flow", "priority": "not in line"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, a := range For(Execution) {
				why := a.Possible(&State{Target: Target{Kind: Execution}, Row: c.row})
				want, told := c.refused[a.Name]
				if !told {
					want = nothingToMend[a.Name]
				}
				if (why == "") != (want == "") || !strings.Contains(why, want) {
					t.Errorf("%s: %q, want %q in it", a.Name, why, want)
				}
			}
		})
	}
}

func TestAnEdgePolicyIsFixedByTheFirstAppliedEdge(t *testing.T) {
	s := &State{Target: Target{Kind: Execution, Flow: "f"}, Row: waiting, Around: &engine.ExecutionEdges{In: []engine.EdgeEnd{{}}}}
	if why := setPolicy.Possible(s); why != "" {
		t.Errorf("with a staged edge: %s", why)
	}
	s.Around.In[0].Edge.State = engine.EdgeUnsatisfied
	if why := setPolicy.Possible(s); !strings.Contains(why, "fixed") {
		t.Errorf("with an applied edge: %q", why)
	}
}

func TestArgumentsAreCheckedBeforeAnythingIsSent(t *testing.T) {
	secret, err := NewSecret()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		action *Action
		args   Args
		ok     bool
	}{
		"a priority":            {changePriority, given("priority", "9000"), true},
		"a priority too high":   {changePriority, given("priority", "9001"), false},
		"no number":             {changePriority, given("priority", "high"), false},
		"no delay":              {resume, given(), true},
		"a negative delay":      {resume, given("delay", "-1s"), false},
		"a grant for a minute":  {grantReclaim, given("ttl", "60s"), true},
		"a grant for longer":    {grantReclaim, given("ttl", "61s"), false},
		"a tag":                 {tagExecution, given("tag", "team.owner"), true},
		"a tag without a dot":   {tagFlow, given("tag", "team"), false},
		"all of":                {setPolicy, given("policy", "all_of"), true},
		"a quorum of none":      {setPolicy, given("policy", "quorum", "k", "0", "then", "let_run"), false},
		"a quorum of two":       {setPolicy, given("policy", "quorum", "k", "2", "then", "let_run"), true},
		"a long reason":         {markWorkerDead, given("reason", strings.Repeat("x", 257)), false},
		"a kid with a colon":    {rotateSecret, given("kid", "a:b", "secret", SecretGenerated, "grace", "1h"), false},
		"a rotation":            {rotateSecret, given("kid", "k2", "secret", SecretGenerated, "grace", "1h"), true},
		"no typed secret":       {rotateSecret, given("kid", "k2", "secret", SecretTyped, "grace", "1h"), false},
		"a typed secret":        {rotateSecret, Args{Values: given("kid", "k2", "secret", SecretTyped, "grace", "1h").Values, Secret: secret}, true},
		"a file without a path": {rotateSecret, given("kid", "k2", "secret", SecretFromFile, "grace", "1h"), false},
		"no grace":              {rotateSecret, given("kid", "k2", "secret", SecretGenerated, "grace", "soon"), false},
	} {
		var refusal Refusal
		err := c.action.Validate(c.args)
		if (err == nil) != c.ok || err != nil && !errors.As(err, &refusal) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func given(pairs ...string) Args {
	a := Args{Values: map[string]string{}}
	for i := 0; i < len(pairs); i += 2 {
		a.Values[pairs[i]] = pairs[i+1]
	}
	return a
}

func TestASecretIsNeverShown(t *testing.T) {
	text := strings.Repeat("ab", 32)
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args, err := given("secret", SecretFromFile, "file", path).WithSecret()
	if err != nil || args.Secret.reveal() != text {
		t.Fatalf("read %v", err)
	}
	marshalled, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	shown := fmt.Sprint(args) + fmt.Sprintf("%v %+v %#v %s", args, args, args, args.Secret) + string(marshalled)
	if strings.Contains(shown, text) {
		t.Error("it is in what is printed")
	}
	generated, err := given("secret", SecretGenerated).WithSecret()
	if err != nil || len(generated.Secret.reveal()) != 64 {
		t.Errorf("made one of %d digits: %v", len(generated.Secret.reveal()), err)
	}
	if again, _ := generated.WithSecret(); again.Secret != generated.Secret {
		t.Error("a repeat has another secret")
	}
	for _, bad := range []string{"", "abc", "xy"} {
		if _, err := ParseSecret(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestNothingMoreIsBegunAfterAStop(t *testing.T) {
	stop := make(chan struct{})
	var mu sync.Mutex
	begun := 0
	a := &Action{Name: "try"}
	a.Run = func(context.Context, Backend, *State, Args) (Outcome, error) {
		mu.Lock()
		begun++
		if begun == runsAtOnce {
			close(stop)
		}
		mu.Unlock()
		<-stop
		return Outcome{}, nil
	}
	targets := make([]*State, 100)
	for i := range targets {
		targets[i] = &State{}
	}
	heard := 0
	notBegun := RunAll(t.Context(), nil, a, targets, Args{}, stop, func(Done) { heard++ })
	if heard+notBegun != 100 || heard < runsAtOnce || heard > 2*runsAtOnce {
		t.Errorf("%d done, %d not begun", heard, notBegun)
	}
}

func TestWhatMakesNoSenseIsLeftOut(t *testing.T) {
	targets := []*State{{Row: running}, {Row: completed}, {Row: completed}}
	ran := 0
	a := *replay
	var mu sync.Mutex
	a.Run = func(context.Context, Backend, *State, Args) (Outcome, error) {
		mu.Lock()
		defer mu.Unlock()
		ran++
		return Outcome{}, errors.New("no")
	}
	failed, skipped := 0, 0
	RunAll(t.Context(), nil, &a, targets, Args{}, nil, func(d Done) {
		if d.Failed() {
			failed++
		}
		if d.Skipped != "" {
			skipped++
		}
	})
	if ran != 2 || failed != 2 || skipped != 1 {
		t.Errorf("%d ran, %d failed, %d left out", ran, failed, skipped)
	}
}

func TestARotationThatFailedSomewhereIsNotOver(t *testing.T) {
	results := []engine.RotationResult{
		{Partition: engine.Partition{Family: engine.FamilyFlow, Index: 0}, PreviousKid: "k1"},
		{Partition: engine.Partition{Family: engine.FamilyFlow, Index: 1}, Err: engine.Transport("rotate", nil)},
		{Partition: engine.Partition{Family: engine.FamilyFlow, Index: 2}, Noop: true},
	}
	out := rotated(results)
	if !out.Open || out.Words != "rotated on 2 of 3 partitions, 1 failed" || out.Parts[0].Err == nil {
		t.Errorf("%+v", out)
	}
	if out = rotated(results[:1]); out.Open || out.Words != "rotated on 1 of 1 partition" {
		t.Errorf("%+v", out)
	}
}

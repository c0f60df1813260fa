package views

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ffboard/engine"
	"ffboard/views/viewstest"
)

// signalled is a dialog that has read what it needs.
func signalled(t *testing.T, e *viewstest.Engine, id engine.ExecutionID) (*play, *signalDialog) {
	t.Helper()
	d := NewSignal(bareCommon(e), id).(*signalDialog)
	d.user = func() string { return "kim" }
	p := &play{t: t, d: d}
	p.run(d.Init())
	return p, d
}

func suspendedID(e *viewstest.Engine) engine.ExecutionID { return e.Suspended.Rows[0].ID }

func typed(d Dialog, text string) {
	for _, k := range viewstest.Type(text) {
		d.Update(k)
	}
}

// taking is an engine that takes signals with one outcome, and remembers them.
func taking(outcome engine.SignalOutcome, err error) (*viewstest.Engine, *[]engine.Signal) {
	e, taken := viewstest.Canned(), &[]engine.Signal{}
	take := func(s engine.Signal) (engine.SignalOutcome, error) {
		*taken = append(*taken, s)
		return outcome, err
	}
	e.OnDeliverSignal, e.OnBufferSignal = take, take
	return e, taken
}

func TestTheSignalDialogAtEverySize(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		t.Run(sizeName(size), func(t *testing.T) {
			e := viewstest.Canned()
			_, d := signalled(t, e, suspendedID(e))
			frame := d.View(size[0], size[1]-2)
			viewstest.CheckFrame(t, frame, size[0], strings.Count(frame, "\n")+1)
			viewstest.Golden(t, "signal-"+sizeName(size), frame)
		})
	}
}

func TestASignalIsSentWithWhatWasTyped(t *testing.T) {
	e, taken := taking(engine.SignalOutcome{ID: "5167a100-0000-4000-8000-000000000007", Effect: engine.EffectResumed}, nil)
	p, d := signalled(t, e, suspendedID(e))
	p.press("tab")
	typed(d, `{"by":"kim"}`)
	p.press("tab", "tab", "tab", "enter", "enter")
	if len(*taken) != 1 {
		t.Fatalf("%d signals were sent; %v", len(*taken), d.err)
	}
	s := (*taken)[0]
	if s.Name != "approved" || string(s.Payload) != `{"by":"kim"}` || s.Encoding != "json" || s.SourceIdentity != "kim" || s.SourceType != "operator" ||
		s.Execution != d.id || s.Waitpoint != viewstest.WaitpointID(0) {
		t.Errorf("sent %+v", s)
	}
	if s.Token != e.Tokens[s.Waitpoint] {
		t.Error("the signal does not carry the waitpoint's token")
	}
	if s.IdempotencyKey == "" || !strings.Contains(d.View(100, 30), s.IdempotencyKey) {
		t.Errorf("the key %q that was made is not shown:\n%s", s.IdempotencyKey, d.View(100, 30))
	}
	if len(p.said) != 1 || !strings.Contains(string(p.said[0].Text), "signal approved to") || p.said[0].Error {
		t.Errorf("the log heard %v", p.said)
	}
	if d.closed {
		t.Error("the dialog closed before anybody read the outcome")
	}
	p.press("enter")
	if !d.closed {
		t.Error("enter does not close it")
	}
}

func TestTheTokenIsNeverShownNorKept(t *testing.T) {
	e, _ := taking(engine.SignalOutcome{}, errors.New("refused"))
	p, d := signalled(t, e, suspendedID(e))
	if e.Called("ReadWaitpointToken") != 0 {
		t.Error("the token was read before it was needed")
	}
	secret := e.Tokens[viewstest.WaitpointID(0)].Reveal()
	frames := d.View(200, 60)
	p.press("tab", "tab", "tab", "tab", "tab", "enter")
	frames += d.View(200, 60)
	if e.Called("ReadWaitpointToken") != 1 {
		t.Errorf("the token was read %d times", e.Called("ReadWaitpointToken"))
	}
	for _, part := range append(strings.Split(secret, ":")[1:], secret) {
		if strings.Contains(frames, part) {
			t.Error("the token is on the screen")
		}
	}
}

func TestWhatASignalDidIsToldInWords(t *testing.T) {
	for name, c := range map[string]struct {
		outcome engine.SignalOutcome
		err     error
		says    string
		isError bool
	}{
		"resumed":   {engine.SignalOutcome{Effect: engine.EffectResumed}, nil, "resumed: the execution goes on", false},
		"appended":  {engine.SignalOutcome{Effect: engine.EffectAppended}, nil, "it still waits for approved or rejected, 0 of 1 so far", false},
		"duplicate": {engine.SignalOutcome{ID: "5167a100-0000-4000-8000-000000000007", Duplicate: true}, nil, "duplicate of 5167a100-0000-4000-8000-000000000007", false},
		"buffered":  {engine.SignalOutcome{Effect: engine.EffectBuffered}, nil, "buffered: it counts once somebody waits", false},
		"ignored":   {engine.SignalOutcome{Effect: engine.EffectNone}, nil, "ignored: nothing of that name was waited for", false},
		"not in the condition": {engine.SignalOutcome{Effect: engine.EffectNotInCondition}, nil,
			"ignored: the condition does not name its waitpoint", false},
		"counted before":              {engine.SignalOutcome{Effect: engine.EffectAppendedDuplicate}, nil, "the like had been counted before", false},
		"an effect that nobody knows": {engine.SignalOutcome{Effect: "wat\x1b"}, nil, `wat\x1b`, false},
		"rejected": {engine.SignalOutcome{}, &engine.Error{Class: engine.ClassState, Code: engine.CodeWaitpointClosed},
			"rejected: The waitpoint is closed. The signal came too late.", true},
	} {
		t.Run(name, func(t *testing.T) {
			e, _ := taking(c.outcome, c.err)
			p, d := signalled(t, e, suspendedID(e))
			p.press("tab", "tab", "tab", "tab", "tab", "enter")
			frame := d.View(120, 30)
			if !strings.Contains(frame, c.says) {
				t.Errorf("it does not say %q:\n%s", c.says, frame)
			}
			if len(p.said) != 1 || p.said[0].Error != c.isError {
				t.Errorf("the log heard %v", p.said)
			}
		})
	}
}

func TestARefusedSignalMayBeSentAgainUnderTheSameKey(t *testing.T) {
	e, taken := taking(engine.SignalOutcome{}, engine.Uncertain("deliver_signal", errors.New("reset")))
	p, d := signalled(t, e, suspendedID(e))
	p.press("tab", "tab", "tab", "tab", "tab", "enter", "enter")
	if len(*taken) != 2 || (*taken)[0].IdempotencyKey != (*taken)[1].IdempotencyKey {
		t.Errorf("sent %d times", len(*taken))
	}
	if d.stage != signalAsks {
		t.Error("the form is gone")
	}
}

func TestABadPayloadIsNotSent(t *testing.T) {
	e, taken := taking(engine.SignalOutcome{Effect: engine.EffectResumed}, nil)
	p, d := signalled(t, e, suspendedID(e))
	p.press("tab")
	typed(d, "{no json")
	p.press("tab", "tab", "tab", "tab", "enter")
	if len(*taken) != 0 || !strings.Contains(d.View(100, 30), "the payload is no JSON") {
		t.Errorf("%d sent:\n%s", len(*taken), d.View(100, 30))
	}
	p.press("shift+tab", "shift+tab", "shift+tab", "right", "tab", "tab", "tab", "enter")
	if len(*taken) != 1 || (*taken)[0].Encoding != "text" || string((*taken)[0].Payload) != "{no json" {
		t.Errorf("as text %v was sent", *taken)
	}
}

func TestASignalNeedsAName(t *testing.T) {
	e, taken := taking(engine.SignalOutcome{}, nil)
	p, d := signalled(t, e, suspendedID(e))
	p.press("ctrl+u", "tab", "tab", "tab", "tab", "tab", "enter")
	if len(*taken) != 0 || !strings.Contains(d.View(100, 30), "a signal needs a name") {
		t.Errorf("%d sent:\n%s", len(*taken), d.View(100, 30))
	}
}

func TestAWaitpointMadeAheadBuffersTheSignal(t *testing.T) {
	e, taken := taking(engine.SignalOutcome{Effect: engine.EffectBuffered}, nil)
	id := suspendedID(e)
	ahead := engine.Waitpoint{ID: viewstest.WaitpointID(7), Key: "wpk:later", Execution: id, State: "pending"}
	e.Waitpoints[id] = append(e.Waitpoints[id], ahead)
	e.Tokens[ahead.ID] = "k1:ffff"
	p, d := signalled(t, e, id)
	if len(d.targets) != 2 || d.focus != fieldTarget {
		t.Fatalf("%d waitpoints to choose from", len(d.targets))
	}
	viewstest.Golden(t, "signal-several", d.View(100, 30))
	p.press("right")
	if frame := d.View(100, 30); !strings.Contains(frame, "wpk:later") || !strings.Contains(frame, "nobody waits on it yet") || d.name.Value() != "" {
		t.Errorf("the other waitpoint, name %q:\n%s", d.name.Value(), frame)
	}
	p.press("tab")
	typed(d, "go")
	p.press("tab", "tab", "tab", "tab", "tab", "enter")
	if len(*taken) != 1 || (*taken)[0].Waitpoint != ahead.ID || e.Called("BufferSignal") != 1 || e.Called("DeliverSignal") != 0 {
		t.Errorf("%v was sent with %v", *taken, e.Calls())
	}
}

func TestTheNameIsThatOfWhatIsStillMissing(t *testing.T) {
	e := viewstest.Canned()
	id := suspendedID(e)
	d := e.Executions[id]
	composite(d)
	d.Suspension.Waitpoints[1].State = "active"
	_, dialog := signalled(t, e, id)
	if len(dialog.targets) < 2 || dialog.targets[0].awaited != "approve" || dialog.targets[1].awaited != "ci_done" {
		t.Errorf("names %+v", dialog.targets)
	}
	viewstest.Golden(t, "signal-composite", dialog.View(80, 22))

	s := engine.Suspension{Waitpoints: []engine.Waitpoint{{ID: "w", State: "active", Matchers: []engine.WaitpointMatcher{{Name: "a", Satisfied: true}, {Name: "b"}}}}}
	if got := signalTargets(&s, nil)[0].awaited; got != "b" {
		t.Errorf("the first is there already, and the name is %q", got)
	}
}

func TestNothingToSignalSaysWhy(t *testing.T) {
	e := viewstest.Canned()
	_, d := signalled(t, e, cannedIn(t, e, engine.StateCompleted).Execution.ID)
	if !strings.Contains(d.View(80, 20), "nothing has ever waited here") {
		t.Errorf("\n%s", d.View(80, 20))
	}
	_, d = signalled(t, e, viewstest.ExecutionID(9999))
	if !strings.Contains(d.View(80, 20), "no such execution") {
		t.Errorf("\n%s", d.View(80, 20))
	}
	e.Err = engine.Transport("execution_detail", errors.New("refused"))
	p, d := signalled(t, e, suspendedID(e))
	if !strings.Contains(d.View(100, 20), "cannot be reached") {
		t.Errorf("\n%s", d.View(100, 20))
	}
	p.press("esc")
	if !d.Closed() {
		t.Error("esc does not close it")
	}
}

func TestThePayloadIsEditedInAPrivateFile(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("VISUAL", "ed -s")
	e := viewstest.Canned()
	_, d := signalled(t, e, suspendedID(e))
	d.payload.SetValue("[1]")
	exec, ok := d.Update(viewstest.Key("ctrl+e"))().(Exec)
	if !ok || len(exec.Command) != 3 || exec.Command[0] != "ed" || exec.Command[1] != "-s" {
		t.Fatalf("it runs %v", exec.Command)
	}
	file := exec.Command[2]
	for path, want := range map[string]os.FileMode{file: 0o600, filepath.Dir(file): 0o700} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if text, _ := os.ReadFile(file); string(text) != "[1]" {
		t.Errorf("the file holds %q", text)
	}
	if err := os.WriteFile(file, []byte("[1,\n2]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.Update(exec.Done(nil))
	if d.payload.Value() != "[1,\n2]" {
		t.Errorf("it came back as %q", d.payload.Value())
	}
	if _, err := os.Stat(filepath.Dir(file)); !os.IsNotExist(err) {
		t.Error("the file was left behind")
	}
	exec = d.Update(viewstest.Key("ctrl+e"))().(Exec)
	d.Update(exec.Done(errors.New("exit status 1")))
	if _, err := os.Stat(filepath.Dir(exec.Command[2])); !os.IsNotExist(err) || d.payload.Value() != "[1,\n2]" || d.err == nil {
		t.Error("an editor that failed changed the payload or left its file behind")
	}
}

func TestAHostileSignalDialog(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		for _, tree := range []bool{false, true} {
			e := viewstest.Canned()
			id := suspendedID(e)
			d := e.Executions[id]
			if tree {
				composite(d)
			}
			viewstest.Poison(d)
			for i := range d.Suspension.Waitpoints {
				d.Suspension.Waitpoints[i].State, d.Suspension.Waitpoints[i].ID = "active", viewstest.WaitpointID(i)
			}
			d.Suspension.CloseReason = ""
			_, dialog := signalled(t, e, id)
			dialog.payload.SetValue(viewstest.Hostile())
			for range 8 {
				frame := dialog.View(size[0], size[1]-2)
				viewstest.CheckFrame(t, frame, size[0], strings.Count(frame, "\n")+1)
				dialog.Update(viewstest.Key("tab"))
			}
			dialog.Update(signalSent{err: errors.New(viewstest.Hostile())})
			frame := dialog.View(size[0], size[1]-2)
			viewstest.CheckFrame(t, frame, size[0], strings.Count(frame, "\n")+1)
			dialog.Update(signalSent{outcome: engine.SignalOutcome{ID: engine.SignalID(viewstest.Hostile()), Duplicate: true}})
			frame = dialog.View(size[0], size[1]-2)
			viewstest.CheckFrame(t, frame, size[0], strings.Count(frame, "\n")+1)
		}
	}
}

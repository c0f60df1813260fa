package recording

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"ffboard/engine"
)

// notRecorded are reads of a board's backend that no recording has, and why.
var notRecorded = map[string]string{
	"ReadExecutionContext":  "a worker's: it hands out the payload and the tags for work",
	"ReadCoreFields":        "raw fields, whatever they are: no board asks for them",
	"Ping":                  "it has no answer",
	"Capabilities":          "what this program can do, not what was seen",
	"Clustered":             "how the program is connected, not what was seen",
	"ListExpiredLeases":     "a scanner's: boards ask for Leases",
	"Due":                   "a scanner's",
	"Earliest":              "a scanner's",
	"SubscribeInstanceTags": "no deployment has it",
}

// inTheirOwnWay are recorded by a method each of Recorder and Player; their own tests tell whether the two agree.
var inTheirOwnWay = map[string]bool{
	"ExecutionRows": true, "ExecutionSpans": true, "ServerTime": true, "ReadStream": true, "TailStream": true,
	"SubscribeCompletions": true, "SubscribeSignals": true, "SubscribeLeases": true, "Partitions": true,
}

// A new read is recorded, or somebody says why not; a new write is refused in a replay.
func TestEachReadIsRecordedAndEachWriteRefused(t *testing.T) {
	gate := reflect.ValueOf(engine.ReadOnlyGate(nil))
	player := reflect.ValueOf(newPlayer(&file{}, nil))
	attached := reflect.TypeFor[engine.Attached]()
	reads, writes := 0, 0
	for i := range attached.NumMethod() {
		name := attached.Method(i).Name
		switch {
		case inTheirOwnWay[name]:
		case refusedByGate(gate.MethodByName(name)):
			writes++
			if err := failure(player.MethodByName(name)); !errors.Is(err, engine.ClassReadOnly) {
				t.Errorf("%s: a replay answers %v, want a refusal", name, err)
			}
		case notRecorded[name] == "":
			reads++
			if !looksIntoTheRecording(player.MethodByName(name)) {
				t.Errorf("%s passes by the recording: record it as those in reads are, or say in notRecorded why not", name)
			}
		}
	}
	if reads < 40 || writes < 60 {
		t.Errorf("only %d reads and %d writes were tried", reads, writes)
	}
}

// looksIntoTheRecording tells whether a read of a player without any answers says that nobody asked.
func looksIntoTheRecording(call reflect.Value) (looked bool) {
	defer func() { _ = recover() }() // behind a read that is not recorded there is nobody
	var e *engine.Error
	return errors.As(failure(call), &e) && e.Class == engine.ClassNotRecorded && e.Detail == neverAsked
}

func refusedByGate(call reflect.Value) (refused bool) {
	defer func() { _ = recover() }() // what passes the gate finds nobody behind it
	return errors.Is(failure(call), engine.ClassReadOnly)
}

// failure is the error of a call with zero arguments.
func failure(call reflect.Value) error {
	args := make([]reflect.Value, call.Type().NumIn())
	for i := range args {
		args[i] = reflect.Zero(call.Type().In(i))
		if call.Type().In(i) == reflect.TypeFor[context.Context]() {
			args[i] = reflect.ValueOf(context.Background())
		}
	}
	if call.Type().IsVariadic() {
		args = args[:len(args)-1]
	}
	results := call.Call(args)
	err, _ := results[len(results)-1].Interface().(error)
	return err
}

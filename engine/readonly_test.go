package engine

import (
	"errors"
	"reflect"
	"testing"
)

// The reads that pass the gate, by interface; everything else of Backend must be refused.
var readsThatPass = map[string]bool{
	"Ping": true, "ServerTime": true, "Partitions": true, "Capabilities": true, "Clustered": true, "ListWorkers": true, "BudgetStatus": true, "ListSecretKids": true,
	"ReadExecutionContext": true,
}

func TestReadOnlyGateRefusesEveryWriteBeforeItReachesTheBackend(t *testing.T) {
	for _, reads := range []any{(*Reader)(nil), (*Lister)(nil), (*Streams)(nil), (*Board)(nil), (*Subscriber)(nil), (*HealthBoard)(nil), (*WorkerBoard)(nil),
		(*BudgetBoard)(nil), (*FlowSurveyor)(nil), (*FlowHeads)(nil), (*Overview)(nil), (*Diagnostician)(nil), (*ExecutionSearcher)(nil), (*SignalBoard)(nil)} {
		for m := range reflect.TypeOf(reads).Elem().Methods() {
			readsThatPass[m.Name] = true
		}
	}
	gate := reflect.ValueOf(ReadOnlyGate(nil)) // a call that reaches the nil backend panics
	backend := reflect.TypeFor[Attached]()
	tried := 0
	for i := range backend.NumMethod() {
		m := backend.Method(i)
		if readsThatPass[m.Name] {
			continue
		}
		tried++
		call := gate.MethodByName(m.Name)
		args := make([]reflect.Value, call.Type().NumIn())
		for j := range args {
			args[j] = reflect.Zero(call.Type().In(j))
			if list := call.Type().In(j); list.Kind() == reflect.Slice {
				args[j] = reflect.MakeSlice(list, 1, 1)
			}
		}
		results := call.Call(args)
		err := refusal(results[len(results)-1].Interface())
		if !errors.Is(err, ClassReadOnly) {
			t.Errorf("%s: %v, want a read-only refusal", m.Name, err)
		}
	}
	if tried < 60 {
		t.Fatalf("only %d operations tried", tried)
	}
}

// refusal is the error that a call returned last: one for all, or one for each thing asked about.
func refusal(last any) error {
	switch last := last.(type) {
	case error:
		return last
	case map[Partition]error:
		return last[Partition{}]
	case []IndexHead:
		return last[0].Err
	default:
		return nil
	}
}

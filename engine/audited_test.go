package engine

import (
	"reflect"
	"testing"
)

func TestEveryWriteOfABoardIsHeard(t *testing.T) {
	reads := map[string]bool{"ListSecretKids": true, "BudgetStatus": true, "ListWorkers": true, "Partitions": true, "ServerTime": true}
	var ops []string
	b := reflect.ValueOf(Audited(ReadOnlyGate(nil), func(op, _ string, err error) {
		if err == nil {
			t.Errorf("%s: what came of it was not told", op)
		}
		ops = append(ops, op)
	}))
	tried := 0
	for _, writes := range []any{(*Operator)(nil), (*Flows)(nil), (*Signals)(nil), (*Steering)(nil), (*Mending)(nil)} {
		for m := range reflect.TypeOf(writes).Elem().Methods() {
			if reads[m.Name] {
				continue
			}
			tried++
			call := b.MethodByName(m.Name)
			args := make([]reflect.Value, call.Type().NumIn())
			for i := range args {
				args[i] = reflect.Zero(call.Type().In(i))
			}
			ops = nil
			call.Call(args)
			if len(ops) != 1 || ops[0] != m.Name {
				t.Errorf("%s: heard %v", m.Name, ops)
			}
		}
	}
	if tried < 20 {
		t.Fatalf("only %d tried", tried)
	}
}

package views

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ffboard/views/viewstest"
)

// stillRefused are operations that answer with nothing but an error, or that hand out nothing a view reads.
var stillRefused = []string{"IssueReclaimGrant"}

func TestAHostileEngineAnswersWhateverViewsAsk(t *testing.T) {
	e := viewstest.NewHostile(1)
	e.Plain = true
	method := reflect.ValueOf(e)
	asked := reflect.TypeFor[Engine]()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for i := range asked.NumMethod() {
		m := asked.Method(i)
		if m.Type.NumOut() < 2 || slices.Contains(stillRefused, m.Name) {
			continue
		}
		var arguments []reflect.Value
		for j := range m.Type.NumIn() {
			if m.Type.IsVariadic() && j == m.Type.NumIn()-1 {
				break
			}
			arguments = append(arguments, reflect.Zero(m.Type.In(j)))
		}
		arguments[0] = reflect.ValueOf(ctx)
		answers := method.MethodByName(m.Name).Call(arguments)
		if err := answers[len(answers)-1]; !err.IsNil() {
			t.Errorf("%s is refused: %v", m.Name, err)
		}
	}
}

// Every text of every record that a view may be answered with is hostile at some time.
func TestAHostileEngineLeavesNoFieldOut(t *testing.T) {
	e := viewstest.NewHostile(2)
	e.Text = func() string { return "x" }
	asked := reflect.TypeFor[Engine]()
	wanted := map[string]bool{}
	for i := range asked.NumMethod() {
		m := asked.Method(i)
		for j := range m.Type.NumOut() {
			answer := m.Type.Out(j)
			if answer.Kind() == reflect.Chan {
				answer = answer.Elem()
			}
			textsOf(answer, "", map[reflect.Type]bool{}, wanted)
			for range 20 {
				e.Fill(reflect.New(answer).Interface())
			}
		}
	}
	for name := range wanted {
		if e.Set[name] == 0 {
			t.Errorf("%s is never hostile", name)
		}
	}
	if len(wanted) < 200 {
		t.Errorf("only %d fields", len(wanted))
	}
}

// textsOf finds the fields of a type, and of the types within, that hold text: as "Struct.Field".
func textsOf(t reflect.Type, name string, seen map[reflect.Type]bool, found map[string]bool) {
	switch t.Kind() {
	case reflect.String:
		found[name] = true
	case reflect.Pointer, reflect.Array:
		textsOf(t.Elem(), name, seen, found)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			found[name] = true
			return
		}
		textsOf(t.Elem(), name, seen, found)
	case reflect.Map:
		textsOf(t.Key(), name, seen, found)
		textsOf(t.Elem(), name, seen, found)
	case reflect.Struct:
		if seen[t] || !strings.HasPrefix(t.PkgPath(), "ffboard/") {
			return
		}
		seen[t] = true
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() {
				textsOf(f.Type, t.Name()+"."+f.Name, seen, found)
			}
		}
	}
}

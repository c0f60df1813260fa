package recording

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

// roundTrip writes a value and reads it again.
func roundTrip[T any](t *testing.T, value T) (again T, text string) {
	t.Helper()
	line, err := encode(nil, &value)
	if err != nil {
		t.Fatal(err)
	}
	if err := decode(line, &again); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	return again, string(line)
}

func TestWhatABoardIsToldComesBackAsItWas(t *testing.T) {
	row := engine.ExecutionRow{
		ID: "no id at all", Flow: "", Lane: "la ne\x1b[31m", Kind: "\xff\xfe", FailureReason: noText + "AAAA", Progress: -1,
		CreatedAt: time.UnixMicro(1795485176123456), DelayUntil: time.Unix(1<<60, 7), Malformed: []engine.FieldError{{Field: "f", Problem: "\x00"}},
	}
	if again, _ := roundTrip(t, row); !reflect.DeepEqual(again, row) {
		t.Errorf("%+v", again)
	}
	frame := engine.StreamFrame{ID: "1-0", Payload: []byte{}, Extra: map[string]string{"\xff": "a", "": "b"}}
	if again, _ := roundTrip(t, frame); !reflect.DeepEqual(again, frame) {
		t.Errorf("%+v", again)
	}
	group := engine.EdgeGroup{Policy: engine.EdgePolicy{Kind: "nonsense", K: -3}}
	if again, _ := roundTrip(t, group); !reflect.DeepEqual(again, group) {
		t.Errorf("%+v", again)
	}
	for _, f := range []float64{0.1, math.Inf(1), math.Inf(-1), -1e300} {
		if again, _ := roundTrip(t, f); again != f {
			t.Errorf("%v came back as %v", f, again)
		}
	}
	if again, _ := roundTrip(t, math.NaN()); !math.IsNaN(again) {
		t.Errorf("no NaN but %v", again)
	}
	if again, _ := roundTrip(t, [2][]int{nil, {}}); again[0] != nil || again[1] == nil {
		t.Errorf("nothing and none are not told apart: %#v", again)
	}
}

// What a board may be told can be recorded: none of the types has anything that encode refuses.
func TestEachAnswerCanBeRecorded(t *testing.T) {
	attached := reflect.TypeFor[engine.Attached]()
	player := reflect.TypeFor[*Player]()
	tried := 0
	for i := range attached.NumMethod() {
		m := attached.Method(i)
		if notRecorded[m.Name] != "" || refusedByGate(reflect.ValueOf(engine.ReadOnlyGate(nil)).MethodByName(m.Name)) {
			continue
		}
		if _, ok := player.MethodByName(m.Name); !ok {
			t.Fatal(m.Name)
		}
		for j := range m.Type.NumOut() {
			out := m.Type.Out(j)
			if out.Kind() == reflect.Chan {
				out = out.Elem()
			}
			tried++
			full := reflect.New(out)
			fill(full.Elem(), 3)
			line, err := encode(nil, full.Interface())
			if err != nil {
				t.Errorf("%s: %v", m.Name, err)
				continue
			}
			again := reflect.New(out)
			if err := decode(line, again.Interface()); err != nil {
				t.Errorf("%s: %v", m.Name, err)
			}
			if out != errorType && !reflect.DeepEqual(again.Interface(), full.Interface()) {
				t.Errorf("%s: %s came back as %+v", m.Name, line, again.Elem())
			}
		}
	}
	if tried < 100 {
		t.Errorf("only %d tried", tried)
	}
}

// fill puts something into each field, so many levels deep.
func fill(v reflect.Value, depth int) {
	if v.Type() == timeType {
		v.Set(reflect.ValueOf(time.UnixMilli(1795485176000)))
		return
	}
	switch v.Kind() {
	case reflect.Interface:
		v.Set(reflect.ValueOf(errors.New("broken")))
	case reflect.String:
		v.SetString("text")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(-7)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(7)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(0.5)
	case reflect.Pointer:
		if depth > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), depth-1)
		}
	case reflect.Slice:
		if depth > 0 {
			v.Set(reflect.MakeSlice(v.Type(), 2, 2))
			fill(v.Index(0), depth-1)
			fill(v.Index(1), depth-1)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), depth)
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, depth)
		fill(value, depth-1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), depth)
		}
	}
}

func TestATokenIsWrittenRedactedWhereverItIs(t *testing.T) {
	_, text := roundTrip(t, engine.IssuedWaitpoint{Token: "k1:0123456789abcdef0123456789abcdef01234567"})
	if strings.Contains(text, "0123456789abcdef") || !strings.Contains(text, "REDACTED") {
		t.Error(text)
	}
}

func TestAnErrorIsStillWhatItWas(t *testing.T) {
	cause := fmt.Errorf("dial: %w", io.ErrUnexpectedEOF)
	for _, tc := range []struct {
		err  error
		is   []error
		text string
	}{
		{engine.Transport("flow_rows", cause), []error{engine.ClassTransport, io.ErrUnexpectedEOF}, "flow_rows: transport: dial: unexpected EOF"},
		{fmt.Errorf("read: %w", engine.NotFound("describe", "flow", "x")), []error{engine.ClassNotFound}, `read: describe: not found: flow: "x"`},
		{errors.Join(context.DeadlineExceeded, errors.New("two")), []error{context.DeadlineExceeded}, "context deadline exceeded\ntwo"},
		{engine.TimedOut("x", time.Minute), []error{engine.ClassTimeout}, "x: timeout after 1m0s"},
	} {
		again, _ := roundTrip(t, tc.err)
		if again.Error() != tc.text {
			t.Errorf("%q came back as %q", tc.text, again)
		}
		for _, target := range tc.is {
			if !errors.Is(again, target) {
				t.Errorf("%q is no %q any more", again, target)
			}
		}
	}
}

func TestWhatIsNoAnswerIsRefused(t *testing.T) {
	for _, text := range []string{``, `{`, `[]`, `{"Rows":{}}`, `{"Total":"1"}`, `{"Total":1e99}`, `{"Rows":[{"Flow":{"CreatedAt":[1]}}]}`, `{} {}`,
		`{"Rows":[{"Flow":{"Kind":"\u0000base64:!"}}]}`, `{"Rows":[{"Flow":3}]}`, strings.Repeat("[", 100_000)} {
		var rows engine.FlowRows
		if err := decode([]byte(text), &rows); !errors.Is(err, errUnreadable) {
			t.Errorf("%.40q: %v", text, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	line, _ := encode(nil, &engine.FlowDetail{Members: []engine.ExecutionRow{{ID: "x", CreatedAt: time.Unix(1, 2)}}, Edges: []engine.Edge{{}}})
	f.Add(line)
	f.Add([]byte(`{"Answer":{"Payload":"AA==","Extra":{"a":"b"}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var detail engine.FlowDetail
		if decode(text, &detail) != nil {
			return
		}
		once, err := encode(nil, &detail)
		if err != nil {
			t.Fatal(err)
		}
		var again engine.FlowDetail
		if err := decode(once, &again); err != nil {
			t.Fatal(err)
		}
		if twice, _ := encode(nil, &again); !bytes.Equal(once, twice) {
			t.Fatalf("%s\n%s", once, twice)
		}
	})
}

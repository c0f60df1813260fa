package plain

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"ffboard/engine"
	"ffboard/theme"
)

type inner struct {
	Lane engine.LaneID
	N    int
}

type record struct {
	inner
	*engine.LeaseSummary
	ExecutionID engine.ExecutionID
	BudgetIDs   []string
	Payload     []byte
	Result      []byte
	Kept        time.Duration
	At, Never   time.Time
	Token       engine.WaitpointToken
	Failed      bool
	Err         error
	ByState     map[engine.PublicState]int
	Nothing     *int
	secret      string
}

func sample() record {
	return record{
		inner: inner{Lane: "gpu"}, ExecutionID: "{fp:1}:x", BudgetIDs: []string{"b"}, Payload: []byte("hällo"), Result: []byte{0xff, 0},
		Kept: 1500 * time.Millisecond, At: time.UnixMilli(1_760_000_000_123), Token: "k1:4be1d00d4be1d00d4be1d00d4be1d00d",
		Err: errors.New("went wrong"), ByState: map[engine.PublicState]int{"waiting": 2, "active": 1}, secret: "never",
		LeaseSummary: &engine.LeaseSummary{Epoch: 3},
	}
}

func TestARecordIsWrittenWithTheNamesOfTheWire(t *testing.T) {
	var b strings.Builder
	if err := WriteJSONLine(&b, sample()); err != nil {
		t.Fatal(err)
	}
	want := `{"lane":"gpu","n":0,"epoch":3,"attempt_index":0,"execution_id":"{fp:1}:x","budget_ids":["b"],"payload":"hällo","result_base64":"/wA=",` +
		`"kept_ms":1500,"at":"2025-10-09T08:53:20.123Z",`
	if !strings.HasPrefix(b.String(), want) || !strings.HasSuffix(b.String(), `"failed":false,"err":"went wrong","by_state":{"active":1,"waiting":2}}`+"\n") {
		t.Errorf("got  %s\nwant %s", b.String(), want)
	}
	if strings.Contains(b.String(), "d00d4be1") || strings.Contains(b.String(), "never") {
		t.Errorf("a secret is shown in %s", b.String())
	}
}

func TestFieldNamesInSnakeCase(t *testing.T) {
	for name, want := range map[string]string{
		"ID": "id", "FlowID": "flow_id", "BudgetIDs": "budget_ids", "LeaseExpiresAt": "lease_expires_at", "RateHz": "rate_hz", "N": "n",
		"TTL": "ttl", "EMAAlpha": "ema_alpha", "QuotaPolicyID": "quota_policy_id",
	} {
		if got := snake(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

func TestJSONAndYAMLSayTheSame(t *testing.T) {
	var j, y strings.Builder
	if err := errors.Join(WriteJSON(&j, sample()), WriteYAML(&y, sample())); err != nil {
		t.Fatal(err)
	}
	var a, b map[string]any
	if err := json.Unmarshal([]byte(j.String()), &a); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal([]byte(y.String()), &b); err != nil {
		t.Fatal(err)
	}
	if len(a) != len(b) || a["payload"] != b["payload"] || a["at"] != b["at"] || b["kept_ms"] != 1500 {
		t.Errorf("%v\n%v", a, b)
	}
}

// FuzzNothingActsOnATerminal writes a stranger's text in every place and format.
func FuzzNothingActsOnATerminal(f *testing.F) {
	f.Add("\x1b[2J\x9b\u009b\u202e\x7f\u200b", "k\x00")
	f.Add("line\nbreak\ttab", "\xff\xfe")
	f.Add(strings.Repeat("[", 100), "\U000e0001")
	f.Fuzz(func(t *testing.T, value, name string) {
		r := map[string]any{name: value, "list": []string{value}, "bytes": []byte(value)}
		var b strings.Builder
		if err := errors.Join(WriteJSON(&b, r), WriteYAML(&b, r)); err != nil {
			t.Fatal(err)
		}
		table := Table{Titles: []theme.Text{"A"}, Rows: [][]theme.Text{{theme.Clean(value)}}}
		if err := WriteTable(&b, table, true); err != nil {
			t.Fatal(err)
		}
		for _, c := range b.String() {
			if c != '\n' && c != utf8.RuneError && theme.Hidden(c) {
				t.Fatalf("%q is written in %q", c, b.String())
			}
		}
		var line strings.Builder
		if err := WriteJSONLine(&line, map[string]any{"v": value}); err != nil {
			t.Fatal(err)
		}
		var back struct{ V string }
		if err := json.Unmarshal([]byte(line.String()), &back); err != nil {
			t.Fatalf("%q is no JSON: %v", line.String(), err)
		}
		if utf8.ValidString(value) && back.V != value {
			t.Errorf("%q came back as %q", value, back.V)
		}
	})
}

func TestATableIsAlignedAndItsNumbersStandRight(t *testing.T) {
	var b strings.Builder
	table := Table{Titles: []theme.Text{"ID", "N"}, Right: []bool{false, true}, Rows: [][]theme.Text{{"a", "10"}, {"long", "1"}, {"日本", ""}}}
	if err := WriteTable(&b, table, true); err != nil {
		t.Fatal(err)
	}
	if want := "ID     N\na     10\nlong   1\n日本\n"; b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

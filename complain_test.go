package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"ffboard/engine"
)

func TestAStrangersTextMakesNoLineOfItsOwnOnStandardError(t *testing.T) {
	const hostile = "x\nffboard: all is well\r\ty\u2028z\u2029\x1b[2J\xff"
	const shown = `x\nffboard: all is well\r\ty\u2028z\u2029\x1b[2J\xff`
	stranger := errors.New(hostile)
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"one":                        {stranger, "ffboard: " + shown + "\n"},
		"what was done":              {fmt.Errorf("read: %w", stranger), "ffboard: read: " + shown + "\n"},
		"two errors in a sentence":   {fmt.Errorf("%w: %w", errors.New("a"), stranger), "ffboard: a: " + shown + "\n"},
		"two errors together":        {errors.Join(errors.New("a"), stranger), "ffboard: a\nffboard: " + shown + "\n"},
		"together and again":         {errors.Join(errors.New("a"), errors.Join(errors.New("b"), nil, errors.New("c"))), "ffboard: a\nffboard: b\nffboard: c\n"},
		"one that stands for itself": {errors.Join(nil, stranger), "ffboard: " + shown + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var said strings.Builder
			complain(&said, c.err)
			if said.String() != c.want {
				t.Errorf("got  %q\nwant %q", said.String(), c.want)
			}
		})
	}
}

func TestWhatWasTypedMakesNoLineOfItsOwnOnStandardError(t *testing.T) {
	for _, args := range [][]string{
		{"get", "--f\nffboard: x"},
		{"--config", filepath.Join(t.TempDir(), "c\nffboard: x")},
		{"get", "a\nffboard: x"},
	} {
		got := runProgram(t, nil, args...)
		if got.code != 1 || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, `\nffboard: x`) {
			t.Errorf("%q gave %+v", args, got)
		}
	}
}

func TestASettingMakesNoRowOfItsOwn(t *testing.T) {
	got := runProgram(t, nil, "config", "--config", writeConfig(t, "[filters]\nlate = \"a\\nurl\\tx\""))
	if value := shownSetting(t, got.stdout, "filters.late")[1]; value != `a\nurl\tx` {
		t.Errorf("the filter is shown as %q in\n%s", value, got.stdout)
	}
}

func TestWhatAVerbSaysOfAThingIsOneLine(t *testing.T) {
	var said strings.Builder
	outcome{ID: "a\nb", Outcome: "left out: c\nd", Next: "e\nf", Parts: []partOutcome{{Name: "g\nh", Error: "i\nj"}}}.print(&said)
	want := "a\\nb  left out: c\\nd. e\\nf\n  g\\nh  failed: i\\nj\n"
	if said.String() != want {
		t.Errorf("got  %q\nwant %q", said.String(), want)
	}
}

func TestARecordingSaysWhereItIsOnTwoLines(t *testing.T) {
	to := recordTo{file: filepath.Join(t.TempDir(), "a\nb"), limit: 1 << 20}
	recorder, err := to.start(engine.ReadOnlyGate(newSpoilt(t, 1).b), "overview")
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	if err := to.finish(&said, recorder); err != nil {
		t.Fatal(err)
	}
	if strings.Count(said.String(), "\n") != 2 || strings.Count(said.String(), `a\nb`) != 2 {
		t.Errorf("said %q", said.String())
	}
}

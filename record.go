package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ffboard/engine"
	"ffboard/engine/recording"
	"ffboard/theme"
)

// recordTo is what the dashboard is told about recording what it shows.
type recordTo struct {
	file    string
	replace bool
	limit   size
}

func (r *recordTo) flags(cmd *cobra.Command) {
	r.limit = recording.DefaultLimit
	f := cmd.Flags()
	f.StringVar(&r.file, "record", "", "`file` that keeps what the dashboard is told, for ffboard replay: "+recording.Suffix+" as a rule. Payloads are in it, tokens are not")
	f.BoolVar(&r.replace, "record-replace", false, "replace the file when it exists")
	f.Var(&r.limit, "record-limit", "`size` at which the recording ends: a number with KiB, MiB or GiB")
}

// check finds out early that nothing can be recorded there.
func (r *recordTo) check() error {
	if r.file == "" {
		return nil
	}
	return recording.CheckFree(r.file, r.replace)
}

// start begins to record; nil where nobody wants that.
func (r *recordTo) start(b engine.Attached, start string) (*recording.Recorder, error) {
	if r.file == "" {
		return nil, nil
	}
	return recording.Record(b, recording.Options{
		File: r.file, Replace: r.replace, Limit: int64(r.limit), Program: programVersion(), Start: start,
	})
}

// finish ends a recording and says what came of it.
func (r *recordTo) finish(w io.Writer, recorder *recording.Recorder) error {
	if err := recorder.Close(); err != nil && !errors.Is(err, recording.ErrLimit) {
		return fmt.Errorf("record to %s: what came after that is not in it: %w", r.file, err)
	}
	p := recorder.State()
	file := theme.Whole(r.file)
	fmt.Fprintf(w, "recorded %s to %s (%s); to see it again:\nffboard replay %s\n", p.For.Round(time.Second), file, size(p.Bytes), file)
	if p.Stopped != nil {
		fmt.Fprintf(w, "It ended early: %s, see --record-limit.\n", theme.Whole(p.Stopped.Error()))
	}
	return nil
}

// size is a number of bytes as a flag.
type size int64

var sizeUnits = []struct {
	name  string
	bytes size
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}

func (s *size) Set(text string) error {
	number, unit := text, size(1)
	for _, u := range sizeUnits {
		if before, ok := strings.CutSuffix(text, u.name); ok {
			number, unit = before, u.bytes
		}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
	if err != nil || n <= 0 || size(n) > (1<<62)/unit {
		return errors.New("a size is a number above 0 with KiB, MiB or GiB behind it")
	}
	*s = size(n) * unit
	return nil
}

func (s size) String() string {
	for _, u := range sizeUnits {
		if s >= u.bytes {
			if s%u.bytes == 0 {
				return strconv.FormatInt(int64(s/u.bytes), 10) + u.name
			}
			return strconv.FormatFloat(float64(s)/float64(u.bytes), 'f', 1, 64) + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10) + " bytes"
}

func (s *size) Type() string { return "size" }

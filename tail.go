package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ffboard/engine"
	"ffboard/theme"
	"ffboard/views"
	"ffboard/views/plain"
)

const (
	tailBlock   = 2 * time.Second // one read waits so long for a frame
	tailPage    = 1000            // frames a read
	tailBackoff = 500 * time.Millisecond
	tailLongest = 10 * time.Second
)

// tailing is what tail is told.
type tailing struct {
	connection
	attempt  int
	from     string
	text     bool
	bare     bool
	follow   bool
	output   string
	saveFile string
}

// tailCommand prints an attempt's output stream as it is written.
func tailCommand() *cobra.Command {
	var t tailing
	cmd := &cobra.Command{
		Use:   "tail <execution id>",
		Short: "Print an execution's output stream as it is written",
		Long: "tail prints the frames of an attempt's stream, and goes on until the stream is closed. Reading goes on where it was when the\n" +
			"server comes back: no frame is left out or printed twice.\n\n" + exitCodes,
		Example: "  ffboard tail '{fp:86}:9b1c0d2e-…'\n  ffboard tail '{fp:86}:9b1c0d2e-…' --text --from now\n  ffboard tail '{fp:86}:9b1c0d2e-…' -o json --save frames.jsonl",
		GroupID: readGroup,
		Args:    cobra.ExactArgs(1),
		RunE:    t.run,
	}
	cmd.AddCommand(tailActivityCommand())
	t.connection.flags(cmd)
	f := cmd.Flags()
	f.IntVar(&t.attempt, "attempt", 0, "`number` of the attempt, from 1; 0 is the current one")
	f.StringVar(&t.from, "from", "start", "`where` to begin: start, now, or the id of the frame before")
	f.BoolVar(&t.text, "text", false, "only what the frames say, one after the other, as it was written")
	f.BoolVar(&t.bare, "no-best-effort", false, "leave best effort frames out")
	f.BoolVarP(&t.follow, "follow", "f", true, "go on until the stream is closed")
	f.StringVarP(&t.output, "output", "o", asTable, "`format`: table, or json with a frame on each line")
	f.StringVar(&t.saveFile, "save", "", "`file` that gets every frame as well, as JSON lines; it must not exist")
	return cmd
}

func (t *tailing) run(cmd *cobra.Command, args []string) error {
	id, err := engine.ParseExecutionID(args[0])
	if err != nil {
		return err
	}
	if t.output != asTable && t.output != asJSON || t.output == asJSON && t.text {
		return errors.New("--output is table or json, and --text goes with table")
	}
	if t.attempt < 0 {
		return errors.New("--attempt counts from 1")
	}
	backend, err := t.connect(cmd)
	if err != nil {
		return err
	}
	defer backend.Close()
	e := engine.ReadOnlyGate(backend)
	query, err := t.query(cmd.Context(), e, id)
	if err != nil {
		return err
	}
	sinks := []func(engine.StreamFrame) error{t.printer(cmd.OutOrStdout())}
	if t.saveFile != "" {
		save, err := os.OpenFile(t.saveFile, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("cannot save the frames: %w", err)
		}
		defer save.Close()
		sinks = append(sinks, func(f engine.StreamFrame) error { return plain.WriteJSONLine(save, f) })
	}
	return t.read(cmd, e, query, func(f engine.StreamFrame) error {
		for _, sink := range sinks {
			if err := sink(f); err != nil {
				return err
			}
		}
		return nil
	})
}

// query is where the reading begins.
func (t *tailing) query(ctx context.Context, e engine.Attached, id engine.ExecutionID) (engine.TailQuery, error) {
	q := engine.TailQuery{Execution: id, Limit: tailPage}
	if t.bare {
		q.Visibility = engine.TailExcludeBestEffort
	}
	state, err := e.ReadExecutionState(ctx, id)
	switch {
	case err != nil:
		return q, err
	case state == "":
		return q, &engine.Error{Class: engine.ClassNotFound, Entity: "execution", Key: string(id)}
	}
	if t.attempt > 0 {
		q.AttemptIndex = uint32(t.attempt - 1)
	} else if q.AttemptIndex, err = e.ReadCurrentAttemptIndex(ctx, id); err != nil {
		return q, err
	}
	switch t.from {
	case "start":
	case "now":
		now, err := e.ServerTime(ctx)
		if err != nil {
			return q, err
		}
		q.After = fmt.Sprintf("%d-0", now.UnixMilli())
	default:
		q.After = t.from
	}
	return q, nil
}

// read hands every frame to take, in order. A server that goes away is waited for.
func (t *tailing) read(cmd *cobra.Command, e engine.Attached, q engine.TailQuery, take func(engine.StreamFrame) error) error {
	wait := tailBackoff
	for {
		page, err := e.TailStream(cmd.Context(), q)
		if cmd.Context().Err() != nil {
			return nil
		}
		if err != nil && (exitCode(err) != exitUnreachable || !t.follow) {
			return err
		}
		if err != nil {
			fmt.Fprintln(cmd.ErrOrStderr(), theme.Whole("no answer, asking again: "+err.Error()))
			if !paused(cmd.Context(), wait) {
				return nil
			}
			wait = min(2*wait, tailLongest)
			continue
		}
		wait = tailBackoff
		for _, f := range page.Frames {
			if err := take(f); err != nil {
				return err
			}
		}
		if page.LastID != "" {
			q.After = page.LastID
		}
		more := len(page.Frames) > 0
		if !more && (page.Closed() || !t.follow) {
			if page.ClosedReason != "" && t.follow {
				fmt.Fprintln(cmd.ErrOrStderr(), theme.Whole("closed: "+page.ClosedReason))
			}
			return nil
		}
		if t.follow && !more {
			q.Block = tailBlock
		}
	}
}

func paused(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

func (t *tailing) printer(w io.Writer) func(engine.StreamFrame) error {
	switch {
	case t.output == asJSON:
		return func(f engine.StreamFrame) error { return plain.WriteJSONLine(w, f) }
	case t.text:
		return func(f engine.StreamFrame) error {
			_, err := io.WriteString(w, safeText(string(f.Payload)))
			return err
		}
	default:
		return func(f engine.StreamFrame) error {
			words := []theme.Text{views.Clock(f.At), theme.CleanTo(f.Type, 20), theme.Whole(string(f.Payload))}
			if f.Mode != engine.ModeDurable {
				words = slices.Insert(words, 2, "("+theme.Clean(string(f.Mode))+")")
			}
			_, err := fmt.Fprintln(w, string(theme.Join(words, "  ")))
			return err
		}
	}
}

// safeText is text of several lines, its line ends kept and everything else that a terminal obeys escaped.
func safeText(s string) string {
	lines := strings.SplitAfter(s, "\n")
	for i, line := range lines {
		text, ended := strings.CutSuffix(line, "\n")
		lines[i] = string(theme.Whole(text))
		if ended {
			lines[i] += "\n"
		}
	}
	return strings.Join(lines, "")
}

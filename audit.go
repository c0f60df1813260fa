package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"ffboard/engine"
	"ffboard/engine/audit"
	"ffboard/theme"
	"ffboard/valkey"
	"ffboard/views"
	"ffboard/views/plain"
)

// errBroken is what an audit ends in that found a fault.
var errBroken = errors.New("the deployment contradicts itself")

// auditing is what audit is told.
type auditing struct {
	reader
	partition int
	flow      string
	perSecond int
	noQuirks  bool
}

// auditCommand looks for records that contradict each other.
func auditCommand() *cobra.Command {
	var a auditing
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Look for broken invariants in everything a deployment holds",
		Long: "audit reads every key of a deployment, changes nothing, and tells what contradicts what: an execution in no index or in two, a lease\n" +
			"without a holder, counts that differ from what they count, waitpoints without an execution, keys of nothing. What FlowFabric itself\n" +
			"is known to leave is told with the number of its quirk, and is no fault.\n\n" +
			"It goes through the keyspace of each primary with SCAN and asks some 20 reads for an execution: on a busy deployment give it a\n" +
			"--rate. What changes meanwhile is looked at again, so that work under way is no fault; and what is made or moved while it reads\n" +
			"may be passed over. With -o json each finding is a line, and the summary is the last one.\n\n" +
			"With --flow it reads one flow alone: its record, its members with their attempts, waitpoints, signals and index entries, its edges\n" +
			"and groups. That takes no SCAN, and as long as the flow is large; what names the flow without being named by it needs the whole audit.\n\n" +
			exitCodes,
		Example: "  ffboard audit\n  ffboard audit -o json --rate 20000\n  ffboard audit --partition 86\n  ffboard audit --flow 0f10a000-…",
		GroupID: readGroup,
		Args:    cobra.NoArgs,
		RunE:    a.run,
	}
	a.connection.flags(cmd)
	f := cmd.Flags()
	f.StringVarP(&a.output, "output", "o", asTable, "`format`: "+strings.Join(outputs, ", "))
	f.BoolVar(&a.noHeaders, "no-headers", false, "leave the titles of a table out")
	f.IntVar(&a.partition, "partition", -1, "only what lies in flow partition `n`")
	f.StringVar(&a.flow, "flow", "", "only the flow `id`, with its members and what belongs to them")
	f.IntVar(&a.perSecond, "rate", 0, "at most so many keys a second; 0 is as fast as the servers answer")
	f.BoolVar(&a.noQuirks, "no-quirks", false, "leave out what FlowFabric is known to leave")
	cmd.MarkFlagsMutuallyExclusive("flow", "partition")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(outputs, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (a *auditing) run(cmd *cobra.Command, _ []string) error {
	if err := a.printing.check(); err != nil {
		return err
	}
	if a.perSecond < 0 {
		return errors.New("--rate is a number of keys")
	}
	q := valkey.AuditQuery{KeysPerSecond: a.perSecond}
	if cmd.Flags().Changed("flow") {
		flow, err := engine.ParseFlowID(a.flow)
		if err != nil {
			return fmt.Errorf("--flow: %w", err)
		}
		q.Flow = flow
	}
	backend, err := a.connect(cmd)
	if err != nil {
		return err
	}
	defer backend.Close()
	if a.partition >= 0 {
		p := engine.Partition{Family: engine.FamilyFlow, Index: uint16(a.partition)}
		if a.partition > 65535 || !backend.Partitions().Contains(p) {
			return fmt.Errorf("there is no partition %d: they are 0 to %d", a.partition, backend.Partitions().Flow-1)
		}
		q.Partition = &p
	}
	out, progress := &auditPrinter{w: cmd.OutOrStdout(), p: &a.printing, noQuirks: a.noQuirks}, auditProgress(cmd.ErrOrStderr())
	q.Report = func(f audit.Finding) error {
		progress.clear()
		return out.finding(f)
	}
	q.Progress = progress.show
	summary, err := backend.Audit(cmd.Context(), q)
	progress.clear()
	if err != nil {
		return err
	}
	if err := out.summary(summary); err != nil {
		return err
	}
	if summary.Broken > 0 {
		return fmt.Errorf("%s broken: %w", views.Plural(summary.Broken, "invariant", "invariants"), errBroken)
	}
	return nil
}

// auditPrinter writes findings as they come.
type auditPrinter struct {
	w        io.Writer
	p        *printing
	noQuirks bool
	begun    bool
}

// told is a finding or the summary, as a document.
type told struct {
	Finding *audit.Finding
	Summary *audit.Summary
}

func (a *auditPrinter) finding(f audit.Finding) error {
	if a.noQuirks && !f.Broken() {
		return nil
	}
	switch a.p.output {
	case asJSON:
		return plain.WriteJSONLine(a.w, told{Finding: &f})
	case asYAML:
		return a.yaml(told{Finding: &f})
	}
	if !a.begun && !a.p.noHeaders {
		if err := a.line("WHAT", "QUIRK", "KEY, AND WHY"); err != nil {
			return err
		}
	}
	a.begun = true
	words := []theme.Text{theme.Whole(f.Text)}
	if f.Moving {
		words = append(words, "(it changed at each look)")
	}
	if err := a.line(string(f.Code), f.Quirk, theme.Whole(f.Keys[0])); err != nil {
		return err
	}
	if err := a.line("", "", "  "+theme.Join(words, " ")); err != nil {
		return err
	}
	for _, key := range f.Keys[1:] {
		if err := a.line("", "", "  see "+theme.Whole(key)); err != nil {
			return err
		}
	}
	return nil
}

func (a *auditPrinter) yaml(v told) error {
	if _, err := fmt.Fprintln(a.w, "---"); err != nil {
		return err
	}
	return plain.WriteYAML(a.w, v)
}

func (a *auditPrinter) line(what, quirk string, rest theme.Text) error {
	_, err := fmt.Fprintln(a.w, strings.TrimRight(fmt.Sprintf("%-20s %-6s %s", what, quirk, string(rest)), " "))
	return err
}

func (a *auditPrinter) summary(s audit.Summary) error {
	switch a.p.output {
	case asJSON:
		return plain.WriteJSONLine(a.w, told{Summary: &s})
	case asYAML:
		return a.yaml(told{Summary: &s})
	}
	if a.begun {
		fmt.Fprintln(a.w)
	}
	words := []theme.Text{
		views.Plural(s.Broken, "broken invariant", "broken invariants") + ", " + views.Plural(s.Quirks, "known quirk", "known quirks") + "; read " +
			views.Plural(s.Keys, "key", "keys") + " in " + theme.Clean(s.Took.Round(time.Millisecond).String()),
	}
	for _, part := range []struct {
		n         int
		one, many theme.Text
	}{
		{s.Executions, "execution", "executions"}, {s.Attempts, "attempt", "attempts"}, {s.Streams, "stream", "streams"},
		{s.Waitpoints, "waitpoint", "waitpoints"}, {s.Signals, "signal", "signals"}, {s.Flows, "flow", "flows"}, {s.Edges, "edge", "edges"},
		{s.Budgets, "budget", "budgets"}, {s.Quotas, "quota policy", "quota policies"}, {s.IndexEntries, "index entry", "index entries"},
		{s.Foreign, "key of others", "keys of others"},
	} {
		if part.n > 0 {
			words = append(words, views.Plural(part.n, part.one, part.many))
		}
	}
	_, err := fmt.Fprintln(a.w, string(theme.Join(words, ", ")))
	return err
}

// progressing tells on a terminal how far an audit is.
type progressing struct {
	w     io.Writer // nil where nobody looks
	shown time.Time
}

func auditProgress(w io.Writer) *progressing {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &progressing{w: w, shown: time.Now()}
	}
	return &progressing{}
}

const progressEvery = 200 * time.Millisecond

func (p *progressing) show(s audit.Summary, of int) {
	if p.w == nil || time.Since(p.shown) < progressEvery {
		return
	}
	p.shown = time.Now()
	about := "" // nobody knows how many a flow has
	if of > 0 {
		about = " of about " + string(views.Count(of))
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s%s keys, %s broken", views.Count(s.Keys+s.Foreign), about, views.Count(s.Broken))
}

func (p *progressing) clear() {
	if p.w != nil {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

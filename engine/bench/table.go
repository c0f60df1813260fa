package bench

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// costsShown is how many commands a table shows of those that a scenario cost.
const costsShown = 8

// WriteTable writes a result for a person.
func WriteTable(w io.Writer, r Result) error {
	fmt.Fprintf(w, "%s: %s\n%s\n\n", r.Scenario, r.About, r.Size)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "FIGURE\tMIN\tMEDIAN\tMAX\tGOAL\t")
	for _, m := range r.Metrics {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t\n", m.Name, figure(m.Min), figure(m.Median), figure(m.Max), m.goal())
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if len(r.Calls) > 0 {
		fmt.Fprintln(w, "\nThe server's own account of the last run; a function's time includes that of the commands inside of it:")
		t = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "COMMAND\tCALLS\tMS\tµs EACH\t")
		for _, c := range r.Calls[:min(len(r.Calls), costsShown)] {
			fmt.Fprintf(t, "%s\t%d\t%d\t%.2f\t\n", c.Command, c.Calls, c.TotalUS/1000, c.MeanMicros)
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w)
	return err
}

func (m Summary) goal() string {
	if m.Goal == nil {
		return ""
	}
	bound := "at least"
	if m.Goal.Most {
		bound = "at most"
	}
	return fmt.Sprintf("%s %s: %s", bound, figure(m.Goal.Bound), reached[m.Met])
}

// figure writes as many digits as say something.
func figure(v float64) string {
	switch {
	case v >= 100 || v == float64(int64(v)):
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

// WriteGrowthTable writes how costs grow, for a person.
func WriteGrowthTable(w io.Writer, g Growth) error {
	fmt.Fprintf(w, "growth: %d times each, %d runs at each size; the exponent is that of cost = c·size^k\n\n", g.Operations, g.Runs)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "OPERATION\tCOST\t")
	for _, size := range g.Sizes {
		fmt.Fprintf(t, "AT %d\t", size)
	}
	fmt.Fprintf(t, "EXPONENT\tAT MOST %s\t\n", figure(GrowthBound))
	before := ""
	var reasons []string
	for _, c := range g.Costs {
		operation := c.Operation
		if operation == before {
			operation = ""
		}
		before = c.Operation
		fmt.Fprintf(t, "%s\t%s\t", operation, c.Cost)
		for _, cost := range c.At {
			fmt.Fprintf(t, "%s\t", figure(cost))
		}
		fmt.Fprintf(t, "%.2f\t%s\t\n", c.Exponent, reached[c.Within])
		if reason := c.Operation + ": " + c.Because; c.Because != "" && !slices.Contains(reasons, reason) {
			reasons = append(reasons, reason)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, reason := range reasons {
		fmt.Fprintln(w, "\n"+reason)
	}
	_, err := fmt.Fprintln(w)
	return err
}

var reached = map[bool]string{true: "reached", false: "missed"}

// String names what a scenario has.
func (s Size) String() string {
	var parts []string
	add := func(n int, what string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, what))
		}
	}
	add(s.Executions, "executions")
	add(s.Flows, "flows")
	add(s.Nodes, "members each")
	add(s.Workers, "workers")
	add(s.Frames, "frames each")
	add(s.Rounds, "rounds")
	add(s.Payload, "bytes of input")
	if s.For > 0 {
		parts = append(parts, s.For.String())
	}
	return strings.Join(parts, ", ")
}

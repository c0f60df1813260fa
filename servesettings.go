package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"ffboard/engine/scanner"
)

type lookupEnv func(name string) (value string, set bool)

// settings reads one setting at a time: its flag if it was given, else its variable, else the flag's default. The first that cannot be
// read is kept as the error.
type settings struct {
	flags  *pflag.FlagSet
	lookup lookupEnv
	err    error
}

func (s *settings) refuse(variable, why string) {
	if s.err == nil {
		s.err = fmt.Errorf("config: invalid value for %s: %s", variable, why)
	}
}

func (s *settings) text(flag, variable, flagged string) string {
	if value, set := s.lookup(variable); set && !s.flags.Changed(flag) && value != "" {
		return value
	}
	return flagged
}

func (s *settings) number(flag, variable string, flagged uint64, bits int) uint64 {
	value, set := s.lookup(variable)
	if !set || s.flags.Changed(flag) {
		return flagged
	}
	n, err := strconv.ParseUint(value, 10, bits)
	if err != nil {
		s.refuse(variable, strconv.Quote(value)+" is no number from 0 to 2^"+strconv.Itoa(bits)+"-1")
	}
	return n
}

func (s *settings) duration(flag, variable string, flagged time.Duration) time.Duration {
	return time.Duration(s.number(flag, variable, uint64(flagged.Milliseconds()), 40)) * time.Millisecond
}

// forced reads a switch that has more spellings than the others have (spec 06 §2).
func (s *settings) forced(variable string) bool {
	value, _ := s.lookup(variable)
	value = strings.TrimSpace(value)
	return isOn(value) || strings.EqualFold(value, "yes")
}

// streamOps has an older name.
func (s *settings) streamOps(flagged uint64) uint64 {
	variable := "FF_MAX_CONCURRENT_STREAM_OPS"
	if _, set := s.lookup(variable); !set {
		variable = "FF_MAX_CONCURRENT_TAIL"
	}
	n := s.number("max-stream-ops", variable, flagged, 31)
	if n == 0 {
		s.refuse(variable, "it must be above 0")
	}
	return n
}

// origins drops those that no header could hold; it is an error when none is left.
func (s *settings) origins(flagged string) []string {
	list, set := s.lookup("FF_CORS_ORIGINS")
	if !set || s.flags.Changed("cors-origins") {
		list = flagged
	}
	var origins []string
	for origin := range strings.SplitSeq(list, ",") {
		origin = strings.TrimSpace(origin)
		if origin != "" && !strings.ContainsFunc(origin, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			origins = append(origins, origin)
		}
	}
	if len(origins) == 0 {
		s.refuse("FF_CORS_ORIGINS", "it names no origin; leave it unset to let all call")
	}
	return origins
}

// secret reads the first line of a file, or a variable. Neither shows up in an error.
func (s *settings) secret(file, flag, variable string) string {
	if file == "" {
		value, _ := s.lookup(variable)
		return value
	}
	content, err := os.ReadFile(file)
	if err != nil {
		s.refuse("--"+flag, err.Error())
		return ""
	}
	line, _, _ := strings.Cut(string(content), "\n")
	line = strings.TrimSpace(line)
	if line == "" {
		s.refuse("--"+flag, "the first line of the file is empty")
	}
	return line
}

// backend refuses the stores that FlowFabric knows and this program does not.
func (s *settings) backend() {
	if value, _ := s.lookup("FF_BACKEND"); value != "" && !strings.EqualFold(value, "valkey") {
		s.refuse("FF_BACKEND", "ffboard keeps everything in Valkey")
	}
}

// intervalVariables name the interval of each scanner (spec 05 §2).
var intervalVariables = []struct {
	variable, scanner string
	unit              time.Duration
}{
	{"FF_LEASE_EXPIRY_INTERVAL_MS", scanner.LeaseExpiry, time.Millisecond},
	{"FF_DELAYED_PROMOTER_INTERVAL_MS", scanner.DelayedPromoter, time.Millisecond},
	{"FF_INDEX_RECONCILER_INTERVAL_S", scanner.IndexReconciler, time.Second},
	{"FF_ATTEMPT_TIMEOUT_INTERVAL_S", scanner.AttemptTimeout, time.Second},
	{"FF_SUSPENSION_TIMEOUT_INTERVAL_S", scanner.SuspensionTimeout, time.Second},
	{"FF_PENDING_WP_EXPIRY_INTERVAL_S", scanner.PendingWaitpoints, time.Second},
	{"FF_RETENTION_TRIMMER_INTERVAL_S", scanner.RetentionTrimmer, time.Second},
	{"FF_BUDGET_RESET_INTERVAL_S", scanner.BudgetReset, time.Second},
	{"FF_BUDGET_RECONCILER_INTERVAL_S", scanner.BudgetReconciler, time.Second},
	{"FF_UNBLOCK_INTERVAL_S", scanner.Unblock, time.Second},
	{"FF_DEPENDENCY_RECONCILER_INTERVAL_S", scanner.DependencyReconciler, time.Second},
	{"FF_QUOTA_RECONCILER_INTERVAL_S", scanner.QuotaReconciler, time.Second},
	{"FF_FLOW_PROJECTOR_INTERVAL_S", scanner.FlowProjector, time.Second},
	{"FF_CANCEL_RECONCILER_INTERVAL_S", scanner.CancelReconciler, time.Second},
	{"FF_EDGE_CANCEL_DISPATCHER_INTERVAL_S", scanner.EdgeCancelDispatcher, time.Second},
	{"FF_EDGE_CANCEL_RECONCILER_INTERVAL_S", scanner.EdgeCancelReconciler, time.Second},
	{"FF_EXECUTION_DEADLINE_INTERVAL_S", scanner.ExecutionDeadline, time.Second},
}

const (
	minInterval = 100 * time.Millisecond // shorter ones are raised to it
	maxInterval = 365 * 24 * time.Hour
)

// intervals reads the scanners' intervals that are set.
func (s *settings) intervals() map[string]time.Duration {
	given := map[string]time.Duration{}
	for _, i := range intervalVariables {
		value, set := s.lookup(i.variable)
		if !set {
			continue
		}
		n, err := strconv.ParseUint(value, 10, 64)
		if err != nil {
			s.refuse(i.variable, strconv.Quote(value)+" is no whole number")
			continue
		}
		n = min(n, uint64(maxInterval/i.unit))
		given[i.scanner] = max(time.Duration(n)*i.unit, minInterval)
	}
	return given
}

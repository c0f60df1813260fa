package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// What happens is said by strangers as well: completions, signals and leases come with hostile text, while tail activity prints them.
func TestNothingHostileComesOutOfTheActivity(t *testing.T) {
	for _, format := range []string{asTable, asJSON} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			s := newSpoilt(t, 11)
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			out, said, ended := &logBuffer{}, &logBuffer{}, make(chan error, 1)
			root := newRoot()
			root.SetArgs([]string{"tail", "activity", "--output", format, "--url", s.url})
			root.SetOut(out)
			root.SetErr(said)
			go func() { ended <- root.ExecuteContext(ctx) }()
			told := func(kind string) int {
				if format == asJSON {
					return strings.Count(out.String(), `"kind":"`+kind+`"`)
				}
				return strings.Count(out.String(), "  "+kind+"  ")
			}
			for deadline := time.Now().Add(soon); ; {
				s.happen()
				if told("completion") >= 100 && told("signal") >= 100 && told("lease") >= 10 {
					break
				}
				select {
				case err := <-ended:
					t.Fatalf("it ended with %v and said %q after\n%.2000q", err, said, out)
				case <-time.After(10 * time.Millisecond):
				}
				if time.Now().After(deadline) {
					t.Fatalf("it told of %d completions, %d signals and %d leases", told("completion"), told("signal"), told("lease"))
				}
			}
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			s.harmless("the activity", out.String())
			s.harmless("the activity on stderr", said.String())
			if !strings.Contains(out.String(), "malformed: ") {
				t.Error("nothing is said to be malformed")
			}
			for line := range strings.Lines(out.String()) {
				if format == asJSON && !json.Valid([]byte(line)) {
					t.Fatalf("an event is no JSON: %.300q", line)
				}
				if format == asTable && !strings.Contains(line[:min(len(line), 30)], "  ") {
					t.Fatalf("a line that is no event: %.300q", line)
				}
			}
		})
	}
}

// happen tells of a completion, a signal and a lease in hostile words, and of what is none.
func (s *spoilt) happen() {
	s.t.Helper()
	ctx := s.t.Context()
	_, err := s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, outcome := range []string{"success", s.made.Next()} {
			told, err := json.Marshal(map[string]string{"execution_id": string(s.ids[0]), "flow_id": string(s.flows[0]), "outcome": outcome})
			if err != nil {
				return err
			}
			p.Publish(ctx, "ff:dag:completions", told)
		}
		p.Publish(ctx, "ff:dag:completions", s.made.Next())
		for partition := range s.b.Partitions().FlowPartitions() {
			event := map[string]any{}
			for _, field := range []string{"execution_id", "signal_id", "waitpoint_id", "source_identity", "effect", "at", s.name()} {
				event[field] = s.name()
			}
			if s.made.Chance(2) {
				event["execution_id"] = string(s.ids[0])
			}
			p.XAdd(ctx, &redis.XAddArgs{Stream: fmt.Sprintf("ff:part:%s:signal_delivery", partition.Tag()), MaxLen: 100, Values: event})
		}
		for _, id := range s.ids {
			history := map[string]any{"event": s.name(), "worker_instance_id": s.name(), "ts": s.name()}
			p.XAdd(ctx, &redis.XAddArgs{Stream: "ff:exec:" + id.Partition().Tag() + ":" + string(id) + ":lease:history", MaxLen: 100, Values: history})
		}
		return nil
	})
	s.must(err)
}

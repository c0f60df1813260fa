package valkey

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// filledBench is a bench on a made-up deployment.
func filledBench(t *testing.T, b *Backend) bench {
	t.Helper()
	x := newBench(t, b)
	flush(t, b)
	_, err := b.Fill(x.ctx, testFill())
	x.must(err)
	x.depthsOf()
	return x
}

// searchAll goes on until nothing is left, and checks that no execution comes twice and progress never goes back.
func (x bench) searchAll(text string, look int) []engine.ExecutionRow {
	x.Helper()
	q, err := engine.ParseExecutionQuery(text)
	x.must(err)
	var rows []engine.ExecutionRow
	seen := map[engine.ExecutionID]bool{}
	looked := 0
	for after := engine.ExecutionCursor(""); ; {
		found, err := x.SearchExecutions(x.ctx, q, after, look)
		x.must(err)
		if found.Looked < looked || found.Looked > found.Of {
			x.Fatalf("%q: looked at %d after %d of %d", text, found.Looked, looked, found.Of)
		}
		looked = found.Looked
		for _, row := range found.Rows {
			if seen[row.ID] {
				x.Fatalf("%q: %s comes twice", text, row.ID)
			}
			seen[row.ID] = true
			rows = append(rows, row)
		}
		if after = found.Next; after == "" {
			return rows
		}
	}
}

func TestASearchFindsAllThatMatchesAndNothingElse(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := filledBench(t, b)
		all := x.searchAll("", 300)
		if len(all) != testFill().Executions {
			t.Fatalf("%d executions", len(all))
		}
		var worker engine.WorkerInstanceID
		var flow engine.FlowID
		for _, row := range all {
			if row.State == engine.StateActive {
				worker, flow = row.WorkerInstance, row.Flow
			}
		}
		for _, text := range []string{"state:failed", "state:waiting,delayed lane:gpu", "lane:default", "ns:acme kind:resize", "reason:timeout",
			"worker:" + string(worker), "worker:gpu-pool", "flow:" + string(flow), "id:a", "gpu acme embed", "state:rate_limited", "id:" + string(all[7].ID)} {
			q, err := engine.ParseExecutionQuery(text)
			x.must(err)
			want := 0
			for i := range all {
				if q.Match(&all[i], nil) {
					want++
				}
			}
			if got := x.searchAll(text, 170); len(got) != want || want == 0 && !strings.HasPrefix(text, "flow:") {
				t.Errorf("%q finds %d, want %d", text, len(got), want)
			}
		}
		for _, row := range x.searchAll("tag:team.owner=img state:completed", 500) {
			if value, _, err := b.ExecutionTag(x.ctx, row.ID, "team.owner"); err != nil || value != "img" {
				t.Fatalf("%s has %q, %v", row.ID, value, err)
			}
		}
	})
}

func TestASearchForStatesShowsWhatEndedLastFirst(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := filledBench(t, b)
		rows := x.searchAll("state:ended", 100)
		if !slices.IsSortedFunc(rows, func(a, b engine.ExecutionRow) int { return b.CompletedAt.Compare(a.CompletedAt) }) {
			t.Error("out of order")
		}
	})
}

func TestASearchMarksWhatIsNoExecution(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		p := engine.Partition{Family: engine.FamilyFlow, Index: 1}
		x.must(b.rdb.SAdd(x.ctx, partitionKeys(p).allExecutions(), "no id\x1b[31m").Err())
		x.zadd(partitionKeys(p).lane("default", engine.IndexTerminal), 5, "no id\x1b[31m", "{fp:1}:9b1c0000-0000-4000-8000-000000000001")
		rows := x.searchAll("state:failed", 10)
		if len(rows) != 2 || !rows[0].Missing && len(rows[0].Malformed) == 0 || !rows[1].Missing && len(rows[1].Malformed) == 0 {
			t.Errorf("rows %+v", rows)
		}
	})
}

func TestASearchGoesOnAmongEqualScores(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		p := engine.Partition{Family: engine.FamilyFlow, Index: 1}
		for i := range 60 {
			x.zadd(partitionKeys(p).lane("default", engine.IndexSuspended), 9999999999999, fmt.Sprintf("{fp:1}:9b1c0000-0000-4000-8000-0000000000%02d", i))
		}
		if rows := x.searchAll("state:suspended", 7); len(rows) != 60 {
			t.Errorf("%d rows", len(rows))
		}
	})
}

func TestASearchRefusesAPlaceThatItNeverGave(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		for _, place := range []engine.ExecutionCursor{"x", "/1/2", "/1/2/-3/4", "/1/2/3/4/nowhere"} {
			if _, err := b.SearchExecutions(x.ctx, engine.ExecutionQuery{}, place, 10); err == nil {
				t.Errorf("%q is taken", place)
			}
		}
	})
}

func TestSignalGroupsCountWhatWaitsForTheSame(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := filledBench(t, b)
		groups, err := b.SignalGroups(x.ctx)
		x.must(err)
		suspended := x.searchAll("state:suspended", 500)
		if groups.Read != len(suspended) || groups.Of != len(suspended) || groups.Covered != groups.Partitions {
			t.Fatalf("read %d of %d, want %d", groups.Read, groups.Of, len(suspended))
		}
		sum := 0
		for _, g := range groups.Groups {
			sum += g.Count
			if g.Fault != "" {
				t.Errorf("group %+v", g)
			}
		}
		if sum != len(suspended) {
			t.Errorf("groups hold %d", sum)
		}
		largest := groups.Groups[0]
		if !slices.Equal(largest.Condition.SignalNames(), []string{"approved"}) {
			t.Errorf("largest %+v", largest)
		}
		rows, err := b.SignalGroupRows(x.ctx, largest.Key, 500)
		x.must(err)
		if rows.Total != largest.Count || len(rows.Rows) != largest.Count || rows.Rows[0].Waits != "approved" {
			t.Errorf("%d rows of %d", len(rows.Rows), rows.Total)
		}
		resumed := rows.Rows[0]
		token, err := b.ReadWaitpointToken(x.ctx, resumed.ID, resumed.Suspension.Waitpoints[0].ID)
		x.must(err)
		_, err = b.DeliverSignal(x.ctx, engine.Signal{Execution: resumed.ID, Waitpoint: resumed.Suspension.Waitpoints[0].ID, Name: "approved", Token: token})
		x.must(err)
		again, err := b.SignalGroups(x.ctx)
		x.must(err)
		if again.Groups[0].Count != largest.Count-1 {
			t.Errorf("%d after a signal", again.Groups[0].Count)
		}
	})
}

func (x bench) zadd(key string, score float64, members ...string) {
	x.Helper()
	for _, member := range members {
		x.must(x.rdb.ZAdd(x.ctx, key, redis.Z{Score: score, Member: member}).Err())
	}
}

package valkey

import (
	"maps"
	"strings"
	"testing"

	"ffboard/engine"
)

func TestFlowFabricsFlowsAreRead(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.loadFixture()
		found, marked := map[string]int{}, map[string]int{}
		mark := func(where string, errors []engine.FieldError) {
			for _, m := range errors {
				marked[where+" "+m.Field+": "+m.Problem]++
			}
		}
		keys, err := b.rdb.Keys(x.ctx, "ff:flow:*:core").Result()
		x.must(err)
		for _, key := range keys {
			flow, err := engine.ParseFlowID(strings.Split(key, ":")[4])
			if err != nil {
				found["of no flow id"]++
				continue
			}
			detail, err := b.FlowDetail(x.ctx, flow, 500)
			x.must(err)
			described, err := b.DescribeFlow(x.ctx, flow)
			x.must(err)
			if detail == nil || described == nil {
				t.Fatalf("%s is not found", flow)
			}
			found[string(described.State)]++
			found["members"] += len(detail.Members)
			mark("flow", detail.Flow.Malformed)
			for _, e := range detail.Edges {
				found["edge "+string(e.State)]++
				mark("edge", e.Malformed)
			}
			for _, g := range described.EdgeGroups {
				found["group "+string(g.Policy.Kind)+" "+string(g.State)]++
				mark("group", g.Malformed)
			}
			for _, row := range detail.Members {
				around, err := b.ExecutionEdges(x.ctx, row.ID)
				x.must(err)
				found["in"] += len(around.In)
				found["out"] += len(around.Out)
			}
		}
		for what, want := range map[string]int{
			"open": 94, "cancelled": 6, "of no flow id": 9, "members": 166, "in": 130, "out": 131,
			"edge ": 7, "edge satisfied": 30, "edge impossible": 81, "edge unsatisfied": 12,
			"group all_of pending": 7, "group all_of satisfied": 2, "group any_of satisfied": 14, "group quorum satisfied": 4,
			"group quorum impossible": 2,
		} {
			if found[what] != want {
				t.Errorf("%d %s, want %d", found[what], what, want)
			}
		}
		// FlowFabric's own tests left these.
		known := map[string]int{"edge bogus_future_field: unknown field": 1, "flow bogus_future_field: unknown field": 1}
		if !maps.Equal(marked, known) {
			t.Errorf("marked: %v", marked)
		}
		for p := range b.Partitions().FlowPartitions() {
			page, err := b.ListFlows(x.ctx, p, "", 1000)
			x.must(err)
			found["listed"] += len(page.Items)
		}
		rows, err := b.FlowRows(x.ctx, engine.FlowQuery{Limit: 1000})
		x.must(err)
		if rows.Total != found["listed"] || len(rows.Rows) != rows.Total {
			t.Errorf("%d rows of %d, %d listed", len(rows.Rows), rows.Total, found["listed"])
		}
	})
}

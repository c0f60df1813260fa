package valkey

import (
	"bufio"
	"encoding/json"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// fixturePath is a deployment as FlowFabric left it, beside the repository where there is one.
const fixturePath = "../../shared/fixtures/flowfabric-v34.jsonl"

// fixtureTaken is when it was recorded, in unix milliseconds.
const fixtureTaken = 1795485176000

// fixtureBatch bounds what is under way to a server at a time.
const fixtureBatch = 200

// loadFixture puts FlowFabric's deployment in the place of a bench's own, its stamps moved to now.
func (x bench) loadFixture() {
	x.Helper()
	file, err := os.Open(fixturePath)
	if err != nil {
		x.Skip("no fixture: ", err)
	}
	defer file.Close()
	x.must(x.rdb.FlushDB(x.ctx).Err())
	shift := x.now().UnixMilli() - fixtureTaken
	p := x.rdb.Pipeline()
	sent := 0
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for ; lines.Scan(); sent++ {
		var words []json.RawMessage
		x.must(json.Unmarshal(lines.Bytes(), &words))
		p.Do(x.ctx, fixtureCommand(x, words, shift)...)
		if p.Len() == fixtureBatch {
			_, err := p.Exec(x.ctx)
			x.must(err)
		}
	}
	_, err = p.Exec(x.ctx)
	x.must(err)
	x.must(lines.Err())
	if sent < 2500 {
		x.Fatalf("only %d commands", sent)
	}
}

// stamp is a time near the recording.
var stamp = regexp.MustCompile(`\b179[45]\d{9}\b`)

func fixtureCommand(x bench, words []json.RawMessage, shift int64) []any {
	x.Helper()
	var command []any
	for _, word := range words {
		var text string
		if err := json.Unmarshal(word, &text); err != nil {
			var binary struct{ B64 []byte }
			x.must(json.Unmarshal(word, &binary))
			command = append(command, binary.B64)
			continue
		}
		text = stamp.ReplaceAllStringFunc(text, func(at string) string {
			n, _ := strconv.ParseInt(at, 10, 64)
			return strconv.FormatInt(n+shift, 10)
		})
		command = append(command, text)
	}
	if key, _ := command[1].(string); command[0] == "ZADD" && strings.HasSuffix(key, ":eligible") {
		for i := 2; i < len(command); i += 2 {
			score, _ := command[i].(string)
			if n, err := strconv.ParseInt(score, 10, 64); err == nil && n < 0 { // a priority is in it
				command[i] = strconv.FormatInt(n+shift, 10)
			}
		}
	}
	return command
}

func TestFlowFabricsExecutionsAreRead(t *testing.T) {
	// FlowFabric's own tests left these.
	known := map[string]bool{
		"public_state not_a_real_state": true, "flow_id flow-chain": true, "flow_id flow-fail": true, "flow_id flow-fanout": true,
		"flow_id flow-full": true, "flow_id flow-terminal-child": true,
	}
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.loadFixture()
		found := map[string]int{}
		for p := range b.Partitions().FlowPartitions() {
			page, err := b.ListExecutions(x.ctx, p, "", 1000)
			x.must(err)
			rows, err := b.ExecutionRows(x.ctx, page.Items)
			x.must(err)
			for _, row := range rows {
				d, err := b.ExecutionDetail(x.ctx, row.ID)
				x.must(err)
				if row.Missing || d == nil || d.Execution.State.Public != row.State {
					t.Fatalf("row %+v, detail %+v", row, d)
				}
				for _, m := range append(row.Malformed, d.Execution.Malformed...) {
					if !known[m.Field+" "+m.Value] {
						t.Errorf("%s: marked %+v", row.ID, m)
					}
				}
				found[string(row.State)]++
				found["attempts"] += len(d.Attempts)
				found["streams"] += len(d.Streams)
				found["signals"] += len(d.Signals)
			}
		}
		for what, want := range map[string]int{
			"waiting": 160, "cancelled": 97, "completed": 29, "active": 19, "suspended": 16, "attempts": 89, "streams": 7, "signals": 39,
		} {
			if found[what] != want {
				t.Errorf("%d %s, want %d", found[what], what, want)
			}
		}
	})
}

func TestFlowFabricsIndexesAreCheckedAndMended(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.loadFixture()
		mended := 0
		for p := range b.Partitions().FlowPartitions() {
			report, err := b.CheckIndexes(x.ctx, p)
			x.must(err)
			for _, m := range report.Mismatches {
				repaired, err := b.RepairIndex(x.ctx, m)
				x.must(err)
				if repaired {
					mended++
				}
			}
			report, err = b.CheckIndexes(x.ctx, p)
			x.must(err)
			if len(report.Mismatches) > 0 {
				t.Errorf("left: %+v", report.Mismatches)
			}
		}
		if mended != 8 { // four executions that its tests ended by hand
			t.Errorf("%d mended, want 8", mended)
		}
	})
}

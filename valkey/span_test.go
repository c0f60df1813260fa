package valkey

import (
	"bytes"
	"runtime/trace"
	"testing"
)

func TestOperationsAreSpansOfATrace(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		var recorded bytes.Buffer
		if err := trace.Start(&recorded); err != nil {
			t.Skip("somebody else traces: ", err)
		}
		_, err := b.DescribeExecution(x.ctx, id)
		_, readErr := b.ReadExecutionState(x.ctx, id)
		x.claim(id)
		trace.Stop()
		x.must(err)
		x.must(readErr)
		for _, span := range []string{"ff.describe_execution", "ff.read_execution_state", "ff.issue_claim_grant", "ff.claim_execution"} {
			if !bytes.Contains(recorded.Bytes(), []byte(span)) {
				t.Errorf("no span %s", span)
			}
		}
	})
}

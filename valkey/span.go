package valkey

import (
	"context"
	"runtime/trace"
)

// span marks a round trip in an execution trace of the program (go tool trace) by the operation that it belongs to, under FlowFabric's
// name for that (spec 04a §5). While nothing is traced it costs nothing.
func span(ctx context.Context, op string) *trace.Region {
	if trace.IsEnabled() {
		op = "ff." + op
	}
	return trace.StartRegion(ctx, op)
}

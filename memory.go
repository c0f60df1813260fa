package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// A dashboard stands open all day on a machine that others work on, and makes most of its garbage at once: when a list is read for the
// first time. By itself the runtime lets that grow to as much again as is in use.
const (
	leastMemory  = 24 << 20
	besideHeap   = 7 << 20 // stacks, and what the runtime keeps for itself
	leastGarbage = 1 << 20
)

// keepSmall bounds what the runtime takes from the machine by what is in use. Somebody who set GOMEMLIMIT knows better.
func keepSmall() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(leastMemory)
		followHeap(func(limit int64) (goOn bool) {
			debug.SetMemoryLimit(limit)
			return true
		})
	}
}

// memoryLimit leaves room for garbage above what is in use: with none at all the collector would never rest.
func memoryLimit(used uint64) int64 {
	return max(leastMemory, int64(used+used/16+leastGarbage+besideHeap))
}

// followHeap tells after each collection what the limit is to be, until it is told to end.
func followHeap(set func(limit int64) (goOn bool)) {
	type collected struct{ _ [16]byte } // of a size that shares no block with anything that lives on
	runtime.SetFinalizer(&collected{}, func(*collected) {
		heap := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(heap)
		if heap[0].Value.Kind() != metrics.KindUint64 || set(memoryLimit(heap[0].Value.Uint64())) {
			followHeap(set)
		}
	})
}

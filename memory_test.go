package main

import (
	"runtime"
	"testing"
)

func TestTheMemoryLimitFollowsWhatIsInUse(t *testing.T) {
	for used, want := range map[uint64]int64{0: leastMemory, 4 << 20: leastMemory, 80 << 20: 93 << 20} {
		if got := memoryLimit(used); got != want {
			t.Errorf("%d in use: %d, want %d", used, got, want)
		}
	}
	const much = 64 << 20
	held := make([]byte, much)
	enough := make(chan struct{})
	followHeap(func(limit int64) (goOn bool) {
		if limit > much {
			close(enough)
			return false
		}
		return true
	})
	for {
		runtime.GC()
		select {
		case <-enough:
			runtime.KeepAlive(held)
			return
		case <-t.Context().Done():
			t.Fatal("the limit never followed")
		default:
		}
	}
}

package recording

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"ffboard/engine"
)

// anHour records an hour in front of a list of 200 flows that changes every second.
func anHour(b *testing.B) (path string, size int64) {
	b.Helper()
	c := newClock()
	be := newBackend(c)
	for i := range 200 {
		be.flows.Rows = append(be.flows.Rows, engine.FlowRow{
			Flow:    engine.Flow{ID: engine.FlowID(fmt.Sprintf("%08x-5a1e-4f00-8a00-%012x", i*7919, i)), Kind: "document_pipeline", Namespace: "prod", CreatedAt: c.now()},
			ByState: map[engine.PublicState]int{engine.StateActive: i, engine.StateCompleted: 3}, Members: i + 3, Derived: engine.FlowRunning,
		})
	}
	path = filepath.Join(b.TempDir(), "hour"+Suffix)
	r, err := Record(be, Options{File: path, Now: c.now})
	if err != nil {
		b.Fatal(err)
	}
	for second := range 3600 {
		be.flows.Rows[second%200].LastMutationAt = c.now()
		be.flows.Rows[second*7%200].Members++
		_, _ = r.ServerTime(b.Context())
		_, _ = r.Depths(b.Context())
		_, _ = r.FlowRows(b.Context(), engine.FlowQuery{})
		c.pass(time.Second)
		for r.behind() {
			runtime.Gosched()
		}
	}
	if err := r.Close(); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	return path, info.Size()
}

// behind tells that an hour in no time is too much for the writer.
func (r *Recorder) behind() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bytes > mostWaiting/2
}

// BenchmarkOpen is what one waits for an hour's recording, and what it takes to hold it open.
func BenchmarkOpen(b *testing.B) {
	path, size := anHour(b)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var p *Player
	for b.Loop() {
		var err error
		if p, err = Open(path, nil); err != nil {
			b.Fatal(err)
		}
		p.Close()
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(size)/1e6, "MB/file")
	b.ReportMetric(float64(after.HeapAlloc-min(before.HeapAlloc, after.HeapAlloc))/1e6, "MB/held")
	runtime.KeepAlive(p)
}

// BenchmarkLeap is an answer from anywhere in the hour.
func BenchmarkLeap(b *testing.B) {
	path, _ := anHour(b)
	p, err := Open(path, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	first, _ := p.Span()
	for i := 0; b.Loop(); i++ {
		p.Seek(first.Add(time.Duration(i*1777%3600) * time.Second))
		if rows, err := p.FlowRows(b.Context(), engine.FlowQuery{}); err != nil || len(rows.Rows) != 200 {
			b.Fatal(err)
		}
	}
}

// BenchmarkKeep is what recording an answer of 200 rows costs the one who asked.
func BenchmarkKeep(b *testing.B) {
	c := newClock()
	be := newBackend(c)
	be.flows.Rows = make([]engine.FlowRow, 200)
	for i := range be.flows.Rows {
		be.flows.Rows[i] = engine.FlowRow{Flow: engine.Flow{ID: "x", Kind: "document_pipeline", Namespace: "prod", CreatedAt: c.now()}, Members: i}
	}
	r, err := Record(be, Options{File: filepath.Join(b.TempDir(), "keep"+Suffix), Now: c.now})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	for b.Loop() {
		_, _ = r.FlowRows(b.Context(), engine.FlowQuery{})
	}
}

package valkey

import (
	"context"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// lineWatch keeps up with which eligible indexes hold anything, without asking again: the server remembers what a connection has read
// (CLIENT TRACKING) and tells another one when it may have changed. So a worker with nothing to do hears of work at once and costs
// nothing until then.
type lineWatch struct {
	lately *claimLines // is told where something may have come
	asking sync.Mutex  // one question at a time

	mu      sync.Mutex
	conn    *watchConn
	retryAt time.Time // no connection is tried before
	lines   map[string]*watchedLine
	waiting map[engine.LaneID][]chan struct{}
	waving  map[engine.LaneID]bool
}

// watchedLine is one index. epoch counts what was heard of it: an answer that was asked for before the last of that says nothing.
type watchedLine struct {
	ref    engine.IndexRef
	known  bool
	exists bool
	epoch  uint64
}

const (
	// watchRetry is the wait before a server that cannot be watched, or not now, is asked again.
	watchRetry = 5 * time.Second
	// waveGap is the time between waves of waking, each twice as large as the one before: whoever was first may have taken everything.
	waveGap = 2 * time.Millisecond
)

var errNoWatch = engine.Unavailable("watch lines")

// WatchOccupied is Occupied for eligible indexes, with a channel that is closed when the answer may not hold any more: many who wait
// for the same are told in waves, not all at once. ClassUnavailable: this server cannot be watched, or not now.
func (b *Backend) WatchOccupied(ctx context.Context, refs []engine.IndexRef) ([]engine.IndexRef, <-chan struct{}, error) {
	client, single := b.rdb.(*redis.Client)
	if !single {
		return nil, nil, errNoWatch
	}
	return b.watch.occupied(ctx, client, refs)
}

func (w *lineWatch) occupied(ctx context.Context, client *redis.Client, refs []engine.IndexRef) ([]engine.IndexRef, <-chan struct{}, error) {
	w.asking.Lock()
	defer w.asking.Unlock()
	conn, err := w.connect(ctx, client)
	if err != nil {
		return nil, nil, err
	}
	changed := w.wait(refs)
	if unknown, epochs := w.unknown(refs); len(unknown) > 0 {
		exists, err := conn.exists(ctx, unknown)
		if err != nil {
			w.lose(conn)
			return nil, nil, errNoWatch
		}
		w.learn(unknown, epochs, exists)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var occupied []engine.IndexRef
	for _, ref := range refs {
		if line := w.lines[indexKey(ref)]; line != nil && (line.exists || !line.known) {
			occupied = append(occupied, ref)
		}
	}
	return occupied, changed, nil
}

// connect gives the connection that there is, or makes one.
func (w *lineWatch) connect(ctx context.Context, client *redis.Client) (*watchConn, error) {
	w.mu.Lock()
	conn, wait := w.conn, time.Now().Before(w.retryAt)
	w.mu.Unlock()
	switch {
	case conn != nil:
		return conn, nil
	case wait:
		return nil, errNoWatch
	}
	conn, err := dialWatch(ctx, client)
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		w.retryAt = time.Now().Add(watchRetry)
		return nil, errNoWatch
	}
	w.conn, w.lines = conn, map[string]*watchedLine{}
	if w.waiting == nil {
		w.waiting, w.waving = map[engine.LaneID][]chan struct{}{}, map[engine.LaneID]bool{}
	}
	go func() {
		conn.listen(w.heard)
		w.lose(conn)
	}()
	return conn, nil
}

// wait notes somebody who wants to hear of these indexes' lanes.
func (w *lineWatch) wait(refs []engine.IndexRef) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	changed := make(chan struct{})
	lanes := map[engine.LaneID]bool{}
	for _, ref := range refs {
		if !lanes[ref.Lane] {
			lanes[ref.Lane] = true
			w.waiting[ref.Lane] = append(w.waiting[ref.Lane], changed)
		}
		if key := indexKey(ref); w.lines[key] == nil {
			w.lines[key] = &watchedLine{ref: ref}
		}
	}
	return changed
}

// unknown are the keys that have to be asked for.
func (w *lineWatch) unknown(refs []engine.IndexRef) (keys []string, epochs []uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, ref := range refs {
		key := indexKey(ref)
		if line := w.lines[key]; line != nil && !line.known {
			keys, epochs = append(keys, key), append(epochs, line.epoch)
		}
	}
	return keys, epochs
}

func (w *lineWatch) learn(keys []string, epochs []uint64, exists []bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, key := range keys {
		if line := w.lines[key]; line != nil && line.epoch == epochs[i] {
			line.known, line.exists = true, exists[i]
		}
	}
}

// heard takes in that indexes may have changed.
func (w *lineWatch) heard(keys []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, key := range keys {
		line := w.lines[key]
		if line == nil {
			continue
		}
		line.known = false
		line.epoch++
		lane := line.ref.Lane
		if !w.waving[lane] && len(w.waiting[lane]) > 0 {
			w.lately.add(line.ref)
			w.waving[lane] = true
			go w.wave(lane)
		}
	}
}

// wave wakes those who wait for a lane, ever more of them for as long as there may be something in it.
func (w *lineWatch) wave(lane engine.LaneID) {
	for size := 1; w.wake(lane, size); size *= 2 {
		time.Sleep(waveGap)
	}
}

func (w *lineWatch) wake(lane engine.LaneID, size int) (again bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.close(lane, size)
	if len(w.waiting[lane]) > 0 {
		for _, line := range w.lines {
			if line.ref.Lane == lane && (line.exists || !line.known) {
				return true
			}
		}
	}
	w.waving[lane] = false
	return false
}

func (w *lineWatch) close(lane engine.LaneID, size int) {
	waiting := w.waiting[lane]
	for len(waiting) > 0 && size > 0 {
		select {
		case <-waiting[0]: // by another lane already
		default:
			close(waiting[0])
			size--
		}
		waiting = waiting[1:]
	}
	w.waiting[lane] = waiting
}

// lose gives a connection up; everybody who waits looks for himself.
func (w *lineWatch) lose(conn *watchConn) {
	conn.close()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conn != conn {
		return
	}
	w.conn, w.lines, w.retryAt = nil, nil, time.Now().Add(watchRetry)
	for lane, waiting := range w.waiting {
		w.close(lane, len(waiting))
	}
}

func (w *lineWatch) stop() {
	w.mu.Lock()
	conn := w.conn
	w.mu.Unlock()
	if conn != nil {
		w.lose(conn)
	}
}

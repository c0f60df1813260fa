package valkey

import (
	"context"
	"slices"
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
	lanes   map[engine.LaneID]*watchedLane
}

// watchedLane is who waits for a lane, the latest last. A wave of waking is under way while waving; again says that something was heard
// since it began, emptied is told that nothing is left in the lane.
type watchedLane struct {
	waiting       []chan struct{}
	waving, again bool
	emptied       chan struct{}
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
	// waveGap is the time after which a wave wakes twice as many as before: whoever was first may have taken everything.
	waveGap = 2 * time.Millisecond
	// waveRest is the least time between two waves of a lane that holds something: it may be nothing for those who wait.
	waveRest = 20 * time.Millisecond
	// mostWaiting bounds who waits for a lane; beyond that the first are told to look. Whoever looks again without having been told
	// leaves his last place behind.
	mostWaiting = 1024
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
	if changed == nil {
		return nil, nil, errNoWatch
	}
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
	if w.lanes == nil {
		w.lanes = map[engine.LaneID]*watchedLane{}
	}
	go func() {
		conn.listen(w.heard)
		w.lose(conn)
	}()
	return conn, nil
}

// wait notes somebody who wants to hear of these indexes' lanes; nil when the connection has been lost meanwhile.
func (w *lineWatch) wait(refs []engine.IndexRef) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lines == nil {
		return nil
	}
	changed := make(chan struct{})
	noted := map[engine.LaneID]bool{}
	for _, ref := range refs {
		if !noted[ref.Lane] {
			noted[ref.Lane] = true
			w.lane(ref.Lane).add(changed)
		}
		if key := indexKey(ref); w.lines[key] == nil {
			w.lines[key] = &watchedLine{ref: ref}
		}
	}
	return changed
}

func (w *lineWatch) lane(id engine.LaneID) *watchedLane {
	if w.lanes[id] == nil {
		w.lanes[id] = &watchedLane{emptied: make(chan struct{}, 1)}
	}
	return w.lanes[id]
}

func (l *watchedLane) add(changed chan struct{}) {
	l.waiting = append(l.waiting, changed)
	if len(l.waiting) > mostWaiting {
		tell(l.waiting[:mostWaiting/2])
		l.waiting = slices.Clone(l.waiting[mostWaiting/2:])
	}
}

// tell closes those channels that another lane has not closed already.
func tell(waiting []chan struct{}) {
	for _, changed := range waiting {
		select {
		case <-changed:
		default:
			close(changed)
		}
	}
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
	learned := map[engine.LaneID]bool{}
	for i, key := range keys {
		if line := w.lines[key]; line != nil && line.epoch == epochs[i] {
			line.known, line.exists = true, exists[i]
			learned[line.ref.Lane] = true
		}
	}
	for lane := range learned {
		if l := w.lane(lane); l.waving && !w.mayHold(lane) {
			select {
			case l.emptied <- struct{}{}:
			default:
			}
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
		w.lately.changed(line.ref)
		switch lane := w.lane(line.ref.Lane); {
		case lane.waving:
			lane.again = true
		case len(lane.waiting) > 0:
			lane.waving = true
			go w.wave(line.ref.Lane)
		}
	}
}

// wave wakes those who wait for a lane, the latest first and ever more of them, for as long as there may be something in it; and once
// more, after a rest, those who wait by then when something was heard meanwhile.
func (w *lineWatch) wave(lane engine.LaneID) {
	for {
		waiting, emptied := w.takeWaiting(lane)
		for size := 1; len(waiting) > 0 && w.holds(lane); size *= 2 {
			w.wake(&waiting, size)
			restUntil(emptied, waveGap)
		}
		w.putBack(lane, waiting)
		if w.holds(lane) {
			restUntil(emptied, waveRest)
		}
		if w.ended(lane) {
			return
		}
	}
}

func restUntil(emptied <-chan struct{}, most time.Duration) {
	select {
	case <-time.After(most):
	case <-emptied:
	}
}

func (w *lineWatch) takeWaiting(lane engine.LaneID) (waiting []chan struct{}, emptied <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	l := w.lane(lane)
	waiting = l.waiting
	l.waiting, l.again = nil, false
	select {
	case <-l.emptied: // before this wave
	default:
	}
	return waiting, l.emptied
}

// putBack lets those wait on who were not woken, or tells them when the connection was lost.
func (w *lineWatch) putBack(lane engine.LaneID, waiting []chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conn == nil {
		tell(waiting)
		return
	}
	l := w.lane(lane)
	l.waiting = slices.Concat(waiting, l.waiting)
}

func (w *lineWatch) wake(waiting *[]chan struct{}, size int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	rest := max(len(*waiting)-size, 0)
	tell((*waiting)[rest:])
	*waiting = (*waiting)[:rest]
}

func (w *lineWatch) holds(lane engine.LaneID) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.mayHold(lane)
}

// mayHold tells whether there may be something in a lane. w is locked.
func (w *lineWatch) mayHold(lane engine.LaneID) bool {
	if w.lines == nil {
		return true
	}
	for _, line := range w.lines {
		if line.ref.Lane == lane && (line.exists || !line.known) {
			return true
		}
	}
	return false
}

// ended ends the waving unless something was heard since the last wave began, and is there still.
func (w *lineWatch) ended(lane engine.LaneID) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	l := w.lane(lane)
	l.waving = l.again && len(l.waiting) > 0 && w.conn != nil && w.mayHold(lane)
	return !l.waving
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
	for _, l := range w.lanes {
		tell(l.waiting)
		l.waiting = nil
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

package valkey

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// A blocking read occupies its connection, so it never runs on a shared one; and a connection for each tail would be a storm. All
// tails of one node (of one slot on a cluster: a read names keys of one slot only) wait together, in one XREAD that names all their
// streams. It only wakes them: each reads its own frames on the shared connections.

const (
	// waitRound is how long one blocking read lasts at most.
	waitRound = time.Second
	// blindRound replaces it where a newcomer cannot interrupt the read that is under way.
	blindRound = 50 * time.Millisecond
	// waitIdle is how long a connection is kept for the next tail.
	waitIdle = 5 * time.Second
)

// frameWaits holds one wait for each node, or slot.
type frameWaits struct {
	mu     sync.Mutex
	waits  map[waitKey]*frameWait
	closed chan struct{} // there when waits is; closed with the backend
}

type waitKey struct {
	node *redis.Client
	slot int // 0 but on a cluster
}

// frameWaiter is one tail that waits for an entry after a position.
type frameWaiter struct {
	stream string
	after  engine.EntryID
	woken  chan struct{} // closed when there may be one, or when the read failed
	failed error         // set before woken is closed
}

// awaitFrame returns when the attempt's stream may have an entry after a position, or after d.
func (b *Backend) awaitFrame(ctx context.Context, q engine.TailQuery, after string, d time.Duration) error {
	stream := keysOf(q.Execution).stream(q.AttemptIndex)
	position, err := engine.ParseEntryID(after)
	if err != nil {
		return err
	}
	key, err := b.waitKeyOf(ctx, stream)
	if err != nil {
		return err
	}
	waiter := &frameWaiter{stream: stream, after: position, woken: make(chan struct{})}
	wait := b.frameWaits.join(key, waiter)
	defer wait.leave(waiter)

	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-waiter.woken:
		return waiter.failed
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *Backend) waitKeyOf(ctx context.Context, stream string) (waitKey, error) {
	if cluster, ok := b.rdb.(*redis.ClusterClient); ok {
		node, err := cluster.MasterForKey(ctx, stream)
		return waitKey{node: node, slot: engine.Slot(stream)}, err
	}
	node, _ := b.rdb.(*redis.Client)
	return waitKey{node: node}, nil
}

// join adds a waiter to the wait of its node, which it starts if there is none.
func (w *frameWaits) join(key waitKey, waiter *frameWaiter) *frameWait {
	w.mu.Lock()
	defer w.mu.Unlock()
	wait := w.waits[key]
	if wait == nil || !wait.add(waiter) {
		if w.waits == nil {
			w.waits, w.closed = map[waitKey]*frameWait{}, make(chan struct{})
		}
		wait = &frameWait{node: key.node, waiters: []*frameWaiter{waiter}, joined: make(chan struct{}, 1), closed: w.closed}
		w.waits[key] = wait
		go wait.run()
	}
	return wait
}

// close ends the waits that are idle; the others end with their connections.
func (w *frameWaits) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waits != nil {
		close(w.closed)
		w.waits, w.closed = nil, nil
	}
}

// frameWait is the shared blocking read of one node.
type frameWait struct {
	node   *redis.Client
	joined chan struct{} // tells an idle wait that there is somebody
	closed chan struct{} // the backend is

	mu      sync.Mutex
	waiters []*frameWaiter
	over    bool
	// round counts the blocking reads; connID interrupts the one under way, 0 when it cannot be.
	round  uint64
	connID int64
}

// add is false when the wait has ended meanwhile.
func (w *frameWait) add(waiter *frameWaiter) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return false
	}
	w.waiters = append(w.waiters, waiter)
	select {
	case w.joined <- struct{}{}:
	default:
	}
	if w.connID != 0 {
		go w.interrupt(w.round, w.connID)
	}
	return true
}

func (w *frameWait) leave(waiter *frameWaiter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiters = slices.DeleteFunc(w.waiters, func(o *frameWaiter) bool { return o == waiter })
}

// interrupt ends the blocking read of a round, which does not know of a newcomer. The read may be on its way still, hence the
// repetition.
func (w *frameWait) interrupt(round uint64, connID int64) {
	for pause := time.Millisecond; pause < waitRound; pause *= 2 {
		w.mu.Lock()
		current := w.round
		w.mu.Unlock()
		if current != round {
			return
		}
		if n, err := w.node.ClientUnblock(context.Background(), connID).Result(); n == 1 || err != nil {
			return
		}
		time.Sleep(pause)
	}
}

func (w *frameWait) run() {
	ctx := context.Background()
	conn := w.node.Conn()
	defer conn.Close()
	connID := w.identify(ctx, conn)
	for {
		streams, ids := w.next(connID)
		if len(streams) == 0 {
			if !w.idle() {
				return
			}
			continue
		}
		read, err := conn.XRead(ctx, &redis.XReadArgs{
			Streams: append(streams, ids...), Count: 1, Block: blockFor(connID),
		}).Result()
		if err != nil && !absent(err) {
			w.end(err)
			return
		}
		w.wake(read)
	}
}

// identify asks for the connection's id and tries it on itself: a user may not be allowed to interrupt.
func (w *frameWait) identify(ctx context.Context, conn *redis.Conn) int64 {
	id, err := conn.ClientID(ctx).Result()
	if err != nil || w.node.ClientUnblock(ctx, id).Err() != nil {
		return 0
	}
	return id
}

func blockFor(connID int64) time.Duration {
	if connID == 0 {
		return blindRound
	}
	return waitRound
}

// next begins a round: the streams that somebody waits for, each with the earliest position.
func (w *frameWait) next(connID int64) (streams, ids []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.round++
	w.connID = connID
	earliest := map[string]engine.EntryID{}
	for _, waiter := range w.waiters {
		if at, found := earliest[waiter.stream]; !found || waiter.after.Before(at) {
			earliest[waiter.stream] = waiter.after
		}
	}
	for stream, after := range earliest {
		streams, ids = append(streams, stream), append(ids, after.String())
	}
	if len(streams) == 0 {
		w.connID = 0 // nothing to interrupt
	}
	return streams, ids
}

// idle waits for the next waiter; false when none came and the wait is over.
func (w *frameWait) idle() bool {
	timer := time.NewTimer(waitIdle)
	defer timer.Stop()
	select {
	case <-w.joined:
		return true
	case <-timer.C:
	case <-w.closed:
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = len(w.waiters) == 0
	return !w.over
}

// wake tells those whose streams have something new. They leave the list themselves or with the next round.
func (w *frameWait) wake(read []redis.XStream) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.round++
	for _, stream := range read {
		if len(stream.Messages) == 0 {
			continue
		}
		entry, err := engine.ParseEntryID(stream.Messages[0].ID)
		if err != nil {
			continue
		}
		w.waiters = slices.DeleteFunc(w.waiters, func(o *frameWaiter) bool {
			hit := o.stream == stream.Stream && o.after.Before(entry)
			if hit {
				close(o.woken)
			}
			return hit
		})
	}
}

// end gives everybody the error that ended the wait.
func (w *frameWait) end(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	w.round++
	for _, waiter := range w.waiters {
		waiter.failed = err
		close(waiter.woken)
	}
	w.waiters = nil
}

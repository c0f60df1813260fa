package valkey

import (
	"context"
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// fillFlush is how many commands one round trip carries: enough to hide the way, and little to hold.
const fillFlush = 4000

// fillWriter makes up one chunk and sends it. The first error stops it from sending; finish gives it.
type fillWriter struct {
	*fillScene
	ctx  context.Context
	rng  *rand.Rand
	pipe redis.Pipeliner
	err  error

	members map[string][]any     // of sets, with the next round trip
	scores  map[string][]redis.Z // of sorted sets
	texts   []any                // keys and values of one execution

	commands, executions, flows int
	largest                     engine.FlowID
	largestSize                 int
	byState                     map[engine.PublicState]int
}

func newFillWriter(ctx context.Context, s *fillScene, chunk uint64) *fillWriter {
	return &fillWriter{
		fillScene: s, ctx: ctx, rng: rand.New(rand.NewPCG(s.fill.Seed, chunk)), pipe: s.b.rdb.Pipeline(),
		byState: map[engine.PublicState]int{}, members: map[string][]any{}, scores: map[string][]redis.Z{},
	}
}

func (w *fillWriter) flushFull() {
	if w.pipe.Len() >= fillFlush {
		w.flush()
	}
}

func (w *fillWriter) flush() {
	for key, members := range w.members {
		w.pipe.SAdd(w.ctx, key, members...)
	}
	for key, scores := range w.scores {
		w.pipe.ZAdd(w.ctx, key, scores...)
	}
	clear(w.members)
	clear(w.scores)
	w.commands += w.pipe.Len()
	if w.err != nil || w.pipe.Len() == 0 {
		w.pipe.Discard()
		return
	}
	if _, err := w.pipe.Exec(w.ctx); err != nil {
		w.err = engine.Transport("fill", err)
	}
	w.pipe = w.b.rdb.Pipeline() // the old one's replies go
}

// finish sends the rest and adds up.
func (w *fillWriter) finish() error {
	w.flush()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.total.Commands += w.commands
	w.total.Flows += w.flows
	w.total.Executions += w.executions
	if w.largestSize > w.total.LargestSize {
		w.total.LargestFlow, w.total.LargestSize = w.largest, w.largestSize
	}
	for state, n := range maps.All(w.byState) {
		w.total.ByState[state] += n
	}
	if w.fill.Progress != nil {
		w.fill.Progress(w.total.Executions)
	}
	return w.err
}

func (w *fillWriter) hash(key string, fields ...any) { w.pipe.HSet(w.ctx, key, fields...) }
func (w *fillWriter) text(key, value string)         { w.texts = append(w.texts, key, value) }
func (w *fillWriter) set(key, member string)         { w.members[key] = append(w.members[key], member) }
func (w *fillWriter) sorted(key, member string, score int64) {
	w.scores[key] = append(w.scores[key], redis.Z{Score: float64(score), Member: member})
}

// endTexts sends what text took in; the keys share a slot.
func (w *fillWriter) endTexts() {
	w.pipe.MSet(w.ctx, w.texts...)
	w.texts = w.texts[:0]
}

// entry appends to a stream under the id of a time.
func (w *fillWriter) entry(key string, at time.Time, values ...any) (id string) {
	id = millis(at) + "-0"
	w.pipe.XAdd(w.ctx, &redis.XAddArgs{Stream: key, ID: id, Values: values})
	return id
}

// id is a UUID of the seed's making.
func (w *fillWriter) id() string {
	var u uuid.UUID
	binary.BigEndian.PutUint64(u[:8], w.rng.Uint64())
	binary.BigEndian.PutUint64(u[8:], w.rng.Uint64())
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return u.String()
}

// oneIn is true once in n times.
func (w *fillWriter) oneIn(n int) bool { return w.rng.IntN(n) == 0 }

// within is a duration from a least one up to a most, in whole milliseconds.
func (w *fillWriter) within(least, most time.Duration) time.Duration {
	return least + time.Duration(w.rng.Int64N(max(int64((most-least)/time.Millisecond), 1)))*time.Millisecond
}

func pick[T any](w *fillWriter, from []T) T { return from[w.rng.IntN(len(from))] }

package valkey

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"ffboard/engine"
)

const (
	// rememberedFor is how long something is kept that nobody asks for.
	rememberedFor = 30 * time.Second
	// What is on the screen is read before what is not, and what changed the last time before what did not: ages count so many times.
	mostShown     = 60
	shownWeight   = 64
	changedWeight = 4
)

// remembered keeps what was read of many things, so that a list whose context takes turns reads only a part of it again: what was never
// read, and so many of the others.
type remembered[K comparable, V any] struct {
	mu   sync.Mutex
	kept map[K]*memory[V]
}

// memory is one thing as it was read.
type memory[V any] struct {
	value   V
	at      time.Time
	asked   time.Time
	changed bool // when it was read the last time
}

// recall says how a list's things are read in turns.
type recall[K comparable, V any] struct {
	again  int               // so many of those that were read before
	beside bool              // so many besides those on the screen
	first  int               // so many of those that never were; 0: all
	shown  func(K) string    // the id of the row that it is part of; nil: of none
	same   func(a, b V) bool // nil: nobody knows
	stale  func(K, V) bool   // what is known to have changed is read in any case; nil: nothing is
	fetch  func(keys []K) ([]V, error)
}

// read gives what is known of each key after it has read what is due; known tells those that were read before or now.
func (r *remembered[K, V]) read(ctx context.Context, keys []K, how recall[K, V]) (values []V, known []bool, err error) {
	turns := engine.TurnsOf(ctx)
	if turns == nil {
		values, err = how.fetch(keys)
		return values, slices.Repeat([]bool{true}, len(keys)), err
	}
	due := r.due(keys, how, turns, time.Now())
	if len(due) > 0 {
		fresh, err := how.fetch(due)
		if err != nil {
			return nil, nil, err
		}
		r.take(due, fresh, how)
	}
	values, known = r.recollect(keys, turns)
	return values, known, nil
}

// due are the keys whose turn it is.
func (r *remembered[K, V]) due(keys []K, how recall[K, V], turns *engine.Turns, now time.Time) []K {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kept == nil {
		r.kept = map[K]*memory[V]{}
	}
	urgency := map[K]time.Duration{}
	var never, again []K
	for _, key := range keys {
		if _, met := urgency[key]; met {
			continue
		}
		m := r.kept[key]
		if m == nil || m.at.IsZero() {
			urgency[key] = 0
			if how.first == 0 || len(never) < how.first {
				never = append(never, key)
			}
			continue
		}
		m.asked = now
		if how.stale != nil && how.stale(key, m.value) {
			urgency[key] = 0
			never = append(never, key)
			continue
		}
		age := now.Sub(m.at)
		if m.changed {
			age *= changedWeight
		}
		if how.shown != nil && turns.Shown[how.shown(key)] {
			age *= shownWeight
		}
		urgency[key] = age
		again = append(again, key)
	}
	maps.DeleteFunc(r.kept, func(_ K, m *memory[V]) bool { return now.Sub(m.asked) > rememberedFor })
	most := how.again
	if how.beside {
		most += min(len(turns.Shown), mostShown)
	}
	if len(again) > most && !turns.Anew {
		slices.SortStableFunc(again, func(x, y K) int { return cmp.Compare(urgency[y], urgency[x]) })
		again = again[:most]
	}
	return append(never, again...)
}

func (r *remembered[K, V]) take(keys []K, values []V, how recall[K, V]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	for i, key := range keys {
		m := r.kept[key]
		if m == nil {
			r.kept[key] = &memory[V]{value: values[i], at: now, asked: now}
			continue
		}
		m.changed = how.same != nil && !how.same(m.value, values[i])
		m.value, m.at, m.asked = values[i], now, now
	}
}

func (r *remembered[K, V]) recollect(keys []K, turns *engine.Turns) (values []V, known []bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	values, known = make([]V, len(keys)), make([]bool, len(keys))
	for i, key := range keys {
		if m := r.kept[key]; m != nil {
			values[i], known[i] = m.value, true
			turns.Used(m.at)
		}
	}
	return values, known
}

// empty tells that nothing is remembered.
func (r *remembered[K, V]) empty() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.kept) == 0
}

// before is what a key was the last time.
func (r *remembered[K, V]) before(key K) (value V, found bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m := r.kept[key]; m != nil {
		return m.value, true
	}
	return value, false
}

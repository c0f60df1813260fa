package valkey

import (
	"context"

	"github.com/redis/go-redis/v9"

	"ffboard/engine/audit"
)

// reading reads facts in as few round trips as what is asked allows, as rounds does; only that each answer is filled in where it is
// wanted. Nothing but reads can be asked of it.
type reading struct {
	ctx   context.Context
	pipe  redis.Pipeliner
	takes []func()
	next  []func()
}

// readAll runs the asks, and what their answers give rise to. An error concerns the server or the way to it.
func readAll(ctx context.Context, rdb redis.UniversalClient, asks ...func(r *reading)) error {
	r := &reading{ctx: ctx}
	for _, ask := range asks {
		r.then(func() { ask(r) })
	}
	for len(r.next) > 0 {
		queued := r.next
		r.next, r.takes, r.pipe = nil, nil, rdb.Pipeline()
		for _, ask := range queued {
			ask()
		}
		commands, _ := r.pipe.Exec(ctx) // each has its own error
		if err := failure(commands); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		for _, take := range r.takes {
			take()
		}
	}
	return nil
}

// then asks more once what was asked so far is answered.
func (r *reading) then(ask func()) { r.next = append(r.next, ask) }

func (r *reading) take(take func()) { r.takes = append(r.takes, take) }

// unreadableKey tells a key of another type.
func unreadableKey(err error) bool { return err != nil && !absent(err) }

func (r *reading) hash(key string, names []string, into *audit.Hash) {
	read := r.pipe.HMGet(r.ctx, key, names...)
	r.take(func() {
		*into = audit.Hash{Key: key, Unreadable: unreadableKey(read.Err())}
		if record := readHash(read, names); len(record.fields) > 0 {
			into.Fields, into.Found = record.fields, true
		}
	})
}

// wholeHash reads the fields of a hash with names of its own, up to about what one step of a scan gives.
func (r *reading) wholeHash(key string, into *audit.Hash) {
	read := r.pipe.HScan(r.ctx, key, 0, "", entriesPerStep)
	r.take(func() {
		pairs, _, err := read.Result()
		*into = audit.Hash{Key: key, Unreadable: unreadableKey(err), Found: len(pairs) > 0, Fields: map[string]string{}}
		for i := 0; i+1 < len(pairs); i += 2 {
			into.Fields[pairs[i]] = pairs[i+1]
		}
	})
}

// hasField tells whether a hash has a field without reading it.
func (r *reading) hasField(key, field string, take func(bool)) {
	read := r.pipe.HExists(r.ctx, key, field)
	r.take(func() { take(read.Val()) })
}

func (r *reading) exists(key string, into *audit.Mark) {
	read := r.pipe.Exists(r.ctx, key)
	r.take(func() { *into = audit.Mark{Key: key, Set: read.Val() > 0} })
}

func (r *reading) member(key, member string, into *audit.Mark) {
	read := r.pipe.SIsMember(r.ctx, key, member)
	r.take(func() { *into = audit.Mark{Key: key, Set: read.Val(), Unreadable: unreadableKey(read.Err())} })
}

func (r *reading) scored(key, member string, into *audit.Mark) {
	read := r.pipe.ZScore(r.ctx, key, member)
	r.take(func() {
		*into = audit.Mark{Key: key, Set: read.Err() == nil, Score: read.Val(), Unreadable: unreadableKey(read.Err())}
	})
}

func (r *reading) setSize(key string, into *audit.Size)  { r.size(key, r.pipe.SCard(r.ctx, key), into) }
func (r *reading) zsetSize(key string, into *audit.Size) { r.size(key, r.pipe.ZCard(r.ctx, key), into) }

func (r *reading) size(key string, read *redis.IntCmd, into *audit.Size) {
	r.take(func() { *into = audit.Size{Key: key, N: read.Val(), Unreadable: unreadableKey(read.Err())} })
}

// members goes through a set step by step; each sees one step's, in an answer's place: it may ask more only by then.
func (r *reading) members(key string, each func(members []string), unreadable func()) {
	r.step(key, 0, each, unreadable)
}

func (r *reading) step(key string, cursor uint64, each func(members []string), unreadable func()) {
	read := r.pipe.SScan(r.ctx, key, cursor, "", entriesPerStep)
	r.take(func() {
		members, next, err := read.Result()
		if err != nil {
			unreadable()
			return
		}
		each(members)
		if next != 0 {
			r.then(func() { r.step(key, next, each, unreadable) })
		}
	})
}

package valkey

import (
	"context"
	"slices"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// rounds reads in as few round trips as what is asked allows: everything that is asked at one time goes out together, and what the
// replies give rise to goes with the next. A part that cannot be read is noted and leaves the others standing.
type rounds struct {
	rdb    redis.UniversalClient
	op     string
	asks   []asked
	unread []engine.Unread
}

// asked is a part of what is to be known: commands, and what to do when all of them were answered.
type asked struct {
	what  string // for a person, in case it cannot be read; "" for what everything rests on
	queue func(redis.Pipeliner)
	then  func()
}

func (b *Backend) newRounds(op string) *rounds { return &rounds{rdb: b.rdb, op: op} }

func (r *rounds) ask(what string, queue func(redis.Pipeliner), then func()) {
	r.asks = append(r.asks, asked{what, queue, then})
}

// run asks until nothing is left to ask. An error is one of what everything rests on.
func (r *rounds) run(ctx context.Context) error {
	defer span(ctx, r.op).End()
	for len(r.asks) > 0 {
		asks := r.asks
		r.asks = nil
		ends := make([]int, len(asks))
		commands, _ := r.rdb.Pipelined(ctx, func(p redis.Pipeliner) error { // each command has its own error
			for i, a := range asks {
				a.queue(p)
				ends[i] = p.Len()
			}
			return nil
		})
		if err := ctx.Err(); err != nil {
			return engine.Transport(r.op, err)
		}
		from := 0
		for i, a := range asks {
			err := failure(commands[from:min(ends[i], len(commands))])
			from = ends[i]
			switch {
			case err == nil:
				a.then()
			case a.what == "":
				return fault(r.op, err)
			default:
				r.note(a.what, fault(r.op, err))
			}
		}
	}
	return nil
}

// failure is the first error that concerns the server or the way to it.
func failure(commands []redis.Cmder) error {
	for _, command := range commands {
		if err := command.Err(); err != nil && !ofKey(err) {
			return err
		}
	}
	return nil
}

func (r *rounds) note(what string, err error) {
	if slices.ContainsFunc(r.unread, func(u engine.Unread) bool { return u.What == what }) {
		return
	}
	r.unread = append(r.unread, engine.Unread{What: what, Problem: engine.Explain(err)})
}

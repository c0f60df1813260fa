package valkey

import (
	"context"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// pipelined sends commands in one round trip (one a node in a cluster). A command on an absent key or on one of the wrong type
// keeps its own error and leaves the others standing; anything else fails the whole.
func (b *Backend) pipelined(ctx context.Context, op string, queue func(redis.Pipeliner)) error {
	defer span(ctx, op).End()
	commands, err := b.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		queue(p)
		return nil
	})
	if err == nil {
		return nil
	}
	for _, command := range commands {
		if err := command.Err(); err != nil && !ofKey(err) {
			return engine.Transport(op, err)
		}
	}
	return nil
}

// ofKey tells an error that concerns one key from one that concerns the server or the way to it.
func ofKey(err error) bool { return absent(err) || redis.HasErrorPrefix(err, "WRONGTYPE") }

// readHash makes a record of an HMGET's reply; names are the fields asked for. A key that is no hash gives an empty record that
// says so.
func readHash(read *redis.SliceCmd, names []string) *record {
	values, err := read.Result()
	if err != nil {
		return unreadable(err)
	}
	fields := make(map[string]string, len(names))
	for i, name := range names {
		if value, found := values[i].(string); found {
			fields[name] = value
		}
	}
	return newRecord(fields)
}

// readWholeHash is readHash for an HGETALL.
func readWholeHash(read *redis.MapStringStringCmd) *record {
	fields, err := read.Result()
	if err != nil {
		return unreadable(err)
	}
	return newRecord(fields)
}

// unreadable is the record of a key that the server would not read.
func unreadable(err error) *record {
	r := newRecord(nil)
	r.bad = append(r.bad, engine.FieldError{Problem: err.Error()})
	return r
}

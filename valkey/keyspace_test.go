package valkey

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// keyspace is every key of a server with what it holds.
type keyspace map[string]stored

// stored is one key. entries are the fields of a hash (name, value), the members of a set, those of a zset (member, score), the
// entries of a stream (id, then names and values in turn), the items of a list, or the one text of a string.
type stored struct {
	kind    string
	expires bool
	entries [][]string
}

func (s stored) equal(other stored) bool {
	return s.kind == other.kind && s.expires == other.expires && slices.EqualFunc(s.entries, other.entries, slices.Equal)
}

// lookout reads all keys on the server's side, so that a look is one round trip.
const lookout = `#!lua name=lookout
redis.register_function('look', function()
  local commands = {
    string = {'GET'}, list = {'LRANGE', 0, -1}, set = {'SMEMBERS'}, hash = {'HGETALL'}, zset = {'ZRANGE', 0, -1, 'WITHSCORES'},
    stream = {'XRANGE', '-', '+'},
  }
  local seen = {}
  for i, key in ipairs(redis.call('KEYS', '*')) do
    local kind = redis.call('TYPE', key).ok
    local command = commands[kind]
    seen[i] = {key, kind, redis.call('PTTL', key), redis.call(command[1], key, unpack(command, 2))}
  end
  return seen
end)`

// keyspaceServer is a server of one test alone, on which whole keyspaces are read and written.
type keyspaceServer struct {
	testing.TB
	ctx context.Context
	rdb redis.UniversalClient
}

func newKeyspaceServer(t testing.TB, rdb redis.UniversalClient) keyspaceServer {
	t.Helper()
	s := keyspaceServer{t, context.Background(), rdb}
	s.must(rdb.FunctionLoadReplace(s.ctx, lookout).Err())
	return s
}

func (s keyspaceServer) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// look reads every key.
func (s keyspaceServer) look() keyspace {
	s.Helper()
	seen, err := s.rdb.FCall(s.ctx, "look", nil).Slice()
	s.must(err)
	all := make(keyspace, len(seen))
	for _, each := range seen {
		key := each.([]any)
		all[key[0].(string)] = asStored(key[1].(string), key[2].(int64) > 0, key[3])
	}
	return all
}

func asStored(kind string, expires bool, content any) stored {
	s := stored{kind: kind, expires: expires}
	switch content := content.(type) {
	case string:
		s.entries = [][]string{{content}}
	case []any:
		for i := 0; i < len(content); i++ {
			switch kind {
			case "hash", "zset":
				s.entries = append(s.entries, []string{content[i].(string), content[i+1].(string)})
				i++
			case "stream":
				pair := content[i].([]any)
				entry := []string{pair[0].(string)}
				for _, word := range pair[1].([]any) {
					entry = append(entry, word.(string))
				}
				s.entries = append(s.entries, entry)
			default:
				s.entries = append(s.entries, []string{content[i].(string)})
			}
		}
	}
	if kind == "hash" || kind == "set" {
		slices.SortFunc(s.entries, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	}
	return s
}

// turn makes the server, which holds one keyspace, hold another.
func (s keyspaceServer) turn(from, to keyspace) {
	s.Helper()
	_, err := s.rdb.Pipelined(s.ctx, func(p redis.Pipeliner) error {
		for key, was := range from {
			if is, kept := to[key]; !kept || !is.equal(was) {
				p.Del(s.ctx, key)
			}
		}
		for key, is := range to {
			if was, there := from[key]; !there || !is.equal(was) {
				is.write(s.ctx, p, key)
			}
		}
		return nil
	})
	s.must(err)
}

// write makes a key that is not there.
func (s stored) write(ctx context.Context, p redis.Pipeliner, key string) {
	verb := map[string]string{"string": "SET", "list": "RPUSH", "set": "SADD", "hash": "HSET", "zset": "ZADD", "stream": "XADD"}[s.kind]
	command := []any{verb, key}
	for _, entry := range s.entries {
		words := slices.Clone(entry)
		if s.kind == "zset" {
			slices.Reverse(words)
		}
		for _, word := range words {
			command = append(command, word)
		}
		if s.kind == "stream" {
			p.Do(ctx, command...)
			command = command[:2:2]
		}
	}
	if s.kind != "stream" {
		p.Do(ctx, command...)
	}
	if s.expires {
		p.PExpire(ctx, key, time.Hour)
	}
}

// changes are the keys in which two keyspaces differ.
func changes(from, to keyspace) []string {
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(from)) {
		if is, kept := to[key]; !kept || !is.equal(from[key]) {
			keys = append(keys, key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(to)) {
		if _, there := from[key]; !there {
			keys = append(keys, key)
		}
	}
	return keys
}

// difference says what became of some keys.
func difference(from, to keyspace, keys []string) string {
	var b strings.Builder
	for _, key := range keys {
		fmt.Fprintf(&b, "\n  %s %s -> %s", key, from[key].kind, to[key].kind)
		if from[key].expires != to[key].expires {
			fmt.Fprintf(&b, " expires %v -> %v", from[key].expires, to[key].expires)
		}
		for _, entry := range from[key].entries {
			if !slices.ContainsFunc(to[key].entries, func(e []string) bool { return slices.Equal(e, entry) }) {
				fmt.Fprintf(&b, "\n    - %.200q", entry)
			}
		}
		for _, entry := range to[key].entries {
			if !slices.ContainsFunc(from[key].entries, func(e []string) bool { return slices.Equal(e, entry) }) {
				fmt.Fprintf(&b, "\n    + %.200q", entry)
			}
		}
	}
	return b.String()
}

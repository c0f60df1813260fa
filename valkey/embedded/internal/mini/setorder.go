package mini

import (
	"cmp"
	"slices"
	"sync"

	"github.com/alicebob/miniredis/v2/server"

	"ffboard/valkey/embedded/internal/resp"
)

// setOrder remembers in which order members came into sets: a small set of a Valkey lists them so, and callers have come to see it.
// Members of a large one come in no order there, so they may here.
type setOrder struct {
	mu   sync.Mutex
	next uint64
	keys map[string]map[string]uint64
}

func (o *setOrder) added(key string, members []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.keys[key] == nil {
		o.keys[key] = map[string]uint64{}
	}
	for _, m := range members {
		if _, known := o.keys[key][m]; !known {
			o.next++
			o.keys[key][m] = o.next
		}
	}
}

func (o *setOrder) removed(key string, members []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range members {
		delete(o.keys[key], m)
	}
	if len(o.keys[key]) == 0 {
		delete(o.keys, key)
	}
}

func (o *setOrder) forget(keys []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, key := range keys {
		delete(o.keys, key)
	}
}

func (o *setOrder) reset() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.keys = map[string]map[string]uint64{}
}

// sort puts members in the order in which they came.
func (o *setOrder) sort(key string, members []resp.Value) {
	o.mu.Lock()
	defer o.mu.Unlock()
	order := o.keys[key]
	slices.SortStableFunc(members, func(a, b resp.Value) int { return cmp.Compare(order[a.Text], order[b.Text]) })
}

// observe follows the commands that change sets; they are carried out by miniredis.
func (o *setOrder) observe(command string, args []string) {
	switch command {
	case "SADD":
		if len(args) > 1 {
			o.added(args[0], args[1:])
		}
	case "SREM":
		if len(args) > 1 {
			o.removed(args[0], args[1:])
		}
	case "DEL", "UNLINK":
		o.forget(args)
	case "FLUSHALL", "FLUSHDB":
		o.reset()
	}
}

func (s *Server) smembers(c *server.Peer, command string, args []string) {
	reply := s.original(c, command, args)
	if len(args) == 1 {
		s.sets.sort(args[0], reply.Items)
	}
	answer(c, reply)
}

func (s *Server) sscan(c *server.Peer, command string, args []string) {
	reply := s.original(c, command, args)
	if len(reply.Items) == 2 && len(args) > 0 {
		s.sets.sort(args[0], reply.Items[1].Items)
	}
	answer(c, reply)
}

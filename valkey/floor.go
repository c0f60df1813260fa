package valkey

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/maphash"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	measure "ffboard/engine/bench"
)

// FloorRecorder listens to one server with MONITOR, so that the writes of the functions can be sent again without the functions. Make it
// before the backend is used.
type FloorRecorder struct {
	b *Backend

	mu    sync.Mutex
	seed  maphash.Seed
	trips int
	sent  map[uint64][]int // round trips in which a function call went, by the call's words
}

var _ measure.Recorder = (*FloorRecorder)(nil)

// NewFloorRecorder listens on b's server; nil where that cannot be: in a cluster, and on the server inside of this process.
func NewFloorRecorder(ctx context.Context, b *Backend) *FloorRecorder {
	client, single := b.rdb.(*redis.Client)
	if !single {
		return nil
	}
	// What has no accounts of its commands has no MONITOR either.
	if accounts, err := client.Info(ctx, "commandstats").Result(); err != nil || !strings.Contains(accounts, "cmdstat_") {
		return nil
	}
	f := &FloorRecorder{b: b, seed: maphash.MakeSeed(), sent: map[uint64][]int{}}
	b.addHook(f)
	return f
}

// Record returns what was written while do ran.
func (f *FloorRecorder) Record(ctx context.Context, do func() error) (measure.Writes, error) {
	const op = "record writes"
	client := f.b.rdb.(*redis.Client)
	known, err := writeCommands(ctx, client)
	if err != nil {
		return nil, engine.Transport(op, err)
	}
	conn, err := monitor(ctx, client.Options())
	if err != nil {
		return nil, engine.Transport(op, err)
	}
	defer conn.Close()
	l := &listening{f: f, writes: known, end: rand.Text(), places: map[int]int{}}
	heard := make(chan error, 1)
	go func() { heard <- l.listen(conn) }()
	if err := do(); err != nil {
		return nil, err
	}
	if err := client.Echo(ctx, l.end).Err(); err != nil {
		return nil, engine.Transport(op, err)
	}
	select {
	case err = <-heard:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		return nil, engine.Transport(op, err)
	}
	return &Floor{trips: slices.DeleteFunc(l.trips, func(calls [][][]any) bool { // where no function wrote anything
		return !slices.ContainsFunc(calls, func(writes [][]any) bool { return len(writes) > 0 })
	})}, nil
}

// writeCommands are the names of the commands that change something for others.
func writeCommands(ctx context.Context, client *redis.Client) (map[string]bool, error) {
	commands, err := client.Command(ctx).Result()
	if err != nil {
		return nil, err
	}
	writes := map[string]bool{"publish": true}
	for name, about := range commands {
		for _, flag := range about.Flags {
			if flag == "write" {
				writes[strings.ToLower(name)] = true
			}
		}
	}
	return writes, nil
}

// monitor opens a connection of its own and begins to listen on it.
func monitor(ctx context.Context, o *redis.Options) (net.Conn, error) {
	conn, err := o.Dialer(ctx, o.Network, o.Addr)
	if err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(requestTimeout))
	in := bufio.NewReader(conn)
	for _, words := range monitorWords(o) {
		if _, err = conn.Write(words); err == nil {
			var answer string
			answer, err = in.ReadString('\n')
			if err == nil && !strings.HasPrefix(answer, "+OK") {
				err = errors.New(strings.TrimSpace(strings.TrimPrefix(answer, "-")))
			}
		}
		if err != nil {
			_ = conn.Close()
			return nil, err
		}
	}
	_ = conn.SetDeadline(time.Time{})
	return &readAhead{Conn: conn, in: in}, nil
}

// readAhead gives what was read together with the last answer first.
type readAhead struct {
	net.Conn
	in *bufio.Reader
}

func (r *readAhead) Read(p []byte) (int, error) { return r.in.Read(p) }

func monitorWords(o *redis.Options) [][]byte {
	var all [][]byte
	add := func(words ...string) {
		line := fmt.Appendf(nil, "*%d\r\n", len(words))
		for _, w := range words {
			line = fmt.Appendf(line, "$%d\r\n%s\r\n", len(w), w)
		}
		all = append(all, line)
	}
	switch {
	case o.Password != "" && o.Username != "":
		add("AUTH", o.Username, o.Password)
	case o.Password != "":
		add("AUTH", o.Password)
	}
	add("MONITOR")
	return all
}

// Floor is a recording: of each round trip the calls, and of each call the writes.
type Floor struct{ trips [][][][]any }

var _ measure.Writes = (*Floor)(nil)

// Parts counts round trips and commands.
func (w *Floor) Parts() (trips, commands int) {
	for _, calls := range w.trips {
		for _, writes := range calls {
			commands += len(writes)
		}
	}
	return len(w.trips), commands
}

// writesOf does the writes of one call: each is its number of words, and the words.
var writesOf = redis.NewScript(`local at = 1
while at <= #ARGV do
  local words = tonumber(ARGV[at])
  redis.call(unpack(ARGV, at + 1, at + words))
  at = at + words + 1
end`)

// Replay sends the writes to a backend's server from so many connections at once, a round trip for each round trip that was heard.
func (w *Floor) Replay(ctx context.Context, b measure.Backend, connections int, scripted bool) error {
	const op = "send writes by hand"
	to, ours := b.(*Backend)
	if !ours {
		return engine.Unavailable(op + " to another backend")
	}
	if scripted {
		if err := writesOf.Load(ctx, to.rdb).Err(); err != nil {
			return engine.Transport(op, err)
		}
	}
	return measure.AtOnce(ctx, len(w.trips), connections, func(ctx context.Context, i int) error {
		_, err := to.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, writes := range w.trips[i] {
				if scripted {
					queueScripted(ctx, p, writes)
					continue
				}
				for _, words := range writes {
					p.Do(ctx, words...)
				}
			}
			return nil
		})
		if err != nil && !absent(err) {
			return engine.Transport(op, err)
		}
		return nil
	})
}

func queueScripted(ctx context.Context, p redis.Pipeliner, writes [][]any) {
	var args []any
	for _, words := range writes {
		args = append(append(args, len(words)), words...)
	}
	if len(args) > 0 {
		writesOf.EvalSha(ctx, p, nil, args...)
	}
}

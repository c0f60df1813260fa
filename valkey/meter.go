package valkey

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	measure "ffboard/engine/bench"
)

// Meter counts what a backend sends and reads what its servers spent. Make it before the backend is used.
type Meter struct {
	b               *Backend
	commands, trips atomic.Int64
}

var _ measure.Meter = (*Meter)(nil)

// NewMeter begins to count.
func NewMeter(b *Backend) *Meter {
	m := &Meter{b: b}
	b.addHook(m)
	return m
}

// addHook lets a hook see what is sent to every node.
func (b *Backend) addHook(h redis.Hook) {
	if cluster, ok := b.rdb.(*redis.ClusterClient); ok {
		cluster.OnNewNode(func(node *redis.Client) { node.AddHook(h) })
		return
	}
	b.rdb.AddHook(h)
}

// Read asks every primary for its accounts. In a server inside of this process there are none.
func (m *Meter) Read(ctx context.Context) (measure.Usage, error) {
	usage := measure.Usage{Commands: m.commands.Load(), Trips: m.trips.Load(), Calls: map[string]measure.Calls{}}
	var mu sync.Mutex
	err := m.b.eachPrimary(ctx, func(ctx context.Context, primary *redis.Client) error {
		cpu, err := primary.Info(ctx, "cpu").Result()
		if err != nil {
			return err
		}
		calls, err := primary.Info(ctx, "commandstats").Result()
		if err != nil {
			return err
		}
		m.commands.Add(-2)
		m.trips.Add(-2)
		mu.Lock()
		defer mu.Unlock()
		accounts := infoRecord(cpu).fields
		usage.CPU += seconds(accounts["used_cpu_sys"]) + seconds(accounts["used_cpu_user"])
		for line, account := range infoRecord(calls).fields {
			name := strings.TrimPrefix(line, "cmdstat_")
			c := usage.Calls[name]
			c.N += int64(accountOf(account, "calls"))
			c.Took += time.Duration(accountOf(account, "usec")) * time.Microsecond
			usage.Calls[name] = c
		}
		return nil
	})
	if err != nil {
		return usage, engine.Transport("read the server's accounts", err)
	}
	return usage, nil
}

func seconds(text string) time.Duration {
	s, _ := strconv.ParseFloat(text, 64)
	return time.Duration(s * float64(time.Second))
}

// accountOf is one number of a line such as calls=3,usec=20.
func accountOf(line, name string) float64 {
	for _, part := range strings.Split(line, ",") {
		if key, value, _ := strings.Cut(part, "="); key == name {
			n, _ := strconv.ParseFloat(value, 64)
			return n
		}
	}
	return 0
}

// The hook's part.

func (m *Meter) DialHook(next redis.DialHook) redis.DialHook { return next }

func (m *Meter) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		m.commands.Add(1)
		m.trips.Add(1)
		return next(ctx, cmd)
	}
}

func (m *Meter) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		m.commands.Add(int64(len(cmds)))
		m.trips.Add(1)
		return next(ctx, cmds)
	}
}

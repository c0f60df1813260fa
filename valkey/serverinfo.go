package valkey

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// The oldest Valkey that has what the function library needs (spec 04a §3.3).
const minMajor, minMinor = 7, 2

// serverInfo is one node's own account of itself.
type serverInfo struct {
	name         string // valkey, redis, …
	version      string
	major, minor int
}

var errNotValkey = errors.New("not a Valkey server")

// parseServerInfo reads INFO server: valkey_version counts; redis_version only where the server says that it is Valkey.
func parseServerInfo(info string) (serverInfo, error) {
	fields := map[string]string{}
	for _, line := range strings.Split(info, "\n") {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		if ok {
			fields[name] = value
		}
	}
	s := serverInfo{name: strings.ToLower(fields["server_name"]), version: fields["valkey_version"]}
	if s.version == "" && s.name == "valkey" {
		s.version = fields["redis_version"]
	}
	if s.version == "" {
		s.name, s.version = "redis", fields["redis_version"]
		return s, errNotValkey
	}
	s.name = "valkey"
	major, rest, _ := strings.Cut(s.version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	var err1, err2 error
	s.major, err1 = strconv.Atoi(major)
	s.minor, err2 = strconv.Atoi(minor)
	if err1 != nil || err2 != nil {
		return s, fmt.Errorf("version %q cannot be read", s.version)
	}
	return s, nil
}

func (s serverInfo) older(than serverInfo) bool {
	return s.major < than.major || s.major == than.major && s.minor < than.minor
}

// server asks every node and returns the oldest one's account and how many there are.
func (b *Backend) server(ctx context.Context) (oldest serverInfo, nodes int, err error) {
	const op = "INFO server"
	cluster, ok := b.rdb.(*redis.ClusterClient)
	if !ok {
		info, err := b.rdb.Info(ctx, "server").Result()
		if err != nil {
			return serverInfo{}, 0, engine.Transport(op, err)
		}
		s, err := parseServerInfo(info)
		return s, 1, err
	}
	var mu sync.Mutex
	var problem error
	err = cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
		info, err := node.Info(ctx, "server").Result()
		if err != nil {
			return err
		}
		s, err := parseServerInfo(info)
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			problem = err
		}
		if nodes == 0 || s.older(oldest) {
			oldest = s
		}
		nodes++
		return nil
	})
	if err != nil {
		return oldest, nodes, engine.Transport(op, err)
	}
	return oldest, nodes, problem
}

// CheckServer refuses a server that cannot hold a deployment, in a sentence.
func (b *Backend) CheckServer(ctx context.Context) error {
	s, _, err := b.server(ctx)
	switch {
	case errors.Is(err, errNotValkey):
		return fmt.Errorf("%s is Redis %s, not Valkey: ffboard needs Valkey %d.%d or later", b.target, s.version, minMajor, minMinor)
	case err != nil:
		return err
	case s.older(serverInfo{major: minMajor, minor: minMinor}):
		return fmt.Errorf("valkey_version_too_low: %s runs Valkey %s; ffboard needs %d.%d or later", b.target, s.version, minMajor, minMinor)
	}
	return nil
}

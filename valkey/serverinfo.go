package valkey

import (
	"cmp"
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
	mode         string // standalone, cluster or sentinel; "" when it does not say
	major, minor int
	hindered     engine.Hindrance
}

var (
	errNotValkey  = errors.New("not a Valkey server")
	errBadVersion = errors.New("cannot be read")
)

// parseServerInfo reads INFO server: valkey_version counts; redis_version only where the server says that it is Valkey.
func parseServerInfo(info string) (serverInfo, error) {
	fields := infoRecord(info).fields
	s := serverInfo{name: strings.ToLower(fields["server_name"]), version: fields["valkey_version"], mode: fields["server_mode"]}
	if s.mode == "" {
		s.mode = fields["redis_mode"]
	}
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
	s.hindered = hinderedBy(fields)
	var err1, err2 error
	s.major, err1 = strconv.Atoi(major)
	s.minor, err2 = strconv.Atoi(minor)
	if err1 != nil || err2 != nil {
		return s, fmt.Errorf("version %q %w", s.version, errBadVersion)
	}
	return s, nil
}

// hinderedBy tells from INFO memory, persistence, replication and errorstats why a server would refuse a write. Whether a snapshot that
// failed stops the writes is the server's configuration, which INFO lacks: that it refused some for it tells. How many replicas are too
// few is so as well, except for none.
func hinderedBy(fields map[string]string) engine.Hindrance {
	used, _ := strconv.ParseUint(fields["used_memory"], 10, 64)
	limit, _ := strconv.ParseUint(fields["maxmemory"], 10, 64)
	switch {
	case fields["role"] == "slave":
		return engine.IsReplica
	case limit > 0 && used > limit && fields["maxmemory_policy"] == "noeviction":
		return engine.MemoryFull
	case fields["aof_enabled"] == "1" && fields["aof_last_write_status"] == "err",
		fields["rdb_last_bgsave_status"] == "err" && fields["errorstat_MISCONF"] != "":
		return engine.DiskFailing
	case fields["min_slaves_good_slaves"] == "0": // asked for by min-replicas-to-write alone
		return engine.TooLonely
	}
	return ""
}

func (s serverInfo) older(than serverInfo) bool {
	return s.major < than.major || s.major == than.major && s.minor < than.minor
}

// server asks every primary and returns the oldest one's account, with what hinders any of them, and how many there are. The account of one that is no Valkey comes
// with errNotValkey.
func (b *Backend) server(ctx context.Context) (oldest serverInfo, nodes int, err error) {
	var mu sync.Mutex
	var problem error
	var hindered engine.Hindrance
	err = b.eachPrimary(ctx, func(ctx context.Context, node *redis.Client) error {
		info, err := node.Info(ctx, "server", "memory", "persistence", "replication", "errorstats").Result()
		if err != nil {
			return engine.Transport("INFO server", err)
		}
		s, err := parseServerInfo(info)
		mu.Lock()
		defer mu.Unlock()
		hindered = cmp.Or(hindered, s.hindered)
		if nodes == 0 || problem == nil && (err != nil || s.older(oldest)) {
			oldest, problem = s, err
		}
		nodes++
		return nil
	})
	oldest.hindered = hindered
	if err != nil {
		return oldest, nodes, err
	}
	return oldest, nodes, problem
}

// eachPrimary does something on every primary of a cluster, at once, or on the one server.
func (b *Backend) eachPrimary(ctx context.Context, do func(context.Context, *redis.Client) error) error {
	switch rdb := b.rdb.(type) {
	case *redis.ClusterClient:
		return rdb.ForEachMaster(ctx, do)
	case *redis.Client:
		return do(ctx, rdb)
	default:
		return engine.Unavailable("talk to each primary")
	}
}

// CheckServer refuses a server that cannot hold a deployment, in a sentence.
func (b *Backend) CheckServer(ctx context.Context) error {
	s, _, err := b.server(ctx)
	switch {
	case errors.Is(err, errNotValkey):
		return fmt.Errorf("%s is %s, not Valkey: ffboard needs Valkey %d.%d or later", b.target, s.otherName(), minMajor, minMinor)
	case errors.Is(err, errBadVersion):
		return fmt.Errorf("%s: %w: ffboard needs Valkey %d.%d or later", b.target, err, minMajor, minMinor)
	case err != nil:
		return err
	case s.mode == "sentinel":
		return fmt.Errorf("%s is a sentinel, which holds no data: give the address of the server that it watches", b.target)
	case s.older(serverInfo{major: minMajor, minor: minMinor}):
		return fmt.Errorf("valkey_version_too_low: %s runs Valkey %s; ffboard needs %d.%d or later", b.target, strconv.Quote(s.version), minMajor, minMinor)
	case s.mode == "cluster" && !b.onCluster():
		return fmt.Errorf("%s belongs to a cluster: add --cluster", b.target)
	}
	return nil
}

func (s serverInfo) otherName() string {
	if s.version == "" {
		return "another server"
	}
	return "Redis " + strconv.Quote(s.version)
}

package valkey

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// nodeSections are what a node is asked about in one INFO.
var nodeSections = []string{"server", "clients", "memory", "persistence", "stats", "replication"}

// checkNodes asks every primary how it does. One that does not answer is told as that.
func (b *Backend) checkNodes(ctx context.Context) []engine.NodeHealth {
	var mu sync.Mutex
	var nodes []engine.NodeHealth
	cluster := b.Clustered()
	err := b.eachPrimary(ctx, func(ctx context.Context, node *redis.Client) error {
		health := checkNode(ctx, node, cluster)
		if !cluster {
			health.Address = b.target.String()
		}
		mu.Lock()
		defer mu.Unlock()
		nodes = append(nodes, health)
		return nil
	})
	if err != nil {
		nodes = append(nodes, engine.NodeHealth{Address: b.target.String(), Unreachable: err.Error()})
	}
	slices.SortFunc(nodes, func(x, y engine.NodeHealth) int { return cmp.Compare(x.Address, y.Address) })
	return nodes
}

func checkNode(ctx context.Context, node *redis.Client, cluster bool) engine.NodeHealth {
	health := engine.NodeHealth{Address: node.Options().Addr, SlowLog: -1}
	var info, state *redis.StringCmd
	var slow *redis.Cmd
	_, err := node.Pipelined(ctx, func(p redis.Pipeliner) error {
		info = p.Info(ctx, nodeSections...)
		slow = p.Do(ctx, "slowlog", "len")
		if cluster {
			state = p.ClusterInfo(ctx)
		}
		return nil
	})
	if err != nil && !answered(info, slow) {
		health.Unreachable = err.Error()
		return health
	}
	if n, err := slow.Int(); err == nil {
		health.SlowLog = n
	}
	decodeNode(&health, infoRecord(info.Val()))
	if state != nil {
		r := infoRecord(state.Val())
		health.ClusterState, health.Slots = r.text("cluster_state"), r.integer("cluster_slots_assigned", 0)
	}
	return health
}

// answered tells whether the server answered any of the commands, be it with an error of its own.
func answered(commands ...redis.Cmder) bool {
	return slices.ContainsFunc(commands, func(command redis.Cmder) bool {
		err := command.Err()
		return err == nil || ofKey(err) || denied(err)
	})
}

// infoRecord reads the lines of an INFO.
func infoRecord(info string) *record {
	fields := map[string]string{}
	for _, line := range strings.Split(info, "\n") {
		if name, value, found := strings.Cut(strings.TrimSpace(line), ":"); found {
			fields[name] = value
		}
	}
	return newRecord(fields)
}

func decodeNode(health *engine.NodeHealth, r *record) {
	health.Version = cmp.Or(r.text("valkey_version"), r.text("redis_version"))
	health.Role = r.text("role")
	health.Uptime = time.Duration(r.number("uptime_in_seconds", 0)) * time.Second
	health.Loading = r.text("loading") == "1"

	health.Memory, health.MemoryLimit = r.count("used_memory"), r.count("maxmemory")
	health.EvictionPolicy, health.Evicted = r.text("maxmemory_policy"), r.count("evicted_keys")

	_, known := r.fields["aof_enabled"]
	health.Persistence = engine.Persistence{
		Known: known, AppendOnly: r.text("aof_enabled") == "1",
		AppendFailed: failed(r.text("aof_last_write_status")), SaveFailed: failed(r.text("rdb_last_bgsave_status")),
	}
	if saved := r.number("rdb_last_save_time", 0); saved > 0 {
		health.Persistence.SavedAt = time.Unix(saved, 0)
	}

	health.Replicas = r.integer("connected_slaves", 0)
	for i := range min(health.Replicas, mostReplicas) {
		decodeReplica(health, r.text("slave"+strconv.Itoa(i)))
	}
	health.Clients, health.MostClients = r.integer("connected_clients", 0), r.integer("maxclients", 0)
	health.Blocked = r.integer("blocked_clients", 0)
	health.CommandsPerSecond = r.integer("instantaneous_ops_per_sec", 0)
}

const mostReplicas = 64

func failed(status string) bool { return status != "" && status != "ok" }

// decodeReplica reads ip=…,port=…,state=online,offset=…,lag=0.
func decodeReplica(health *engine.NodeHealth, text string) {
	for _, pair := range strings.Split(text, ",") {
		switch name, value, _ := strings.Cut(pair, "="); name {
		case "state":
			if value != "online" {
				health.ReplicasOffline++
			}
		case "lag":
			if seconds, err := strconv.Atoi(value); err == nil {
				health.ReplicaLag = max(health.ReplicaLag, time.Duration(seconds)*time.Second)
			}
		}
	}
}

package valkey

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// A worker's keys have no hash tag in common, so on a cluster the two registry functions cannot run there: the same keys are then
// written by commands of one key each, the alive key first.

// RegisterWorker enters a worker instance in the registry of its namespace, or refreshes its entry (spec 03d §5.3). An instance id
// that a live worker of another name holds is refused with CodeInvalidInput.
func (b *Backend) RegisterWorker(ctx context.Context, w engine.Worker) (registered bool, err error) {
	const op = "register_worker"
	if w.Instance == "" {
		return false, engine.Invalid(op, "worker instance id is empty")
	}
	if w.LivenessTTL < time.Millisecond {
		return false, engine.Invalid(op, "liveness TTL must be at least 1 ms, got: "+w.LivenessTTL.String())
	}
	capabilities, err := capabilityCSV(op, w.Capabilities)
	if err != nil {
		return false, err
	}
	entry := workerEntry{w, laneCSV(w.Lanes), capabilities, time.Now()}
	if b.onCluster() {
		return b.registerByCommands(ctx, op, entry)
	}
	r, err := b.call(ctx, op, "ff_register_worker",
		[]string{
			keyWorkerAlive(w.Namespace, w.Instance),
			keyWorkerCaps(w.Namespace, w.Instance),
			keyWorkerIndex(w.Namespace),
		},
		string(w.Instance),
		string(w.ID),
		entry.lanes,
		entry.capabilities,
		millisOf(w.LivenessTTL),
		millis(entry.now),
	)
	return r.field(0) == "registered", err
}

// workerEntry is a worker as it goes into the registry.
type workerEntry struct {
	engine.Worker
	lanes, capabilities string
	now                 time.Time
}

func laneCSV(lanes []engine.LaneID) string {
	names := make([]string, len(lanes))
	for i, lane := range lanes {
		names[i] = string(lane)
	}
	slices.Sort(names)
	return csv(slices.Compact(names))
}

func (b *Backend) onCluster() bool {
	_, cluster := b.rdb.(*redis.ClusterClient)
	return cluster
}

func (b *Backend) registerByCommands(ctx context.Context, op string, w workerEntry) (registered bool, err error) {
	alive, caps := keyWorkerAlive(w.Namespace, w.Instance), keyWorkerCaps(w.Namespace, w.Instance)
	if err := b.checkInitialised(ctx, op); err != nil {
		return false, err
	}
	var holder *redis.StringCmd
	var was *redis.IntCmd
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		was = p.Exists(ctx, alive)
		holder = p.HGet(ctx, caps, "worker_id")
	})
	if err != nil {
		return false, err
	}
	known := was.Val() > 0
	if known && holder.Err() == nil && holder.Val() != string(w.ID) {
		return false, engine.FromCode(op, string(engine.CodeInvalidInput), []string{"instance_id reassigned"})
	}
	if err := b.rdb.Set(ctx, alive, "1", w.LivenessTTL).Err(); err != nil {
		return false, engine.Transport(op, err)
	}
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		p.HSet(ctx, caps,
			"worker_id", string(w.ID),
			"lanes_csv", w.lanes,
			"caps_csv", w.capabilities,
			"ttl_ms", millisOf(w.LivenessTTL),
			"registered_at_ms", millis(w.now),
			"last_heartbeat_ms", millis(w.now))
		p.PExpire(ctx, caps, w.LivenessTTL)
		p.SAdd(ctx, keyWorkerIndex(w.Namespace), string(w.Instance))
	})
	return !known, err
}

// HeartbeatWorker keeps an entry alive for another TTL (spec 03d §5.4).
func (b *Backend) HeartbeatWorker(ctx context.Context, ns engine.Namespace, instance engine.WorkerInstanceID) (expires time.Time, found bool, err error) {
	const op = "heartbeat_worker"
	now := time.Now()
	if b.onCluster() {
		return b.heartbeatByCommands(ctx, op, ns, instance, now)
	}
	r, err := b.call(ctx, op, "ff_heartbeat_worker",
		[]string{
			keyWorkerAlive(ns, instance),
			keyWorkerCaps(ns, instance),
		},
		millis(now),
	)
	if err != nil || r.field(0) != "refreshed" {
		return time.Time{}, false, err
	}
	ttl, err := parseWhole(r.field(1))
	if err != nil {
		return time.Time{}, false, badField(op, "ttl_ms", r.field(1))
	}
	return now.Add(time.Duration(ttl) * time.Millisecond), true, nil
}

func (b *Backend) heartbeatByCommands(ctx context.Context, op string, ns engine.Namespace, instance engine.WorkerInstanceID, now time.Time) (expires time.Time, found bool, err error) {
	alive, caps := keyWorkerAlive(ns, instance), keyWorkerCaps(ns, instance)
	stored, err := b.rdb.HGet(ctx, caps, "ttl_ms").Result()
	if err = transport(op, err); err != nil {
		return time.Time{}, false, err
	}
	ms, err := parseWhole(stored)
	if err != nil {
		return time.Time{}, false, nil
	}
	ttl := time.Duration(ms) * time.Millisecond
	there, err := b.rdb.PExpire(ctx, alive, ttl).Result()
	if err != nil {
		return time.Time{}, false, engine.Transport(op, err)
	}
	if !there {
		return time.Time{}, false, nil
	}
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		p.PExpire(ctx, caps, ttl)
		p.HSet(ctx, caps, "last_heartbeat_ms", millis(now))
	})
	return now.Add(ttl), err == nil, err
}

const longestDeathReason = 256 // bytes

// MarkWorkerDead takes an instance off the registry; its leases are left as they are, and the reason is kept nowhere (spec 03d §12.3).
func (b *Backend) MarkWorkerDead(ctx context.Context, ns engine.Namespace, instance engine.WorkerInstanceID, reason string) (marked bool, err error) {
	const op = "mark_worker_dead"
	if len(reason) > longestDeathReason {
		return false, engine.Invalid(op, "reason: exceeds 256 bytes (got "+strconv.Itoa(len(reason))+")")
	}
	if strings.ContainsFunc(reason, unicode.IsControl) {
		return false, engine.Invalid(op, "reason: must not contain control characters")
	}
	var alive, caps *redis.IntCmd
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		alive = p.Del(ctx, keyWorkerAlive(ns, instance))
		caps = p.Del(ctx, keyWorkerCaps(ns, instance))
		p.SRem(ctx, keyWorkerIndex(ns), string(instance))
	})
	if err != nil {
		return false, err
	}
	return alive.Val()+caps.Val() > 0, nil
}

package clustertest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

func startCluster(t *testing.T, masters, replicas int) *Cluster {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	c, err := StartCluster(ctx, masters, replicas)
	if errors.Is(err, ErrNoServer) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func client(t *testing.T, c *Cluster) *redis.ClusterClient {
	t.Helper()
	rdb := redis.NewClusterClient(&redis.ClusterOptions{Addrs: c.Addrs()})
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

func TestAClusterServesAllItsSlots(t *testing.T) {
	c := startCluster(t, 3, 0)
	rdb := client(t, c)
	owners := map[*Node]bool{}
	for i := range 32 {
		key := fmt.Sprintf("{fp:%d}:k", i)
		if err := rdb.Set(t.Context(), key, key, 0).Err(); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		owner, err := c.Owner(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		owners[owner] = true
		if reply, err := owner.conn.Do(t.Context(), "GET", key); err != nil || reply.Text != key {
			t.Errorf("%s gives %+v, %v at its owner", key, reply, err)
		}
	}
	if len(owners) != 3 {
		t.Errorf("%d of 3 masters own something", len(owners))
	}
}

func TestAReplicaTakesOverFromAKilledMaster(t *testing.T) {
	c := startCluster(t, 3, 1)
	rdb := client(t, c)
	const key = "{fp:0}:k"
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	owner, err := c.Owner(ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	// WAIT waits for what its own connection wrote.
	if _, err := owner.conn.Do(ctx, "SET", key, "v"); err != nil {
		t.Fatal(err)
	}
	if n, err := owner.conn.Do(ctx, "WAIT", "1", "10000"); err != nil || n.Int != 1 {
		t.Fatalf("%d replicas have it (%v)", n.Int, err)
	}
	if err := c.Kill(owner); err != nil {
		t.Fatal(err)
	}
	if again, err := c.Owner(ctx, key); err != nil || again != owner {
		t.Errorf("without it the key's first owner is %+v, %v", again, err)
	}
	for ctx.Err() == nil {
		if err = rdb.Set(ctx, key+"2", "w", 0).Err(); err == nil {
			break
		}
		rdb.ReloadState(ctx)
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil {
		t.Fatalf("nobody took over: %v", err)
	}
	if got, err := rdb.Get(ctx, key).Result(); err != nil || got != "v" {
		t.Errorf("what was written before the kill is %q, %v", got, err)
	}
}

func TestAClusterThatCannotStartLeavesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := StartCluster(ctx, 3, 0)
	if errors.Is(err, ErrNoServer) {
		t.Skip(err)
	}
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "start a cluster of 3 masters") {
		t.Errorf("got %v", err)
	}
}

func TestAStandaloneServerComesBackEmptyAtTheSameAddress(t *testing.T) {
	s, err := StartStandalone(t.Context())
	if errors.Is(err, ErrNoServer) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rdb := redis.NewClient(&redis.Options{Network: "unix", Addr: s.Socket(), MaxRetries: -1})
	defer rdb.Close()
	if err := rdb.Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := rdb.Ping(t.Context()).Err(); err == nil {
		t.Error("it answers after its end")
	}
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, err := rdb.DBSize(t.Context()).Result(); err != nil || n != 0 {
		t.Errorf("%d keys, %v", n, err)
	}
}

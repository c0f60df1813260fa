package valkey

import (
	"context"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/engine/enginetest"
)

// testSecret signs waitpoint tokens in tests.
const testSecret = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

// testPartitions are the counts of FlowFabric's own fixtures.
var testPartitions = engine.PartitionConfig{Flow: 4, Budget: 2, Quota: 2}

// eachServer runs a test on the in-process server and, where a valkey-server is on the PATH, on a real one: on an empty deployment
// with the library loaded, lanes registered and a signing secret.
func eachServer(t *testing.T, test func(t *testing.T, b *Backend)) {
	t.Helper()
	for _, kind := range servers {
		t.Run(kind.name, func(t *testing.T) {
			test(t, newDeployment(t, kind.address(t)))
		})
	}
}

// newDeployment empties a server and boots a deployment on it.
func newDeployment(t *testing.T, target Target) *Backend {
	t.Helper()
	ctx := enginetest.Context(t)
	b, err := Connect(ctx, target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	if err := b.rdb.FlushAll(ctx).Err(); err != nil {
		t.Fatal(err)
	}
	if err := b.Serve(ctx, testBoot()); err != nil {
		t.Fatal(err)
	}
	return b
}

func testBoot() Boot {
	return Boot{Partitions: testPartitions, Lanes: enginetest.Lanes, SecretHex: testSecret, ReplaceLibrary: true}
}

// servers are what eachServer goes through; each is started once for the whole test binary.
var servers = []struct {
	name    string
	address func(t *testing.T) Target
}{
	{"real", realServer},
}

var startReal = sync.OnceValues(func() (Target, error) {
	dir, err := tempFolder()
	if err != nil {
		return Target{}, err
	}
	socket := filepath.Join(dir, "s.sock")
	cmd := exec.Command("valkey-server", "--port", "0", "--unixsocket", socket, "--save", "", "--dir", dir)
	dieWithTests(cmd)
	if err := cmd.Start(); err != nil {
		return Target{}, err
	}
	target := Target{Socket: socket}
	return target, waitUntilUp(target)
})

func realServer(t *testing.T) Target {
	t.Helper()
	if _, err := exec.LookPath("valkey-server"); err != nil {
		t.Skip("no valkey-server on the PATH")
	}
	target, err := startReal()
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func waitUntilUp(target Target) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	rdb := dial(target)
	defer rdb.Close()
	for {
		err := rdb.Ping(ctx).Err()
		if err == nil || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// raw gives tests the plain client of a backend.
func raw(b *Backend) redis.UniversalClient { return b.rdb }

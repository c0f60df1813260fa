package valkey

import (
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/engine/enginetest"
	"ffboard/valkey/embedded"
	"ffboard/valkey/embedded/clustertest"
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
	flush(t, b)
	if err := b.Serve(ctx, testBoot()); err != nil {
		t.Fatal(err)
	}
	return b
}

// flush empties the server, all primaries of a cluster.
func flush(t *testing.T, b *Backend) {
	t.Helper()
	err := b.eachPrimary(enginetest.Context(t), func(ctx context.Context, primary *redis.Client) error {
		return primary.FlushAll(ctx).Err()
	})
	if err != nil {
		t.Fatal(err)
	}
}

func testBoot() Boot {
	return Boot{Partitions: testPartitions, Lanes: enginetest.Lanes, SecretHex: testSecret, ReplaceLibrary: true}
}

// servers are what eachServer goes through; each is started once for the whole test binary.
var servers = []struct {
	name    string
	address func(t *testing.T) Target
}{
	{"in-process", inProcessServer},
	{"real", realServer},
}

var startInProcess, startReal = starter(embedded.Options{InProcess: true}), starter(embedded.Options{})

// starter starts one server when it is first asked for; TestMain closes it.
func starter(o embedded.Options) func() (*embedded.Server, error) {
	return sync.OnceValues(func() (*embedded.Server, error) {
		s, err := embedded.Start(context.Background(), o)
		if err == nil {
			started = append(started, s)
		}
		return s, err
	})
}

var started []*embedded.Server

// atOnce is how many of the parallel tests run at the same time. They wait more than they work, so the number of processors, which
// go test would take, is too low.
const atOnce = "8"

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", atOnce); err != nil {
		panic(err)
	}
	code := m.Run()
	for _, s := range started {
		_ = s.Close()
	}
	os.Exit(code)
}

func inProcessServer(t *testing.T) Target {
	t.Helper()
	return address(t, startInProcess)
}

func realServer(t *testing.T) Target {
	t.Helper()
	needServer(t)
	return address(t, startReal)
}

// needServer skips a test that wants a real server where there is none.
func needServer(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath(embedded.Program); err != nil {
		t.Skip("no valkey-server on the PATH")
	}
}

// ownServer starts a server for one test alone.
func ownServer(t testing.TB, o embedded.Options) Target {
	t.Helper()
	s, err := embedded.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return Target{Socket: s.Socket()}
}

// cluster is a running cluster of real servers.
type cluster struct{ *clustertest.Cluster }

func (c cluster) target() Target { return Target{Addrs: c.Addrs(), Cluster: true} }

// ownCluster starts a cluster for one test alone; the test is skipped where there is no server.
func ownCluster(t *testing.T, masters, replicas int) cluster {
	t.Helper()
	c, err := clustertest.StartCluster(enginetest.Context(t), masters, replicas)
	if errors.Is(err, clustertest.ErrNoServer) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return cluster{c}
}

func address(t *testing.T, start func() (*embedded.Server, error)) Target {
	t.Helper()
	s, err := start()
	if err != nil {
		t.Fatal(err)
	}
	return Target{Socket: s.Socket()}
}

// raw gives tests the plain client of a backend.
func raw(b *Backend) redis.UniversalClient { return b.rdb }

// withFlowPartitions makes a backend believe in another number of flow partitions.
func withFlowPartitions(b *Backend, n uint16) {
	known := *b.partitioning.Load()
	known.counts.Flow = n
	b.partitioning.Store(&known)
}

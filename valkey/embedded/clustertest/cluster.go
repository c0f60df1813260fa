// Package clustertest runs real valkey-servers for tests: a cluster whose nodes can be killed, and a single server that can be
// killed and started again. All of them end with the test program, however it ends.
package clustertest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"ffboard/valkey/embedded"
	"ffboard/valkey/embedded/internal/child"
	"ffboard/valkey/embedded/internal/folder"
	"ffboard/valkey/embedded/internal/resp"
)

// slots is the number of hash slots of a cluster.
const slots = 16384

// nodeTimeout is how long a node must be silent to count as failed; a replica takes over soon after.
const nodeTimeout = time.Second

// ErrNoServer says that there is no valkey-server on the PATH, so that the test is to be skipped.
var ErrNoServer = errors.New("no " + embedded.Program + " on the PATH")

// Cluster is a running cluster on loopback ports.
type Cluster struct {
	// Nodes are the masters it began with, in the order of their slots, then their replicas.
	Nodes  []*Node
	folder folder.Folder
}

// Node is one server of a cluster.
type Node struct {
	Addr string // host:port
	ID   string
	// Master is the index in Nodes of the master that it began as a replica of, -1 for a master.
	Master int
	// FirstSlot and LastSlot are what a master began with.
	FirstSlot, LastSlot int

	port, bus int
	process   *child.Process
	conn      *resp.Conn
}

// StartCluster starts a cluster of some masters that share the slots evenly, each with so many replicas, and waits until every node
// calls it well. Close ends it.
func StartCluster(ctx context.Context, masters, replicas int) (*Cluster, error) {
	program, err := exec.LookPath(embedded.Program)
	if err != nil {
		return nil, ErrNoServer
	}
	f, err := folder.New()
	if err != nil {
		return nil, fmt.Errorf("a folder for the cluster: %w", err)
	}
	c := &Cluster{folder: f}
	if err := c.start(ctx, program, masters, replicas); err != nil {
		_ = c.Close()
		return nil, fmt.Errorf("start a cluster of %d masters with %d replicas each: %w", masters, replicas, err)
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context, program string, masters, replicas int) error {
	for i := range masters * (1 + replicas) {
		n := &Node{Master: -1, FirstSlot: i * slots / masters, LastSlot: (i+1)*slots/masters - 1}
		if i >= masters {
			n.Master, n.FirstSlot, n.LastSlot = (i-masters)%masters, -1, -1
		}
		if err := n.start(ctx, program, filepath.Join(c.folder.Path, strconv.Itoa(i))); err != nil {
			return err
		}
		c.Nodes = append(c.Nodes, n)
	}
	if err := c.join(ctx, masters); err != nil {
		return err
	}
	return c.attachReplicas(ctx, masters)
}

// Addrs are the addresses of all nodes.
func (c *Cluster) Addrs() []string {
	out := make([]string, len(c.Nodes))
	for i, n := range c.Nodes {
		out[i] = n.Addr
	}
	return out
}

// Owner is the master that the slot of a key began at.
func (c *Cluster) Owner(ctx context.Context, key string) (*Node, error) {
	slot, err := c.slot(ctx, key)
	if err != nil {
		return nil, err
	}
	for _, n := range c.Nodes {
		if slot >= n.FirstSlot && slot <= n.LastSlot {
			return n, nil
		}
	}
	return nil, fmt.Errorf("no master began with slot %d", slot)
}

// slot asks the first node that is still there.
func (c *Cluster) slot(ctx context.Context, key string) (int, error) {
	var problems []error
	for _, n := range c.Nodes {
		reply, err := n.conn.Do(ctx, "CLUSTER", "KEYSLOT", key)
		if err == nil {
			return int(reply.Int), nil
		}
		problems = append(problems, err)
	}
	return 0, fmt.Errorf("slot of %q: %w", key, errors.Join(problems...))
}

// Kill ends a node as a kill -9 does and returns when it is gone. The others notice later.
func (c *Cluster) Kill(n *Node) error { return n.process.Close() }

// Close ends all nodes.
func (c *Cluster) Close() error {
	var problems []error
	for _, n := range c.Nodes {
		_ = n.conn.Close()
		problems = append(problems, n.process.Close())
	}
	return errors.Join(append(problems, c.folder.Remove())...)
}

// start finds free ports and runs the node on them; somebody else may take them in between, so it tries again.
func (n *Node) start(ctx context.Context, program, dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	const attempts = 3
	var err error
	for range attempts {
		if n.port, n.bus, err = freePorts(); err != nil {
			return err
		}
		if err = n.run(ctx, program, dir); err == nil || ctx.Err() != nil {
			return err
		}
	}
	return err
}

func (n *Node) run(ctx context.Context, program, dir string) (err error) {
	n.Addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(n.port))
	n.process, err = child.Start(program, "--bind", "127.0.0.1", "--port", strconv.Itoa(n.port), "--cluster-port", strconv.Itoa(n.bus),
		"--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-node-timeout", strconv.FormatInt(nodeTimeout.Milliseconds(), 10),
		"--cluster-replica-validity-factor", "0", "--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1",
		"--dir", dir, "--save", "", "--appendonly", "no", "--daemonize", "no", "--loglevel", "warning")
	if err != nil {
		return err
	}
	if err = n.process.AwaitUp(ctx, "tcp", n.Addr); err == nil {
		n.conn, err = resp.Dial(ctx, "tcp", n.Addr)
	}
	if err != nil {
		_ = n.process.Close()
	}
	return err
}

// freePorts finds two ports that nobody listens on just now.
func freePorts() (client, bus int, err error) {
	var ports [2]int
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return 0, 0, fmt.Errorf("a free port: %w", err)
		}
		defer l.Close()
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports[0], ports[1], nil
}

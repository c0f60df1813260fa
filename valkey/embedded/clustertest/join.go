package clustertest

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ffboard/valkey/embedded/internal/resp"
)

// join gives the masters their slots and introduces all nodes to each other.
func (c *Cluster) join(ctx context.Context, masters int) error {
	for i, n := range c.Nodes {
		id, err := n.conn.Do(ctx, "CLUSTER", "MYID")
		if err != nil {
			return err
		}
		n.ID = id.Text
		if i >= masters {
			continue
		}
		if _, err := n.conn.Do(ctx, "CLUSTER", "ADDSLOTSRANGE", strconv.Itoa(n.FirstSlot), strconv.Itoa(n.LastSlot)); err != nil {
			return err
		}
		if _, err := n.conn.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", strconv.Itoa(i+1)); err != nil {
			return err
		}
	}
	for _, n := range c.Nodes[1:] {
		if _, err := c.Nodes[0].conn.Do(ctx, "CLUSTER", "MEET", "127.0.0.1", strconv.Itoa(n.port), strconv.Itoa(n.bus)); err != nil {
			return err
		}
	}
	return c.everyNode(ctx, "knows all nodes and has all slots", func(n *Node) (bool, error) {
		info, err := n.conn.Do(ctx, "CLUSTER", "INFO")
		return resp.Field(info.Text, "cluster_state") == "ok" && resp.Field(info.Text, "cluster_known_nodes") == strconv.Itoa(len(c.Nodes)), err
	})
}

// attachReplicas makes replicas of all nodes but the masters and waits until they have the data and everybody knows.
func (c *Cluster) attachReplicas(ctx context.Context, masters int) error {
	replicas := c.Nodes[masters:]
	for _, n := range replicas {
		if _, err := n.conn.Do(ctx, "CLUSTER", "REPLICATE", c.Nodes[n.Master].ID); err != nil {
			return err
		}
	}
	return c.everyNode(ctx, "knows all replicas", func(n *Node) (bool, error) {
		if n.Master >= 0 {
			info, err := n.conn.Do(ctx, "INFO", "replication")
			if err != nil || resp.Field(info.Text, "master_link_status") != "up" {
				return false, err
			}
		}
		nodes, err := n.conn.Do(ctx, "CLUSTER", "NODES")
		return strings.Count(nodes.Text, "slave ") == len(replicas), err
	})
}

// everyNode waits until a condition holds on all nodes, one after the other.
func (c *Cluster) everyNode(ctx context.Context, what string, holds func(*Node) (bool, error)) error {
	for _, n := range c.Nodes {
		for {
			ok, err := holds(n)
			if err != nil {
				return fmt.Errorf("node %s: %w", n.Addr, err)
			}
			if ok {
				break
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("until node %s %s: %w", n.Addr, what, ctx.Err())
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
	return nil
}

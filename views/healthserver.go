package views

import (
	"time"

	"ffboard/engine"
	"ffboard/theme"
)

const (
	memoryWrong, memoryWatch = 95, 85 // percent of maxmemory
	clientsWatch             = 90     // percent of maxclients
	replicaLagWatch          = 10 * time.Second
	allSlots                 = 16384
	noEviction               = "noeviction"
)

// node says what is to be said of a server (spec 06 §10, §12.7).
func (f *findings) node(n *engine.NodeHealth) {
	where := "node " + theme.CleanTo(n.Address, 60)
	add := func(s severity, what, do theme.Text) { f.add(s, where, what, do) }
	if n.Unreachable != "" {
		add(severityWrong, "unreachable: "+theme.CleanTo(n.Unreachable, 120),
			"its partitions can be neither read nor written: start it again, or let a replica take over")
		return
	}
	if n.ClusterState != "" && n.ClusterState != "ok" || n.ClusterState != "" && n.Slots < allSlots {
		add(severityWrong, "cluster state "+theme.CleanTo(n.ClusterState, 16)+", "+Count(n.Slots)+" of "+Count(allSlots)+" slots assigned",
			"slots without a primary refuse every call: CLUSTER NODES shows which node is missing")
	}
	if n.Loading {
		add(severityWrong, "it is loading its data and refuses every call", "wait; INFO persistence says how far it is")
	}
	f.memory(n, add)
	f.kept(n, add)
	switch {
	case n.ReplicasOffline > 0:
		add(severityWatch, Count(n.ReplicasOffline)+" of "+Plural(n.Replicas, "replica is", "replicas are")+" not in step",
			"a failover to it loses what it has not got: INFO replication on the replica says why")
	case n.ReplicaLag > replicaLagWatch:
		add(severityWatch, "a replica is "+Span(n.ReplicaLag)+" behind", "a failover to it loses that much: look at the network and at the replica's load")
	}
	if n.MostClients > 0 && n.Clients*100 >= n.MostClients*clientsWatch {
		add(severityWatch, Count(n.Clients)+" of "+Count(n.MostClients)+" connections are in use",
			"raise maxclients, or find who keeps connections open: CLIENT LIST")
	}
}

func (f *findings) memory(n *engine.NodeHealth, add func(s severity, what, do theme.Text)) {
	if n.Evicted > 0 {
		add(severityWrong, Count(n.Evicted)+" keys were evicted since it started: indexes and records may be damaged",
			"set maxmemory-policy to noeviction, raise maxmemory, and look at the partitions for executions that their index lacks")
	}
	if n.EvictionPolicy != "" && n.EvictionPolicy != noEviction {
		add(severityWatch, "maxmemory-policy is "+theme.CleanTo(n.EvictionPolicy, 24)+": keys may be evicted, which corrupts indexes",
			"CONFIG SET maxmemory-policy noeviction, and the same in its configuration file")
	}
	switch used := memoryPercent(n); {
	case used >= memoryWrong:
		add(severityWrong, "memory is at "+Percent(used)+" of maxmemory: soon every write is refused", "raise maxmemory, or shorten the retention")
	case used >= memoryWatch:
		add(severityWatch, "memory is at "+Percent(used)+" of maxmemory", "raise maxmemory, or shorten the retention; at the limit every write is refused")
	}
}

// memoryPercent is how much of its limit a server uses; -1 for one without a limit.
func memoryPercent(n *engine.NodeHealth) int {
	if n.MemoryLimit == 0 {
		return -1
	}
	return int(float64(n.Memory) / float64(n.MemoryLimit) * 100)
}

// kept is whether what the server holds outlives it.
func (f *findings) kept(n *engine.NodeHealth, add func(s severity, what, do theme.Text)) {
	p := &n.Persistence
	switch {
	case p.AppendFailed:
		add(severityWrong, "the last write of the append-only file failed: what happens now is lost with a restart",
			"make room on its disk, or repair it; the server's log says why")
	case p.SaveFailed:
		add(severityWatch, "the last snapshot failed", "make room on its disk, and memory for a fork; the server's log says why")
	}
	if p.Known && !p.AppendOnly {
		add(severityWatch, "no append-only file: a restart loses what happened since the last snapshot",
			"CONFIG SET appendonly yes, with appendfsync everysec or always, and the same in its configuration file")
	}
}

// keeps is how a server keeps what it holds, in a word or two.
func keeps(p *engine.Persistence) theme.Text {
	switch {
	case !p.Known:
		return ""
	case p.AppendOnly && p.AppendFailed:
		return "file fails"
	case p.AppendOnly:
		return "append-only"
	case p.SaveFailed:
		return "snapshots fail"
	default:
		return "snapshots"
	}
}

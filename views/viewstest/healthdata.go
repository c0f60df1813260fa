package viewstest

import (
	"time"

	"ffboard/engine"
)

// CannedCheckup is a deployment of 16 partitions in which much is wrong, two engines, one of which is gone, and two nodes.
func CannedCheckup() engine.Checkup {
	c := HealthyCheckup()
	c.Nodes[0].EvictionPolicy, c.Nodes[0].MemoryLimit = "allkeys-lru", c.Nodes[0].Memory*100/88
	c.Nodes[0].Persistence.AppendOnly = false
	c.Nodes = append(c.Nodes, engine.NodeHealth{Address: "10.0.0.2:6379", Unreachable: "dial tcp 10.0.0.2:6379: connect: connection refused", SlowLog: -1})
	c.Engines = append(c.Engines, engine.EngineBeat{Name: "web-2-KQZB4T2M", At: ago(3 * time.Minute), Gone: true})
	scanners := c.Engines[0].Scanners
	scanners[1].LastPassAt = ago(4 * time.Minute)
	scanners[2].Problem = "earliest: LOADING the server is loading the dataset in memory"
	scanners[3].Examined, scanners[3].Failed = 12, 2
	c.Engines[0].Shares = c.Engines[0].Shares[:3]

	p := c.Partitions
	p[3].Overdue = map[engine.DueIndex]engine.Overdue{
		engine.DueLeaseExpiry:       {Count: 2, Oldest: ago(5 * time.Minute)},
		engine.DueSuspensionTimeout: {Count: 12, Oldest: ago(90 * time.Second)},
		engine.DueDelayed:           {Count: 5, Oldest: ago(time.Minute)},
	}
	p[3].Delayed = map[engine.LaneID]engine.Overdue{"billing-nightly": {Count: 5, Oldest: ago(time.Minute)}}
	p[3].CancelBacklog, p[3].OldestBlocked = engine.Overdue{Count: 1, Oldest: ago(10 * time.Minute)}, ago(time.Hour)
	p[4].Overdue = map[engine.DueIndex]engine.Overdue{engine.DueSuspensionTimeout: {Count: 1, Oldest: ago(20 * time.Second)}}
	p[5] = engine.PartitionHealth{Partition: p[5].Partition, At: p[5].At, Unreachable: "CLUSTERDOWN The cluster is down"}
	p[6].SigningKid = "k1"
	p[7].Drift = []engine.IndexMismatch{
		{Partition: p[7].Partition, Execution: ExecutionID(7), Lane: "default", Index: engine.IndexEligible, Problem: engine.IndexLacks},
		{Partition: p[7].Partition, Execution: ExecutionID(23), Index: engine.LaneIndex(engine.IndexAllExecutions), Problem: engine.IndexGone},
	}
	p[7].Strange = []string{"caf\u00e9 \x1b[1m"}
	c.Resets = engine.Overdue{Count: 1, Oldest: ago(40 * time.Second)}
	return c
}

// HealthyCheckup is a deployment in which nothing is wrong.
func HealthyCheckup() engine.Checkup {
	c := engine.Checkup{
		At: Now, Of: 16, Library: engine.LibraryFound{Version: "34", Ours: true},
		Nodes: []engine.NodeHealth{{
			Address: "10.0.0.1:6379", Version: "8.0.1", Role: "master", Uptime: 50 * time.Hour, Memory: 3_400_000_000,
			EvictionPolicy: "noeviction", Persistence: engine.Persistence{Known: true, AppendOnly: true},
			Replicas: 1, Clients: 41, MostClients: 10_000, CommandsPerSecond: 1_234, SlowLog: 7,
		}},
		Engines: []engine.EngineBeat{{
			Name: "web-1-HX3DPO7A", Host: "web-1", Version: "v1.4.0", PID: 4711, StartedAt: ago(26 * time.Hour), At: ago(3 * time.Second),
			Every: 5 * time.Second, Shares: []string{"partitions:0/4", "partitions:1/4", "partitions:2/4", "partitions:3/4"}, ShareCount: 4,
		}},
	}
	for i, name := range []string{"delayed_promoter", "index_reconciler", "lease_expiry", "suspension_timeout", "unblock"} {
		c.Engines[0].Scanners = append(c.Engines[0].Scanners, engine.ScannerBeat{
			Name: name, Every: time.Duration(i+1) * 750 * time.Millisecond, LastPassAt: ago(3500 * time.Millisecond),
			Took: time.Duration(i) * 400 * time.Microsecond, Examined: 40 * i, Done: i, Passes: 90_000, AllDone: uint64(i * 31_000),
		})
	}
	for i := range uint16(16) {
		c.Partitions = append(c.Partitions, engine.PartitionHealth{
			Partition: engine.Partition{Family: engine.FamilyFlow, Index: i}, At: ago(time.Duration(i) * time.Second),
			Executions: 1_000 * int(i), Flows: 3 * int(i), SigningKid: "k2", SampledAt: ago(time.Minute), Sampled: 10,
		})
	}
	return c
}

package valkey

import (
	"testing"

	"ffboard/engine"
)

func TestAServersOwnAccountTellsWhyItTakesNoWrites(t *testing.T) {
	for _, c := range []struct {
		name string
		info string
		want engine.Hindrance
	}{
		{"it takes them", "role:master\nmaxmemory:0\nused_memory:9\nrdb_last_bgsave_status:ok\naof_enabled:0\naof_last_write_status:ok", ""},
		{"a replica", "role:slave", engine.IsReplica},
		{"a full memory", "role:master\nmaxmemory:8\nused_memory:9\nmaxmemory_policy:noeviction", engine.MemoryFull},
		{"a snapshot failed and somebody was refused for it", "rdb_last_bgsave_status:err\nerrorstat_MISCONF:count=2", engine.DiskFailing},
		{"a snapshot failed and the writes go on", "rdb_last_bgsave_status:err", ""},
		{"snapshots work again", "rdb_last_bgsave_status:ok\nerrorstat_MISCONF:count=2", ""},
		{"the append-only file cannot be written", "aof_enabled:1\naof_last_write_status:err", engine.DiskFailing},
		{"a file that is written no more could not be", "aof_enabled:0\naof_last_write_status:err", ""},
		{"no replica where some are asked for", "role:master\nmin_slaves_good_slaves:0", engine.TooLonely},
		{"a replica where some are asked for", "role:master\nmin_slaves_good_slaves:1\nerrorstat_NOREPLICAS:count=2", ""},
	} {
		if got := hinderedBy(infoRecord(c.info).fields); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

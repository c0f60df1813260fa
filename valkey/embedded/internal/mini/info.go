package mini

import (
	"fmt"
	"maps"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2/server"

	"ffboard/valkey/embedded/internal/resp"
)

// Version is the Valkey whose behaviour clients may expect.
const Version = "8.0.1"

// ownCommands are those that miniredis does not know or answers as another server would.
func (s *Server) ownCommands() map[string]server.Cmd {
	own := map[string]server.Cmd{
		"INFO": s.info, "CONFIG": s.config, "SLOWLOG": empty, "LATENCY": empty,
		"SMEMBERS": s.smembers, "SSCAN": s.sscan,
		"ZREVRANGE": s.withScores,
	}
	maps.Copy(own, s.agingCommands())
	maps.Copy(own, s.connectionCommands())
	maps.Copy(own, s.mendedCommands())
	maps.Copy(own, s.numberCommands())
	return own
}

// override sees every command first and handles our own.
func (s *Server) override(c *server.Peer, command string, args ...string) bool {
	if !s.redis.Server().IsRegisteredCommand(command) && s.overrides[command] == nil {
		c.WriteError(unknownCommand(command, args))
		return true
	}
	s.sets.observe(command, args)
	handler, ours := s.overrides[command]
	if ours = ours && c.ClientName != plain; ours {
		handler(c, command, args)
	}
	return ours
}

func unknownCommand(command string, args []string) string {
	var b strings.Builder
	for _, a := range args[:min(len(args), 20)] {
		fmt.Fprintf(&b, "'%.128s' ", a)
	}
	return fmt.Sprintf("ERR unknown command '%.128s', with args beginning with: %s", command, b.String())
}

// info looks like a Valkey's to whoever decides by it.
func (s *Server) info(c *server.Peer, _ string, args []string) {
	wanted := strings.ToLower(strings.Join(args, " "))
	if wanted == "" || wanted == "all" || wanted == "everything" || wanted == "default" {
		wanted = "server clients memory stats replication cluster keyspace"
	}
	var out strings.Builder
	for _, section := range strings.Fields(wanted) {
		if text := s.infoSection(c, section); text != "" {
			fmt.Fprintf(&out, "# %s%s\r\n%s\r\n", strings.ToUpper(section[:1]), section[1:], text)
		}
	}
	answer(c, resp.Value{Kind: resp.Verbatim, Text: out.String()})
}

func (s *Server) infoSection(c *server.Peer, section string) string {
	switch section {
	case "server":
		return fmt.Sprintf("redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:%s\r\nserver_mode:standalone\r\nprocess_id:%d\r\nuptime_in_seconds:%d\r\n",
			Version, os.Getpid(), int(time.Since(s.started).Seconds()))
	case "clients":
		return fmt.Sprintf("connected_clients:%d\r\nmaxclients:10000\r\nblocked_clients:%d\r\n", s.redis.CurrentConnectionCount(), s.blocked.Load())
	case "memory": // of the whole process, which the server is a part of
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return fmt.Sprintf("used_memory:%d\r\nused_memory_human:%.2fM\r\nused_memory_rss:%d\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n",
			m.HeapAlloc, float64(m.HeapAlloc)/(1<<20), m.Sys)
	case "stats":
		return fmt.Sprintf("total_connections_received:%d\r\ntotal_commands_processed:%d\r\n", s.redis.TotalConnectionCount(), s.redis.CommandCount())
	case "replication":
		return "role:master\r\nconnected_slaves:0\r\n"
	case "cluster":
		return "cluster_enabled:0\r\n"
	case "keyspace":
		return fmt.Sprintf("db%d:keys=%d,expires=0,avg_ttl=0\r\n", s.clients.of(c).db, s.original(c, "DBSIZE", nil).Int)
	}
	return ""
}

// parameters are those of CONFIG that clients ask for. There is nothing to set.
var parameters = map[string]string{
	"appendonly": "no", "databases": "16", "maxclients": "10000", "maxmemory": "0", "maxmemory-policy": "noeviction", "save": "", "timeout": "0",
}

func (s *Server) config(c *server.Peer, _ string, args []string) {
	if len(args) == 0 || !strings.EqualFold(args[0], "GET") {
		c.WriteOK()
		return
	}
	found := resp.Pairs()
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		asked := func(pattern string) bool {
			matched, err := path.Match(strings.ToLower(pattern), name)
			return err == nil && matched
		}
		if slices.ContainsFunc(args[1:], asked) {
			found.Items = append(found.Items, resp.Text(name), resp.Text(parameters[name]))
		}
	}
	answer(c, found)
}

// empty is for SLOWLOG and LATENCY: nothing is measured.
func empty(c *server.Peer, _ string, args []string) {
	switch {
	case len(args) > 0 && strings.EqualFold(args[0], "LEN"):
		answer(c, resp.Int(0))
	case len(args) > 0 && strings.EqualFold(args[0], "RESET"):
		answer(c, resp.OK)
	default:
		answer(c, resp.List())
	}
}

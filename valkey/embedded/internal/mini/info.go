package mini

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2/server"

	"ffboard/valkey/embedded/internal/resp"
)

// Version is the Valkey whose behaviour clients may expect.
const Version = "8.0.1"

var started = time.Now()

// ownCommands are those that miniredis does not know or answers as another server would.
func (s *Server) ownCommands() map[string]server.Cmd {
	return map[string]server.Cmd{
		"INFO": s.info, "CONFIG": s.config, "SLOWLOG": empty, "LATENCY": empty,
		"SMEMBERS": s.smembers, "SSCAN": s.sscan,
		"ZRANGE": s.withScores, "ZREVRANGE": s.withScores, "ZRANGEBYSCORE": s.withScores, "ZREVRANGEBYSCORE": s.withScores,
	}
}

// override sees every command first and handles our own.
func (s *Server) override(c *server.Peer, command string, args ...string) bool {
	s.sets.observe(command, args)
	handler, ours := s.overrides[command]
	if ours = ours && c.ClientName != plain; ours {
		handler(c, command, args)
	}
	return ours
}

// info looks like a Valkey's to whoever decides by it.
func (s *Server) info(c *server.Peer, _ string, args []string) {
	sections := []string{"server", "clients", "memory", "replication", "stats"}
	if len(args) > 0 && !strings.EqualFold(args[0], "all") && !strings.EqualFold(args[0], "everything") {
		sections = args
	}
	var out strings.Builder
	for _, section := range sections {
		switch strings.ToLower(section) {
		case "server":
			fmt.Fprintf(&out, "# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:%s\r\nserver_mode:standalone\r\nprocess_id:%d\r\nuptime_in_seconds:%d\r\n",
				Version, os.Getpid(), int(time.Since(started).Seconds()))
		case "clients":
			fmt.Fprintf(&out, "# Clients\r\nconnected_clients:%d\r\n", s.redis.CurrentConnectionCount())
		case "replication":
			out.WriteString("# Replication\r\nrole:master\r\nconnected_slaves:0\r\n")
		case "stats":
			fmt.Fprintf(&out, "# Stats\r\ntotal_commands_processed:%d\r\n", s.redis.CommandCount())
		case "memory":
			out.WriteString("# Memory\r\nmaxmemory:0\r\n")
		}
	}
	c.WriteBulk(out.String())
}

// config answers reads with nothing set; there is nothing to set.
func (s *Server) config(c *server.Peer, _ string, args []string) {
	if len(args) > 0 && strings.EqualFold(args[0], "GET") {
		answer(c, resp.Pairs())
		return
	}
	c.WriteOK()
}

func empty(c *server.Peer, _ string, args []string) {
	if len(args) > 0 && strings.EqualFold(args[0], "LEN") {
		c.WriteInt(0)
		return
	}
	answer(c, resp.List())
}

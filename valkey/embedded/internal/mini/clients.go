package mini

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2/server"

	"ffboard/valkey/embedded/internal/resp"
)

// clients is what is known of the connections besides what miniredis knows.
type clients struct {
	mu   sync.Mutex
	last int64
	all  map[*server.Peer]*client
}

// client is one connection. Only its own goroutine uses it.
type client struct {
	id               int64
	since            time.Time
	library, version string // what it says it is
	db               int
	inMulti          bool
}

// of finds a connection's record and makes it when it is new.
func (all *clients) of(c *server.Peer) *client {
	all.mu.Lock()
	defer all.mu.Unlock()
	if known := all.all[c]; known != nil {
		return known
	}
	all.last++
	made := &client{id: all.last, since: time.Now()}
	all.all[c] = made
	c.OnDisconnect(func() {
		all.mu.Lock()
		defer all.mu.Unlock()
		delete(all.all, c)
	})
	return made
}

// connectionCommands are those about the connection itself.
func (s *Server) connectionCommands() map[string]server.Cmd {
	return map[string]server.Cmd{
		"HELLO": s.hello, "CLIENT": s.client, "SELECT": s.selectDB, "MULTI": s.multi, "EXEC": s.endMulti, "DISCARD": s.endMulti,
		"CLUSTER": noCluster, "READONLY": fine, "READWRITE": fine,
	}
}

func noCluster(c *server.Peer, _ string, _ []string) {
	c.WriteError("ERR This instance has cluster support disabled")
}

func fine(c *server.Peer, _ string, _ []string) { c.WriteOK() }

// hello is HELLO [version [AUTH user password] [SETNAME name]] of a server without passwords.
func (s *Server) hello(c *server.Peer, _ string, args []string) {
	version := protocol(c)
	if len(args) > 0 {
		reply := s.original(c, "HELLO", args)
		if reply.Kind == resp.Error {
			answer(c, reply)
			return
		}
		version, _ = strconv.Atoi(args[0])
	}
	for i := 1; i+1 < len(args); i++ {
		if strings.EqualFold(args[i], "SETNAME") && validName(args[i+1]) {
			c.ClientName = args[i+1]
		}
	}
	c.Block(func(*server.Writer) { c.Resp3 = version == 3 })
	answer(c, resp.Pairs(
		resp.Text("server"), resp.Text("valkey"), resp.Text("version"), resp.Text(Version), resp.Text("proto"), resp.Int(int64(version)),
		resp.Text("id"), resp.Int(s.clients.of(c).id), resp.Text("mode"), resp.Text("standalone"), resp.Text("role"), resp.Text("master"),
		resp.Text("modules"), resp.List()))
}

func protocol(c *server.Peer) int {
	if c.Resp3 {
		return 3
	}
	return 2
}

// validName keeps clients from the name of a plain peer, too.
func validName(name string) bool {
	return strings.IndexFunc(name, func(r rune) bool { return r < '!' || r > '~' }) < 0
}

func (s *Server) client(c *server.Peer, command string, args []string) {
	known := s.clients.of(c)
	if len(args) == 0 {
		answer(c, s.original(c, command, args))
		return
	}
	switch sub, rest := strings.ToUpper(args[0]), args[1:]; sub {
	case "ID":
		answer(c, resp.Int(known.id))
	case "GETNAME":
		name := resp.Text(c.ClientName)
		if c.ClientName == "" {
			name = resp.Nil()
		}
		answer(c, name)
	case "SETNAME":
		answer(c, setName(c, rest))
	case "SETINFO":
		answer(c, known.setInfo(rest))
	case "INFO":
		answer(c, resp.Value{Kind: resp.Verbatim, Text: fmt.Sprintf("id=%d name=%s age=%d db=%d user=default resp=%d lib-name=%s lib-ver=%s\n",
			known.id, c.ClientName, int(time.Since(known.since).Seconds()), known.db, protocol(c), known.library, known.version)})
	case "NO-EVICT", "NO-TOUCH":
		answer(c, resp.OK)
	default:
		answer(c, resp.Err("ERR unknown subcommand '"+args[0]+"'. Try CLIENT HELP."))
	}
}

func setName(c *server.Peer, args []string) resp.Value {
	switch {
	case len(args) != 1:
		return resp.Err("ERR wrong number of arguments for 'client|setname' command")
	case !validName(args[0]):
		return resp.Err("ERR Client names cannot contain spaces, newlines or special characters.")
	}
	c.ClientName = args[0]
	return resp.OK
}

func (known *client) setInfo(args []string) resp.Value {
	switch {
	case len(args) != 2:
		return resp.Err("ERR wrong number of arguments for 'client|setinfo' command")
	case strings.EqualFold(args[0], "LIB-NAME"):
		known.library = args[1]
	case strings.EqualFold(args[0], "LIB-VER"):
		known.version = args[1]
	default:
		return resp.Err("ERR Unrecognized option '" + args[0] + "'")
	}
	return resp.OK
}

// selectDB keeps in mind on which database the client's functions are to run.
func (s *Server) selectDB(c *server.Peer, command string, args []string) {
	const most = 15 // as many databases as a Valkey has
	if n, err := strconv.Atoi(strings.Join(args, "")); err == nil && n > most {
		answer(c, resp.Err("ERR DB index is out of range"))
		return
	}
	reply := s.original(c, command, args)
	if reply.Text == "OK" {
		s.clients.of(c).db, _ = strconv.Atoi(args[0])
	}
	answer(c, reply)
}

func (s *Server) multi(c *server.Peer, command string, args []string) {
	reply := s.original(c, command, args)
	if reply.Kind != resp.Error {
		s.clients.of(c).inMulti = true
	}
	answer(c, reply)
}

func (s *Server) endMulti(c *server.Peer, command string, args []string) {
	s.clients.of(c).inMulti = false
	answer(c, s.original(c, command, args))
}

// functionInMulti refuses a function in a transaction, which miniredis would run at once, and has EXEC refuse too.
func (s *Server) functionInMulti(c *server.Peer) resp.Value {
	s.original(c, "GET", nil)
	return resp.Err("ERR functions in MULTI are not supported by the in-process server")
}

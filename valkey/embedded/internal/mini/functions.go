package mini

import (
	"errors"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/alicebob/miniredis/v2/server"

	"ffboard/valkey/embedded/internal/resp"
	"ffboard/valkey/embedded/internal/script"
)

func (s *Server) registerFunctions() error {
	srv := s.redis.Server()
	return errors.Join(srv.Register("FCALL", s.fcall), srv.Register("FCALL_RO", s.fcallReadOnly), srv.Register("FUNCTION", s.function))
}

// answer writes a value in the protocol that the client speaks.
func answer(c *server.Peer, v resp.Value) {
	version := 2
	if c.Resp3 {
		version = 3
	}
	c.WriteRaw(string(v.Append(nil, version)))
}

func (s *Server) fcall(c *server.Peer, _ string, args []string) {
	answer(c, s.call(c, args, func(*script.Function) bool { return true }))
}

func (s *Server) fcallReadOnly(c *server.Peer, _ string, args []string) {
	answer(c, s.call(c, args, func(f *script.Function) bool { return f.Has("no-writes") }))
}

// call runs a function that is allowed: name, number of keys, keys, arguments.
func (s *Server) call(c *server.Peer, args []string, allowed func(*script.Function) bool) resp.Value {
	if len(args) < 2 {
		return resp.Err("ERR wrong number of arguments for 'fcall' command")
	}
	known := s.clients.of(c)
	if known.inMulti {
		return s.functionInMulti(c)
	}
	s.redis.Lock()
	defer s.redis.Unlock()
	f, found := s.functions[args[0]]
	if !found {
		return resp.Err("ERR Function not found")
	}
	if !allowed(f.function) {
		return resp.Err("ERR Can not execute a script with write flag using *_ro command.")
	}
	numKeys, err := strconv.Atoi(args[1])
	args = args[2:]
	switch {
	case err != nil:
		return resp.Err("ERR Bad number of keys provided")
	case numKeys < 0:
		return resp.Err("ERR Number of keys can't be negative")
	case numKeys > len(args):
		return resp.Err("ERR Number of keys can't be greater than number of args")
	}
	if s.innerDB != known.db {
		s.nested([]string{"SELECT", strconv.Itoa(known.db)})
		s.innerDB = known.db
	}
	return f.library.Call(f.function, args[:numKeys], args[numKeys:], s.command)
}

func (s *Server) function(c *server.Peer, _ string, args []string) {
	if len(args) == 0 {
		c.WriteError("ERR wrong number of arguments for 'function' command")
		return
	}
	s.redis.Lock()
	defer s.redis.Unlock()
	switch sub, args := strings.ToUpper(args[0]), args[1:]; sub {
	case "LOAD":
		answer(c, s.load(args))
	case "LIST":
		answer(c, s.list(args))
	case "DELETE":
		answer(c, s.remove(args))
	case "FLUSH":
		for name := range s.libraries {
			s.drop(name)
		}
		c.WriteOK()
	default:
		c.WriteError("ERR unknown subcommand '" + sub + "'. Try FUNCTION HELP.")
	}
}

func (s *Server) load(args []string) resp.Value {
	replace := len(args) == 2 && strings.EqualFold(args[0], "REPLACE")
	if !replace && len(args) != 1 {
		return resp.Err("ERR wrong number of arguments for 'function|load' command")
	}
	l, err := script.Load(args[len(args)-1])
	if err != nil {
		return resp.Err("ERR " + err.Error())
	}
	if s.libraries[l.Name] != nil && !replace {
		l.Close()
		return resp.Err("ERR Library '" + l.Name + "' already exists")
	}
	for _, f := range l.Functions {
		if other, taken := s.functions[f.Name]; taken && other.library.Name != l.Name {
			l.Close()
			return resp.Err("ERR Function " + f.Name + " already exists")
		}
	}
	s.drop(l.Name)
	s.libraries[l.Name] = l
	for _, f := range l.Functions {
		s.functions[f.Name] = boundFunction{library: l, function: f}
	}
	return resp.Text(l.Name)
}

func (s *Server) remove(args []string) resp.Value {
	if len(args) != 1 || s.libraries[args[0]] == nil {
		return resp.Err("ERR Library not found")
	}
	s.drop(args[0])
	return resp.OK
}

// drop forgets a library with its functions, if there is one of that name.
func (s *Server) drop(name string) {
	l := s.libraries[name]
	if l == nil {
		return
	}
	for _, f := range l.Functions {
		delete(s.functions, f.Name)
	}
	delete(s.libraries, name)
	l.Close()
}

func (s *Server) list(args []string) resp.Value {
	pattern, withCode := "*", false
	for i := 0; i < len(args); i++ {
		switch {
		case strings.EqualFold(args[i], "WITHCODE"):
			withCode = true
		case strings.EqualFold(args[i], "LIBRARYNAME") && i+1 < len(args):
			i++
			pattern = args[i]
		default:
			return resp.Err("ERR Unknown argument " + args[i])
		}
	}
	var names []string
	for name := range s.libraries {
		if matched, err := path.Match(pattern, name); err == nil && matched {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	listed := resp.List()
	for _, name := range names {
		listed.Items = append(listed.Items, describe(s.libraries[name], withCode))
	}
	return listed
}

func describe(l *script.Library, withCode bool) resp.Value {
	functions := resp.List()
	for _, f := range slices.SortedFunc(slices.Values(l.Functions), func(a, b *script.Function) int {
		return strings.Compare(a.Name, b.Name)
	}) {
		description := resp.Nil()
		if f.Description != "" {
			description = resp.Text(f.Description)
		}
		functions.Items = append(functions.Items, resp.Pairs(resp.Text("name"), resp.Text(f.Name),
			resp.Text("description"), description, resp.Text("flags"), resp.Members(resp.Texts(f.Flags)...)))
	}
	entry := resp.Pairs(resp.Text("library_name"), resp.Text(l.Name), resp.Text("engine"), resp.Text("LUA"),
		resp.Text("functions"), functions)
	if withCode {
		entry.Items = append(entry.Items, resp.Text("library_code"), resp.Text(l.Source))
	}
	return entry
}

// Package mini is a server inside of this process: miniredis, with function libraries on an interpreter written in Go behind
// FUNCTION and FCALL. It keeps everything in memory and is made for demonstrations and tests.
//
// What miniredis lacks, or answers as no Valkey would, is mended by handlers that see a command first. What is left different: MAXLEN ~
// trims exactly, SCAN answers everything in one page, functions are refused in MULTI, and a stream that was emptied forgets its last id.
package mini

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"

	"ffboard/valkey/embedded/internal/resp"
	"ffboard/valkey/embedded/internal/script"
)

// Server is a running server.
type Server struct {
	redis    *miniredis.Miniredis
	listener net.Listener
	running  sync.WaitGroup
	closing  chan struct{}
	started  time.Time
	agedTo   atomic.Int64 // nanoseconds since started; see age
	clients  clients
	blocked  atomic.Int64 // how many clients wait for an entry in a stream

	// Under the lock of redis: a function runs alone, as everything in a Valkey does.
	libraries map[string]*script.Library
	functions map[string]boundFunction

	overrides map[string]server.Cmd
	sets      setOrder

	inner   *server.Peer // runs a function's commands; see captureNested
	innerDB int
	output  bytes.Buffer
	writer  *bufio.Writer
	reader  *bufio.Reader
}

type boundFunction struct {
	library  *script.Library
	function *script.Function
}

// Listen starts a server on a unix socket.
func Listen(socket string) (*Server, error) {
	s := &Server{
		redis:     miniredis.NewMiniRedis(),
		closing:   make(chan struct{}),
		started:   time.Now(),
		clients:   clients{all: map[*server.Peer]*client{}},
		libraries: map[string]*script.Library{},
		functions: map[string]boundFunction{},
		sets:      setOrder{keys: map[string]map[string]uint64{}},
	}
	conn, err := s.redis.Dial() // starts it without a port of its own
	if err != nil {
		return nil, err
	}
	_ = conn.Close()
	if err := errors.Join(s.registerFunctions(), s.captureNested()); err != nil {
		s.redis.Close()
		return nil, fmt.Errorf("the in-process server: %w", err)
	}
	s.overrides = s.ownCommands()
	s.redis.Server().SetPreHook(s.override)
	if s.listener, err = net.Listen("unix", socket); err != nil {
		s.redis.Close()
		return nil, err
	}
	s.running.Add(2)
	go s.accept()
	go s.age()
	return s, nil
}

func (s *Server) accept() {
	defer s.running.Done()
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.redis.Server().ServeConn(newPatientConn(conn, maxUnsent))
	}
}

// Close ends the server and its connections.
func (s *Server) Close() error {
	close(s.closing)
	err := s.listener.Close()
	s.running.Wait()
	s.redis.Close()
	for _, l := range s.libraries {
		l.Close()
	}
	return err
}

const captureCommand = "FFBOARD.CAPTURE"

// captureNested gets hold of the context in which miniredis runs the commands of a script: one that knows that the lock is held.
// A script is the only way to one, so one is run that calls a command of ours.
func (s *Server) captureNested() error {
	var nested any
	err := s.redis.Server().Register(captureCommand, func(c *server.Peer, _ string, _ []string) {
		nested = c.Ctx
		c.WriteOK()
	})
	if err != nil {
		return err
	}
	var out bytes.Buffer
	w := bufio.NewWriter(&out)
	s.redis.Server().Dispatch(server.NewPeer(w), []string{"EVAL", "return redis.call('" + captureCommand + "')", "0"})
	if nested == nil {
		_ = w.Flush()
		return fmt.Errorf("no nested context: %q", out.String())
	}
	s.writer, s.reader = bufio.NewWriter(&s.output), bufio.NewReader(&s.output)
	s.inner = server.NewPeer(s.writer)
	s.inner.Ctx = nested
	return nil
}

// command runs one command for a function. The lock of redis is held.
func (s *Server) command(args []string) resp.Value {
	if notInScripts[strings.ToUpper(args[0])] {
		return resp.Err("ERR This Redis command is not allowed from script")
	}
	v := s.nested(args)
	switch {
	case v.Kind != resp.Error:
	case strings.HasPrefix(v.Text, "ERR unknown command"):
		return resp.Err("ERR Unknown command called from script")
	case strings.HasPrefix(v.Text, "ERR wrong number of arguments"):
		return resp.Err("ERR Wrong number of args calling command from script")
	}
	return v
}

// nested runs a command while the lock of redis is held.
func (s *Server) nested(args []string) resp.Value {
	s.output.Reset()
	s.redis.Server().Dispatch(s.inner, args)
	_ = s.writer.Flush()
	s.reader.Reset(&s.output)
	v, err := resp.ReadValue(s.reader)
	if err != nil {
		return resp.Err("ERR " + err.Error())
	}
	return v
}

var notInScripts = map[string]bool{
	"FCALL": true, "FCALL_RO": true, "FUNCTION": true, "EVAL": true, "EVALSHA": true, "MULTI": true, "EXEC": true, "WATCH": true,
	"SUBSCRIBE": true, "PSUBSCRIBE": true, "AUTH": true, "HELLO": true, "CLIENT": true, "SELECT": true, captureCommand: true,
}

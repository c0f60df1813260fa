// Package embedded starts a private Valkey for demonstrations and tests: a real valkey-server as a child process where one is on
// the PATH, a server inside of this process otherwise. Either runs the same function library and ends with this process, even
// when that is killed. Nothing is kept on disk.
package embedded

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"sync"

	"ffboard/valkey/embedded/internal/child"
	"ffboard/valkey/embedded/internal/folder"
)

// Options of Start.
type Options struct {
	// InProcess asks for the server inside of this process even where a valkey-server is on the PATH.
	InProcess bool
}

// Server is a running private server, reached through a unix socket in a folder that only this user can enter.
type Server struct {
	socket    string
	inProcess bool
	folder    folder.Folder
	running   io.Closer
	closeOnce sync.Once
	closeErr  error
}

// Program is the server that is looked for on the PATH.
const Program = "valkey-server"

// Start returns a server that answers. It is empty: no function library, no keys.
func Start(ctx context.Context, o Options) (*Server, error) {
	folder.RemoveStale()
	f, err := folder.New()
	if err != nil {
		return nil, fmt.Errorf("a private folder for the embedded server: %w", err)
	}
	s := &Server{folder: f, socket: f.Socket()}
	program, lookErr := exec.LookPath(Program)
	if s.inProcess = o.InProcess || lookErr != nil || !child.Supported; s.inProcess {
		s.running, err = startInProcess(s.socket)
	} else {
		s.running, err = startChild(ctx, program, f)
	}
	if err != nil {
		_ = f.Remove()
		return nil, err
	}
	return s, nil
}

// startChild runs a valkey-server without persistence on a private socket and waits until it answers.
func startChild(ctx context.Context, program string, f folder.Folder) (io.Closer, error) {
	p, err := child.Start(program, "--port", "0", "--unixsocket", f.Socket(), "--unixsocketperm", "700", "--dir", f.Path,
		"--save", "", "--appendonly", "no", "--daemonize", "no", "--loglevel", "warning")
	if err != nil {
		return nil, err
	}
	if err := p.AwaitUp(ctx, "unix", f.Socket()); err != nil {
		_ = p.Close()
		return nil, err
	}
	return p, nil
}

// Socket is the path of the unix socket.
func (s *Server) Socket() string { return s.socket }

// InProcess tells whether the server runs inside of this process.
func (s *Server) InProcess() bool { return s.inProcess }

// Close ends the server and removes its folder.
func (s *Server) Close() error {
	s.closeOnce.Do(func() {
		s.closeErr = s.running.Close()
		if err := s.folder.Remove(); s.closeErr == nil {
			s.closeErr = err
		}
	})
	return s.closeErr
}

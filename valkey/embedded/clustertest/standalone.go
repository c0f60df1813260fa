package clustertest

import (
	"context"
	"fmt"
	"os/exec"

	"ffboard/valkey/embedded"
	"ffboard/valkey/embedded/internal/child"
	"ffboard/valkey/embedded/internal/folder"
)

// Standalone is a server that can be killed and started again at the same address. What it held is lost each time, its function
// libraries too, unless it is durable.
type Standalone struct {
	program string
	folder  folder.Folder
	process *child.Process
	options []string // above those that it has by itself
}

// StartStandalone starts a server, with any of the server's own options besides. Close ends it.
func StartStandalone(ctx context.Context, options ...string) (*Standalone, error) {
	program, err := exec.LookPath(embedded.Program)
	if err != nil {
		return nil, ErrNoServer
	}
	f, err := folder.New()
	if err != nil {
		return nil, fmt.Errorf("a folder for the server: %w", err)
	}
	s := &Standalone{program: program, folder: f, options: options}
	if err := s.Restart(ctx); err != nil {
		_ = f.Remove()
		return nil, err
	}
	return s, nil
}

// Socket is the path of the server's unix socket.
func (s *Standalone) Socket() string { return s.folder.Socket() }

// Kill ends the server as a kill -9 does and returns when it is gone.
func (s *Standalone) Kill() error { return s.process.Close() }

// Restart starts the server after a Kill and waits until it answers.
func (s *Standalone) Restart(ctx context.Context) error {
	p, err := child.Start(s.program, append([]string{"--port", "0", "--unixsocket", s.Socket(), "--unixsocketperm", "700", "--dir", s.folder.Path,
		"--save", "", "--appendonly", "no", "--daemonize", "no", "--loglevel", "warning"}, s.options...)...)
	if err != nil {
		return err
	}
	if err := p.AwaitUp(ctx, "unix", s.Socket()); err != nil {
		_ = p.Close()
		return err
	}
	s.process = p
	return nil
}

// Close ends the server.
func (s *Standalone) Close() error {
	err := s.process.Close()
	if removed := s.folder.Remove(); err == nil {
		err = removed
	}
	return err
}

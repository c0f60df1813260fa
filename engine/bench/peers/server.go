package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/redis/go-redis/v9"
)

// server is a private valkey-server without persistence, on a socket in a folder of its own.
type server struct {
	folder, socket string
	process        *exec.Cmd
	client         *redis.Client
}

const startTime = 10 * time.Second

func startServer(ctx context.Context) (*server, error) {
	folder, err := os.MkdirTemp("", "peers-")
	if err != nil {
		return nil, err
	}
	s := &server{folder: folder, socket: filepath.Join(folder, "valkey.sock")}
	s.process = exec.CommandContext(ctx, "valkey-server", "--port", "0", "--unixsocket", s.socket, "--dir", folder,
		"--save", "", "--appendonly", "no", "--loglevel", "warning")
	s.client = redis.NewClient(&redis.Options{Network: "unix", Addr: s.socket})
	if err := s.process.Start(); err != nil {
		s.close()
		return nil, err
	}
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		err := s.client.Ping(ctx).Err()
		if err == nil {
			return s, nil
		}
		if time.Since(began) > startTime {
			s.close()
			return nil, fmt.Errorf("the valkey-server does not answer: %w", err)
		}
	}
}

func (s *server) erase(ctx context.Context) error { return s.client.FlushAll(ctx).Err() }

func (s *server) close() {
	_ = s.client.Close()
	if s.process.Process != nil {
		_ = s.process.Process.Kill()
		_ = s.process.Wait()
	}
	_ = os.RemoveAll(s.folder)
}

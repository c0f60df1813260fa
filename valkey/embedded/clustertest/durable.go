package clustertest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"ffboard/valkey/embedded/internal/resp"
)

// StartDurable starts a server that keeps an append-only file, of which fsync is the appendfsync: what it held is there again after a
// Restart.
func StartDurable(ctx context.Context, fsync string) (*Standalone, error) {
	return StartStandalone(ctx, "--appendonly", "yes", "--appendfsync", fsync, "--auto-aof-rewrite-percentage", "0")
}

// Appended is how much a durable server has appended to its file.
func (s *Standalone) Appended() (int64, error) {
	file, err := s.appending()
	if err != nil {
		return 0, err
	}
	info, err := os.Stat(file)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// appending is the file that a durable server appends to.
func (s *Standalone) appending() (string, error) {
	files, err := filepath.Glob(filepath.Join(s.folder.Path, "appendonlydir", "*.incr.aof"))
	if err != nil || len(files) != 1 {
		return "", fmt.Errorf("%d append-only files, want 1: %v", len(files), err)
	}
	return files[0], nil
}

// LosePower kills a durable server and leaves of its file what had reached the disk: the first so many bytes.
func (s *Standalone) LosePower(kept int64) error {
	if err := s.Kill(); err != nil {
		return err
	}
	file, err := s.appending()
	if err != nil {
		return err
	}
	return os.Truncate(file, kept)
}

// Rewrite has a durable server write its file anew and returns when it has. It is what to do after a loss of power: of a transaction
// that was torn, Valkey 8.0 leaves the beginning in the file, and takes it for a whole one at the next start but one
// (https://github.com/valkey-io/valkey/pull/4342).
func (s *Standalone) Rewrite(ctx context.Context) error {
	before, err := s.appending()
	if err != nil {
		return err
	}
	conn, err := resp.Dial(ctx, "unix", s.Socket())
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.Do(ctx, "BGREWRITEAOF"); err != nil {
		return err
	}
	for {
		info, err := conn.Do(ctx, "INFO", "persistence")
		if err != nil {
			return err
		}
		if resp.Field(info.Text, "aof_rewrite_in_progress") == "0" && resp.Field(info.Text, "aof_rewrite_scheduled") == "0" {
			if now, err := s.appending(); err == nil && now != before {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// child is a valkey-server that this process started.
type child struct {
	cmd    *exec.Cmd
	leash  *leash
	exited chan struct{}
	output tail
}

// startChild runs a valkey-server without persistence on a private socket and waits until it answers.
func startChild(ctx context.Context, program string, f folder) (io.Closer, error) {
	leash, err := newLeash()
	if err != nil {
		return nil, err
	}
	c := &child{leash: leash, exited: make(chan struct{})}
	c.cmd = exec.Command(program, "--port", "0", "--unixsocket", f.socket(), "--unixsocketperm", "700", "--dir", f.path,
		"--save", "", "--appendonly", "no", "--daemonize", "no", "--loglevel", "warning")
	c.cmd.Stdout, c.cmd.Stderr, c.cmd.SysProcAttr = &c.output, &c.output, ownGroup()
	if err := c.cmd.Start(); err != nil {
		_ = leash.Close()
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	go func() {
		_ = c.cmd.Wait()
		close(c.exited)
	}()
	if err := leash.tie(c.cmd.Process); err != nil {
		_ = c.Close()
		return nil, fmt.Errorf("tie %s to this program: %w", program, err)
	}
	if err := c.awaitUp(ctx, f.socket()); err != nil {
		_ = c.Close()
		return nil, fmt.Errorf("%s did not come up: %w%s", program, err, c.output.quoted())
	}
	return c, nil
}

const startLimit = 10 * time.Second

// awaitUp asks until the server answers, ends, or the limit is over.
func (c *child) awaitUp(ctx context.Context, socket string) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for {
		if answers(ctx, socket) {
			return nil
		}
		select {
		case <-c.exited:
			return errors.New("it ended at once")
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// answers tells whether a PING on the socket is answered.
func answers(ctx context.Context, socket string) bool {
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
	if err != nil {
		return false
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return false
	}
	reply := make([]byte, 5)
	_, err = io.ReadFull(conn, reply)
	return err == nil && bytes.Equal(reply, []byte("+PONG"))
}

// Close kills the server: it has nothing to save.
func (c *child) Close() error {
	_ = c.cmd.Process.Kill()
	<-c.exited
	return c.leash.Close()
}

// tail keeps the last of what the server said, for the error when it does not come up.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

const tailSize = 2048

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p...)
	if len(t.kept) > tailSize {
		t.kept = append(t.kept[:0], t.kept[len(t.kept)-tailSize:]...)
	}
	return len(p), nil
}

func (t *tail) quoted() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if said := strings.TrimSpace(string(t.kept)); said != "" {
		return fmt.Sprintf("; it said %q", said)
	}
	return ""
}

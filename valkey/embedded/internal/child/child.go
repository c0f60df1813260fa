// Package child runs servers as children of this process that end with it, however it ends.
package child

import (
	"bytes"
	"cmp"
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

// Process is a server that this process started.
type Process struct {
	cmd    *exec.Cmd
	leash  *leash
	exited chan struct{}
	output tail
}

// Start runs a program. AwaitUp tells when it serves; Close ends it.
func Start(program string, args ...string) (*Process, error) {
	leash, err := newLeash()
	if err != nil {
		return nil, err
	}
	p := &Process{leash: leash, exited: make(chan struct{}), cmd: exec.Command(program, args...)}
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.SysProcAttr = &p.output, &p.output, ownGroup()
	if err := p.cmd.Start(); err != nil {
		_ = leash.Close()
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.exited)
	}()
	if err := leash.tie(p.cmd.Process); err != nil {
		_ = p.Close()
		return nil, fmt.Errorf("tie %s to this program: %w", program, err)
	}
	return p, nil
}

const startLimit = 10 * time.Second

// AwaitUp asks at an address until the server answers, ends, or the limit is over. The error has the last of what the server said.
func (p *Process) AwaitUp(ctx context.Context, network, address string) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for {
		if answers(ctx, network, address) {
			return nil
		}
		select {
		case <-p.exited:
			return p.notUp(cmp.Or(ctx.Err(), errors.New("it ended at once"))) // who gave up hears that he did, whatever came first
		case <-ctx.Done():
			return p.notUp(ctx.Err())
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func (p *Process) notUp(why error) error {
	return fmt.Errorf("%s did not come up: %w%s", p.cmd.Path, why, p.output.quoted())
}

// answers tells whether a PING at the address is answered.
func answers(ctx context.Context, network, address string) bool {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
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
func (p *Process) Close() error {
	_ = p.cmd.Process.Kill()
	<-p.exited
	return p.leash.Close()
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

package mini

import (
	"net"
	"sync"
	"time"
)

const (
	maxUnsent  = 64 << 20    // bytes that a client may be behind before it is cut off
	lastChance = time.Second // for a client to take what is left when its connection is closed
)

// patientConn is a connection on which Write never waits for the client: what it has not taken is kept and written later. Miniredis
// writes messages to subscribers while everybody else waits.
type patientConn struct {
	net.Conn
	limit  int // bytes that may be unsent
	mu     sync.Mutex
	more   sync.Cond // something to write, or closed
	unsent []byte
	closed bool
}

func newPatientConn(conn net.Conn, limit int) *patientConn {
	c := &patientConn{Conn: conn, limit: limit}
	c.more.L = &c.mu
	go c.write()
	return c
}

func (c *patientConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.unsent) > c.limit {
		_ = c.Conn.Close()
	}
	if c.closed || len(c.unsent) > c.limit {
		return 0, net.ErrClosed
	}
	c.unsent = append(c.unsent, p...)
	c.more.Signal()
	return len(p), nil
}

// Close closes the connection when the client has taken what is left.
func (c *patientConn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.closed = true
		_ = c.Conn.SetDeadline(time.Now().Add(lastChance))
		c.more.Signal()
	}
	return nil
}

func (c *patientConn) write() {
	defer c.Conn.Close()
	for {
		c.mu.Lock()
		for len(c.unsent) == 0 && !c.closed {
			c.more.Wait()
		}
		out := c.unsent
		c.unsent = nil
		c.mu.Unlock()
		if len(out) == 0 {
			return
		}
		if _, err := c.Conn.Write(out); err != nil {
			return
		}
	}
}

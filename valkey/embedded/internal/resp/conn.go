package resp

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"time"
)

// Conn is a connection on which one caller at a time sends a command and waits for its reply.
type Conn struct {
	conn net.Conn
	r    *bufio.Reader
}

// Dial connects to a server over a "unix" or "tcp" network.
func Dial(ctx context.Context, network, addr string) (*Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &Conn{conn: c, r: bufio.NewReader(c)}, nil
}

// Close ends the connection.
func (c *Conn) Close() error { return c.conn.Close() }

// Send sends a command without waiting for the reply.
func (c *Conn) Send(args ...string) error {
	_, err := c.conn.Write(AppendCommand(nil, args...))
	return err
}

// Receive waits for the next reply, at most until the context's deadline.
func (c *Conn) Receive(ctx context.Context) (Value, error) {
	deadline, _ := ctx.Deadline()
	if err := c.conn.SetReadDeadline(deadline); err != nil {
		return Value{}, err
	}
	stop := context.AfterFunc(ctx, func() { _ = c.conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	return ReadValue(c.r)
}

// Do sends a command and waits for its reply; an error reply is returned as a Go error that begins with the command's
// name.
func (c *Conn) Do(ctx context.Context, args ...string) (Value, error) {
	if err := c.Send(args...); err != nil {
		return Value{}, fmt.Errorf("%s: %w", args[0], err)
	}
	v, err := c.Receive(ctx)
	if err != nil {
		return Value{}, fmt.Errorf("%s: %w", args[0], err)
	}
	if v.Kind == Error {
		return v, fmt.Errorf("%s: %s", args[0], v.Text)
	}
	return v, nil
}

// AppendCommand encodes a command.
func AppendCommand(out []byte, args ...string) []byte {
	out = header(out, '*', len(args))
	for _, a := range args {
		out = bulk(out, a)
	}
	return out
}

// Field finds one line of an INFO reply, "" when it has none of that name.
func Field(info, name string) string {
	for line := range strings.SplitSeq(info, "\n") {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSuffix(value, "\r")
		}
	}
	return ""
}

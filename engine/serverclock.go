package engine

import (
	"context"
	"sync"
	"time"
)

// serverClockValid is how long this machine's clock is trusted to keep its distance from the server's.
const serverClockValid = 30 * time.Second

// ServerClock is the server's clock, by which scores and time limits are kept, without a command for each look: this machine's may be
// wrong, or be put right meanwhile.
type ServerClock struct {
	Read  func(context.Context) (time.Time, error) // asks the server
	Local func() time.Time                         // this machine's; nil is time.Now

	mu     sync.Mutex
	server time.Time
	readAt time.Time
}

// Now is the server's time. The error is that of Read.
func (c *ServerClock) Now(ctx context.Context) (time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	local := c.Local
	if local == nil {
		local = time.Now
	}
	now := local()
	if c.readAt.IsZero() || now.Sub(c.readAt) >= serverClockValid {
		server, err := c.Read(ctx)
		if err != nil {
			return time.Time{}, err
		}
		c.server, c.readAt = server, now
	}
	return c.server.Add(now.Sub(c.readAt)), nil
}

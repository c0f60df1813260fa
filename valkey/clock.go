package valkey

import (
	"context"
	"sync"
	"time"
)

// clockValid is how long this machine's clock is trusted to keep its distance from the server's.
const clockValid = 30 * time.Second

// serverClock is the server's clock, by which time limits are kept, without a command for each look: this machine's may be wrong, or be
// put right meanwhile.
type serverClock struct {
	mu     sync.Mutex
	server time.Time
	readAt time.Time
	local  func() time.Time // this machine's; nil is time.Now
}

// soon is the server's time so long from now.
func (b *Backend) soon(ctx context.Context, d time.Duration) (time.Time, error) {
	c := &b.clock
	c.mu.Lock()
	defer c.mu.Unlock()
	local := c.local
	if local == nil {
		local = time.Now
	}
	now := local()
	if c.readAt.IsZero() || now.Sub(c.readAt) >= clockValid {
		server, err := b.ServerTime(ctx)
		if err != nil {
			return time.Time{}, err
		}
		c.server, c.readAt = server, now
	}
	return c.server.Add(now.Sub(c.readAt) + d), nil
}

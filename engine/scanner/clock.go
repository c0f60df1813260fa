package scanner

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// clockValid is how long this machine's clock is trusted to keep its distance from the server's.
const clockValid = 30 * time.Second

// clock is the server's clock, by which scores are written, without a command for each look.
type clock struct {
	read func(context.Context) (time.Time, error)

	mu     sync.Mutex
	ahead  time.Duration // the server's clock less this machine's
	readAt time.Time
}

func (c *clock) now(ctx context.Context) (time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.readAt.IsZero() || time.Since(c.readAt) >= clockValid {
		server, err := c.read(ctx)
		if err != nil {
			return time.Time{}, fmt.Errorf("read the server's clock: %w", err)
		}
		c.readAt = time.Now()
		c.ahead = server.Sub(c.readAt)
	}
	return time.Now().Add(c.ahead), nil
}

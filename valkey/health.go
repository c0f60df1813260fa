package valkey

import (
	"context"
	"time"

	"ffboard/engine"
)

// Ping asks whether the server answers.
func (b *Backend) Ping(ctx context.Context) error {
	return transport("ping", b.rdb.Ping(ctx).Err())
}

// ServerTime is the clock by which the library stamps.
func (b *Backend) ServerTime(ctx context.Context) (time.Time, error) {
	now, err := b.rdb.Time(ctx).Result()
	if err != nil {
		return time.Time{}, engine.Transport("server_time_ms", err)
	}
	return now, nil
}

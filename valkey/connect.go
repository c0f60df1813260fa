package valkey

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"

	"ffboard/engine"
)

const (
	dialTimeout    = 10 * time.Second
	requestTimeout = 5 * time.Second
)

// Connect dials a deployment, checks that a Valkey answers that can hold one, and reads its partition configuration. It writes
// nothing and loads nothing. The error is a sentence for a person.
func Connect(ctx context.Context, t Target) (*Backend, error) {
	b := newBackend(t, dial(t))
	if err := b.open(ctx); err != nil {
		_ = b.Close()
		return nil, explained(t, err)
	}
	return b, nil
}

func (b *Backend) open(ctx context.Context) error {
	if err := b.Ping(ctx); err != nil {
		return err
	}
	// A user who may not ask for the server's version can still look at the data.
	if err := b.CheckServer(ctx); err != nil && !denied(err) {
		return err
	}
	found, err := b.readPartitions(ctx)
	if err != nil {
		return engine.Transport("partition configuration", err)
	}
	b.partitioning.Store(&found)
	return nil
}

// dial makes a client. Commands are never repeated behind the caller's back; the caller knows what is safe to repeat.
func dial(t Target) redis.UniversalClient {
	logging.Disable() // it would write over the dashboard; every error is returned as well
	o := redis.UniversalOptions{
		Addrs:                    t.Addrs,
		DB:                       t.Database,
		ClientName:               "ffboard",
		Username:                 t.Username,
		Password:                 t.Password,
		DialTimeout:              dialTimeout,
		DialerRetries:            1,
		ReadTimeout:              requestTimeout,
		WriteTimeout:             requestTimeout,
		ContextTimeoutEnabled:    true,
		MaxRetries:               -1,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	if t.Socket != "" {
		o.Addrs = []string{t.Socket}
		o.Dialer = func(ctx context.Context, _, addr string) (net.Conn, error) {
			return (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "unix", addr)
		}
	}
	if t.TLS {
		o.TLSConfig = t.TLSConfig
		if o.TLSConfig == nil {
			o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		}
	}
	if t.Cluster {
		return dialCluster(o.Cluster())
	}
	return redis.NewClient(o.Simple())
}

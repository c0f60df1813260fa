package valkey

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
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

// Connect dials a deployment, checks that a Valkey answers, and reads its partition configuration. It writes nothing and loads
// nothing. The error is a sentence for a person.
func Connect(ctx context.Context, t Target) (*Backend, error) {
	rdb := dial(t)
	b := New(rdb, engine.DefaultPartitionConfig)
	b.target = t
	if err := b.open(ctx); err != nil {
		_ = rdb.Close()
		return nil, explainConnect(t, err)
	}
	return b, nil
}

func (b *Backend) open(ctx context.Context) error {
	if err := b.rdb.Ping(ctx).Err(); err != nil {
		return err
	}
	var err error
	b.partitions, b.initialised, err = b.readPartitionConfig(ctx)
	return err
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
		return redis.NewClusterClient(o.Cluster())
	}
	return redis.NewClient(o.Simple())
}

// readPartitionConfig reads the deployment's counts; where it was never initialised, the defaults stand and set is false (spec 01
// §2.2).
func (b *Backend) readPartitionConfig(ctx context.Context) (c engine.PartitionConfig, set bool, err error) {
	fields, err := b.rdb.HGetAll(ctx, keyPartitionConfig).Result()
	if err != nil {
		return c, false, err
	}
	c = engine.PartitionConfig{
		Flow:   partitionCount(fields["num_flow_partitions"], engine.DefaultPartitionConfig.Flow),
		Budget: partitionCount(fields["num_budget_partitions"], engine.DefaultPartitionConfig.Budget),
		Quota:  partitionCount(fields["num_quota_partitions"], engine.DefaultPartitionConfig.Quota),
	}
	return c, len(fields) > 0, nil
}

func partitionCount(stored string, def uint16) uint16 {
	n, err := parseWhole(stored)
	if err != nil || n < 1 || n > 65535 {
		return def
	}
	return uint16(n)
}

// explainConnect turns what went wrong into what to do. The chain stays for the log.
func explainConnect(t Target, err error) error {
	reply := ""
	var serverError redis.Error
	if errors.As(err, &serverError) {
		reply = serverError.Error()
	}
	switch {
	case strings.HasPrefix(reply, "NOAUTH"):
		return fmt.Errorf("%s wants a password: set FF_PASSWORD (and FF_USERNAME), or use --password-file or --ask-password: %w", t, err)
	case strings.HasPrefix(reply, "WRONGPASS"):
		return fmt.Errorf("%s refused the user name or the password: check FF_USERNAME and FF_PASSWORD: %w", t, err)
	case strings.HasPrefix(reply, "NOPERM"):
		return fmt.Errorf("%s does not let this user read: the board needs +@read +@connection +info +time on keys ff:*: %w", t, err)
	case strings.Contains(reply, "cluster support disabled"):
		return fmt.Errorf("%s is not a cluster: give one address, without --cluster: %w", t, err)
	case strings.HasPrefix(reply, "LOADING"):
		return fmt.Errorf("%s is still loading its data: try again in a moment: %w", t, err)
	case strings.HasPrefix(reply, "MOVED"):
		return fmt.Errorf("%s belongs to a cluster: add --cluster: %w", t, err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s did not answer in time: check the address and the network: %w", t, err)
	case errors.As(err, new(*tls.RecordHeaderError)), errors.As(err, new(tls.RecordHeaderError)):
		return fmt.Errorf("%s does not speak TLS: use valkey:// instead of rediss://: %w", t, err)
	case errors.As(err, new(*tls.CertificateVerificationError)):
		return fmt.Errorf("the certificate of %s is not trusted: %w", t, err)
	default:
		return fmt.Errorf("cannot reach Valkey at %s: start it, or give its address with --url or FF_HOST and FF_PORT: %w", t, err)
	}
}

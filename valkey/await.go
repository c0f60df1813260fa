package valkey

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	firstConnectPause = 200 * time.Millisecond
	lastConnectPause  = 5 * time.Second
)

// Await is Connect for a process that may start before its server does: it tries again for as long as patience while what is wrong may
// pass by itself (spec 06 §3). A wrong password or another product behind the address is told at once.
func Await(ctx context.Context, t Target, patience time.Duration, log *slog.Logger) (*Backend, error) {
	until := time.Now().Add(patience)
	for pause := firstConnectPause; ; pause = min(2*pause, lastConnectPause) {
		b, err := Connect(ctx, t)
		if err == nil || !passing(err) || time.Until(until) < pause {
			return b, err
		}
		log.Warn("Valkey is not there yet, trying again", "in", pause, "error", err)
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(pause):
		}
	}
}

// starting are the answers of a server or a cluster that is not up yet.
var starting = []string{"LOADING", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN"}

// passing tells whether a failure to connect may be over in a moment: nobody listens yet, or the server is starting.
func passing(err error) bool {
	var answer redis.Error
	if errors.As(err, &answer) {
		return slices.ContainsFunc(starting, func(prefix string) bool { return redis.HasErrorPrefix(answer, prefix) })
	}
	var network *net.OpError
	if errors.As(err, &network) {
		return network.Op == "dial" || network.Op == "read" || network.Op == "write"
	}
	return errors.Is(err, io.EOF) || errors.Is(err, context.DeadlineExceeded)
}

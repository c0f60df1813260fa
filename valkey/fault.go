package valkey

import (
	"errors"
	"net"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// notReady are the server's answers that mean "not now": the command did not run and may be sent again (spec 04b §6).
var notReady = []string{"LOADING", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN", "MOVED", "ASK", "READONLY"}

// fault classes the failure of a command that may have changed something: not sent, refused by the server, or sent without an
// answer, in which case it may have been applied.
func fault(op string, err error) error {
	if functionMissing(err) {
		return engine.LibraryMissing(op, err)
	}
	var answer redis.Error
	if errors.As(err, &answer) {
		for _, prefix := range notReady {
			if redis.HasErrorPrefix(answer, prefix) {
				return engine.Transport(op, err)
			}
		}
		return engine.Refused(op, err)
	}
	var dialing *net.OpError
	if errors.As(err, &dialing) && dialing.Op == "dial" || errors.Is(err, redis.ErrPoolTimeout) || errors.Is(err, redis.ErrClosed) {
		return engine.Transport(op, err)
	}
	return engine.Uncertain(op, err)
}

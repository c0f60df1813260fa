package valkey

import (
	"errors"
	"net"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// notReady are the server's answers that mean "not now": the command did not run and may be sent again (spec 04b §6).
var notReady = []string{"LOADING", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN", "MOVED", "ASK"}

// hindrances are those of a server that is up and will not do it now, each with a reason of its own.
var hindrances = []struct {
	prefix string
	by     engine.Hindrance
}{
	{"OOM ", engine.MemoryFull}, {"BUSY ", engine.BusyScript}, {"READONLY", engine.IsReplica}, {"MISCONF", engine.DiskFailing},
	{"NOREPLICAS", engine.TooLonely},
}

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
		for _, h := range hindrances {
			if redis.HasErrorPrefix(answer, h.prefix) {
				return engine.Hindered(op, h.by, err)
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

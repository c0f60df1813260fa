// Package valkey is engine.Backend on Valkey Functions. Each state transition is one FCALL of the function library in lua/, whose
// name and wire version are FlowFabric's (spec 00).
package valkey

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// Backend is an engine.Backend and an engine.Board on one deployment. It is safe for concurrent use.
type Backend struct {
	rdb    redis.UniversalClient
	target Target

	partitioning atomic.Pointer[partitioning]
	setup        *setup // how this program serves the deployment, nil when it only attaches; set once, before use
	library      libraryWatch

	lanesMet  sync.Map // engine.LaneID: in the registry as far as this process knows
	retention retention
	flowAges  flowAges
	surveys   flowSurveys

	clock            engine.ServerClock
	claims           atomic.Uint32 // claims made, so that each begins elsewhere
	lines            claimLines
	passed           passedBy
	underway         claimsUnderway
	unfit            unfitFor
	watch            lineWatch
	laneSearch       laneSearch
	lanesSeen        sync.Map // engine.LaneID: met in a record or named by a caller
	namespacesSeen   sync.Map // engine.Namespace: met in a record
	occupancy        occupancy
	depths           depthTally
	signals          signalTally
	checkups         checkupTurns
	overview         overviewLooks
	listed           listed
	streamRetentions streamRetentions
	frameWaits       frameWaits
}

var _ engine.Attached = (*Backend)(nil)

// newBackend makes a backend on a client. It sends nothing.
func newBackend(t Target, rdb redis.UniversalClient) *Backend {
	b := &Backend{rdb: rdb, target: t}
	b.clock.Read = b.ServerTime
	b.watch.lately = &b.lines
	b.partitioning.Store(&partitioning{counts: engine.DefaultPartitionConfig})
	if cluster, ok := rdb.(*redis.ClusterClient); ok {
		cluster.OnNewNode(func(node *redis.Client) { node.AddHook(&b.library) })
	} else {
		rdb.AddHook(&b.library)
	}
	return b
}

// Close closes the connections.
func (b *Backend) Close() error {
	b.frameWaits.close()
	b.watch.stop()
	return b.rdb.Close()
}

// reply is a successful function reply: its status word and the fields after it (spec 03a §2.2).
type reply struct {
	status string
	fields []string
}

// field is "" beyond the end.
func (r reply) field(i int) string {
	if i < len(r.fields) {
		return r.fields[i]
	}
	return ""
}

// call makes one FCALL. A rejection comes back as the typed error of its code, anything else as ClassTransport.
func (b *Backend) call(ctx context.Context, op, function string, keys []string, args ...any) (reply, error) {
	elements, err := b.elements(ctx, op, function, keys, args...)
	if err != nil {
		return reply{}, err
	}
	return parseReply(op, function, elements)
}

// elements is call for a reply whose envelope is the caller's business.
func (b *Backend) elements(ctx context.Context, op, function string, keys []string, args ...any) ([]any, error) {
	defer span(ctx, op).End()
	if err := b.checkInitialised(ctx, op); err != nil {
		return nil, err
	}
	before := b.broughtBack()
	elements, err := b.fcall(ctx, function, keys, args...).Slice()
	if b.mayBringBack(err) {
		if err := b.bringBack(ctx, op, before); err != nil {
			return nil, err
		}
		elements, err = b.fcall(ctx, function, keys, args...).Slice()
	}
	if err != nil {
		return nil, fault(op, err)
	}
	return elements, nil
}

// fcall sends a function call once: one that may have reached the server is never sent again behind the caller's back.
func (b *Backend) fcall(ctx context.Context, function string, keys []string, args ...any) *redis.Cmd {
	cmd := functionCall(ctx, function, keys, args...)
	_ = b.rdb.Process(ctx, cmd)
	return cmd.Cmd
}

func functionCall(ctx context.Context, function string, keys []string, args ...any) once {
	words := make([]any, 0, 3+len(keys)+len(args))
	words = append(words, "fcall", function, len(keys))
	for _, k := range keys {
		words = append(words, k)
	}
	return once{redis.NewCmd(ctx, append(words, args...)...)}
}

// once is a command that the client must not repeat by itself.
type once struct{ *redis.Cmd }

func (once) NoRetry() bool { return true }

// parseReply reads the envelope.
func parseReply(op, function string, elements []any) (reply, error) {
	words := make([]string, 0, len(elements))
	for _, e := range elements {
		words = append(words, text(e))
	}
	if len(words) < 2 {
		return reply{}, engine.Transport(op, fmt.Errorf("%s: reply of %d elements", function, len(words)))
	}
	code, isInt := elements[0].(int64)
	switch {
	case !isInt:
		return reply{}, engine.Transport(op, fmt.Errorf("%s: reply does not begin with a number", function))
	case code == 1:
		return reply{status: words[1], fields: words[2:]}, nil
	default:
		return reply{}, engine.FromCode(op, words[1], words[2:])
	}
}

// text renders one reply element; nested arrays are not text.
func text(e any) string {
	switch v := e.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	case int64:
		return strconv.FormatInt(v, 10)
	default:
		return ""
	}
}

// absent tells a nil reply from a failure.
func absent(err error) bool { return errors.Is(err, redis.Nil) }

// transport wraps the failure of a plain command; nil and "absent" are no failures.
func transport(op string, err error) error {
	if err == nil || absent(err) {
		return nil
	}
	return engine.Transport(op, err)
}

// csv joins capability or lane lists for the wire; they are sorted and distinct already.
func csv(items []string) string { return strings.Join(items, ",") }

package valkey

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// Fill says how large a deployment to make up. It is for measuring and for looking at: the keys of spec 01 are written as the library
// would have left them, in every state and with all indexes consistent, without running anything.
type Fill struct {
	Executions int
	Flows      int
	Partitions engine.PartitionConfig
	Lanes      []engine.LaneID
	Seed       uint64
	// AddTo lets it add to a deployment that is there already; otherwise only an empty server will do.
	AddTo    bool
	Progress func(executions int) // called now and then with how many are written; may be nil
}

// Filled is what was written.
type Filled struct {
	Executions, Flows, Commands int
	ByState                     map[engine.PublicState]int
	LargestFlow                 engine.FlowID // "" when there is none
	LargestSize                 int
	Took                        time.Duration
}

// ErrOccupied refuses to fill a server that holds something.
var ErrOccupied = errors.New("the server is not empty")

const (
	// A chunk of flows, or of executions without one, is made up from a seed of its own: who writes it makes no difference.
	flowsPerChunk = 50
	solosPerChunk = 500
	// inFlowsOf100 is how many of a hundred executions belong to a flow.
	inFlowsOf100 = 90
	fillWriters  = 4
)

// Check finds what is wrong with the plan before anything is sent.
func (f Fill) Check() error {
	switch {
	case f.Executions < 1:
		return errors.New("there must be at least one execution")
	case f.Flows < 0 || f.Flows > f.inFlows():
		return fmt.Errorf("%d executions make at most %d flows", f.Executions, f.inFlows())
	}
	return f.boot("00").Validate()
}

func (f Fill) inFlows() int { return f.Executions * inFlowsOf100 / 100 }

func (f Fill) boot(secret string) Boot {
	return Boot{Partitions: f.Partitions, Lanes: f.Lanes, SecretHex: secret}
}

// Fill initialises the deployment and writes the executions.
func (b *Backend) Fill(ctx context.Context, f Fill) (Filled, error) {
	if err := f.Check(); err != nil {
		return Filled{}, err
	}
	if err := b.checkRoom(ctx, f); err != nil {
		return Filled{}, err
	}
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return Filled{}, err
	}
	if err := b.Serve(ctx, f.boot(hex.EncodeToString(secret))); err != nil {
		return Filled{}, err
	}
	begin := time.Now()
	filled, err := b.fill(ctx, f)
	filled.Took = time.Since(begin)
	return filled, err
}

// checkRoom refuses a server on which something is stored, unless that is wanted.
func (b *Backend) checkRoom(ctx context.Context, f Fill) error {
	if f.AddTo {
		return nil
	}
	n, err := b.Keys(ctx)
	if err != nil {
		return err
	}
	if n > 0 {
		return fmt.Errorf("%w: it holds %d keys", ErrOccupied, n)
	}
	return nil
}

// Keys is how many keys the servers hold.
func (b *Backend) Keys(ctx context.Context) (int64, error) {
	var keys atomic.Int64
	err := b.eachPrimary(ctx, func(ctx context.Context, primary *redis.Client) error {
		n, err := primary.DBSize(ctx).Result()
		keys.Add(n)
		return err
	})
	return keys.Load(), transport("count keys", err)
}

func (b *Backend) fill(ctx context.Context, f Fill) (Filled, error) {
	clock, err := b.rdb.Time(ctx).Result()
	if err != nil {
		return Filled{}, engine.Transport("fill", err)
	}
	signing, err := b.readSigningKeys(ctx)
	if err != nil {
		return Filled{}, err
	}
	if f.AddTo {
		f.Seed ^= uint64(clock.UnixNano()) // the ids of an earlier run are taken
	}
	s := &fillScene{b: b, fill: f, now: clock.Truncate(time.Millisecond), signing: signing, total: Filled{ByState: map[engine.PublicState]int{}}}
	s.cast()
	if err := s.write(ctx, s.chunks()); err != nil {
		return s.total, err
	}
	return s.total, nil
}

// fillScene is what all writers of one Fill share.
type fillScene struct {
	b       *Backend
	fill    Fill
	now     time.Time
	signing map[engine.Partition]signingKey
	workers map[engine.LaneID][]fillWorker
	budgets []engine.BudgetID
	quotas  []engine.QuotaPolicyID

	mu    sync.Mutex
	total Filled
}

// chunks are the parts that are written independently of each other.
func (s *fillScene) chunks() []func(*fillWriter) {
	parts := []func(*fillWriter){(*fillWriter).writeCast}
	for first := 0; first < s.fill.Flows; first += flowsPerChunk {
		parts = append(parts, func(w *fillWriter) {
			for i := first; i < min(first+flowsPerChunk, s.fill.Flows); i++ {
				w.writeFlow(i)
				w.flushFull()
			}
		})
	}
	solos := s.fill.Executions - s.membersBefore(s.fill.Flows)
	for first := 0; first < solos; first += solosPerChunk {
		parts = append(parts, func(w *fillWriter) {
			for i := first; i < min(first+solosPerChunk, solos); i++ {
				w.writeSolo(i)
				w.flushFull()
			}
		})
	}
	return parts
}

// sizeWeights make flows of different size: most are small.
var sizeWeights = [...]int{2, 4, 5, 6, 8, 10, 15, 22}

// membersBefore is how many members all flows before the ith have together.
func (s *fillScene) membersBefore(i int) int {
	if s.fill.Flows == 0 {
		return 0
	}
	weight := func(n int) int {
		sum, round := 0, 0
		for k, w := range sizeWeights {
			round += w
			if k < n%len(sizeWeights) {
				sum += w
			}
		}
		return sum + n/len(sizeWeights)*round
	}
	spare := s.fill.inFlows() - s.fill.Flows // beyond the one that each has
	return i + spare*weight(i)/weight(s.fill.Flows)
}

// write lets writers take the chunks one after the other.
func (s *fillScene) write(ctx context.Context, chunks []func(*fillWriter)) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var next atomic.Int64
	var writing sync.WaitGroup
	for range fillWriters {
		writing.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(chunks) {
					return
				}
				w := newFillWriter(ctx, s, uint64(i))
				chunks[i](w)
				if err := w.finish(); err != nil {
					stop(err)
				}
			}
		})
	}
	writing.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// signingKey signs waitpoint tokens of a partition.
type signingKey struct {
	kid    string
	secret []byte
}

func (b *Backend) readSigningKeys(ctx context.Context) (map[engine.Partition]signingKey, error) {
	const op = "fill"
	partitions := slices.Collect(b.Partitions().FlowPartitions())
	reads := make([]*redis.MapStringStringCmd, len(partitions))
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, partition := range partitions {
			reads[i] = p.HGetAll(ctx, partitionKeys(partition).hmacSecrets())
		}
	})
	if err != nil {
		return nil, err
	}
	keys := make(map[engine.Partition]signingKey, len(partitions))
	for i, partition := range partitions {
		kid := reads[i].Val()["current_kid"]
		secret, err := hex.DecodeString(reads[i].Val()["secret:"+kid])
		if kid == "" || err != nil || len(secret) == 0 {
			return nil, fmt.Errorf("partition %s has no usable signing key", partition)
		}
		keys[partition] = signingKey{kid: kid, secret: secret}
	}
	return keys, nil
}

package valkey

import (
	"context"
	"crypto/rand"
	"encoding/hex"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	measure "ffboard/engine/bench"
)

// BenchServer is a server to measure on.
type BenchServer struct {
	Target     Target
	Partitions engine.PartitionConfig
	Lane       engine.LaneID
	// Erase makes each deployment an empty one: EVERYTHING on the server is deleted before it. Otherwise what is there stays, and what
	// is measured stays as well.
	Erase bool
}

// Open initialises a deployment.
func (s BenchServer) Open(ctx context.Context) (_ *measure.Deployment, err error) {
	b, err := Connect(ctx, s.Target)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = b.Close()
		}
	}()
	if s.Erase {
		if err := b.erase(ctx); err != nil {
			return nil, err
		}
	} else if b.partitioning.Load().stored {
		s.Partitions = b.Partitions()
	}
	d := &measure.Deployment{Backend: b, Meter: NewMeter(b), Filler: benchFiller{b}, Close: b.Close}
	if f := NewFloorRecorder(ctx, b); f != nil && s.Erase {
		d.Recorder = f
	}
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return nil, err
	}
	boot := Boot{Partitions: s.Partitions, Lanes: []engine.LaneID{s.Lane}, SecretHex: hex.EncodeToString(secret)}
	return d, b.Serve(ctx, boot)
}

// Close leaves an erased server without keys, as it was found.
func (s BenchServer) Close(ctx context.Context) error {
	if !s.Erase {
		return nil
	}
	b, err := Connect(ctx, s.Target)
	if err != nil {
		return err
	}
	defer b.Close()
	return b.erase(ctx)
}

// erase deletes every key of every primary. Functions stay.
func (b *Backend) erase(ctx context.Context) error {
	return b.eachPrimary(ctx, func(ctx context.Context, primary *redis.Client) error {
		return transport("erase", primary.FlushAll(ctx).Err())
	})
}

// benchFiller fills a deployment that is measured.
type benchFiller struct{ b *Backend }

func (f benchFiller) Fill(ctx context.Context, executions, flows int, lanes []engine.LaneID) error {
	_, err := f.b.Fill(ctx, Fill{Executions: executions, Flows: flows, Partitions: f.b.Partitions(), Lanes: lanes, Seed: 1, AddTo: true})
	return err
}

// Held counts what the indexes of all executions hold.
func (f benchFiller) Held(ctx context.Context) (int, error) {
	var counts []*redis.IntCmd
	err := f.b.pipelined(ctx, "count executions", func(p redis.Pipeliner) {
		for partition := range f.b.Partitions().FlowPartitions() {
			counts = append(counts, p.SCard(ctx, partitionKeys(partition).allExecutions()))
		}
	})
	held := 0
	for _, count := range counts {
		held += valueOf(count)
	}
	return held, err
}

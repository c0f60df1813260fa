package valkey

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

const (
	signalFeedBuffer = 256
	signalFeedBatch  = 128 // entries of one partition a round
	// signalFeedBlock is how long a read waits on the server for something new.
	signalFeedBlock = 5 * time.Second
	// signalFeedPoll is the pause between reads where one command cannot wait on all partitions, in a cluster.
	signalFeedPoll = time.Second
	// signalFeedRetry is the wait before a lost connection is made again.
	signalFeedRetry = time.Second
)

// SubscribeSignals reads the delivery feeds of partitions (spec 03b §1.7, §6.15). "From now on" is fixed before it returns: what is
// delivered afterwards arrives. Each partition has a place of its own, so a lost connection, which is reported as an
// event with Lost set, costs nothing that the server still has.
func (b *Backend) SubscribeSignals(ctx context.Context, from []engine.FeedPlace) (<-chan engine.SignalEvent, error) {
	f := &signalFeed{out: make(chan engine.SignalEvent, signalFeedBuffer)}
	if err := f.begin(ctx, b, from); err != nil {
		return nil, err
	}
	if len(from) == 0 {
		close(f.out)
		return f.out, nil
	}
	client, single := b.rdb.(*redis.Client)
	go func() {
		defer close(f.out)
		if single {
			f.wait(ctx, client)
		} else {
			f.poll(ctx, b)
		}
	}()
	return f.out, nil
}

// signalFeed is one subscription: the feeds that it reads and the last entry that it has seen of each.
type signalFeed struct {
	partitions []engine.Partition
	keys       []string
	last       []string
	out        chan engine.SignalEvent
}

// begin finds where each feed goes on.
func (f *signalFeed) begin(ctx context.Context, b *Backend, from []engine.FeedPlace) error {
	const op = "subscribe_signal_delivery"
	ends := make([]*redis.XMessageSliceCmd, len(from))
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, place := range from {
			key := partitionKeys(place.Partition).signalDelivery()
			f.partitions = append(f.partitions, place.Partition)
			f.keys = append(f.keys, key)
			ends[i] = p.XRevRangeN(ctx, key, "+", "-", 1)
		}
	})
	if err != nil {
		return err
	}
	for i, place := range from {
		last, fromNow, err := engine.DecodeSubscriptionCursor(place.Cursor)
		if err != nil {
			return engine.WithOp(op, err)
		}
		switch entries := ends[i].Val(); {
		case !fromNow:
			f.last = append(f.last, last.String())
		case len(entries) > 0:
			f.last = append(f.last, entries[0].ID)
		default:
			f.last = append(f.last, "0-0")
		}
	}
	return nil
}

// wait reads all feeds with one blocking command, on a connection of its own. A loss is told once, however long it lasts.
func (f *signalFeed) wait(ctx context.Context, shared *redis.Client) {
	for connected := true; ; {
		options := *shared.Options()
		options.PoolSize, options.MinIdleConns, options.MaxRetries = 1, 0, -1
		client := redis.NewClient(&options)
		// Closing is what ends a blocked read.
		stop := context.AfterFunc(ctx, func() { _ = client.Close() })
		connected = f.follow(ctx, client) || connected
		stop()
		_ = client.Close()
		if ctx.Err() != nil || connected && !f.send(ctx, engine.SignalEvent{Lost: true}) {
			return
		}
		connected = false
		if !pause(ctx, signalFeedRetry) {
			return
		}
	}
}

// follow reads until the connection fails or ctx ends, and tells whether a read succeeded before.
func (f *signalFeed) follow(ctx context.Context, client *redis.Client) (succeeded bool) {
	for {
		streams, err := client.XRead(ctx, &redis.XReadArgs{
			Streams: append(append([]string{}, f.keys...), f.last...),
			Count:   signalFeedBatch,
			Block:   signalFeedBlock,
		}).Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			return succeeded
		}
		succeeded = true
		if !f.deliver(ctx, streams) {
			return succeeded
		}
	}
}

// poll reads each feed by a command of its own, all in one round trip a node.
func (f *signalFeed) poll(ctx context.Context, b *Backend) {
	healthy := true
	for pause(ctx, signalFeedPoll) {
		reads := make([]*redis.XStreamSliceCmd, len(f.keys))
		err := b.pipelined(ctx, "subscribe_signal_delivery", func(p redis.Pipeliner) {
			for i, key := range f.keys {
				reads[i] = p.XRead(ctx, &redis.XReadArgs{Streams: []string{key, f.last[i]}, Count: signalFeedBatch, Block: -1})
			}
		})
		if err != nil {
			if healthy && !f.send(ctx, engine.SignalEvent{Lost: true}) {
				return
			}
			healthy = false
			continue
		}
		healthy = true
		for _, read := range reads {
			if !f.deliver(ctx, read.Val()) {
				return
			}
		}
	}
}

// deliver sends entries on and moves past them; false when ctx ended.
func (f *signalFeed) deliver(ctx context.Context, streams []redis.XStream) bool {
	for _, stream := range streams {
		for i, key := range f.keys {
			if key != stream.Stream {
				continue
			}
			for _, entry := range stream.Messages {
				event := decodeSignalEvent(entry)
				event.Place = placeAfter(f.partitions[i], entry.ID)
				if !f.send(ctx, event) {
					return false
				}
				f.last[i] = entry.ID
			}
		}
	}
	return true
}

// placeAfter is the place behind an entry of a feed.
func placeAfter(p engine.Partition, entryID string) engine.FeedPlace {
	id, _ := engine.ParseEntryID(entryID) // the server's own
	return engine.FeedPlace{Partition: p, Cursor: id.SubscriptionCursor()}
}

// send tells whether the event was taken.
func (f *signalFeed) send(ctx context.Context, event engine.SignalEvent) bool {
	select {
	case f.out <- event:
		return true
	case <-ctx.Done():
		return false
	}
}

// pause tells whether the time passed before ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// decodeSignalEvent reads one entry of a delivery feed.
func decodeSignalEvent(entry redis.XMessage) engine.SignalEvent {
	fields := make(map[string]string, len(entry.Values))
	for name, value := range entry.Values {
		fields[name] = text(value)
	}
	r := newRecord(fields)
	r.required("execution_id")
	r.required("signal_id")
	event := engine.SignalEvent{
		Execution:      id(r, "execution_id", engine.ParseExecutionID),
		Waitpoint:      id(r, "waitpoint_id", engine.ParseWaitpointID),
		Signal:         id(r, "signal_id", engine.ParseSignalID),
		SourceIdentity: r.text("source_identity"),
		Effect:         r.text("effect"),
		At:             r.time("delivered_at_ms"),
	}
	if event.At.IsZero() {
		event.At = entryTime(entry.ID)
	}
	event.Malformed = r.bad
	return event
}

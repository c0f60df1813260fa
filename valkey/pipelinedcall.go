package valkey

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// pipelinedCalls sends function calls among other commands in one round trip. Commands keep their own errors; the first of them is
// a function call, whose answer tells whether the library is there.
func (b *Backend) pipelinedCalls(ctx context.Context, op string, queue func(redis.Pipeliner)) error {
	defer span(ctx, op).End()
	if err := b.checkInitialised(ctx, op); err != nil {
		return err
	}
	send := func() error {
		_, err := b.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
			queue(p)
			return nil
		})
		return err
	}
	before := b.broughtBack()
	if !b.mayBringBack(send()) {
		return nil
	}
	if err := b.bringBack(ctx, op, before); err != nil {
		return err
	}
	_ = send()
	return nil
}

// queueCall adds an FCALL to a pipeline; resultOf reads its reply.
func queueCall(ctx context.Context, p redis.Pipeliner, function string, keys []string, args ...any) *redis.Cmd {
	cmd := functionCall(ctx, function, keys, args...)
	_ = p.Process(ctx, cmd)
	return cmd.Cmd
}

// resultOf is call's result for an FCALL that was queued.
func resultOf(op, function string, cmd *redis.Cmd) (reply, error) {
	elements, err := cmd.Slice()
	if err != nil {
		return reply{}, fault(op, err)
	}
	return parseReply(op, function, elements)
}

// guarded runs queue as one transaction if the records named by keys are still as the check found them: the check reads through
// the watching connection and says whether to go on. done is false when it said no, or when somebody wrote meanwhile.
func (b *Backend) guarded(ctx context.Context, op string, check func(tx *redis.Tx) (bool, error), queue func(redis.Pipeliner), keys ...string) (done bool, err error) {
	err = b.rdb.Watch(ctx, func(tx *redis.Tx) error {
		proceed, err := check(tx)
		if err != nil || !proceed {
			return err
		}
		_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
			queue(p)
			return nil
		})
		done = err == nil
		return err
	}, keys...)
	if err == redis.TxFailedErr {
		return false, nil
	}
	return done, transport(op, err)
}

package valkey

import (
	"context"
	"encoding/hex"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

const (
	seedSecretHexChars = 64

	// A rotation works on so many partitions at once, and tries each so often.
	rotationsAtOnce  = 16
	rotationAttempts = 3

	expiresAtPrefix = "expires_at:"
)

// RotateSecrets makes kid the signing key of every flow partition (spec 03b §4.6, §6.12): one result a partition, in their order. A
// repeat after a half-done rotation only does what is missing.
func (b *Backend) RotateSecrets(ctx context.Context, kid, secretHex string, grace time.Duration) ([]engine.RotationResult, error) {
	const op = "rotate_waitpoint_hmac_secret_all"
	if b.foreign(ctx) {
		if err := b.checkForeignRotation(ctx, op, kid); err != nil {
			return nil, err
		}
	}
	partitions := slices.Collect(b.Partitions().FlowPartitions())
	results := make([]engine.RotationResult, len(partitions))
	var running sync.WaitGroup
	slots := make(chan struct{}, rotationsAtOnce)
	for i, partition := range partitions {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			results[i] = b.rotateSecret(ctx, op, partition, kid, secretHex, grace)
		})
	}
	running.Wait()
	return results, nil
}

// rotateSecret is ff_rotate_waitpoint_hmac_secret, again when the way to the server fails: a repeat of a rotation that was made
// changes nothing.
func (b *Backend) rotateSecret(ctx context.Context, op string, partition engine.Partition, kid, secretHex string, grace time.Duration,
) engine.RotationResult {
	result := engine.RotationResult{Partition: partition}
	for attempt := 1; ; attempt++ {
		r, err := b.call(ctx, op, "ff_rotate_waitpoint_hmac_secret",
			[]string{partitionKeys(partition).hmacSecrets()},
			kid,
			secretHex,
			millisOf(grace),
		)
		if errors.Is(err, engine.ClassTransport) && attempt < rotationAttempts && ctx.Err() == nil {
			continue
		}
		if err != nil {
			result.Err = err
			return result
		}
		if r.field(0) == "noop" {
			result.Noop = true
			return result
		}
		result.PreviousKid = r.field(1)
		result.Collected, err = strconv.Atoi(r.field(3))
		if err != nil {
			result.Err = badField(op, "gc_count", r.field(3))
		}
		return result
	}
}

// checkForeignRotation refuses a kid that some partition knows without signing with it: FlowFabric's library would overwrite its
// secret and later delete it while it is in use.
func (b *Backend) checkForeignRotation(ctx context.Context, op, kid string) error {
	stored, err := b.readSecretFields(ctx, op, "current_kid", expiresAtPrefix+kid)
	if err != nil {
		return err
	}
	for _, secrets := range stored {
		if secrets.text(expiresAtPrefix+kid) != "" && secrets.text("current_kid") != kid {
			return engine.FromCode(op, string(engine.CodeRotationConflict), []string{kid})
		}
	}
	return nil
}

// SeedSecret installs the first signing key on the flow partitions that have none (spec 03b §6.12). All are read before any is
// written: one that signs with another kid refuses the whole.
func (b *Backend) SeedSecret(ctx context.Context, kid, secretHex string) (engine.SeededSecret, error) {
	const op = "seed_waitpoint_hmac_secret"
	var seeded engine.SeededSecret
	if _, err := hex.DecodeString(secretHex); err != nil || len(secretHex) != seedSecretHexChars {
		return seeded, engine.Invalid(op, "secret_hex must be 64 hex characters (256-bit secret)")
	}
	if kid == "" {
		return seeded, engine.Invalid(op, "kid must be non-empty")
	}
	if strings.Contains(kid, ":") {
		return seeded, engine.Invalid(op, "kid must not contain a colon: tokens under it would never verify")
	}
	if err := b.checkInitialised(ctx, op); err != nil {
		return seeded, err
	}
	secretField := "secret:" + kid
	stored, err := b.readSecretFields(ctx, op, "current_kid", secretField)
	if err != nil {
		return seeded, err
	}
	var lacking []engine.Partition
	next := 0
	for partition := range b.Partitions().FlowPartitions() {
		secrets := stored[next]
		next++
		current := secrets.text("current_kid")
		_, installed := secrets.fields[secretField]
		switch {
		case current != "" && current != kid:
			return engine.SeededSecret{}, engine.Invalid(op, "partition "+partition.Tag()+" signs with kid "+current)
		case current == "" || !installed:
			lacking = append(lacking, partition)
		case secrets.text(secretField) != secretHex:
			seeded.Differ++
		}
	}
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for _, partition := range lacking {
			p.HSet(ctx, partitionKeys(partition).hmacSecrets(), "current_kid", kid, secretField, secretHex)
		}
	})
	if err != nil {
		return engine.SeededSecret{}, err
	}
	seeded.Installed = len(lacking)
	return seeded, nil
}

// readSecretFields reads fields of every flow partition's signing keys, in one round trip.
func (b *Backend) readSecretFields(ctx context.Context, op string, fields ...string) ([]*record, error) {
	var reads []*redis.SliceCmd
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for partition := range b.Partitions().FlowPartitions() {
			reads = append(reads, p.HMGet(ctx, partitionKeys(partition).hmacSecrets(), fields...))
		}
	})
	if err != nil {
		return nil, err
	}
	records := make([]*record, len(reads))
	for i, read := range reads {
		records[i] = readHash(read, fields)
	}
	return records, nil
}

// ListSecretKids lists the kid that signs and those that still verify, the former first (spec 03b §4.7). It reads names and times
// by plain commands, never a secret, so that a user who may only read can look.
func (b *Backend) ListSecretKids(ctx context.Context, p engine.Partition) ([]engine.SecretKid, error) {
	const op = "list_secret_kids"
	key := partitionKeys(p).hmacSecrets()
	names, err := b.rdb.HKeys(ctx, key).Result()
	if err != nil {
		return nil, engine.Transport(op, err)
	}
	fields := slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, expiresAtPrefix) })
	fields = append(fields, "current_kid")
	var read *redis.SliceCmd
	var clock *redis.TimeCmd
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		read = p.HMGet(ctx, key, fields...)
		clock = p.Time(ctx)
	})
	if err != nil {
		return nil, err
	}
	return decodeSecretKids(readHash(read, fields), clock.Val()), nil
}

func decodeSecretKids(r *record, now time.Time) []engine.SecretKid {
	var kids []engine.SecretKid
	current := r.text("current_kid")
	for field, text := range r.fields {
		kid, verifying := strings.CutPrefix(field, expiresAtPrefix)
		if !verifying || kid == current {
			continue
		}
		if expires, ok := parseExpiry(text); ok && !expires.Before(now.Truncate(time.Millisecond)) {
			kids = append(kids, engine.SecretKid{Kid: kid, ExpiresAt: expires})
		}
	}
	slices.SortFunc(kids, func(a, b engine.SecretKid) int { return strings.Compare(a.Kid, b.Kid) })
	if current == "" {
		return kids
	}
	return slices.Insert(kids, 0, engine.SecretKid{Kid: current, Current: true})
}

// parseExpiry reads the end of a kid's grace. FlowFabric's library writes one that is far away with an exponent, past what a whole
// number of a float holds.
func parseExpiry(text string) (time.Time, bool) {
	ms, err := strconv.ParseFloat(text, 64)
	if err != nil || !(ms > 0) || ms > math.MaxInt64/2 {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(ms)), true
}

package valkey

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strconv"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// Boot says what to initialise a deployment with (spec 04a §3.3).
type Boot struct {
	Partitions     engine.PartitionConfig
	Lanes          []engine.LaneID
	SecretHex      string // waitpoint signing secret, hex; used on partitions that have none
	ReplaceLibrary bool   // replace a library of another version
	Log            *slog.Logger
}

// Validate finds what is wrong with the configuration before anything is sent.
func (c Boot) Validate() error {
	if c.Partitions.Flow == 0 || c.Partitions.Budget == 0 || c.Partitions.Quota == 0 {
		return errors.New("partition counts must be 1 to 65535 (FF_FLOW_PARTITIONS, FF_BUDGET_PARTITIONS, FF_QUOTA_PARTITIONS)")
	}
	if len(c.Lanes) == 0 {
		return errors.New("no lanes configured: set FF_LANES or --lanes, such as default,gpu")
	}
	seen := map[engine.LaneID]bool{}
	for _, lane := range c.Lanes {
		if _, err := engine.ParseLaneID(string(lane)); err != nil {
			return fmt.Errorf("lane %q: %w", lane, err)
		}
		if seen[lane] {
			return fmt.Errorf("lane %q is listed twice", lane)
		}
		seen[lane] = true
	}
	if c.SecretHex == "" {
		return errors.New("no waitpoint signing secret: set FF_WAITPOINT_HMAC_SECRET to 64 hex digits, the same for every engine of the deployment (for instance from: openssl rand -hex 32)")
	}
	if _, err := hex.DecodeString(c.SecretHex); err != nil {
		return errors.New("the waitpoint signing secret is not hex of even length: FF_WAITPOINT_HMAC_SECRET takes 64 hex digits")
	}
	return nil
}

// Serve initialises a deployment for an engine, in the order of spec 04a §3.3: version, partitions, secrets, library, lanes. What is
// there already stands; where it contradicts the configuration the error says so and nothing more is written.
func (b *Backend) Serve(ctx context.Context, c Boot) error {
	if err := c.Validate(); err != nil {
		return err
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if err := b.CheckServer(ctx); err != nil {
		return err
	}
	if err := b.claimPartitions(ctx, c.Partitions); err != nil {
		return err
	}
	differs, err := b.seedSecrets(ctx, c.SecretHex)
	if err != nil {
		return err
	}
	if differs > 0 {
		c.Log.Warn("the configured signing secret differs from the stored one; the stored one stands, use rotation to change it",
			"partitions", differs, "of", b.partitions.Flow)
	}
	if err := b.loadLibrary(ctx, c.ReplaceLibrary); err != nil {
		return err
	}
	b.serving = true
	members := make([]any, len(c.Lanes))
	for i, lane := range c.Lanes {
		members[i] = string(lane)
	}
	return engineError("register lanes", b.rdb.SAdd(ctx, keyLaneRegistry, members...).Err())
}

func engineError(op string, err error) error {
	if err == nil {
		return nil
	}
	return engine.Transport(op, err)
}

// claimPartitions writes the counts on an empty deployment in one command, so that a crash cannot leave half of them, and compares
// them otherwise. Missing fields whose siblings agree are completed.
func (b *Backend) claimPartitions(ctx context.Context, want engine.PartitionConfig) error {
	const op = "partition configuration"
	counts := []struct {
		field string
		value uint16
	}{
		{"num_flow_partitions", want.Flow},
		{"num_budget_partitions", want.Budget},
		{"num_quota_partitions", want.Quota},
	}
	stored, err := b.rdb.HGetAll(ctx, keyPartitionConfig).Result()
	if err != nil {
		return engine.Transport(op, err)
	}
	for _, c := range counts {
		have, found := stored[c.field]
		if found && have != strconv.Itoa(int(c.value)) {
			return fmt.Errorf("partition_mismatch: %s: stored=%q, configured=%d: this deployment was made with other partition counts; "+
				"set FF_FLOW_PARTITIONS, FF_BUDGET_PARTITIONS and FF_QUOTA_PARTITIONS to the stored ones", c.field, have, c.value)
		}
	}
	if len(stored) == 0 {
		err = b.rdb.HSet(ctx, keyPartitionConfig, counts[0].field, counts[0].value, counts[1].field, counts[1].value,
			counts[2].field, counts[2].value).Err()
	} else if len(stored) < len(counts) {
		_, err = b.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, c := range counts {
				p.HSetNX(ctx, keyPartitionConfig, c.field, c.value)
			}
			return nil
		})
	}
	if err != nil {
		return engine.Transport(op, err)
	}
	b.partitions, b.initialised = want, true
	return nil
}

// seedSecrets installs the signing secret on every flow partition that has none and repairs torn ones. differs counts the
// partitions whose stored secret is another one: it stands.
func (b *Backend) seedSecrets(ctx context.Context, secretHex string) (differs int, err error) {
	const op = "signing secret"
	var current []*redis.StringCmd
	_, err = b.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for part := range b.partitions.FlowPartitions() {
			current = append(current, p.HGet(ctx, partitionKeys(part).hmacSecrets(), "current_kid"))
		}
		return nil
	})
	if err = transport(op, err); err != nil {
		return 0, err
	}
	secrets := make([]*redis.StringCmd, len(current))
	_, err = b.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		i := 0
		for part := range b.partitions.FlowPartitions() {
			key, kid := partitionKeys(part).hmacSecrets(), current[i].Val()
			if kid == "" {
				p.HSet(ctx, key, "current_kid", "k1", "secret:k1", secretHex)
			} else {
				secrets[i] = p.HGet(ctx, key, "secret:"+kid)
			}
			i++
		}
		return nil
	})
	if err = transport(op, err); err != nil {
		return 0, err
	}
	_, err = b.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		i := 0
		for part := range b.partitions.FlowPartitions() {
			if cmd := secrets[i]; cmd != nil {
				switch stored := cmd.Val(); stored {
				case "":
					p.HSet(ctx, partitionKeys(part).hmacSecrets(), "secret:"+current[i].Val(), secretHex)
				case secretHex:
				default:
					differs++
				}
			}
			i++
		}
		return nil
	})
	return differs, transport(op, err)
}

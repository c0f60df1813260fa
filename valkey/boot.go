package valkey

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"

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
		return errors.New("no lanes configured: set FF_LANES, such as default,gpu")
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
// there already stands; where it contradicts the configuration the error says so and nothing is written. From then on this program
// brings back what the server loses. Call it once, before the backend is used.
func (b *Backend) Serve(ctx context.Context, c Boot) error {
	if err := c.Validate(); err != nil {
		return err
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if err := b.initialise(ctx, c); err != nil {
		return explained(b.target, err)
	}
	c.ReplaceLibrary = false // what stands now was agreed to; what somebody loads later was not
	b.setup = &setup{config: c}
	return nil
}

func (b *Backend) initialise(ctx context.Context, c Boot) error {
	if err := b.CheckServer(ctx); err != nil {
		return err
	}
	if err := b.checkLibrary(ctx, c.ReplaceLibrary); err != nil {
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
			"partitions", differs, "of", c.Partitions.Flow)
	}
	if err := b.loadLibrary(ctx, c.ReplaceLibrary); err != nil {
		return err
	}
	return b.registerLanes(ctx, c.Lanes)
}

func (b *Backend) registerLanes(ctx context.Context, lanes []engine.LaneID) error {
	members := make([]any, len(lanes))
	for i, lane := range lanes {
		members[i] = string(lane)
	}
	return transport("register lanes", b.rdb.SAdd(ctx, keyLaneRegistry, members...).Err())
}

package valkey

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/engine/enginetest"
)

func TestABootConfigurationIsCheckedBeforeAnythingIsSent(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*Boot)
		want   string
	}{
		{"no flow partitions", func(c *Boot) { c.Partitions.Flow = 0 }, "partition counts must be 1 to 65535"},
		{"no lanes", func(c *Boot) { c.Lanes = nil }, "no lanes configured"},
		{"Q-004: a lane that is too long", func(c *Boot) { c.Lanes = append(c.Lanes, engine.LaneID(strings.Repeat("x", 65))) }, `lane "xxxxx`},
		{"Q-004: a lane with a control byte", func(c *Boot) { c.Lanes = append(c.Lanes, "a\nb") }, `lane "a\nb"`},
		{"Q-004: a lane twice", func(c *Boot) { c.Lanes = append(c.Lanes, "gpu") }, `lane "gpu" is listed twice`},
		{"no secret", func(c *Boot) { c.SecretHex = "" }, "no waitpoint signing secret"},
		{"a secret of odd length", func(c *Boot) { c.SecretHex = "abc" }, "not hex of even length"},
		{"a secret that is no hex", func(c *Boot) { c.SecretHex = "xyzw" }, "not hex of even length"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := testBoot()
			c.Lanes = []engine.LaneID{"default", "gpu"}
			tc.change(&c)
			// A backend without a client would not survive a command.
			err := (&Backend{}).Serve(t.Context(), c)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v", err)
			}
			if c.SecretHex != "" && strings.Contains(err.Error(), c.SecretHex) {
				t.Errorf("the error holds the secret: %v", err)
			}
		})
	}
}

func TestADeploymentIsInitialisedAndASecondBootChangesNothing(t *testing.T) {
	eachEmptyServer(t, func(t *testing.T, b *Backend) {
		ctx := enginetest.Context(t)
		if d, err := b.Deployment(ctx); err != nil || d.PartitionsSet || d.LibraryVersion != "" || len(d.Lanes) != 0 {
			t.Fatalf("empty: %+v, %v", d, err)
		}
		for range 2 {
			if err := connect(t, b.target).Serve(ctx, testBoot()); err != nil {
				t.Fatal(err)
			}
			d, err := b.Deployment(ctx)
			if err != nil || !d.PartitionsSet || d.Partitions != testPartitions || len(d.Lanes) != 2 || d.ServerName != "valkey" || d.Nodes != 1 {
				t.Errorf("got %+v, %v", d, err)
			}
			for p := range testPartitions.FlowPartitions() {
				want := map[string]string{"current_kid": "k1", "secret:k1": testSecret}
				if got := b.rdb.HGetAll(ctx, partitionKeys(p).hmacSecrets()).Val(); !maps.Equal(got, want) {
					t.Errorf("%s holds %d fields", p, len(got))
				}
			}
		}
		if loaded(t, b) != Library() {
			t.Error("the library is another one")
		}
		if n := b.rdb.DBSize(ctx).Val(); n != int64(testPartitions.Flow)+2 {
			t.Errorf("%d keys", n)
		}
	})
}

func TestQ206PartitionCountsAreWrittenByOneCommand(t *testing.T) {
	eachEmptyServer(t, func(t *testing.T, b *Backend) {
		sent := &sentCommands{}
		b.rdb.AddHook(sent)
		if err := b.Serve(enginetest.Context(t), testBoot()); err != nil {
			t.Fatal(err)
		}
		var writes []string
		for _, command := range sent.all() {
			if strings.Contains(command, keyPartitionConfig) && strings.HasPrefix(command, "hset") {
				writes = append(writes, command)
			}
		}
		if len(writes) != 1 || strings.Count(writes[0], "num_") != 3 {
			t.Errorf("written by %q", writes)
		}
	})
}

func TestQ206HalfWrittenPartitionCountsAreCompleted(t *testing.T) {
	for _, tc := range []struct {
		name   string
		stored map[string]string
	}{
		{"one field", map[string]string{"num_flow_partitions": "4"}},
		{"the last field alone", map[string]string{"num_quota_partitions": "2"}},
		{"two and a stranger's", map[string]string{"num_flow_partitions": "4", "num_quota_partitions": "2", "note": "x"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			eachEmptyServer(t, func(t *testing.T, b *Backend) {
				ctx := enginetest.Context(t)
				b.rdb.HSet(ctx, keyPartitionConfig, tc.stored)
				if err := b.Serve(ctx, testBoot()); err != nil {
					t.Fatal(err)
				}
				want := map[string]string{"num_flow_partitions": "4", "num_budget_partitions": "2", "num_quota_partitions": "2"}
				got := b.rdb.HGetAll(ctx, keyPartitionConfig).Val()
				delete(got, "note")
				if !maps.Equal(got, want) {
					t.Errorf("got %v", got)
				}
			})
		})
	}
}

func TestOtherPartitionCountsStopTheBootBeforeItWritesMore(t *testing.T) {
	for _, tc := range []struct {
		name, field, stored string
	}{
		{"flow", "num_flow_partitions", "256"},
		{"budget", "num_budget_partitions", "3"},
		{"quota", "num_quota_partitions", "1"},
		{"no number", "num_flow_partitions", "many"},
		{"nothing", "num_flow_partitions", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			eachEmptyServer(t, func(t *testing.T, b *Backend) {
				ctx := enginetest.Context(t)
				b.rdb.HSet(ctx, keyPartitionConfig, tc.field, tc.stored)
				err := b.Serve(ctx, testBoot())
				if err == nil || !strings.Contains(err.Error(), "partition_mismatch: "+tc.field+`: stored="`+tc.stored+`", configured=`) {
					t.Errorf("got %v", err)
				}
				if n := b.rdb.HLen(ctx, keyPartitionConfig).Val(); n != 1 || b.rdb.DBSize(ctx).Val() != 1 || loaded(t, b) != "" {
					t.Errorf("%d fields, %d keys", n, b.rdb.DBSize(ctx).Val())
				}
			})
		})
	}
}

func TestOfTwoFirstBootsWithOtherCountsOneWins(t *testing.T) {
	eachEmptyServer(t, func(t *testing.T, b *Backend) {
		ctx := enginetest.Context(t)
		errs := make([]error, 4)
		var running sync.WaitGroup
		for i := range errs {
			backend := connect(t, b.target)
			running.Go(func() {
				errs[i] = backend.claimPartitions(ctx, engine.PartitionConfig{Flow: uint16(i + 1), Budget: 1, Quota: 1})
			})
		}
		running.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !strings.Contains(err.Error(), "partition_mismatch") {
				t.Error(err)
			}
		}
		if won != 1 {
			t.Errorf("%d won: %v", won, errs)
		}
	})
}

func TestQ207BeforeThereIsADeploymentWritersRefuse(t *testing.T) {
	eachEmptyServer(t, func(t *testing.T, b *Backend) {
		ctx := enginetest.Context(t)
		flow := engine.NewFlowID()
		id := b.Partitions().NewSolo("default")
		writers := map[string]func(b *Backend) error{
			"create": func(b *Backend) error {
				_, err := b.CreateExecution(ctx, engine.CreateExecution{ID: b.Partitions().NewSolo("default"), Lane: "default"})
				return err
			},
			"create flow": func(b *Backend) error {
				_, err := b.CreateFlow(ctx, engine.CreateFlow{ID: flow, Kind: "k", Namespace: "ns"})
				return err
			},
			"register": func(b *Backend) error {
				_, err := b.RegisterWorker(ctx, engine.Worker{ID: "w", Instance: "i", Namespace: "ns", Lanes: enginetest.Lanes, LivenessTTL: 1e9})
				return err
			},
			"share": func(b *Backend) error {
				_, _, err := b.HoldShare(ctx, "s", "e", 1e9)
				return err
			},
			"seed": func(b *Backend) error {
				_, err := b.SeedSecret(ctx, "k1", testSecret)
				return err
			},
			"grant": func(b *Backend) error {
				_, err := b.IssueClaimGrant(ctx, engine.IssueGrant{Execution: id, Lane: "default", Worker: "w", WorkerInstance: "i", TTL: 1e9})
				return err
			},
		}
		for name, write := range writers {
			if err := write(b); !errors.Is(err, engine.CodeNotInitialised) || engine.Retryable(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := b.rdb.DBSize(ctx).Val(); n != 0 {
			t.Errorf("%d keys", n)
		}

		// Once there is one, they go by its counts, without a new connection. The call that learns them was made for others.
		if err := connect(t, b.target).Serve(ctx, testBoot()); err != nil {
			t.Fatal(err)
		}
		if err := writers["create"](b); !errors.Is(err, errCountsLearnt) || !engine.Retryable(err) {
			t.Errorf("the first: %v", err)
		}
		for name, write := range writers {
			if err := write(b); err != nil && name != "grant" { // what it was for is not there
				t.Errorf("%s: %v", name, err)
			}
		}
		if b.Partitions() != testPartitions {
			t.Errorf("it goes by %+v", b.Partitions())
		}
	})
}

func TestQ207ABoardThatCameTooEarlyTakesTheCountsUp(t *testing.T) {
	eachEmptyServer(t, func(t *testing.T, b *Backend) {
		ctx := enginetest.Context(t)
		if _, err := b.Depths(ctx); err != nil {
			t.Fatal(err)
		}
		serving := connect(t, b.target)
		if err := serving.Serve(ctx, testBoot()); err != nil {
			t.Fatal(err)
		}
		x := newBench(t, serving)
		x.submit()
		if d, err := b.Deployment(ctx); err != nil || !d.PartitionsSet || b.Partitions() != testPartitions {
			t.Fatalf("got %+v, %v", d, err)
		}
		depths, err := b.Depths(ctx)
		if err != nil || depths.Of != int(testPartitions.Flow) || depths.Covered != depths.Of || depths.Lanes[0].ByIndex[engine.IndexEligible] != 1 {
			t.Errorf("got %+v, %v", depths, err)
		}
	})
}

func TestQ212SecretsAreSeededAndTornOnesCompleted(t *testing.T) {
	const other = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"
	secrets := func(p uint16) string {
		return partitionKeys(engine.Partition{Family: engine.FamilyFlow, Index: p}).hmacSecrets()
	}
	eachEmptyServer(t, func(t *testing.T, b *Backend) {
		ctx := enginetest.Context(t)
		b.rdb.HSet(ctx, secrets(0), "current_kid", "k1", "secret:k1", other)
		b.rdb.HSet(ctx, secrets(1), "current_kid", "k7")
		b.rdb.HSet(ctx, secrets(2), "current_kid", "k2", "secret:k1", testSecret, "secret:k2", other, "expires_at:k1", "99999999999999")
		var log bytes.Buffer
		c := testBoot()
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
		if err := b.Serve(ctx, c); err != nil {
			t.Fatal(err)
		}
		for p, want := range []map[string]string{
			{"current_kid": "k1", "secret:k1": other},
			{"current_kid": "k7", "secret:k7": testSecret},
			{"current_kid": "k2", "secret:k1": testSecret, "secret:k2": other, "expires_at:k1": "99999999999999"},
			{"current_kid": "k1", "secret:k1": testSecret},
		} {
			if got := b.rdb.HGetAll(ctx, secrets(uint16(p))).Val(); !maps.Equal(got, want) {
				t.Errorf("partition %d is not as it should be: current kid %q, %d fields", p, got["current_kid"], len(got))
			}
		}
		if said := log.String(); strings.Count(said, "\n") != 1 || !strings.Contains(said, "partitions=2 of=4") ||
			strings.Contains(said, testSecret) || strings.Contains(said, other) {
			t.Errorf("it said %s", said)
		}
	})
}

func TestABadSecretKeyStopsTheBootByName(t *testing.T) {
	eachEmptyServer(t, func(t *testing.T, b *Backend) {
		ctx := enginetest.Context(t)
		b.rdb.Set(ctx, partitionKeys(engine.Partition{Family: engine.FamilyFlow, Index: 2}).hmacSecrets(), "x", 0)
		if err := b.Serve(ctx, testBoot()); err == nil || !strings.Contains(err.Error(), "{fp:2}") {
			t.Errorf("got %v", err)
		}
		if n := b.rdb.DBSize(ctx).Val(); n != 2 {
			t.Errorf("%d keys", n)
		}
	})
}

// sentCommands are the commands that a client sends, as text.
type sentCommands struct {
	mu       sync.Mutex
	commands []string
}

func (s *sentCommands) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commands
}

func (s *sentCommands) add(cmds ...redis.Cmder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, cmd := range cmds {
		var words []string
		for _, word := range cmd.Args() {
			words = append(words, text(word))
		}
		s.commands = append(s.commands, strings.Join(words, " "))
	}
}

func (s *sentCommands) DialHook(next redis.DialHook) redis.DialHook { return next }

func (s *sentCommands) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		s.add(cmd)
		return next(ctx, cmd)
	}
}

func (s *sentCommands) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		s.add(cmds...)
		return next(ctx, cmds)
	}
}

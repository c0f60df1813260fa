package valkey

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/engine/enginetest"
	"ffboard/valkey/embedded"
)

// withUser makes a user of a real server for one test, and gives a target that names it.
func withUser(t *testing.T, admin *Backend, name, password, rules string) Target {
	t.Helper()
	words := []any{"acl", "setuser", name, "reset", "on", ">" + password}
	for _, rule := range strings.Fields(rules) {
		words = append(words, rule)
	}
	err := admin.eachPrimary(enginetest.Context(t), func(ctx context.Context, primary *redis.Client) error {
		return primary.Do(ctx, words...).Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	target := admin.target
	target.Username, target.Password = name, password
	return target
}

func TestQ208CredentialsAreUsedAndTheirAbsenceIsTold(t *testing.T) {
	needServer(t)
	target := ownServer(t, embedded.Options{})
	admin := connect(t, target)
	ctx := enginetest.Context(t)
	withUser(t, admin, "ann", "right", "~* &* +@all")
	if err := admin.rdb.ConfigSet(ctx, "requirepass", "hunter2").Err(); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, username, password string
		want                     string // "" connects
	}{
		{"a user with the password", "ann", "right", ""},
		{"the default user with the password", "", "hunter2", ""},
		{"the default user by name", "default", "hunter2", ""},
		{"a wrong password", "ann", "wrong-secret", "refused the user name or the password"},
		{"a wrong password of the default user", "", "wrong-secret", "refused the user name or the password"},
		{"no such user", "bob", "right", "refused the user name or the password"},
		{"no password", "", "", "wants a password: set FF_PASSWORD"},
		{"a user without a password", "ann", "", "wants a password: set FF_PASSWORD"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			target := target
			target.Username, target.Password = tc.username, tc.password
			b, err := Connect(ctx, target)
			if err == nil {
				defer b.Close()
			}
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v", err)
			}
			if err != nil && tc.password != "" && strings.Contains(err.Error(), tc.password) {
				t.Errorf("the error holds the password: %v", err)
			}
			if strings.Contains(target.String(), "hunter2") || strings.Contains(target.String(), "ann") {
				t.Errorf("shown as %s", target)
			}
		})
	}
	target.Password = "hunter2"
	if err := connect(t, target).Serve(ctx, testBoot()); err != nil {
		t.Errorf("an engine with a password: %v", err)
	}
}

// reads are all that a dashboard with --read-only sends, by the name of the method.
func reads(id engine.ExecutionID, flow engine.FlowID) map[string]func(ctx context.Context, b *Backend) error {
	partition := id.Partition()
	none := func(_ any, err error) error { return err }
	return map[string]func(ctx context.Context, b *Backend) error{
		"Deployment":     func(ctx context.Context, b *Backend) error { return none(b.Deployment(ctx)) },
		"Depths":         func(ctx context.Context, b *Backend) error { return none(b.Depths(ctx)) },
		"FlowRows":       func(ctx context.Context, b *Backend) error { return none(b.FlowRows(ctx, engine.FlowQuery{Limit: 9})) },
		"FlowDetail":     func(ctx context.Context, b *Backend) error { return none(b.FlowDetail(ctx, flow, 9)) },
		"ExecutionFacts": func(ctx context.Context, b *Backend) error { return none(b.ExecutionFacts(ctx, id)) },
		"FlowFacts":      func(ctx context.Context, b *Backend) error { return none(b.FlowFacts(ctx, flow)) },
		"SurveyFlow": func(ctx context.Context, b *Backend) error {
			return none(b.SurveyFlow(ctx, engine.FlowSurveyQuery{Flow: flow, Watch: []engine.ExecutionID{id}}))
		},
		"ExecutionSpans": func(ctx context.Context, b *Backend) error {
			return none(b.ExecutionSpans(ctx, []engine.ExecutionID{id}))
		},
		"LaneExecutions": func(ctx context.Context, b *Backend) error {
			return none(b.LaneExecutions(ctx, "default", engine.IndexSuspended, 9))
		},
		"SuspendedRows":   func(ctx context.Context, b *Backend) error { return none(b.SuspendedRows(ctx, 9)) },
		"ExecutionDetail": func(ctx context.Context, b *Backend) error { return none(b.ExecutionDetail(ctx, id)) },
		"ExecutionEdges":  func(ctx context.Context, b *Backend) error { return none(b.ExecutionEdges(ctx, id)) },
		"StreamRows":      func(ctx context.Context, b *Backend) error { return none(b.StreamRows(ctx, nil, 9)) },
		"ExecutionRows": func(ctx context.Context, b *Backend) error {
			return none(b.ExecutionRows(ctx, []engine.ExecutionID{id}))
		},

		"WorkerRows":   func(ctx context.Context, b *Backend) error { return none(b.WorkerRows(ctx)) },
		"WorkerLeases": func(ctx context.Context, b *Backend) error { return none(b.WorkerLeases(ctx, "w", 9)) },
		"Leases": func(ctx context.Context, b *Backend) error {
			for _, kind := range []engine.LeaseKind{engine.LeasesHeld, engine.LeasesExpired, engine.LeasesRevoked} {
				if err := none(b.Leases(ctx, kind, 9)); err != nil {
					return err
				}
			}
			return nil
		},
		"BudgetRows": func(ctx context.Context, b *Backend) error { return none(b.BudgetRows(ctx, 0, 9)) },
		"QuotaRows":  func(ctx context.Context, b *Backend) error { return none(b.QuotaRows(ctx, 0, 9)) },
		"AttachedExecutions": func(ctx context.Context, b *Backend) error {
			_, _, err := b.AttachedExecutions(ctx, engine.Partition{Family: engine.FamilyBudget}, "b", 9)
			return err
		},
		"Checkup": func(ctx context.Context, b *Backend) error {
			c, err := b.Checkup(ctx)
			for _, node := range c.Nodes {
				if node.Unreachable != "" { // told of each, while others answer
					return &engine.Error{Class: engine.ClassTransport, Detail: node.Unreachable}
				}
				if node.Version == "" || node.SlowLog < 0 || b.target.Cluster && node.ClusterState == "" {
					return fmt.Errorf("not permitted: %+v", node)
				}
			}
			return err
		},

		"Ping":       func(ctx context.Context, b *Backend) error { return b.Ping(ctx) },
		"ServerTime": func(ctx context.Context, b *Backend) error { return none(b.ServerTime(ctx)) },
		"ReadStream": func(ctx context.Context, b *Backend) error {
			return none(b.ReadStream(ctx, id, 0, "", "", 9))
		},
		"TailStream": func(ctx context.Context, b *Backend) error {
			return none(b.TailStream(ctx, engine.TailQuery{Execution: id, Limit: 9, After: "end", Block: 10 * time.Millisecond}))
		},
		"ReadSummary":   func(ctx context.Context, b *Backend) error { return none(b.ReadSummary(ctx, id, 0)) },
		"StreamMeta":    func(ctx context.Context, b *Backend) error { return none(b.StreamMeta(ctx, id, 0)) },
		"ListLanes":     func(ctx context.Context, b *Backend) error { return none(b.ListLanes(ctx, "", 9)) },
		"ListSuspended": func(ctx context.Context, b *Backend) error { return none(b.ListSuspended(ctx, partition, "", 9)) },
		"ListExecutions": func(ctx context.Context, b *Backend) error {
			return none(b.ListExecutions(ctx, partition, "", 9))
		},
		"ListFlows": func(ctx context.Context, b *Backend) error { return none(b.ListFlows(ctx, partition, "", 9)) },
		"ListPendingWaitpoints": func(ctx context.Context, b *Backend) error {
			return none(b.ListPendingWaitpoints(ctx, id, "", 9))
		},
		"ListExpiredLeases": func(ctx context.Context, b *Backend) error {
			return none(b.ListExpiredLeases(ctx, time.Now(), nil, 9))
		},
		"ListSecretKids":    func(ctx context.Context, b *Backend) error { return none(b.ListSecretKids(ctx, partition)) },
		"ListWorkers":       func(ctx context.Context, b *Backend) error { return none(b.ListWorkers(ctx, "test", "", 9)) },
		"DescribeExecution": func(ctx context.Context, b *Backend) error { return none(b.DescribeExecution(ctx, id)) },
		"DescribeFlow":      func(ctx context.Context, b *Backend) error { return none(b.DescribeFlow(ctx, flow)) },
		"ExecutionResult":   func(ctx context.Context, b *Backend) error { return none(b.ExecutionResult(ctx, id)) },
		"SubscribeCompletions": func(ctx context.Context, b *Backend) error {
			return none(b.SubscribeCompletions(ctx))
		},
	}
}

func TestTheBoardNeedsNoMoreThanItsRights(t *testing.T) {
	t.Parallel()
	methods := reads("", "")
	for _, board := range []reflect.Type{reflect.TypeFor[engine.Board](), reflect.TypeFor[engine.HealthBoard](), reflect.TypeFor[engine.WorkerBoard](), reflect.TypeFor[engine.BudgetBoard]()} {
		for i := range board.NumMethod() {
			if methods[board.Method(i).Name] == nil {
				t.Errorf("%s is not tried", board.Method(i).Name)
			}
		}
	}
	t.Run("on a server", func(t *testing.T) {
		needServer(t)
		t.Parallel()
		boardWithItsRights(t, ownServer(t, embedded.Options{}))
	})
	t.Run("on a cluster", func(t *testing.T) {
		t.Parallel()
		boardWithItsRights(t, ownCluster(t, 3, 0).target())
	})
}

func boardWithItsRights(t *testing.T, target Target) {
	admin := newDeployment(t, target)
	x := newBench(t, admin)
	flow := x.newFlow()
	waiting := x.submit(inFlow(x, flow))
	x.join(flow, waiting)
	x.suspended(x.claim(waiting), waitFor("go"))
	x.working()

	ctx := enginetest.Context(t)
	b := connect(t, withUser(t, admin, "board", "right", BoardRights))
	try := func(t *testing.T) {
		for name, read := range reads(waiting, flow) {
			if err := read(ctx, b); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	try(t)
	d, err := b.Deployment(ctx)
	if err != nil || d.LibraryVersion != WireVersion || !d.Ours || d.ServerVersion == "" || b.target.Cluster && d.Nodes != 3 {
		t.Errorf("got %+v, %v", d, err)
	}
	loadAnother(t, admin, WireVersion)
	b.library.forget()
	if d, err := b.Deployment(ctx); err != nil || d.LibraryVersion != WireVersion || d.Ours {
		t.Errorf("FlowFabric's library: %+v, %v", d, err)
	}
	try(t)
	if err := b.ChangePriority(ctx, waiting, 3); err == nil {
		t.Error("it may write")
	}
	if _, err := b.rdb.Get(ctx, "elsewhere").Result(); !denied(err) {
		t.Errorf("it may read what is not FlowFabric's: %v", err)
	}
}

func TestQ208AnEngineWorksWithAUserOfItsOwn(t *testing.T) {
	needServer(t)
	target := ownServer(t, embedded.Options{})
	ctx := enginetest.Context(t)
	b := connect(t, withUser(t, connect(t, target), "engine", "right", "~ff:* &ff:* +@all -@dangerous +info"))
	if err := b.Serve(ctx, testBoot()); err != nil {
		t.Fatal(err)
	}
	x := newBench(t, b)
	x.suspended(x.working(), waitFor("go"))
	if _, err := b.RotateSecrets(ctx, "k2", testSecret, time.Minute); err != nil {
		t.Error(err)
	}
	if _, _, err := b.HoldShare(ctx, "s", "e", time.Second); err != nil {
		t.Error(err)
	}
}

func TestTheReadmeNamesTheBoardsRights(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), BoardRights) {
		t.Errorf("README.md does not name %s", BoardRights)
	}
}

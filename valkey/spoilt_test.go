package valkey

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/engine/enginetest/hostile"
	"ffboard/valkey/embedded"
)

// lists are the board's reads of many things. However a record or an index is spoilt, the rest of a list is answered.
var lists = []struct {
	name string
	read func(ctx context.Context, b *Backend) (rows int, err error)
}{
	{"Deployment", func(ctx context.Context, b *Backend) (int, error) { _, err := b.Deployment(ctx); return 0, err }},
	{"Depths", func(ctx context.Context, b *Backend) (int, error) { _, err := b.Depths(ctx); return 0, err }},
	{"FlowRows", func(ctx context.Context, b *Backend) (int, error) {
		rows, err := b.FlowRows(ctx, engine.FlowQuery{Limit: 1000})
		return len(rows.Rows), err
	}},
	{"LaneExecutions", func(ctx context.Context, b *Backend) (n int, err error) {
		for _, idx := range engine.LaneIndexes() {
			rows, e := b.LaneExecutions(ctx, "default", idx, 1000)
			n, err = n+len(rows), errors.Join(err, e)
		}
		return n, err
	}},
	{"SuspendedRows", func(ctx context.Context, b *Backend) (int, error) {
		rows, err := b.SuspendedRows(ctx, 1000)
		return len(rows.Rows), err
	}},
	{"SignalGroups", func(ctx context.Context, b *Backend) (int, error) {
		groups, err := b.SignalGroups(ctx)
		for _, g := range groups.Groups {
			_, e := b.SignalGroupRows(ctx, g.Key, 100)
			err = errors.Join(err, e)
		}
		return 0, err
	}},
	{"StreamRows", func(ctx context.Context, b *Backend) (int, error) {
		_, err := b.StreamRows(ctx, nil, 1000)
		return 0, err
	}},
	{"Ended", func(ctx context.Context, b *Backend) (int, error) { _, err := b.Ended(ctx); return 0, err }},
	{"LongestSuspended", func(ctx context.Context, b *Backend) (int, error) {
		_, err := b.LongestSuspended(ctx, 100)
		return 0, err
	}},
	{"OrphanedLeases", func(ctx context.Context, b *Backend) (int, error) {
		_, err := b.OrphanedLeases(ctx, 100)
		return 0, err
	}},
	{"FailingFlows", func(ctx context.Context, b *Backend) (int, error) { _, err := b.FailingFlows(ctx, 100); return 0, err }},
	{"Checkup", func(ctx context.Context, b *Backend) (int, error) { _, err := b.Checkup(ctx); return 0, err }},
	{"WorkerRows", func(ctx context.Context, b *Backend) (int, error) {
		rows, err := b.WorkerRows(ctx)
		return len(rows.Rows), err
	}},
	{"Leases", func(ctx context.Context, b *Backend) (n int, err error) {
		for _, kind := range []engine.LeaseKind{engine.LeasesHeld, engine.LeasesExpired, engine.LeasesRevoked} {
			rows, e := b.Leases(ctx, kind, 1000)
			n, err = n+len(rows.Rows), errors.Join(err, e)
		}
		return n, err
	}},
	{"BudgetRows", func(ctx context.Context, b *Backend) (int, error) {
		rows, err := b.BudgetRows(ctx, 0, 1000)
		return len(rows.Rows), err
	}},
	{"QuotaRows", func(ctx context.Context, b *Backend) (int, error) {
		rows, err := b.QuotaRows(ctx, 0, 1000)
		return len(rows.Rows), err
	}},
	{"SearchExecutions", func(ctx context.Context, b *Backend) (n int, err error) {
		for _, text := range []string{"", "state:active", "lane:default", "tag:a=b", "kind:x"} {
			q, problem := engine.ParseExecutionQuery(text)
			if problem != nil {
				continue
			}
			found, e := b.SearchExecutions(ctx, q, "", 1000)
			err = errors.Join(err, e)
			if text == "" {
				n = len(found.Rows)
			}
		}
		return n, err
	}},
}

// thingRead is a read about one thing: it may say that its record is spoilt, and nothing worse.
type thingRead struct {
	name string
	read func(ctx context.Context, b *Backend, of thing) error
}

// flowReads are those about an execution or a flow.
var flowReads = []thingRead{
	{"ExecutionRows", func(ctx context.Context, b *Backend, of thing) error {
		rows, err := b.ExecutionRows(ctx, []engine.ExecutionID{of.execution})
		if err == nil && len(rows) != 1 {
			return fmt.Errorf("%d rows of one", len(rows))
		}
		return err
	}},
	{"ExecutionDetail", func(ctx context.Context, b *Backend, of thing) error {
		_, err := b.ExecutionDetail(ctx, of.execution)
		return err
	}},
	{"ExecutionEdges", func(ctx context.Context, b *Backend, of thing) error {
		_, err := b.ExecutionEdges(ctx, of.execution)
		return err
	}},
	{"ExecutionFacts", func(ctx context.Context, b *Backend, of thing) error {
		_, err := b.ExecutionFacts(ctx, of.execution)
		return err
	}},
	{"ExecutionSpans", func(ctx context.Context, b *Backend, of thing) error {
		_, err := b.ExecutionSpans(ctx, []engine.ExecutionID{of.execution})
		return err
	}},
	{"ListPendingWaitpoints", func(ctx context.Context, b *Backend, of thing) error {
		_, err := b.ListPendingWaitpoints(ctx, of.execution, "", 100)
		return err
	}},
	{"ReadStream", func(ctx context.Context, b *Backend, of thing) error {
		_, err := b.ReadStream(ctx, of.execution, 0, "", "", 1000)
		return err
	}},
	{"StreamMeta", func(ctx context.Context, b *Backend, of thing) error {
		_, err := b.StreamMeta(ctx, of.execution, 0)
		return err
	}},
	{"ReadSummary", func(ctx context.Context, b *Backend, of thing) error {
		_, err := b.ReadSummary(ctx, of.execution, 0)
		return err
	}},
	{"FlowDetail", func(ctx context.Context, b *Backend, of thing) error {
		_, err := b.FlowDetail(ctx, of.flow, 1000)
		return err
	}},
	{"SurveyFlow", func(ctx context.Context, b *Backend, of thing) error {
		_, err := b.SurveyFlow(ctx, engine.FlowSurveyQuery{Flow: of.flow, Edges: true})
		return err
	}},
	{"FlowFacts", func(ctx context.Context, b *Backend, of thing) error { _, err := b.FlowFacts(ctx, of.flow); return err }},
}

// budgetReads are those about a budget.
var budgetReads = []thingRead{
	{"BudgetStatus", func(ctx context.Context, b *Backend, of thing) error {
		_, err := b.BudgetStatus(ctx, of.budget)
		return err
	}},
	{"AttachedExecutions", func(ctx context.Context, b *Backend, of thing) error {
		_, _, err := b.AttachedExecutions(ctx, engine.Partition{Family: engine.FamilyBudget}, string(of.budget), 100)
		return err
	}},
}

// thing is what a key is about, whichever of the three it is.
type thing struct {
	execution engine.ExecutionID
	flow      engine.FlowID
	budget    engine.BudgetID
}

var (
	tagOf  = regexp.MustCompile(`\{[a-z]+:\d+\}`)
	uuidOf = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	digits = regexp.MustCompile(`\d+`)
)

func thingOf(key string) thing {
	uuid := uuidOf.FindString(key)
	return thing{engine.ExecutionID(tagOf.FindString(key) + ":" + uuid), engine.FlowID(uuid), engine.BudgetID(uuid)}
}

// readsOf are the reads about what a key is about, where its name tells.
func readsOf(key string) []thingRead {
	switch tag := tagOf.FindString(key); {
	case !uuidOf.MatchString(key):
		return nil
	case strings.HasPrefix(tag, "{fp:"):
		return flowReads
	case strings.HasPrefix(tag, "{b:"):
		return budgetReads
	default:
		return nil
	}
}

// familyOf is a key's name without what tells it from others of its kind.
func familyOf(key string) string {
	return digits.ReplaceAllString(uuidOf.ReplaceAllString(key, "#"), "#")
}

// lies stand in for the text of a field: what no field holds, and what some would hold.
var lies = slices.Concat(garbage, []string{
	"-9223372036854775808", "9223372036854775807", "18446744073709551615", "253402300800000", "-62135596800001", "\x1b[2J\x1b]52;c;aGk=\a",
	"\u202e\u2066\u200b", "\xff\xfe\xed\xa0\x80", "{fp:3}:00000000-0000-0000-0000-000000000000", "../../etc/passwd", "-rf", "\n\r\t\v\f\u0085\u2028",
	strings.Repeat("[", hostile.Deep) + strings.Repeat("]", hostile.Deep), strings.Repeat("y", hostile.Huge),
})

// wrongs are all ways in which one key can be wrong.
func (k keyspace) wrongs(key string) []spoiling {
	c := functionCalled{before: keyspace{key: k[key]}}
	var all []spoiling
	for _, way := range c.spoilings() {
		if strings.HasPrefix(way.what, key) {
			all = append(all, way)
		}
	}
	was := k[key]
	for i, entry := range was.entries {
		if was.kind != "hash" {
			break
		}
		for _, lie := range lies[len(garbage):] {
			all = append(all, spoiling{fmt.Sprintf("%s %s %.40q", key, entry[0], lie), func(c *functionCalled) { c.before.setField(key, i, []string{entry[0], lie}) }})
		}
	}
	// One entry doubled under a hostile name, in what has entries.
	extra := map[string][]string{"hash": {"\x1b[2J", "\xff"}, "zset": {"\x1b[2J\xff", "inf"}, "set": {"\x1b[2J\xff"}, "list": {"\x1b[2J"}, "stream": {"9999999999999-1", "\x1b[2J", "\xff"}}
	if entry := extra[was.kind]; entry != nil {
		all = append(all, spoiling{key + " with a stranger in it", func(c *functionCalled) {
			s := c.before[key]
			s.entries = append(slices.Clone(s.entries), entry)
			c.before[key] = s
		}})
	}
	return all
}

// spoiltThinning is how many ways the short form has for each that it tries.
const spoiltThinning = 1499

// Each key of a deployment that FlowFabric left is spoilt in every way, one at a time, and everything that the board reads is read: nothing
// panics, no list is refused for it, and none loses more than the one row. FFBOARD_SPOIL=20 tries one way in 20, on
// the real server as well; all of them take an hour.
func TestWhateverIsStoredTheBoardIsRead(t *testing.T) {
	thinning, options := spoiltThinning, []embedded.Options{{InProcess: true}}
	if one, err := strconv.Atoi(os.Getenv("FFBOARD_SPOIL")); err == nil {
		thinning, options = max(one, 1), garbageServers(t)
	}
	for _, o := range options {
		t.Run(fmt.Sprintf("in process %v", o.InProcess), func(t *testing.T) {
			b := newDeployment(t, ownServer(t, o))
			x := newBench(t, b)
			x.ctx = t.Context() // that of a bench ends before the long form does
			x.loadFixture()
			server := newKeyspaceServer(t, connect(t, b.target).rdb)
			sound := server.look()
			s := spoilt{bench: x, sound: server.look(), before: map[string]int{}}
			for _, l := range lists {
				for range b.Partitions().Flow { // until all of them had their turn
					n, err := l.read(x.ctx, b)
					x.must(err)
					s.before[l.name] = n
				}
			}
			tried, n := 0, 0
			for _, key := range s.ofEachFamily() {
				for _, way := range sound.wrongs(key) {
					if n++; n%thinning != 0 {
						continue
					}
					tried++
					c := functionCalled{before: keyspace{key: sound[key]}}
					c = c.spoiled(way)
					server.turn(keyspace{key: sound[key]}, c.before)
					s.read(key, way.what)
					server.turn(c.before, keyspace{key: sound[key]})
				}
			}
			t.Logf("%d of %d ways tried, on %d families of keys", tried, n, len(s.ofEachFamily()))
		})
	}
}

func TestAKeyOfAnotherKindIsToldOfTheRecordAndNotOfTheServer(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		member := f.member()
		f.must(b.rdb.Del(f.ctx, f.k.members()).Err())
		f.must(b.rdb.RPush(f.ctx, f.k.members(), "x").Err())
		for range 2 {
			survey, err := b.SurveyFlow(f.ctx, engine.FlowSurveyQuery{Flow: f.flow})
			if err != nil || len(survey.Flow.Malformed) != 1 || survey.Flow.Malformed[0].Field != "members" {
				t.Fatalf("the survey tells %+v, %v", survey, err)
			}
		}
		f.must(b.rdb.Set(f.ctx, keysOf(member).attemptSummary(0), "x", 0).Err())
		if _, err := b.ReadSummary(f.ctx, member, 0); !errors.Is(err, engine.ClassCorruption) {
			t.Errorf("the summary's reading gave %v", err)
		}
	})
}

// spoilt is a deployment one key of which is wrong.
type spoilt struct {
	bench
	sound  keyspace
	before map[string]int // rows of each list
}

// ofEachFamily is one key of each kind, the fullest.
func (s spoilt) ofEachFamily() []string {
	fullest := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(s.sound)) {
		family := familyOf(key)
		if was, found := fullest[family]; !found || len(s.sound[key].entries) > len(s.sound[was].entries) {
			fullest[family] = key
		}
	}
	return slices.Sorted(maps.Values(fullest))
}

func (s spoilt) read(key, what string) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, 20*time.Second)
	defer cancel()
	for _, l := range lists {
		n, err := l.read(ctx, s.Backend)
		switch {
		case err != nil:
			s.Errorf("%.200s: %s: %.300v", what, l.name, err)
		case s.sound[key].kind == "hash" && n < s.before[l.name]-1:
			s.Errorf("%.200s: %s has %d rows of %d", what, l.name, n, s.before[l.name])
		}
	}
	for _, each := range readsOf(key) {
		err := each.read(ctx, s.Backend, thingOf(key))
		var e *engine.Error
		if err != nil && (!errors.As(err, &e) || e.Class != engine.ClassCorruption && e.Class != engine.ClassNotFound) {
			s.Errorf("%.200s: %s: %.300v", what, each.name, err)
		}
	}
}

package valkey

import (
	"context"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/valkey/embedded"
)

// A call that answers an error must not have written anything (spec 03a §2.2; Q-015): whoever made it may take it for not made. These
// tests begin with calls that succeed, spoil arguments, keys and records one at a time, and compare the whole keyspace.

// rejectionsThatWrite are the rejections of which the spec says that they write, and the keys in which.
var rejectionsThatWrite = []struct {
	functions string // "" for all that have the code
	code      string
	section   string
	keys      []string // parts of their names; nil for any
}{
	{"", "lease_expired", "03a §2.14: the lease is marked as run out", []string{":core", ":lease:history", ":meta"}},
	{"ff_reclaim_execution", "max_retries_exhausted", "03a §3.8 check 6: the execution fails", nil},
	{"ff_claim_resumed_execution", "claim_grant_expired", "03b §4.10 check 6: the grant goes", []string{":claim_grant"}},
	{signalFunctions, "invalid_token", "03b §2.4", []string{":core"}},
	{signalFunctions, "token_expired", "03b §2.4", []string{":core"}},
	{signalFunctions, "missing_token", "03b §2.4", []string{":core"}},
	{signalFunctions, "invalid_secret", "03b §2.4", []string{":core"}},
	{signalFunctions, "hmac_secret_not_initialized", "03b §2.4", []string{":core"}},
	{signalFunctions, "invalid_keys_missing_hmac", "03b §2.4", []string{":core"}},
	{"ff_close_waitpoint", "waitpoint_not_found", "Q-066: the index entry goes", []string{":pending_waitpoint_expiry"}},
	{"ff_close_waitpoint", "waitpoint_not_pending", "Q-067: the index entry goes", []string{":pending_waitpoint_expiry"}},
	{"ff_resolve_dependency", "invariant_violation", "03c §3.8, quorum step 3: its count stays", []string{":dep:", "unresolved", ":edgegroup:"}},
	{"ff_issue_claim_grant ff_issue_reclaim_grant", "capability_mismatch", "03d §5.1 check 9", []string{":core"}},
	{"ff_issue_claim_grant", "execution_not_found", "Q-125: a stray entry goes", []string{":eligible"}},
	{"ff_issue_claim_grant", "execution_not_eligible", "Q-125: a stray entry goes", []string{":eligible"}},
}

const signalFunctions = "ff_deliver_signal ff_buffer_signal_for_pending_waitpoint"

// functionCalled is one FCALL, with the keyspace that it found.
type functionCalled struct {
	function   string
	keys, args []string
	before     keyspace
}

func (c functionCalled) clone() functionCalled {
	c.keys, c.args, c.before = slices.Clone(c.keys), slices.Clone(c.args), maps.Clone(c.before)
	return c
}

// callWatch keeps the last call of a function.
type callWatch struct {
	function string
	server   keyspaceServer

	mu   sync.Mutex // a rotation calls for several partitions at once
	last functionCalled
}

func (w *callWatch) DialHook(next redis.DialHook) redis.DialHook { return next }

func (w *callWatch) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		for _, cmd := range cmds {
			w.note(cmd)
		}
		return next(ctx, cmds)
	}
}

func (w *callWatch) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		w.note(cmd)
		return next(ctx, cmd)
	}
}

func (w *callWatch) note(cmd redis.Cmder) {
	words := make([]string, len(cmd.Args()))
	for i, arg := range cmd.Args() {
		words[i] = wireText(arg)
	}
	if cmd.Name() != "fcall" || words[1] != w.function {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	n, err := strconv.Atoi(words[2])
	w.server.must(err)
	w.last = functionCalled{words[1], words[3 : 3+n], words[3+n:], w.server.look()}
}

// wireText is an argument as the client sends it.
func wireText(arg any) string {
	if b, binary := arg.([]byte); binary {
		return string(b)
	}
	return fmt.Sprint(arg)
}

// record plays a scene on an emptied deployment and returns the call that it is about.
func (s scene) record(x bench, server keyspaceServer) functionCalled {
	x.Helper()
	flush(x.T, x.Backend)
	x.must(x.Serve(x.ctx, testBoot()))
	watch := &callWatch{function: s.function, server: server}
	x.rdb.AddHook(watch)
	s.play(x)
	if watch.last.function == "" {
		x.Fatalf("%s is not called", s.function)
	}
	for key, is := range watch.last.before {
		watch.last.before[key] = is.untilTomorrow()
	}
	return watch.last
}

// untilTomorrow puts what a record says of its end a day off, so that a long run of the tests does not outlive it.
func (s stored) untilTomorrow() stored {
	if s.kind != "hash" {
		return s
	}
	s.entries = slices.Clone(s.entries)
	for i, field := range s.entries {
		at, err := strconv.ParseInt(field[1], 10, 64)
		if strings.Contains(field[0], "expires_at") && err == nil && at > time.Now().UnixMilli() {
			s.entries[i] = []string{field[0], millis(time.Now().AddDate(0, 0, 1))}
		}
	}
	return s
}

// garbage stands in for an argument or a field.
var garbage = []string{
	"", "0", "-1", "1.5", "-0.5", " 7 ", "0x10", "1e3", "1e400", "-1e400", "nan", "9223372036854775808", "99999999999999999999999", "x", "null", "true", "7", `"s"`,
	"[]", "{}", "[1]", `{"a":1}`, `[null]`, `[{}]`, `[[]]`, `{"a":`, "\x00\xff", ",,", "|", ":", "{fp:0}:x",
	strings.Repeat("[", 900) + strings.Repeat("]", 900), strings.Repeat("[", 1100) + strings.Repeat("]", 1100),
	strings.Repeat(`{"a":`, 600) + "1" + strings.Repeat("}", 600), strings.Repeat("y", 70000),
}

// spoiling makes one thing of a call wrong.
type spoiling struct {
	what  string
	spoil func(c *functionCalled)
}

func (c functionCalled) spoiled(how spoiling) functionCalled {
	changed := c.clone()
	how.spoil(&changed)
	return changed
}

// spoilings are all ways in which a call can be wrong.
func (c functionCalled) spoilings() []spoiling {
	var all []spoiling
	with := func(what string, spoil func(c *functionCalled)) { all = append(all, spoiling{what, spoil}) }
	for i := range c.args {
		for _, text := range garbage {
			with(fmt.Sprintf("ARGV[%d] %.40q", i+1, text), func(c *functionCalled) { c.args[i] = text })
		}
		with(fmt.Sprintf("%d ARGV", i), func(c *functionCalled) { c.args = c.args[:i] })
	}
	with("one ARGV more", func(c *functionCalled) { c.args = append(c.args, "x") })
	for i, key := range c.keys {
		with(fmt.Sprintf("KEYS[%d] empty", i+1), func(c *functionCalled) { c.keys[i] = "" })
		with(fmt.Sprintf("%d KEYS", i), func(c *functionCalled) { c.keys = c.keys[:i] })
		for _, kind := range kinds {
			with(fmt.Sprintf("KEYS[%d] a %s", i+1, kind), func(c *functionCalled) { c.before[key] = ofKind(kind) })
		}
	}
	with("one KEY more", func(c *functionCalled) { c.keys = append(c.keys, "x") })
	for _, key := range slices.Sorted(maps.Keys(c.before)) {
		with(key+" gone", func(c *functionCalled) { delete(c.before, key) })
		for _, kind := range kinds {
			with(fmt.Sprintf("%s a %s", key, kind), func(c *functionCalled) { c.before[key] = ofKind(kind) })
		}
		if c.before[key].kind != "hash" {
			continue
		}
		for i, field := range c.before[key].entries {
			with(fmt.Sprintf("%s without %s", key, field[0]), func(c *functionCalled) { c.before.setField(key, i, nil) })
			for _, text := range garbage {
				with(fmt.Sprintf("%s %s %.40q", key, field[0], text), func(c *functionCalled) { c.before.setField(key, i, []string{field[0], text}) })
			}
		}
	}
	return all
}

var kinds = []string{"string", "hash", "zset", "set", "stream", "list"}

func ofKind(kind string) stored {
	return stored{kind: kind, entries: map[string][][]string{
		"string": {{"s"}}, "hash": {{"f", "v"}}, "zset": {{"m", "1"}}, "set": {{"m"}}, "stream": {{"1-1", "f", "v"}}, "list": {{"i"}},
	}[kind]}
}

// setField replaces one field of a hash, or takes it away.
func (k keyspace) setField(key string, i int, field []string) {
	s := k[key]
	s.entries = slices.Clone(s.entries)
	if field == nil {
		s.entries = slices.Delete(s.entries, i, i+1)
	} else {
		s.entries[i] = field
	}
	if k[key] = s; len(s.entries) == 0 {
		delete(k, key)
	}
}

// call makes the call on a server that holds now, and returns what it holds after it. fault is what an error left behind, "" for none.
func (s keyspaceServer) call(c functionCalled, now keyspace) (after keyspace, fault string) {
	s.turn(now, c.before)
	words := []any{"FCALL", c.function, len(c.keys)}
	for _, word := range slices.Concat(c.keys, c.args) {
		words = append(words, word)
	}
	reply, err := s.rdb.Do(s.ctx, words...).Result()
	after = s.look()
	code := rejection(reply, err)
	if code == "" {
		return after, ""
	}
	var written []string
	for _, key := range changes(c.before, after) {
		if !mayWrite(c.function, code, key) {
			written = append(written, key)
		}
	}
	if len(written) == 0 {
		return after, ""
	}
	return after, code + ":" + difference(c.before, after, written)
}

// rejection is the code of an error reply, the text of a raised error, or "" for a call that was answered.
func rejection(reply any, err error) string {
	if err != nil && !absent(err) {
		return err.Error()
	}
	elements, _ := reply.([]any)
	if len(elements) > 1 && elements[0] == int64(0) {
		return text(elements[1])
	}
	return ""
}

func mayWrite(function, code, key string) bool {
	for _, r := range rejectionsThatWrite {
		if r.code == code && (r.functions == "" || strings.Contains(r.functions, function)) &&
			(r.keys == nil || slices.ContainsFunc(r.keys, func(part string) bool { return strings.Contains(key, part) })) {
			return true
		}
	}
	return false
}

// thinning is how many spoiled calls the short form has for each that it makes; FuzzRejectedCalls looks at others.
const thinning = 97

func TestARejectedCallWritesNothing(t *testing.T) {
	t.Parallel()
	for _, o := range garbageServers(t) {
		b := connect(t, ownServer(t, o))
		server := newKeyspaceServer(t, connect(t, b.target).rdb)
		for _, s := range scenes {
			t.Run(fmt.Sprintf("in process %v, %s %s", o.InProcess, s.function, s.state), func(t *testing.T) {
				c := s.record(newBench(t, connect(t, b.target)), server)
				now := server.look()
				ways := c.spoilings()
				for i := len(s.state) % thinning; i < len(ways); i += thinning {
					var fault string
					if now, fault = server.call(c.spoiled(ways[i]), now); fault != "" {
						t.Errorf("%s: %s", ways[i].what, fault)
					}
				}
			})
		}
	}
}

// Of what longer runs have found, one of each sort: these must hold whatever the short form leaves out.
func TestWhatTheFuzzFoundStaysFound(t *testing.T) {
	found := []struct{ function, state, what string }{
		{"ff_claim_execution", "", "KEYS[11] a string"},                                          // a key that is written late
		{"ff_cancel_execution", "suspended", "KEYS[21] a hash"},                                  // one of many indexes
		{"ff_deliver_signal", "the last", "KEYS[15] a zset"},                                     // after the idempotency key
		{"ff_replay_execution", "skipped by its dependencies", ":flow_index a string"},           // a key that no caller names
		{"ff_expire_suspension", "that fails", "9 KEYS"},                                         // a missing key
		{"ff_complete_execution", "", "5 KEYS"},                                                  //
		{"ff_renew_lease", "", `ARGV[6] "1.5"`},                                                  // no whole ms for a TTL
		{"ff_issue_claim_grant", "", `ARGV[6] "1.5"`},                                            //
		{"ff_report_usage_and_check", "", `ARGV[5] "1.5"`},                                       // no whole number to count by
		{"ff_release_budget", "", `:usage tokens "x"`},                                           // nor to count on from
		{"ff_change_priority", "", `:core created_at "nan"`},                                     // no score
		{"ff_deliver_signal", "the last", `:condition total_matchers "99999999999999999999999"`}, // work without end
		{"ff_suspend_execution", "again", `ARGV[20] "99999999999999999999999"`},                  //
		{"ff_claim_resumed_execution", "", `:claim_grant grant_expires_at "x"`},                  // a comparison with nothing
		{"ff_resolve_dependency", "a quorum out of reach", `ARGV[3] "x"`},                        // a time that is none
		{"ff_check_admission_and_record", "", `ARGV[2] "1.5"`},                                   //
		{"ff_issue_grant_and_claim", "", `:core total_attempt_count "x"`},                        //
	}
	eachServer(t, func(t *testing.T, b *Backend) {
		server := newKeyspaceServer(t, b.rdb)
		for _, f := range found {
			i := slices.IndexFunc(scenes, func(s scene) bool { return s.function == f.function && s.state == f.state })
			x := newBench(t, connect(t, b.target))
			c := scenes[i].record(x, server)
			tried := false
			for _, way := range c.spoilings() {
				if !strings.HasSuffix(way.what, f.what) {
					continue
				}
				tried = true
				if _, fault := server.call(c.spoiled(way), server.look()); fault != "" {
					t.Errorf("%s: %s: %s", f.function, way.what, fault)
				}
			}
			if !tried {
				t.Errorf("%s: nothing is spoiled as %s", f.function, f.what)
			}
		}
	})
}

// garbageServers are both kinds of server, where both can be.
func garbageServers(t testing.TB) []embedded.Options {
	t.Helper()
	if _, err := exec.LookPath(embedded.Program); err != nil {
		return []embedded.Options{{InProcess: true}}
	}
	return []embedded.Options{{InProcess: true}, {}}
}

func TestEveryFunctionIsSpoiled(t *testing.T) {
	for _, name := range libraryFunctions {
		if !slices.ContainsFunc(scenes, func(s scene) bool { return s.function == name }) {
			t.Errorf("no scene calls %s", name)
		}
	}
}

// FuzzRejectedCalls spoils up to three things of a call at once, one with a text of its own.
func FuzzRejectedCalls(f *testing.F) {
	f.Add(uint8(1), uint16(3), uint16(40), "x")
	f.Add(uint8(20), uint16(700), uint16(1), "1e400")
	f.Add(uint8(30), uint16(90), uint16(2000), `{"a":[null]}`)
	options := garbageServers(f)
	target := ownServer(f, options[len(options)-1])
	b, err := Connect(f.Context(), target)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = b.Close() })
	server := newKeyspaceServer(f, b.rdb)
	var calls []functionCalled
	f.Fuzz(func(t *testing.T, which uint8, first, second uint16, text string) {
		server.TB = t
		if calls == nil {
			for _, s := range scenes {
				calls = append(calls, s.record(newBench(t, connect(t, target)), server))
			}
		}
		c := calls[int(which)%len(calls)]
		for _, choice := range []uint16{first, second} {
			ways := c.spoilings()
			c = c.spoiled(ways[int(choice)%len(ways)])
		}
		if len(c.args) > 0 {
			c.args[int(first)%len(c.args)] = text
		}
		if _, fault := server.call(c, server.look()); fault != "" {
			t.Errorf("%s %q %.300q: %s", c.function, c.keys, c.args, fault)
		}
	})
}

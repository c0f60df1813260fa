package valkey

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"ffboard/engine"
)

// Helpers of the tests that hold the library to its specification to the last field: what a call answers, what it writes and
// what it leaves alone.

// aTime stands for any time in ms where records are compared.
const aTime = "<ms>"

var timeText = regexp.MustCompile(`^\d{13}$`)

// wantExactly fails unless a reply has these elements, numbers as int64 and texts as string, and no others.
func (x bench) wantExactly(reply []any, err error, want ...any) {
	x.Helper()
	x.must(err)
	if !reflect.DeepEqual(reply, want) {
		x.Fatalf("reply %#v, want %#v", reply, want)
	}
}

func (x bench) record(key string) map[string]string {
	x.Helper()
	fields, err := x.rdb.HGetAll(x.ctx, key).Result()
	x.must(err)
	return fields
}

// wantRecord fails unless a hash has these fields and no others.
func (x bench) wantRecord(key string, want map[string]string) {
	x.Helper()
	x.same(key, x.record(key), want)
}

// wantChanges fails unless a hash has these fields, and all others as they were before.
func (x bench) wantChanges(key string, before, want map[string]string) {
	x.Helper()
	x.same(key, x.record(key), union(before, want))
}

func (x bench) same(key string, got, want map[string]string) {
	x.Helper()
	for _, field := range slices.Sorted(maps.Keys(union(got, want))) {
		value, has := got[field]
		expected, wanted := want[field]
		switch {
		case !has:
			x.Errorf("%s: no %s, want %q", key, field, expected)
		case !wanted:
			x.Errorf("%s: %s = %q, want none", key, field, value)
		case expected == aTime && timeText.MatchString(value):
		case expected != value:
			x.Errorf("%s: %s = %q, want %q", key, field, value, expected)
		}
	}
}

func union(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// keysNow are all keys of the server, sorted.
func (x bench) keysNow() []string {
	x.Helper()
	keys, err := x.rdb.Keys(x.ctx, "*").Result()
	x.must(err)
	slices.Sort(keys)
	return keys
}

// wantKeyChanges fails unless exactly these keys have come (with a plus before them) or gone (with a minus) since then.
func (x bench) wantKeyChanges(before []string, want ...string) {
	x.Helper()
	after := x.keysNow()
	got := []string{}
	for _, key := range after {
		if !slices.Contains(before, key) {
			got = append(got, "+"+key)
		}
	}
	for _, key := range before {
		if !slices.Contains(after, key) {
			got = append(got, "-"+key)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		x.Errorf("keys changed:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// wantLastEntry fails unless the newest entry of a stream has these fields, name and value in turn.
func (x bench) wantLastEntry(key string, want ...string) {
	x.Helper()
	// A plain reply, because the order of the fields counts.
	reply, err := x.rdb.Do(x.ctx, "XREVRANGE", key, "+", "-", "COUNT", "1").Slice()
	x.must(err)
	if len(reply) != 1 {
		x.Fatalf("%s has no entry", key)
	}
	flat := reply[0].([]any)[1].([]any)
	if len(flat) != len(want) {
		x.Fatalf("%s: %v, want %v", key, flat, want)
	}
	for i, value := range flat {
		if got := fmt.Sprint(value); got != want[i] && !(want[i] == aTime && timeText.MatchString(got)) {
			x.Fatalf("%s: %v, want %v", key, flat, want)
		}
	}
}

// leaseKeys are the keys of the two calls by which a worker gives an execution back unfinished; index is where it goes.
func leaseKeys(id engine.ExecutionID, index engine.LaneIndex) []string {
	k, part := keysOf(id), keysOf(id).partition()
	return []string{
		k.core(), k.attempt(0), k.leaseCurrent(), k.leaseHistory(), part.leaseExpiry(), part.workerLeases(testInstance),
		part.lane("default", engine.IndexActive), part.lane("default", index), part.attemptTimeout(),
	}
}

package main

import (
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// longestName bounds a hostile name: keys of a mebibyte for each record of what is called so are more than a test has room for.
const longestName = 4096

// name makes a hostile name.
func (s *spoilt) name() string {
	made := s.made.Next()
	return made[:min(len(made), longestName)]
}

// double gives what is called name a double with a hostile name: every key that has the name in its own gets a copy, and every index
// that has it in a member gets another member.
func (s *spoilt) double(name string) (as string) {
	s.t.Helper()
	as = s.name()
	ctx := s.t.Context()
	named := regexp.MustCompile(regexp.QuoteMeta(name) + `\b`)
	renamed := func(text string) string { return named.ReplaceAllLiteralString(text, as) }
	for _, kind := range []string{"set", "zset", "hash", "string", "stream"} {
		for _, key := range s.keys(kind) {
			if other := renamed(key); other != key && other != "" {
				s.must(s.rdb.Copy(ctx, key, other, 0, true).Err())
			}
		}
	}
	for _, key := range s.keys("set") {
		for _, member := range s.rdb.SMembers(ctx, key).Val() {
			if other := renamed(member); other != member {
				s.must(s.rdb.SAdd(ctx, key, other).Err())
			}
		}
	}
	for _, key := range s.keys("zset") {
		for _, member := range s.rdb.ZRangeWithScores(ctx, key, 0, -1).Val() {
			if other := renamed(member.Member.(string)); other != member.Member {
				s.must(s.rdb.ZAdd(ctx, key, redis.Z{Score: member.Score, Member: other}).Err())
			}
		}
	}
	return as
}

// misname has a member that names nothing in every index, at a score from the ends of what there is.
func (s *spoilt) misname() {
	s.t.Helper()
	ctx := s.t.Context()
	for _, key := range s.keys("set") {
		s.must(s.rdb.SAdd(ctx, key, s.name(), s.name()).Err())
	}
	scores := []float64{0, -1, 1.5, 1.8e12, math.Inf(1), math.Inf(-1), 1e300}
	for _, key := range s.keys("zset") {
		s.must(s.rdb.ZAdd(ctx, key, redis.Z{Score: scores[s.rng.IntN(len(scores))], Member: s.name()}).Err())
	}
}

func (s *spoilt) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// rows is how many rows a list has, and how many of them are marked.
func (s *spoilt) rows(view string) (rows, marked int) {
	s.t.Helper()
	table := s.run("get", view, "--no-headers")
	if s.err != nil {
		s.t.Fatalf("get %s: %v", view, s.err)
	}
	for line := range strings.Lines(table) {
		rows++
		if strings.Contains(line, "⚠") {
			marked++
		}
	}
	return rows, marked
}

// A stranger chooses names, too: ids of executions, flows, budgets, quota policies and workers, names of lanes and namespaces, in the names
// of keys and in the members of every index.
func TestNoHostileNameComesOutOfTheCommandLine(t *testing.T) {
	// A worker or a lane may be called nearly anything.
	ofIDs := []string{"executions", "flows", "suspended", "leases", "budgets", "quotas"}
	var views []string
	for _, get := range getCommand().Commands() {
		views = append(views, get.Name())
	}
	drawn, marks := 0, map[string]int{}
	for seed := uint64(1); drawn < hostileCLIStrings(); seed++ {
		s := newSpoilt(t, seed)
		before := map[string]int{}
		for _, view := range ofIDs {
			before[view], _ = s.rows(view)
		}
		known := s.known()
		s.misname()
		for _, view := range ofIDs {
			rows, marked := s.rows(view)
			marks[view] += marked
			if rows < before[view] || marked < rows-before[view] {
				t.Errorf("with seed %d get %s has %d rows more, and %d marked", seed, view, rows-before[view], marked)
			}
		}
		var names []string
		for _, name := range known {
			names = append(names, name, s.double(name))
		}
		for _, view := range views {
			s.everyFormat("get", view)
			if s.err != nil {
				t.Errorf("with seed %d get %s: %v", seed, view, s.err)
			}
		}
		for _, name := range names {
			s.everyFormat("describe", "worker", "--", name)
			s.everyFormat("describe", "budget", "--", name)
			s.everyFormat("describe", "quota", "--", name)
			s.run("describe", "execution", "--", name)
			s.run("describe", "flow", "--", name)
			s.run("why", "--", name)
			s.run("get", "executions", "--", "lane:"+name)
			s.run("cancel", "--dry-run", "--", name)
			s.run("tail", "--follow=false", "--", name)
		}
		s.everyFormat("describe", "partition", "fp:0")
		s.run("audit")
		s.run("audit", "-o", "json")
		drawn += s.made.Drawn()
		if t.Failed() {
			return
		}
	}
	for _, view := range ofIDs {
		if marks[view] == 0 {
			t.Errorf("nothing was marked in %s: %v", view, marks)
		}
	}
	t.Logf("%d names, %v marked", drawn, marks)
}

// known are names of each kind that the deployment has.
func (s *spoilt) known() []string {
	s.t.Helper()
	ctx := s.t.Context()
	names := []string{string(s.ids[0]), string(s.ids[1])[len("{fp:0}:"):], string(s.flows[0]), "gpu", "acme"}
	for _, index := range []string{"ff:idx:{b:0}:budget_policies", "ff:idx:{q:0}:quota_policies", "ff:idx:globex:workers"} {
		name, err := s.rdb.SRandMember(ctx, index).Result()
		s.must(err)
		names = append(names, name)
	}
	return names
}

package main

import (
	"bufio"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// level is how much of everything is in use at one time.
type level map[string]int

func (l level) String() string {
	var words []string
	for name, n := range l {
		words = append(words, fmt.Sprintf("%s %d", name, n))
	}
	sort.Strings(words)
	return strings.Join(words, ", ")
}

// level asks everybody.
func (s *soak) level() level {
	s.t.Helper()
	all := s.server()
	for _, a := range s.asked {
		use := a.use(s.t)
		all[a.name+" goroutines"], all[a.name+" heap"], all[a.name+" resident"], all[a.name+" files"] = use.Goroutines, use.Heap, use.Resident, use.Files
	}
	return all
}

var keyspaceLine = regexp.MustCompile(`db0:keys=(\d+),expires=(\d+)`)

// server is what the server says of itself.
func (s *soak) server() level {
	s.t.Helper()
	text, err := s.rdb.Info(s.t.Context(), "everything").Result()
	if err != nil {
		s.t.Fatal(err)
	}
	l := level{}
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ":")
		if n, err := strconv.Atoi(value); err == nil && (name == "connected_clients" || name == "used_memory") {
			l["server "+name] = n
		}
		if m := keyspaceLine.FindStringSubmatch(lines.Text()); m != nil {
			keys, _ := strconv.Atoi(m[1])
			expires, _ := strconv.Atoi(m[2])
			l["server keys"] = keys - expires // those that end by themselves are not what is looked for
		}
	}
	return l
}

// noise is what a figure may be above what it was, by its last word, beside a quarter of it: what one moment differs from another by.
var noise = map[string]int{
	"goroutines": 12, "heap": 2 << 20, "resident": 12 << 20, "files": 8, "connected_clients": 10, "used_memory": 2 << 20, "keys": 1000,
}

// grown says which figures are above what they were by more than noise.
func grown(was, is level) (complaints []string) {
	for name, n := range is {
		_, unit, _ := strings.Cut(name, " ")
		unit = unit[strings.LastIndex(unit, " ")+1:]
		if most := was[name] + was[name]/4 + noise[unit]; n > most {
			complaints = append(complaints, fmt.Sprintf("%s grew from %d to %d", name, was[name], n))
		}
	}
	return complaints
}

// median takes each figure's own.
func median(levels []level) level {
	m := level{}
	for name := range levels[0] {
		var all []int
		for _, l := range levels {
			all = append(all, l[name])
		}
		slices.Sort(all)
		m[name] = all[len(all)/2]
	}
	return m
}

// lastingKeys are those keys of the server that do not end by themselves.
func (s *soak) lastingKeys() (keys []string) {
	s.t.Helper()
	ctx := s.t.Context()
	for each := s.rdb.Scan(ctx, 0, "*", 1000).Iterator(); each.Next(ctx); {
		keys = append(keys, each.Val())
	}
	ends, err := s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, key := range keys {
			p.PTTL(ctx, key)
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	var lasting []string
	for i, end := range ends {
		if end.(*redis.DurationCmd).Val() == -1 {
			lasting = append(lasting, keys[i])
		}
	}
	slices.Sort(lasting)
	return lasting
}

// keptLists hold what the load made for good, its budget and its quota, or the last thousand signals of a partition.
var keptLists = regexp.MustCompile(`:(budget_policies|budget_resets|quota_policies|signal_delivery)$`)

// keeps tells whether a key is of what the load leaves for good.
func (l *soakLoad) keeps(key string) bool {
	return keptLists.MatchString(key) || strings.Contains(key, string(l.budget)) || strings.Contains(key, string(l.quota.ID))
}

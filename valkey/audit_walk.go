package valkey

import (
	"slices"

	"github.com/redis/go-redis/v9"
)

// container is a set or sorted set whose entries are judged one by one.
type container struct {
	key    string
	sorted bool
	entry  func(member string) subject
	cursor uint64
	done   bool
}

// walk goes through the entries of some containers, a step of each at a time.
func (a *auditor) walk(open []container) error {
	for len(open) > 0 {
		steps := make([]*redis.ScanCmd, len(open))
		err := a.patiently(func() error {
			return readAll(a.ctx, a.b.rdb, func(r *reading) {
				for i, c := range open {
					if c.sorted {
						steps[i] = r.pipe.ZScan(a.ctx, c.key, c.cursor, "", entriesPerStep)
					} else {
						steps[i] = r.pipe.SScan(a.ctx, c.key, c.cursor, "", entriesPerStep)
					}
				}
			})
		})
		if err != nil {
			return err
		}
		var subjects []subject
		for i := range open {
			found, next, err := steps[i].Result()
			each := 1
			if open[i].sorted {
				each = 2
			}
			for m := 0; m < len(found); m += each {
				a.summary.IndexEntries++
				subjects = append(subjects, open[i].entry(found[m]))
				a.trail.entry(open[i].key, found[m])
			}
			open[i].cursor, open[i].done = next, next == 0 || err != nil
		}
		if err := a.look(subjects); err != nil {
			return err
		}
		open = slices.DeleteFunc(open, func(c container) bool { return c.done })
	}
	return nil
}

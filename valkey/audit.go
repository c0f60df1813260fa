package valkey

import (
	"context"
	"errors"
	"hash/maphash"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/engine/audit"
)

// What an audit holds at a time, whatever the deployment has.
const (
	keysPerStep    = 500  // of the keyspace
	entriesPerStep = 100  // of one set, sorted set or hash
	containersOpen = 64   // whose entries are gone through at the same time
	lookedAtOnce   = 250  // subjects of one pipeline
	suspectsKept   = 1000 // that wait for another look
	rememberedMost = 20_000
)

// mostLooks is how often a suspicion is looked at whose record changes all the time.
const mostLooks = 6

// AuditQuery says what is audited, and how gently.
type AuditQuery struct {
	Partition     *engine.Partition // only what lies in it; nil is all
	Flow          engine.FlowID     // only it and its members, by their names: nothing else is looked for; "" is all
	KeysPerSecond int               // at most; 0 is as fast as the server answers
	Settle        time.Duration     // between two looks at what seems wrong; 0 is 250 ms
	Report        func(audit.Finding) error
	Progress      func(read audit.Summary, of int) // now and then, of about so many keys; may be nil
}

// Audit goes through all keys once and judges each record and index entry (spec 01). It changes nothing, and what it holds at a time
// does not grow with the deployment. What seems wrong is looked at again a moment later, and reported if it is still so and the record
// has not changed in between: what is under way is no fault. The error tells that something could not be read, or that there is no such
// flow.
func (b *Backend) Audit(ctx context.Context, q AuditQuery) (audit.Summary, error) {
	const op = "audit"
	if !b.partitioning.Load().stored {
		found, err := b.readPartitions(ctx)
		switch {
		case err != nil:
			return audit.Summary{}, engine.Transport(op, err)
		case !found.stored:
			return audit.Summary{}, engine.NotInitialised(op)
		}
		b.partitioning.Store(&found)
	}
	if q.Settle <= 0 {
		q.Settle = 250 * time.Millisecond
	}
	a := &auditor{b: b, ctx: ctx, q: q, partitions: b.Partitions(), began: time.Now(), seed: maphash.MakeSeed(), said: map[uint64]bool{}}
	err := a.run()
	a.summary.Took = time.Since(a.began)
	var told *engine.Error
	if err == nil || errors.As(err, &told) {
		return a.summary, err
	}
	return a.summary, fault(op, err)
}

// auditor is one audit under way.
type auditor struct {
	b          *Backend
	ctx        context.Context
	q          AuditQuery
	partitions engine.PartitionConfig
	began      time.Time
	skew       time.Duration // of the server's clock
	of         int
	firstKid   string
	suspects   []suspect
	seed       maphash.Seed
	said       map[uint64]bool // what was reported lately: a scan may give a key twice
	trail      trail           // of an audit that goes from key to key
	summary    audit.Summary
}

// subject reads the facts of one thing that is judged by itself.
type subject func(r *reading) judgement

// judgement is a subject's facts, filled in as they are read, and what they mean.
type judgement struct {
	facts any
	judge func() []audit.Finding
}

// suspect is a subject that seems wrong.
type suspect struct {
	subject  subject
	facts    any
	findings []audit.Finding
	looks    int
}

func (a *auditor) now() time.Time { return time.Now().Add(a.skew) }

func (a *auditor) run() error {
	server, err := a.b.ServerTime(a.ctx)
	if err != nil {
		return err
	}
	a.skew = time.Until(server)
	if a.q.Flow != "" {
		if err := a.oneFlow(a.q.Flow); err != nil {
			return err
		}
		return a.confirm()
	}
	var primaries []*redis.Client
	var mu sync.Mutex
	err = a.b.eachPrimary(a.ctx, func(ctx context.Context, primary *redis.Client) error {
		n, err := primary.DBSize(ctx).Result()
		mu.Lock()
		defer mu.Unlock()
		primaries = append(primaries, primary)
		a.of += int(n)
		if denied(err) {
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	slices.SortFunc(primaries, func(a, b *redis.Client) int { return strings.Compare(a.Options().Addr, b.Options().Addr) })
	if err := a.deployment(); err != nil {
		return err
	}
	for _, primary := range primaries {
		if err := a.scan(primary); err != nil {
			return err
		}
	}
	return a.confirm()
}

// scan goes through the keys of one server.
func (a *auditor) scan(primary *redis.Client) error {
	match := ""
	if p := a.q.Partition; p != nil {
		match = "ff:*" + p.Tag() + "*"
	}
	for cursor, first := uint64(0), true; first || cursor != 0; first = false {
		began := time.Now()
		var found []string
		err := a.patiently(func() (err error) {
			var next uint64
			if found, next, err = primary.Scan(a.ctx, cursor, match, keysPerStep).Result(); err == nil {
				cursor = next
			}
			return err
		})
		if err != nil {
			return err
		}
		if err := a.atPace(found, began); err != nil {
			return err
		}
	}
	return nil
}

// atPace judges keys that were found from a moment on, and does not go on before their share of a second is over.
func (a *auditor) atPace(found []string, began time.Time) error {
	for chunk := range slices.Chunk(found, keysPerStep) {
		if err := a.keys(chunk); err != nil {
			return err
		}
	}
	if a.q.Progress != nil {
		a.q.Progress(a.summary, a.of)
	}
	if a.q.KeysPerSecond > 0 {
		a.pause(time.Duration(len(found))*time.Second/time.Duration(a.q.KeysPerSecond) - time.Since(began))
	}
	return nil
}

func (a *auditor) pause(d time.Duration) {
	if d <= 0 {
		return
	}
	select {
	case <-time.After(d):
	case <-a.ctx.Done():
	}
}

// patiently repeats a read that failed: a server that changes its place takes a moment.
func (a *auditor) patiently(read func() error) error {
	var err error
	for _, wait := range []time.Duration{0, 200 * time.Millisecond, time.Second, 3 * time.Second} {
		a.pause(wait)
		if err = read(); err == nil || a.ctx.Err() != nil || denied(err) {
			return err
		}
	}
	return err
}

// keys judges some keys with what they hold.
func (a *auditor) keys(found []string) error {
	a.hold(len(found))
	names := make([]auditName, 0, len(found))
	for _, key := range found {
		if name, ours := a.named(key); ours {
			names = append(names, name)
		} else {
			a.summary.Foreign++
		}
	}
	types := make([]*redis.StatusCmd, len(names))
	err := a.patiently(func() error {
		return readAll(a.ctx, a.b.rdb, func(r *reading) {
			for i, name := range names {
				types[i] = r.pipe.Type(a.ctx, name.key)
			}
		})
	})
	if err != nil {
		return err
	}
	var subjects []subject
	var open []container
	for i, name := range names {
		if types[i].Val() == "none" { // it has gone meanwhile, or never was
			continue
		}
		a.summary.Keys++
		if !name.sound() || !slices.Contains(name.types, types[i].Val()) {
			subjects = append(subjects, a.name(name))
			continue
		}
		if name.count != nil {
			*name.count++
		}
		subjects = append(subjects, name.subjects...)
		if name.entries != nil {
			open = append(open, container{key: name.key, sorted: types[i].Val() == "zset", entry: name.entries})
		}
	}
	if err := a.look(subjects); err != nil {
		return err
	}
	for some := range slices.Chunk(open, containersOpen) {
		if err := a.walk(some); err != nil {
			return err
		}
	}
	return nil
}

// look looks at subjects for the first time. Those that seem wrong wait for another look.
func (a *auditor) look(subjects []subject) error {
	a.hold(len(subjects))
	for some := range slices.Chunk(subjects, lookedAtOnce) {
		seen, err := a.read(some)
		if err != nil {
			return err
		}
		for i, j := range seen {
			if found := j.judge(); len(found) > 0 {
				a.suspects = append(a.suspects, suspect{subject: some[i], facts: j.facts, findings: found, looks: 1})
			}
		}
		if len(a.suspects) >= suspectsKept {
			if err := a.confirm(); err != nil {
				return err
			}
		}
	}
	return nil
}

// hold notes how much is held.
func (a *auditor) hold(n int) { a.summary.MostHeld = max(a.summary.MostHeld, n+len(a.suspects)) }

func (a *auditor) read(subjects []subject) (seen []judgement, err error) {
	err = a.patiently(func() error {
		seen = make([]judgement, len(subjects))
		return readAll(a.ctx, a.b.rdb, func(r *reading) {
			for i, s := range subjects {
				seen[i] = s(r)
			}
		})
	})
	return seen, err
}

// confirm looks at the suspects again, until each has been the same twice or has proved well. The parts of a record are not read in one
// moment; but a record that was the same at two looks did not change from the first read of the one to the last of the other, so what
// was read in between is of one state.
func (a *auditor) confirm() error {
	wait := a.q.Settle
	for len(a.suspects) > 0 {
		a.pause(wait)
		wait = min(2*wait, 8*a.q.Settle)
		var left []suspect
		for some := range slices.Chunk(a.suspects, lookedAtOnce) {
			again := make([]subject, len(some))
			for i, s := range some {
				again[i] = s.subject
			}
			seen, err := a.read(again)
			if err != nil {
				return err
			}
			a.summary.LookedAgain += len(some)
			for i, s := range some {
				still := common(s.findings, seen[i].judge())
				s.looks++
				unchanged := reflect.DeepEqual(s.facts, seen[i].facts)
				switch {
				case len(still) == 0:
				case unchanged || s.looks >= mostLooks:
					if err := a.report(still, !unchanged); err != nil {
						return err
					}
				default:
					s.facts, s.findings = seen[i].facts, still
					left = append(left, s)
				}
			}
		}
		a.suspects = left
	}
	return nil
}

// common keeps the findings that were there before.
func common(before, now []audit.Finding) []audit.Finding {
	return slices.DeleteFunc(now, func(f audit.Finding) bool {
		return !slices.ContainsFunc(before, func(b audit.Finding) bool {
			return b.Code == f.Code && b.Member == f.Member && slices.Equal(b.Keys, f.Keys)
		})
	})
}

func (a *auditor) report(found []audit.Finding, moving bool) error {
	for _, f := range found {
		f.Moving = moving
		var h maphash.Hash
		h.SetSeed(a.seed)
		for _, word := range append([]string{string(f.Code), f.Member, f.Text}, f.Keys...) {
			_, _ = h.WriteString(word)
			_ = h.WriteByte(0)
		}
		if a.said[h.Sum64()] {
			continue
		}
		if len(a.said) >= rememberedMost {
			clear(a.said)
		}
		a.said[h.Sum64()] = true
		if f.Broken() {
			a.summary.Broken++
		} else {
			a.summary.Quirks++
		}
		if a.q.Report != nil {
			if err := a.q.Report(f); err != nil {
				return err
			}
		}
	}
	return nil
}

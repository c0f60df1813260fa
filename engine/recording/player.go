package recording

import (
	"context"
	"slices"
	"sort"
	"strconv"
	"sync"
	"time"

	"ffboard/engine"
)

// Player is a backend that answers from a recording, as it was at the player's time. Writes are refused. It stands still to begin with.
type Player struct {
	reads
	file *file
	now  func() time.Time
	ends [2]int64 // of the recording, in milliseconds

	mu      sync.Mutex
	at      int64     // milliseconds: where it stood
	since   time.Time // when it began to play from there; zero: it stands still
	speed   int
	changed chan struct{} // closed when it is told to go somewhere, to play, or to stop
}

// Speeds are how much faster than it was a recording can be played.
var Speeds = []int{1, 2, 5, 10, 30, 60}

// Open opens a recording at its beginning. now is our own clock; nil is time.Now.
func Open(path string, now func() time.Time) (*Player, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	return newPlayer(f, now), nil
}

func newPlayer(f *file, now func() time.Time) *Player {
	if now == nil {
		now = time.Now
	}
	p := &Player{file: f, now: now, ends: [2]int64{f.first, f.last}, at: f.first, speed: 1, changed: make(chan struct{})}
	refuse := func(op string) error { return engine.NotRecorded(op, "such reads are not recorded") }
	p.reads = reads{Attached: engine.ReadOnlyGate(nobody{Refusing: engine.Refusing{Refuse: refuse}}), from: p}
	return p
}

// nobody is the backend of a replay: below the reads that are recorded there is none.
type nobody struct {
	engine.Refusing
	boards
}

type boards struct{ engine.Attached }

// Close closes the file.
func (p *Player) Close() error { return p.file.closing.Close() }

// Header is how the recording begins.
func (p *Player) Header() Header { return p.file.header }

// Span is the first and the last moment of the recording.
func (p *Player) Span() (first, last time.Time) {
	return time.UnixMilli(p.ends[0]), time.UnixMilli(p.ends[1])
}

// Fault is why the end of the file is not shown; nil: all of it is. Dropped counts the answers that came faster than they could be
// recorded.
func (p *Player) Fault() error { return p.file.fault }
func (p *Player) Dropped() int { return p.file.dropped }

// At is the moment that is shown.
func (p *Player) At() time.Time { return time.UnixMilli(p.position()) }

func (p *Player) position() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.positionNow()
}

func (p *Player) positionNow() int64 {
	if p.since.IsZero() {
		return p.at
	}
	return min(p.at+p.now().Sub(p.since).Milliseconds()*int64(p.speed), p.ends[1])
}

// Playing tells whether time goes on. At the end of the recording it does not.
func (p *Player) Playing() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.since.IsZero() && p.positionNow() < p.ends[1]
}

// Speed is how much faster than it was it is played.
func (p *Player) Speed() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.speed
}

// Play lets time go on, from the beginning where it is at the end.
func (p *Player) Play() {
	p.change(func() {
		if p.at >= p.ends[1] {
			p.at = p.ends[0]
		}
		p.since = p.now()
	})
}

// Pause stops time.
func (p *Player) Pause() { p.change(func() { p.since = time.Time{} }) }

// Seek goes to a moment, or to the end of the recording that is nearest to it.
func (p *Player) Seek(to time.Time) {
	p.change(func() { p.at = min(max(to.UnixMilli(), p.ends[0]), p.ends[1]) })
}

// Faster goes to the next speed, or back to the one before where by is negative.
func (p *Player) Faster(by int) {
	p.change(func() {
		i := slices.Index(Speeds, p.speed) + by
		p.speed = Speeds[min(max(i, 0), len(Speeds)-1)]
	})
}

// change does something to where the player stands and how it goes on, and tells those who wait.
func (p *Player) change(do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch p.at = p.positionNow(); {
	case p.at >= p.ends[1]:
		p.since = time.Time{} // whoever has come to the end stands there
	case !p.since.IsZero():
		p.since = p.now()
	}
	do()
	close(p.changed)
	p.changed = make(chan struct{})
}

// lookAgain is how soon those who wait for something to happen look again.
const lookAgain = 100 * time.Millisecond

// wait waits until the player may show something else.
func (p *Player) wait(ctx context.Context, most time.Duration) error {
	p.mu.Lock()
	changed := p.changed
	if !p.since.IsZero() {
		most = min(most, lookAgain)
	}
	p.mu.Unlock()
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err()
}

// Now is the clock of the recorded server, as far as it is known.
func (p *Player) Now() time.Time { return p.OnServer(p.At()) }

// OnServer is a moment of the recording by the clock of the server that was recorded.
func (p *Player) OnServer(t time.Time) time.Time {
	places := p.file.answers[ask("ServerTime")]
	i := max(upTo(places, t.UnixMilli())-1, 0)
	if i >= len(places) {
		return t
	}
	ahead, err := strconv.ParseInt(places[i].note, 10, 64)
	if err != nil || ahead > longestSpan || ahead < -longestSpan {
		return t
	}
	return t.Add(time.Duration(ahead) * time.Millisecond)
}

func (p *Player) ServerTime(context.Context) (time.Time, error) { return p.Now(), nil }

// upTo counts the places that are not later than a time.
func upTo(places []place, at int64) int {
	return sort.Search(len(places), func(i int) bool { return places[i].at > at })
}

// aMoment is how much too early one may look for the first answer to a question: a screen asks several, one after another.
const aMoment = int64(time.Second / time.Millisecond)

// neverAsked is what is told of a question that a recording does not have.
const neverAsked = "nobody asked this while it was recorded"

// latest is the last answer to a question at the player's time.
func (p *Player) latest(ctx context.Context, q question) (place, error) {
	places, at := p.file.answers[q], p.position()
	traceOf(ctx).ask(q)
	n := upTo(places, at)
	switch {
	case n > 0:
		traceOf(ctx).told(q, time.UnixMilli(places[n-1].at))
		return places[n-1], nil
	case len(places) > 0 && places[0].at <= at+aMoment:
		return places[0], nil
	case len(places) > 0:
		first := p.OnServer(time.UnixMilli(places[0].at))
		return place{}, engine.NotRecorded(q.read, "it was first asked at "+first.Local().Format("15:04:05"))
	default:
		return place{}, engine.NotRecorded(q.read, neverAsked)
	}
}

// answer finds what was answered.
func (p *Player) answer(ctx context.Context, q question, into any, _ func() error) error {
	place, err := p.latest(ctx, q)
	if err != nil {
		return err
	}
	return p.file.read(place, into)
}

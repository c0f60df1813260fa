package views

import (
	"context"
	"time"

	"ffboard/engine"
	"ffboard/theme"
)

const (
	// patientPages is how many full pages in a row are read before one looks how much there is still.
	patientPages = 3
	// tailBehind is how many frames a screen that follows may be behind: more are skipped up to the newest ones.
	tailBehind = 5000
	mostCaught = 5000 // frames that are read at once after a skip
	paceWindow = time.Second
)

// catchWindows are how long before the newest frame the reading may go on after a skip: as long as there are not too many frames in it.
var catchWindows = []time.Duration{250 * time.Millisecond, 25 * time.Millisecond, 0}

// tailPaceMeter tells whether the reading keeps up with the writing.
type tailPaceMeter struct {
	eager   bool // the screen shows the newest frames: it is better to skip some than to be late
	full    int  // full pages in a row: there is more than was read
	counted int  // frames read and skipped
	skipped int  // of those

	rate   float64       // frames read a second, lately
	lag    time.Duration // how old the newest frame was when it was read
	since  time.Time     // since when frames are counted for rate
	lately int
}

// tailSkip is a leap to the newest frames. missed is how many frames lie before those of the page; 0 where the bookkeeping does not tell.
type tailSkip struct{ missed int }

func (p *tailPaceMeter) took(msg tailRead, now time.Time) {
	n := len(msg.page.Frames)
	p.full++
	if n < tailPage || msg.skip != nil {
		p.full = 0
	}
	if msg.skip != nil {
		p.counted += msg.skip.missed
		p.skipped += msg.skip.missed
	}
	p.counted += n
	p.lately += n
	if n > 0 {
		p.lag = max(now.Sub(msg.page.Frames[n-1].At), 0)
	}
	switch passed := now.Sub(p.since); {
	case p.since.IsZero():
		p.since, p.lately = now, 0
	case passed >= paceWindow:
		p.rate = float64(p.lately) / passed.Seconds()
		p.since, p.lately = now, 0
	}
}

// catchUp returns what looks whether so much is left to read that it is better skipped, and skips it. What is skipped would be gone
// from the screen before anybody had read it.
func (p *tailPaceMeter) catchUp(q engine.TailQuery) func(context.Context, Engine, *engine.StreamPage) (*tailSkip, error) {
	if !p.eager || p.full < patientPages {
		return func(context.Context, Engine, *engine.StreamPage) (*tailSkip, error) { return nil, nil }
	}
	counted := p.counted
	return func(ctx context.Context, e Engine, page *engine.StreamPage) (*tailSkip, error) {
		meta, err := e.StreamMeta(ctx, q.Execution, q.AttemptIndex)
		if err != nil || meta == nil || int(meta.FrameCount)-counted <= tailBehind {
			return nil, err
		}
		latest, err := newestFrames(ctx, e, q, meta.LastID)
		if err != nil || len(latest.Frames) == 0 {
			return nil, err
		}
		*page = latest
		return &tailSkip{max(int(meta.FrameCount)-counted-len(latest.Frames), 0)}, nil
	}
}

// newestFrames are the frames up to the last one, as far back as they come in one page; none where the position is behind them.
func newestFrames(ctx context.Context, e Engine, q engine.TailQuery, last string) (engine.StreamPage, error) {
	end, err := engine.ParseEntryID(last)
	if err != nil {
		return engine.StreamPage{}, nil
	}
	read, _ := engine.ParseEntryID(q.After)
	if end.Millis < read.Millis || end == read {
		return engine.StreamPage{}, nil
	}
	for _, window := range catchWindows {
		from := last
		if ms := uint64(window.Milliseconds()); ms > 0 && end.Millis > ms {
			from = engine.EntryID{Millis: end.Millis - ms}.String()
			if end.Millis-ms <= read.Millis {
				continue
			}
		}
		page, err := e.ReadStream(ctx, q.Execution, q.AttemptIndex, from, last, mostCaught)
		if err != nil || page.LastID == last {
			return page, err
		}
	}
	return engine.StreamPage{}, nil
}

// cells say how fast the reading goes and how late it is, while there is anything to read.
func (p *tailPaceMeter) cells(c *Common, ended bool) []Cell {
	th := c.Theme
	if p.rate < 1 || ended || c.Now().Sub(p.since) > tailBlock+tailPatience {
		return nil
	}
	cells := []Cell{{" " + Count(int(p.rate)) + "/s " + th.Glyphs.Dot + " ", th.Dim}}
	late := Cell{"lag " + Span(p.lag), th.Dim}
	if p.lag >= time.Second {
		late.Style = th.Warn
	}
	return append(cells, late)
}

// gapWords stand where frames were skipped.
func (f *tailFrame) gapWords(th *theme.Theme) theme.Text {
	words := theme.Text("frames skipped")
	if f.missed > 0 {
		words = Plural(f.missed, "frame", "frames") + " skipped"
	}
	line := th.Glyphs.Horizontal.Repeat(3)
	return theme.Join([]theme.Text{line, th.Glyphs.Alert, words + " to keep up: W saves all", line}, " ")
}

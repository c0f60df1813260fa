package views

import (
	"slices"

	"ffboard/engine"
	"ffboard/theme"
)

// newMergedTail shows the frames of several streams together. It reads none itself: the panes pass on what they read.
func newMergedTail(c *Common, panes []*Tail) *Tail {
	v := &Tail{c: c, follow: true, sources: panes, reader: newTailReader(c.Engine, engine.StreamRef{})}
	v.reader.stop()
	var all []*tailFrame
	for i, p := range panes {
		all = append(all, fromSource(i+1, p.buffer.frames)...)
	}
	slices.SortStableFunc(all, func(a, b *tailFrame) int { return a.At.Compare(b.At) })
	v.mergeIn(all)
	return v
}

// fromSource are the frames as a list of several streams has them. The payloads are shared.
func fromSource(source int, frames []*tailFrame) []*tailFrame {
	copies := make([]*tailFrame, len(frames))
	for i, f := range frames {
		copied := *f
		copied.source = source
		copies[i] = &copied
	}
	return copies
}

// mergeIn puts the frames of one stream, oldest first, among the others in the order of time. Streams are read one after the other, so
// that some of what is there already may be newer.
func (v *Tail) mergeIn(added []*tailFrame) {
	if len(added) == 0 {
		return
	}
	behind := v.buffer.insert(added)
	v.buffer.shrink()
	switch {
	case v.paused > 0:
	case behind:
		v.showAgain()
		v.flowFrames(added)
	default:
		v.show(added)
	}
	v.layout()
}

// insert keeps frames in the order of time; behind tells that some did not come last. Numbers stay in the order of the frames.
func (b *tailBuffer) insert(added []*tailFrame) (behind bool) {
	at := len(b.frames)
	for at > 0 && b.frames[at-1].At.After(added[0].At) {
		at--
	}
	later := slices.Clone(b.frames[at:])
	b.frames = b.frames[:at]
	number := b.read - len(later)
	for len(later) > 0 || len(added) > 0 {
		var f *tailFrame
		if len(added) == 0 || len(later) > 0 && !later[0].At.After(added[0].At) {
			f, later = later[0], later[1:]
			b.bytes -= f.cost()
		} else {
			f, added = added[0], added[1:]
			behind = behind || len(later) > 0
			b.read++
		}
		number++
		f.number = number
		b.keep(f)
	}
	return behind
}

// showAgain lists the buffer's frames; the text, in which each stream goes on by itself, stays as it is.
func (v *Tail) showAgain() {
	flow := v.flow
	v.flow = nil
	v.showAnew()
	v.flow = flow
}

func (v *Tail) flowFrames(frames []*tailFrame) {
	for _, f := range frames {
		if v.visible(f) {
			v.flowFrame(f)
		}
	}
	v.settleFlow()
}

// sourceLetter is how a line is told to be of a stream, in words; sourceStyle in colour.
func sourceLetter(source int) theme.Text { return theme.Clean(string(rune('A' + source - 1))) }

func sourceStyle(th *theme.Theme, source int) theme.Style {
	return []theme.Style{th.Accent, th.Key, th.Good, th.Warn}[(source-1)%MostTails]
}

// allEnded tells whether nothing more comes of any of the streams.
func (v *Tail) allEnded() bool {
	return len(v.sources) > 0 && !slices.ContainsFunc(v.sources, func(p *Tail) bool { return !p.reader.drained })
}

// saved is the stream that a save is of: of several, that of the frame under the cursor; nil when there is none.
func (v *Tail) saved() *Tail {
	if v.sources == nil {
		return v
	}
	f := v.list.selected()
	if f == nil || f.source == 0 {
		return nil
	}
	return v.sources[f.source-1]
}

// paceCells say how fast the reading goes: of several streams how much together, and how late the latest is.
func (v *Tail) paceCells() []Cell {
	if v.sources == nil {
		return v.reader.pace.cells(v.c, v.reader.end != nil)
	}
	var all tailPaceMeter
	for _, p := range v.sources {
		if pace := &p.reader.pace; len(pace.cells(v.c, p.reader.end != nil)) > 0 {
			all.rate += pace.rate
			all.lag = max(all.lag, pace.lag)
			all.since = pace.since
		}
	}
	return all.cells(v.c, false)
}

// mergedHead names the streams, each with its letter.
func (v *Tail) mergedHead() string {
	th := v.c.Theme
	l := th.Line(v.width)
	for i, p := range v.sources {
		state := p.reader.stateCell(v.c)
		l.Add(th.Plain, " ").Add(sourceStyle(th, i+1), sourceLetter(i+1)).Add(th.Plain, " "+ShortExecution(p.ref.Execution)+" ")
		l.Add(state.Style, state.Text).Add(th.Plain, " ")
		if p.saving() {
			l.Add(th.Badge, " saving ").Add(th.Plain, " ")
		}
	}
	return l.String()
}

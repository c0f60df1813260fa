package recording

import (
	"slices"
	"time"
)

// Coverage is what was recorded in a part of a recording.
type Coverage uint8

const (
	Nothing Coverage = iota
	Else             // something, but not what a trace asked for
	Asked            // what a trace asked for
	Lost             // answers that came faster than they could be recorded are missing
)

// stands is for how long an answer speaks for the time after it, in milliseconds: views ask again within that.
const stands = int64(5000)

// Coverage divides the recording into so many parts and tells what was recorded in each.
func (p *Player) Coverage(t *Trace, parts int) []Coverage {
	covered := make([]Coverage, max(parts, 0))
	for i := range covered {
		from, to := p.part(i, parts)
		if any64(p.file.seconds, (from-stands)/1000, (to+999)/1000) {
			covered[i] = Else
		}
	}
	for _, q := range t.asked() {
		places := p.file.answers[q]
		for i := range covered {
			from, to := p.part(i, parts)
			if n := upTo(places, to-1); n > 0 && places[n-1].at >= from-stands {
				covered[i] = Asked
			}
		}
	}
	for i := range covered {
		if from, to := p.part(i, parts); any64(p.file.drops, from, to) {
			covered[i] = Lost
		}
	}
	return covered
}

// part is the i-th of so many parts, in milliseconds. The last one has the end in it.
func (p *Player) part(i, parts int) (from, to int64) {
	begin := func(i int) int64 {
		span, n := p.ends[1]-p.ends[0]+1, int64(parts)
		return p.ends[0] + (span*int64(i)+n-1)/n
	}
	return begin(i), begin(i + 1)
}

// PartOf is in which of so many parts a moment is, PartAt where a part begins.
func (p *Player) PartOf(t time.Time, parts int) int {
	span := p.ends[1] - p.ends[0] + 1
	return int(min(max((t.UnixMilli()-p.ends[0])*int64(parts)/span, 0), int64(parts-1)))
}

func (p *Player) PartAt(i, parts int) time.Time {
	from, _ := p.part(i, parts)
	return time.UnixMilli(from)
}

// any64 tells whether one of the sorted numbers is in [from, to).
func any64(sorted []int64, from, to int64) bool {
	i, _ := slices.BinarySearch(sorted, from)
	return i < len(sorted) && sorted[i] < to
}

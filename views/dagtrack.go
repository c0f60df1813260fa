package views

import (
	"cmp"
	"slices"
)

// Between two layers runs a channel. A vertex whose links are not all level has a trunk there: its links leave it on one line, run up
// or down the trunk, and turn off to where they end. Trunks that would look like one stand in different tracks.
const (
	mostTracks = 24
	// channelEnds is what a channel has besides its tracks: a cell before them and the arrow behind.
	channelEnds  = 2
	leastChannel = 3
)

// trunk is the vertical line behind one vertex.
type trunk struct {
	vertex, row int
	ends        []int // rows
	from, to    int   // rows, both included
	track       int   // counted from 1; 0: none yet, below: being looked for
}

// channel gives the trunks behind a layer their tracks and returns the channel's width.
func (p *dagPlaces) channel(layer int) int {
	trunks := p.trunks(layer)
	leaving := map[int]*trunk{} // by the row that they leave on
	for _, t := range trunks {
		leaving[t.row] = t
	}
	var tracks [][]*trunk
	var put func(t *trunk)
	put = func(t *trunk) {
		t.track = -1
		least := 1
		// Whoever leaves on a row on which t ends has to turn off before t comes in: else the two would look like one.
		for _, row := range t.ends {
			other := leaving[row]
			if other == nil || other == t {
				continue
			}
			if other.track == 0 {
				put(other)
			}
			least = max(least, other.track+1)
		}
		t.track = min(freeTrack(tracks, t, least), mostTracks)
		for len(tracks) < t.track {
			tracks = append(tracks, nil)
		}
		tracks[t.track-1] = append(tracks[t.track-1], t)
	}
	for _, t := range trunks {
		if t.track == 0 {
			put(t)
		}
		p.tracks[t.vertex] = t.track
	}
	return max(len(tracks)+channelEnds, leastChannel)
}

// trunks are those behind a layer, in the order in which they come from the left: of those that lead down the lowest first, of
// those that lead up the highest first, so that they do not cross.
func (p *dagPlaces) trunks(layer int) []*trunk {
	byVertex := map[int]*trunk{}
	var trunks []*trunk
	for _, l := range p.layout.links[layer] {
		t := byVertex[l.from]
		if t == nil {
			row := p.port(l.from)
			t = &trunk{vertex: l.from, row: row, from: row, to: row}
			byVertex[l.from] = t
			trunks = append(trunks, t)
		}
		end := p.port(l.to)
		t.ends = append(t.ends, end)
		t.from, t.to = min(t.from, end), max(t.to, end)
	}
	trunks = slices.DeleteFunc(trunks, func(t *trunk) bool { return t.from == t.to })
	slices.SortFunc(trunks, func(a, b *trunk) int {
		return cmp.Or(cmp.Compare(a.turn(), b.turn()), cmp.Compare(a.vertex, b.vertex))
	})
	return trunks
}

// turn orders trunks: the lower it is, the further left.
func (t *trunk) turn() int {
	if t.to-t.row >= t.row-t.from {
		return -t.row
	}
	return t.row
}

// freeTrack is the first track from least on in which t clashes with nobody.
func freeTrack(tracks [][]*trunk, t *trunk, least int) int {
	for i := least; i <= len(tracks); i++ {
		if !slices.ContainsFunc(tracks[i-1], t.clashes) {
			return i
		}
	}
	return max(least, len(tracks)+1)
}

// clashes tells whether two trunks in one track would look connected without being so. Those that lead to the same place may join.
func (t *trunk) clashes(o *trunk) bool {
	first, last := max(t.from, o.from), min(t.to, o.to) // the rows that they share
	switch {
	case first > last:
		return false
	case first == last:
		return !slices.Contains(t.ends, first) || !slices.Contains(o.ends, first)
	default:
		return len(t.ends) > 1 || len(o.ends) > 1 || t.ends[0] != o.ends[0]
	}
}

package views

import "ffboard/engine"

// What a tail keeps of a stream at most.
const (
	mostTailFrames = 10_000
	mostTailBytes  = 8 << 20
	frameOverhead  = 256 // bytes of a frame besides its payload, about
)

// tailFrame is a frame with its place in the order of reading.
type tailFrame struct {
	engine.StreamFrame
	number int  // from 1
	gap    bool // no frame, but a mark where some were skipped
	missed int  // how many, in a gap; 0 where that is not known
	source int  // of several streams, from 1; 0: there is one

	asJSON *frameJSON // nil until it is drawn
}

// tailBuffer is the latest frames of a stream, oldest first.
type tailBuffer struct {
	frames []*tailFrame
	bytes  int
	read   int // frames ever added
	gone   int // of those, let go
	shared int // among how many buffers the room is shared; 0 is 1
}

// add appends frames and drops the oldest ones that there is no room for.
func (b *tailBuffer) add(frames []engine.StreamFrame) (added []*tailFrame) {
	for i := range frames {
		b.read++
		added = append(added, b.keep(&tailFrame{StreamFrame: frames[i], number: b.read}))
	}
	b.shrink()
	return added[max(len(added)-len(b.frames), 0):]
}

// addGap marks the place before a frame where others were skipped.
func (b *tailBuffer) addGap(missed int, next *engine.StreamFrame) *tailFrame {
	f := &tailFrame{number: b.read + 1, gap: true, missed: missed}
	f.At = next.At
	return b.keep(f)
}

func (b *tailBuffer) keep(f *tailFrame) *tailFrame {
	b.frames = append(b.frames, f)
	b.bytes += f.cost()
	return f
}

// shrink lets the oldest go where there are too many.
func (b *tailBuffer) shrink() {
	most, mostBytes := mostTailFrames/max(b.shared, 1), mostTailBytes/max(b.shared, 1)
	first := 0
	for first < len(b.frames)-1 && (len(b.frames)-first > most || b.bytes > mostBytes) {
		b.bytes -= b.frames[first].cost()
		if !b.frames[first].gap {
			b.gone++
		}
		b.frames[first] = nil
		first++
	}
	b.frames = b.frames[first:]
}

// oldest is the number of the oldest frame that is kept; 0 when there is none.
func (b *tailBuffer) oldest() int {
	if len(b.frames) == 0 {
		return 0
	}
	return b.frames[0].number
}

// dropped is how many frames were let go.
func (b *tailBuffer) dropped() int { return b.gone }

func (f *tailFrame) cost() int { return len(f.Payload) + frameOverhead }

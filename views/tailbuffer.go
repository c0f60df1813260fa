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
	number int // from 1
}

// tailBuffer is the latest frames of a stream, oldest first.
type tailBuffer struct {
	frames []*tailFrame
	bytes  int
	read   int // frames ever added
}

// add appends frames and drops the oldest ones that there is no room for.
func (b *tailBuffer) add(frames []engine.StreamFrame) (added []*tailFrame) {
	for i := range frames {
		b.read++
		f := &tailFrame{frames[i], b.read}
		b.frames = append(b.frames, f)
		b.bytes += f.cost()
	}
	first := 0
	for first < len(b.frames)-1 && (len(b.frames)-first > mostTailFrames || b.bytes > mostTailBytes) {
		b.bytes -= b.frames[first].cost()
		b.frames[first] = nil
		first++
	}
	b.frames = b.frames[first:]
	return b.frames[len(b.frames)-min(len(frames), len(b.frames)):]
}

// oldest is the number of the oldest frame that is kept; 0 when there is none.
func (b *tailBuffer) oldest() int {
	if len(b.frames) == 0 {
		return 0
	}
	return b.frames[0].number
}

// dropped is how many frames were let go.
func (b *tailBuffer) dropped() int { return b.read - len(b.frames) }

func (f *tailFrame) cost() int { return len(f.Payload) + frameOverhead }

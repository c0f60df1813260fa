package views

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/views/viewstest"
)

// backlogged is a view of a stream of n frames, none of which it has read.
func backlogged(t testing.TB, n int) (*Tail, []engine.StreamFrame) {
	t.Helper()
	e := viewstest.Canned()
	ref := activeRef(e, 0)
	frames := numbered(0, n)
	e.Frames[ref] = engine.StreamPage{Frames: frames}
	e.Streaming[0].FrameCount, e.Streaming[0].LastID = uint64(n), frames[n-1].ID
	e.OnTail = stored(&frames)
	v := NewTail(bareCommon(e), ref)
	t.Cleanup(v.Close)
	v.SetSize(100, 20)
	return v, frames
}

// until steps until the frame was read, and counts the reads.
func until(t testing.TB, v *Tail, last string) (reads int) {
	t.Helper()
	for cmd := v.Init(); v.reader.after != last; reads++ {
		if cmd == nil || reads > 1000 {
			t.Fatalf("after %d reads it stands at %s", reads, v.reader.after)
		}
		cmd = step(v, cmd)
	}
	return reads
}

func TestAScreenThatFallsBehindSkipsToTheNewestFramesAndSaysHowMany(t *testing.T) {
	v, frames := backlogged(t, 100_000)
	if reads := until(t, v, frames[len(frames)-1].ID); reads > patientPages+1 {
		t.Errorf("%d reads to the newest frame", reads)
	}
	if v.reader.pace.counted != len(frames) || v.reader.pace.skipped != len(frames)-v.buffer.read {
		t.Errorf("%d frames counted, %d skipped, %d read", v.reader.pace.counted, v.reader.pace.skipped, v.buffer.read)
	}
	fetch(t, v, v.c.Engine.(*viewstest.Engine))
	if strings.Contains(v.View(), "trimmed") {
		t.Errorf("what was skipped is said to be trimmed:\n%s", v.View())
	}
	at := v.list.at
	for !v.list.rows[v.list.at].gap {
		presses(v, "k")
		if v.list.at == 0 {
			t.Fatal("there is no mark where frames were skipped")
		}
	}
	if want := fmt.Sprintf("%s frames skipped to keep up", Count(v.reader.pace.skipped)); !strings.Contains(v.View(), want) {
		t.Errorf("nothing says %q:\n%s", want, v.View())
	}
	if presses(v, "enter") != nil {
		t.Error("the mark opens as if it were a frame")
	}
	presses(v, "x")
	viewstest.CheckFrame(t, v.View(), 100, 20)
	for at := at; at < len(v.list.rows); at++ {
		if v.list.rows[at].gap {
			t.Error("there is a second mark")
		}
	}
}

func TestWhoeverReadsWhatWasIsNotTornAway(t *testing.T) {
	v, frames := backlogged(t, 30_000)
	v.follow = false
	if reads := until(t, v, frames[len(frames)-1].ID); reads < len(frames)/tailPage {
		t.Errorf("%d reads: frames were skipped", reads)
	}
	if v.reader.pace.skipped != 0 {
		t.Errorf("%d frames were skipped", v.reader.pace.skipped)
	}
}

func TestTheHeadSaysHowFastItReadsAndHowLate(t *testing.T) {
	e := viewstest.Canned()
	now := viewstest.Now
	c := bareCommon(e)
	c.Clock = func() time.Time { return now }
	v := NewTail(c, activeRef(e, 0))
	t.Cleanup(v.Close)
	v.SetSize(100, 20)
	for i := range 21 {
		feedFrames(v, numbered(i*500, 500))
		now = now.Add(50 * time.Millisecond)
	}
	if view := v.View(); !strings.Contains(view, "10,000/s · lag 0ms") {
		t.Errorf("the head does not say so:\n%s", view)
	}
}

// BenchmarkTailPage is a page of a thousand frames, from the answer to the screen. At 10,000 frames a second there are ten of them.
func BenchmarkTailPage(b *testing.B) {
	for name, key := range map[string]string{"frames": "", "text": "x", "wrapped": "w"} {
		b.Run(name, func(b *testing.B) {
			e := viewstest.Canned()
			v := NewTail(bareCommon(e), activeRef(e, 0))
			defer v.Close()
			v.SetSize(200, 60)
			feedFrames(v, numbered(0, mostTailFrames))
			types(v, key)
			page := numbered(mostTailFrames, 1000)
			b.ReportAllocs()
			for b.Loop() {
				feedFrames(v, page)
				v.View()
			}
		})
	}
}

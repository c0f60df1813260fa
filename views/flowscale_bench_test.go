package views

import (
	"strconv"
	"testing"

	"ffboard/views/viewstest"
)

// BenchmarkWideGraph tells what a graph costs: to draw it anew, unfolded, which is done beside the program; to take the next states
// into a drawing that stands; and a frame.
func BenchmarkWideGraph(b *testing.B) {
	for _, n := range []int{500, 5000} {
		d := wideFlow(n)
		in := dagInput{d, folding{mode: foldNone}, 199, 50}
		b.Run(strconv.Itoa(n)+"/layout", func(b *testing.B) {
			for b.Loop() {
				in.draw(&dagDrawing{})
			}
		})
		b.Run(strconv.Itoa(n)+"/folded", func(b *testing.B) {
			folded := dagInput{d, folding{}, 199, 50}
			for b.Loop() {
				folded.draw(&dagDrawing{})
			}
		})
		drawing := in.draw(&dagDrawing{})
		b.Run(strconv.Itoa(n)+"/states", func(b *testing.B) {
			for b.Loop() {
				in.draw(drawing)
			}
		})
		p := newDagPane(bareCommon(viewstest.New()))
		p.width, p.height, p.detail, p.folding = 200, 51, d, in.folding
		p.show(drawing)
		b.Run(strconv.Itoa(n)+"/frame", func(b *testing.B) {
			for b.Loop() {
				p.view()
			}
		})
		b.Run(strconv.Itoa(n)+"/key", func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				p.update(viewstest.Key([]string{"j", "j", "l", "f"}[i%4]))
				p.view()
			}
		})
	}
}

// BenchmarkWideFlow tells what the view of a flow of ten thousand members costs: a fetch, made beside the program; taking it; a key
// and its frame in each pane.
func BenchmarkWideFlow(b *testing.B) {
	d := wideFlow(10_000)
	b.Run("digest", func(b *testing.B) {
		for b.Loop() {
			surveyed(d)
		}
	})
	v := wideView(10_000, [2]int{200, 60})
	digested := surveyed(d)
	b.Run("take", func(b *testing.B) {
		for b.Loop() {
			v.Update(Data{Value: digested})
		}
	})
	for p, name := range map[flowPane]string{paneMembers: "members", paneGraph: "graph", paneEdges: "edges", paneTimeline: "timeline"} {
		b.Run(name, func(b *testing.B) {
			v.focusOn(p)
			for i := 0; b.Loop(); i++ {
				v.Update(viewstest.Key([]string{"j", "k", "pgdown", "pgup"}[i%4]))
				v.Need()
				v.View()
			}
		})
	}
	b.Run("filter", func(b *testing.B) {
		v.focusOn(paneMembers)
		v.Update(viewstest.Key("/"))
		for i := 0; b.Loop(); i++ {
			v.Update(viewstest.Key([]string{"e", "backspace"}[i%2]))
			v.View()
		}
	})
}

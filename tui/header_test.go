package tui

import (
	"testing"

	"ffboard/engine"
	"ffboard/views/viewstest"
)

func TestTheHeaderSaysWhyAServerTakesNoWritesAndSinceWhen(t *testing.T) {
	for _, by := range []engine.Hindrance{engine.MemoryFull, engine.IsReplica} {
		e := viewstest.Canned()
		e.Deployed.Hindered = by
		d := drive(t, options(e), 80, 24)
		d.shows("no writes, " + string(by) + ": 0s")
		viewstest.CheckFrame(t, d.m.View(), 80, 24)
	}
}

package views

import (
	"ffboard/engine"
	"ffboard/theme"
)

var stateLooks = map[engine.PublicState]theme.State{
	engine.StateWaiting:         theme.Waiting,
	engine.StateDelayed:         theme.Delayed,
	engine.StateRateLimited:     theme.Limited,
	engine.StateWaitingChildren: theme.Blocked,
	engine.StateActive:          theme.Running,
	engine.StateSuspended:       theme.Suspended,
	engine.StateResumable:       theme.Resumable,
	engine.StateCompleted:       theme.Done,
	engine.StateFailed:          theme.Failed,
	engine.StateCancelled:       theme.Cancelled,
	engine.StateExpired:         theme.Expired,
	engine.StateSkipped:         theme.Skipped,
}

var flowLooks = map[engine.FlowState]theme.State{
	engine.FlowOpen:      theme.Waiting,
	engine.FlowRunning:   theme.Running,
	engine.FlowBlocked:   theme.Blocked,
	engine.FlowCompleted: theme.Done,
	engine.FlowFailed:    theme.Failed,
	engine.FlowCancelled: theme.Cancelled,
}

// StateLook is how a theme shows the state: th.StateStyle and th.StateGlyph take it. An unknown word is theme.Unknown.
func StateLook(s engine.PublicState) theme.State { return lookOf(stateLooks, s) }

// FlowLook is the same for a flow's state.
func FlowLook(s engine.FlowState) theme.State { return lookOf(flowLooks, s) }

// longestState is longer than the word of any state: what is longer is not looked up, since that would read all of it.
const longestState = 64

func lookOf[S ~string](looks map[S]theme.State, s S) theme.State {
	if len(s) > longestState {
		return theme.Unknown
	}
	return looks[s]
}

// StateCell is a state's glyph and word in its style.
func StateCell(th *theme.Theme, s engine.PublicState) Cell {
	return stateCell(th, StateLook(s), string(s))
}

// FlowCell is the same for a flow's state.
func FlowCell(th *theme.Theme, s engine.FlowState) Cell { return stateCell(th, FlowLook(s), string(s)) }

func stateCell(th *theme.Theme, look theme.State, word string) Cell {
	return Cell{Text: th.StateGlyph(look) + " " + theme.CleanTo(word, 24), Style: th.StateStyle(look)}
}

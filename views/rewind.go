package views

import tea "github.com/charmbracelet/bubbletea"

// Rewind asks for all parts anew; the courses begin again.
func (v *Overview) Rewind() tea.Cmd {
	v.turns = overviewTurns{}
	v.live, v.ended = Series{Step: overviewStep}, Series{Step: overviewStep}
	clear(v.waitingIn)
	clear(v.endedIn)
	return nil
}

// Rewind forgets what has happened; a new subscription tells of what had by then.
func (v *Activity) Rewind() tea.Cmd {
	v.feed.close()
	v.events, v.rate, v.paused = nil, Series{}, 0
	v.second, v.inSecond = v.c.Now(), 0
	v.show()
	return nil
}

// Rewind reads the stream from its beginning.
func (v *Tail) Rewind() tea.Cmd {
	if v.current || v.sources != nil {
		return nil
	}
	return v.turn(v.ref.Attempt)
}

// Rewind reads all of the streams from their beginnings.
func (v *Tails) Rewind() tea.Cmd {
	cmds := make([]tea.Cmd, len(v.panes))
	for i, p := range v.panes {
		cmds[i] = v.from(i, p.Rewind())
	}
	if v.merged != nil {
		v.toggle()
		v.toggle()
	}
	return tea.Batch(cmds...)
}

package tui

import (
	"ffboard/engine/recording"
	"ffboard/theme"
)

// recorded tells of the recording that is being made, and once in the log when it has ended before its time.
type recorded struct {
	recorder *recording.Recorder
	told     bool
}

// badge is how the header tells.
func (m *Model) recordingBadge() []segment {
	th, r := m.common.Theme, m.recorded.recorder
	switch {
	case r == nil:
		return nil
	case r.State().Stopped != nil:
		return []segment{seg(9, th.Bad, th.Glyphs.Alert+" recording stopped")}
	default:
		return []segment{seg(8, th.Badge, " rec ")}
	}
}

// tellOfRecording says why the recording has ended.
func (m *Model) tellOfRecording() {
	r := &m.recorded
	if r.recorder == nil || r.told {
		return
	}
	if err := r.recorder.State().Stopped; err != nil {
		r.told = true
		m.say("recording stopped: "+theme.Clean(err.Error()), true)
	}
}

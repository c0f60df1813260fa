package views

import (
	"strings"

	"ffboard/engine"
	"ffboard/theme"
)

// mostFlowBytes is how much text is laid out when frames are first shown as text: the latest.
const mostFlowBytes = 1 << 20

// flowing are the frame types whose payloads go on where the one before stopped. The types are free text; these are in use (spec 03e
// §2).
var flowing = []string{"token", "delta", "chunk", "stdout", "stderr", "output", "text"}

// flows tells whether a frame is a piece of a text.
func flows(f *engine.StreamFrame) bool {
	for _, word := range flowing {
		if strings.HasSuffix(f.Type, word) {
			return true
		}
	}
	return false
}

func (v *Tail) toggleFlow() {
	if v.flow != nil {
		v.flow = nil
		return
	}
	v.flowAnew()
}

// flowAnew lays out the frames on the screen as text.
func (v *Tail) flowAnew() {
	v.flow = &textFlow{width: v.textWidth()}
	first, bytes := len(v.list.rows), 0
	for first > 0 && bytes < mostFlowBytes {
		first--
		bytes += len(v.list.rows[first].Payload)
	}
	for _, f := range v.list.rows[first:] {
		v.flowFrame(f)
	}
	v.settleFlow()
}

// flowFrame adds a frame to the text. What changes the summary is not part of it: it would tear sentences apart.
func (v *Tail) flowFrame(f *tailFrame) {
	switch {
	case v.flow == nil, f.Mode == engine.ModeSummary:
	case f.gap:
		v.flow.of(f.source).aside(f.gapWords(v.c.Theme))
	case flows(&f.StreamFrame):
		v.flow.of(f.source).write(string(f.Payload))
	default:
		v.flow.of(f.source).aside(theme.CleanTo(f.Type, 20) + ": " + payloadLine(f.Payload, v.flow.width))
	}
}

func (v *Tail) settleFlow() {
	if v.flow == nil {
		return
	}
	dropped := v.flow.settleAll()
	v.text.ScrollTo(v.text.Top() - dropped)
}

// payloadLine is a payload on one line, as far as width allows.
func payloadLine(payload []byte, width int) theme.Text {
	// More bytes than this cannot be seen, whatever they are.
	return theme.CleanTo(string(payload[:min(len(payload), 16*(width+2))]), width)
}

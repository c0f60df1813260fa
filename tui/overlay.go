package tui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// overlay lays a box over the middle of the lines. Only the lines it covers are cut.
func overlay(lines, box []string, width int) {
	if len(box) == 0 {
		return
	}
	overlayAt(lines, box, max((width-ansi.StringWidth(box[0]))/2, 0), max((len(lines)-len(box))/2, 0), width)
}

// overlayAt lays a box over the lines with its top left corner at x and y.
func overlayAt(lines, box []string, x, y, width int) {
	for i, part := range box {
		if y+i < 0 || y+i >= len(lines) {
			continue
		}
		under := lines[y+i]
		part = ansi.Truncate(part, width-x, "")
		left := ansi.Truncate(under, x, "")
		// A wide rune that the edge cuts in two goes; a blank stands in for its half.
		gap := strings.Repeat(" ", x-ansi.StringWidth(left))
		end := x + ansi.StringWidth(part)
		right := ansi.TruncateLeft(under, end, "")
		// A wide rune that the edge cuts in two stays, and marks on a letter count for more where text is cut than where it is measured.
		for cut := end + 1; ansi.StringWidth(right) > max(width-end, 0); cut++ {
			right = ansi.TruncateLeft(under, cut, "")
		}
		fill := strings.Repeat(" ", max(width-end-ansi.StringWidth(right), 0))
		// The cut parts keep the sequences of what was cut off, so each ends as its line does: with nothing open.
		lines[y+i] = left + gap + part + fill + right
	}
}

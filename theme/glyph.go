package theme

// Glyphs are the signs that are not letters, each one cell wide unless said otherwise.
type Glyphs struct {
	Ellipsis Text
	Selected Text // before the selected row
	Crumb    Text // between crumbs
	Dot      Text // between facts
	Up, Down Text // sort direction
	Arrow    Text // from one thing to another
	Back     Text // the same the other way
	Alert    Text // something is wrong with this
	Cursor   Text // of an input, where it stands past the end
	Check    Text // a chosen or satisfied thing
	Cross    Text // a refused or failed thing
	Empty    Text // a thing not chosen or not yet satisfied
	Mark     Text // before a marked row
	MarkHere Text // before one that is selected as well
	Times    Text // between a number and what there are so many of

	// Spans of time: at work, in line, held up by something else, and a mark on what matters.
	Work, Wait, Held, Critical Text

	// Lines of boxes and drawings.
	Heavy                                          Text // a horizontal line that stands out
	Horizontal, Vertical                           Text
	TopLeft, TopRight, BottomLeft, BottomRight     Text
	TeeLeft, TeeRight, TeeTop, TeeBottom, Junction Text // named for the side that has no arm's opposite: TeeRight is ├
	HeadRight                                      Text // arrow head
	States                                         [stateCount]Text
	Levels                                         [8]Text // from nothing to the most there is
}

const ellipsis Text = "…"

var unicodeGlyphs = Glyphs{
	Ellipsis: ellipsis, Selected: "▌", Crumb: "›", Dot: "·", Up: "▲", Down: "▼", Arrow: "→", Back: "←", Alert: "⚠", Cursor: "█",
	Check: "✓", Cross: "✗", Empty: "○", Mark: "◇", MarkHere: "◆", Times: "×", Work: "█", Wait: "·", Held: "▒", Critical: "★",
	Heavy: "━", Horizontal: "─", Vertical: "│", TopLeft: "╭", TopRight: "╮", BottomLeft: "╰", BottomRight: "╯",
	TeeLeft: "┤", TeeRight: "├", TeeTop: "┬", TeeBottom: "┴", Junction: "┼", HeadRight: "▶",
	Levels: [8]Text{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
	States: [stateCount]Text{
		Unknown: "?", Waiting: "○", Delayed: "◔", Limited: "◑", Blocked: "◌", Running: "●", Suspended: "‖", Resumable: "▷",
		Done: "✓", Failed: "✗", Cancelled: "⊘", Expired: "⊗", Skipped: "»",
	},
}

var asciiGlyphs = Glyphs{
	Ellipsis: "~", Selected: ">", Crumb: ">", Dot: "|", Up: "^", Down: "v", Arrow: ">", Back: "<", Alert: "!", Cursor: "_",
	Check: "+", Cross: "x", Empty: "o", Mark: "*", MarkHere: "#", Times: "x", Work: "#", Wait: ".", Held: "=", Critical: "@",
	Heavy: "=", Horizontal: "-", Vertical: "|", TopLeft: "+", TopRight: "+", BottomLeft: "+", BottomRight: "+",
	TeeLeft: "+", TeeRight: "+", TeeTop: "+", TeeBottom: "+", Junction: "+", HeadRight: ">",
	Levels: [8]Text{"_", ".", ":", "-", "=", "+", "*", "#"},
	States: [stateCount]Text{
		Unknown: "?", Waiting: "o", Delayed: "~", Limited: "%", Blocked: ":", Running: "*", Suspended: "=", Resumable: "/",
		Done: "+", Failed: "x", Cancelled: "-", Expired: "!", Skipped: ">",
	},
}

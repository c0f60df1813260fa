package theme

import (
	"strings"

	"github.com/muesli/termenv"
)

// State is what a theme tells apart about a thing that lives and ends. Package views says which of the engine's words is which.
type State int

const (
	Unknown State = iota
	Waiting
	Delayed
	Limited
	Blocked
	Running
	Suspended
	Resumable
	Done
	Failed
	Cancelled
	Expired
	Skipped
	stateCount
)

// Theme is how things look. Its fields are read when a frame is drawn, so that a theme may be changed while the program runs.
type Theme struct {
	Name   string
	Glyphs Glyphs

	Plain    Style // ordinary text
	Title    Style // names of screens and panels
	Dim      Style // what matters less
	Key      Style // keys in the footer and in help
	Accent   Style // the one thing to look at
	Good     Style
	Warn     Style
	Bad      Style
	Head     Style // column headings
	Border   Style // lines of boxes and drawings
	Selected Style // the selected row, whole width
	Match    Style // what a search found
	Badge    Style // short words on the accent's ground: the role, the current tab

	states [stateCount]Style
	ascii  bool // the terminal shows nothing else
}

// shown is the text as this terminal can show it: where it shows ASCII alone, other runes become question marks of the same width.
func (t *Theme) shown(text Text) Text {
	if !t.ascii || printable(string(text)) {
		return text
	}
	var b strings.Builder
	for _, r := range string(text) {
		switch {
		case r < 0x80:
			b.WriteRune(r)
		case r == '…':
			b.WriteString(string(t.Glyphs.Ellipsis))
		default:
			b.WriteString(string(Text("?").Repeat(Text(r).Width())))
		}
	}
	return Text(b.String())
}

// StateStyle is the style of a state.
func (t *Theme) StateStyle(s State) Style {
	if s < 0 || s >= stateCount {
		s = Unknown
	}
	return t.states[s]
}

// StateGlyph is the glyph of a state.
func (t *Theme) StateGlyph(s State) Text {
	if s < 0 || s >= stateCount {
		s = Unknown
	}
	return t.Glyphs.States[s]
}

// Terminal is what the theme must know of the terminal.
type Terminal struct {
	Profile termenv.Profile
	Dark    bool // its background
	ASCII   bool // it does not show UTF-8
}

// ownColours is the theme that uses the terminal's own sixteen colours, as its user chose them, and no others.
const ownColours = "ansi"

// Names are the names that New takes.
func Names() []string {
	return []string{"auto", "dark", "light", contrast.name, safe.name, ownColours, "none"}
}

// New makes the theme of this name: dark, light, contrast, safe (for the colour-blind), ansi (the terminal's own sixteen colours), none
// (no colours: bold, dim and reverse), or auto, which follows the terminal's background. Where the terminal has no colours every
// theme is none. An unknown name is auto.
func New(name string, term Terminal) *Theme {
	p, profile := paletteFor(name, term), term.Profile
	if name == ownColours && profile != termenv.Ascii {
		p.name, profile = ownColours, termenv.ANSI
	}
	t := p.theme(profile)
	t.Glyphs, t.ascii = unicodeGlyphs, term.ASCII
	if term.ASCII {
		t.Glyphs = asciiGlyphs
	}
	return t
}

// Bare is a theme of glyphs alone, without a single escape sequence: for tests, and for output that is no terminal.
func Bare() *Theme { return &Theme{Name: "bare", Glyphs: unicodeGlyphs} }

func paletteFor(name string, term Terminal) palette {
	switch {
	case name == "none" || term.Profile == termenv.Ascii:
		return colourless
	case name == contrast.name && !term.Dark:
		return contrastOnWhite
	case name == contrast.name:
		return contrast
	case name == safe.name:
		return safe
	case name == "light" || name != "dark" && !term.Dark:
		return light
	default:
		return dark
	}
}

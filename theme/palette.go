package theme

import (
	"strings"

	"github.com/muesli/termenv"
)

// colour is one colour for terminals of many colours and one of the sixteen for the others.
type colour struct{ full, sixteen string }

// look is what a style is made of. Attributes are SGR numbers.
type look struct {
	fore, back colour
	attributes string
}

// palette is a theme before the terminal is known.
type palette struct {
	name                                                                                  string
	plain, title, dim, key, accent, good, warn, bad, head, border, selected, match, badge look
	waiting, delayed, limited, blocked, running, suspended, skipped                       look
}

const (
	bold      = termenv.BoldSeq
	faint     = termenv.FaintSeq
	underline = termenv.UnderlineSeq
	reverse   = termenv.ReverseSeq
)

var dark = palette{
	name:      "dark",
	title:     look{fore: colour{"#e6e6e6", "15"}, attributes: bold},
	dim:       look{fore: colour{"#7f8792", "8"}},
	key:       look{fore: colour{"#7cb7ff", "12"}},
	accent:    look{fore: colour{"#7cb7ff", "12"}, attributes: bold},
	good:      look{fore: colour{"#86c98b", "10"}},
	warn:      look{fore: colour{"#e3b965", "11"}},
	bad:       look{fore: colour{"#f0787a", "9"}, attributes: bold},
	head:      look{fore: colour{"#9aa3ae", "7"}, attributes: underline},
	border:    look{fore: colour{"#4d5663", "8"}},
	selected:  look{fore: colour{"#ffffff", "15"}, back: colour{"#2c4a6e", "4"}},
	match:     look{fore: colour{"#1b1b1b", "0"}, back: colour{"#e3b965", "11"}},
	badge:     look{fore: colour{"#10151c", "0"}, back: colour{"#7cb7ff", "12"}},
	waiting:   look{fore: colour{"#b8c0cc", "7"}},
	delayed:   look{fore: colour{"#8fa8c8", "6"}},
	limited:   look{fore: colour{"#e3b965", "11"}},
	blocked:   look{fore: colour{"#a89bd6", "13"}},
	running:   look{fore: colour{"#7cb7ff", "12"}},
	suspended: look{fore: colour{"#66cfc6", "14"}},
	skipped:   look{fore: colour{"#7f8792", "8"}},
}

// contrast is for bright rooms and tired eyes: pure hues, nothing faint. contrastOnWhite is the same for a light background.
var contrast = palette{
	name:      "contrast",
	plain:     look{fore: colour{"#ffffff", "15"}},
	title:     look{fore: colour{"#ffffff", "15"}, attributes: bold},
	dim:       look{fore: colour{"#d0d0d0", "7"}},
	key:       look{fore: colour{"#5fd7ff", "14"}, attributes: bold},
	accent:    look{fore: colour{"#ffff5f", "11"}, attributes: bold},
	good:      look{fore: colour{"#5fff5f", "10"}},
	warn:      look{fore: colour{"#ffd75f", "11"}, attributes: bold},
	bad:       look{fore: colour{"#ff5f5f", "9"}, attributes: bold},
	head:      look{fore: colour{"#ffffff", "15"}, attributes: bold + ";" + underline},
	border:    look{fore: colour{"#d0d0d0", "7"}},
	selected:  look{fore: colour{"#000000", "0"}, back: colour{"#ffffff", "15"}, attributes: bold},
	match:     look{fore: colour{"#000000", "0"}, back: colour{"#ffff5f", "11"}},
	badge:     look{fore: colour{"#000000", "0"}, back: colour{"#5fd7ff", "14"}, attributes: bold},
	waiting:   look{fore: colour{"#ffffff", "15"}},
	delayed:   look{fore: colour{"#87d7ff", "14"}},
	limited:   look{fore: colour{"#ffd75f", "11"}},
	blocked:   look{fore: colour{"#ff87ff", "13"}},
	running:   look{fore: colour{"#5fd7ff", "14"}, attributes: bold},
	suspended: look{fore: colour{"#5fffd7", "14"}},
	skipped:   look{fore: colour{"#d0d0d0", "7"}},
}

var contrastOnWhite = palette{
	name:      "contrast",
	plain:     look{fore: colour{"#000000", "0"}},
	title:     look{fore: colour{"#000000", "0"}, attributes: bold},
	dim:       look{fore: colour{"#303030", "0"}},
	key:       look{fore: colour{"#00318a", "4"}, attributes: bold},
	accent:    look{fore: colour{"#00318a", "4"}, attributes: bold + ";" + underline},
	good:      look{fore: colour{"#005a00", "2"}, attributes: bold},
	warn:      look{fore: colour{"#7a3e00", "3"}, attributes: bold},
	bad:       look{fore: colour{"#a00000", "1"}, attributes: bold},
	head:      look{fore: colour{"#000000", "0"}, attributes: bold + ";" + underline},
	border:    look{fore: colour{"#303030", "0"}},
	selected:  look{fore: colour{"#ffffff", "15"}, back: colour{"#000000", "0"}, attributes: bold},
	match:     look{fore: colour{"#000000", "0"}, back: colour{"#ffe066", "11"}},
	badge:     look{fore: colour{"#ffffff", "15"}, back: colour{"#00318a", "4"}, attributes: bold},
	waiting:   look{fore: colour{"#000000", "0"}},
	delayed:   look{fore: colour{"#00506a", "6"}},
	limited:   look{fore: colour{"#7a3e00", "3"}},
	blocked:   look{fore: colour{"#5a0080", "5"}},
	running:   look{fore: colour{"#00318a", "4"}, attributes: bold},
	suspended: look{fore: colour{"#00564e", "6"}, attributes: bold},
	skipped:   look{fore: colour{"#303030", "0"}},
}

// safe keeps to colours that the usual kinds of colour blindness tell apart (those of Okabe and Ito): good is blue, bad is vermilion.
var safe = palette{
	name:      "safe",
	title:     look{fore: colour{"#e6e6e6", "15"}, attributes: bold},
	dim:       look{fore: colour{"#8a8f98", "8"}},
	key:       look{fore: colour{"#56b4e9", "14"}},
	accent:    look{fore: colour{"#56b4e9", "14"}, attributes: bold},
	good:      look{fore: colour{"#56b4e9", "14"}},
	warn:      look{fore: colour{"#f0e442", "11"}},
	bad:       look{fore: colour{"#e8702a", "9"}, attributes: bold + ";" + underline},
	head:      look{fore: colour{"#9aa3ae", "7"}, attributes: underline},
	border:    look{fore: colour{"#4d5663", "8"}},
	selected:  look{fore: colour{"#ffffff", "15"}, back: colour{"#00507a", "4"}},
	match:     look{fore: colour{"#1b1b1b", "0"}, back: colour{"#f0e442", "11"}},
	badge:     look{fore: colour{"#10151c", "0"}, back: colour{"#56b4e9", "14"}},
	waiting:   look{fore: colour{"#c8ccd2", "7"}},
	delayed:   look{fore: colour{"#8fb8d8", "6"}},
	limited:   look{fore: colour{"#f0e442", "11"}},
	blocked:   look{fore: colour{"#cc79a7", "13"}},
	running:   look{fore: colour{"#ffffff", "15"}, attributes: bold},
	suspended: look{fore: colour{"#e69f00", "3"}},
	skipped:   look{fore: colour{"#8a8f98", "8"}},
}

var light = palette{
	name:      "light",
	title:     look{fore: colour{"#15181c", "0"}, attributes: bold},
	dim:       look{fore: colour{"#69717c", "8"}},
	key:       look{fore: colour{"#0b5cad", "4"}},
	accent:    look{fore: colour{"#0b5cad", "4"}, attributes: bold},
	good:      look{fore: colour{"#1c7a30", "2"}},
	warn:      look{fore: colour{"#8a5a00", "3"}},
	bad:       look{fore: colour{"#b3211f", "1"}, attributes: bold},
	head:      look{fore: colour{"#4d5561", "8"}, attributes: underline},
	border:    look{fore: colour{"#b4bac2", "7"}},
	selected:  look{fore: colour{"#0b1a2b", "0"}, back: colour{"#cfe2f7", "6"}},
	match:     look{fore: colour{"#15181c", "0"}, back: colour{"#f3d48a", "3"}},
	badge:     look{fore: colour{"#ffffff", "15"}, back: colour{"#0b5cad", "4"}},
	waiting:   look{fore: colour{"#3c444f", "0"}},
	delayed:   look{fore: colour{"#3f6d8c", "6"}},
	limited:   look{fore: colour{"#8a5a00", "3"}},
	blocked:   look{fore: colour{"#6a4bb0", "5"}},
	running:   look{fore: colour{"#0b5cad", "4"}},
	suspended: look{fore: colour{"#0b716a", "6"}},
	skipped:   look{fore: colour{"#69717c", "8"}},
}

// colourless says with weight what the others say with colour; the glyphs tell the states apart.
var colourless = palette{
	name:     "none",
	title:    look{attributes: bold},
	dim:      look{attributes: faint},
	key:      look{attributes: bold},
	accent:   look{attributes: bold},
	warn:     look{attributes: bold},
	bad:      look{attributes: bold + ";" + underline},
	head:     look{attributes: underline},
	border:   look{attributes: faint},
	selected: look{attributes: reverse},
	match:    look{attributes: reverse},
	badge:    look{attributes: reverse},
	running:  look{attributes: bold},
	skipped:  look{attributes: faint},
}

func (p palette) theme(profile termenv.Profile) *Theme {
	style := func(l look) Style { return l.style(profile) }
	t := &Theme{
		Name: p.name, Plain: style(p.plain), Title: style(p.title), Dim: style(p.dim), Key: style(p.key), Accent: style(p.accent),
		Good: style(p.good), Warn: style(p.warn), Bad: style(p.bad), Head: style(p.head), Border: style(p.border),
		Selected: style(p.selected), Match: style(p.match), Badge: style(p.badge),
	}
	t.states = [stateCount]Style{
		Unknown: t.Bad, Waiting: style(p.waiting), Delayed: style(p.delayed), Limited: style(p.limited), Blocked: style(p.blocked),
		Running: style(p.running), Suspended: style(p.suspended), Resumable: style(p.suspended), Done: t.Good, Failed: t.Bad,
		Cancelled: t.Warn, Expired: t.Warn, Skipped: style(p.skipped),
	}
	return t
}

func (l look) style(profile termenv.Profile) Style {
	var codes []string
	if l.attributes != "" {
		codes = append(codes, l.attributes)
	}
	if c := l.fore.in(profile); c != nil {
		codes = append(codes, c.Sequence(false))
	}
	if c := l.back.in(profile); c != nil {
		codes = append(codes, c.Sequence(true))
	}
	if len(codes) == 0 {
		return Style{}
	}
	return Style{
		open:   "\x1b[" + strings.Join(codes, ";") + "m",
		ground: l.back.in(profile) != nil || strings.Contains(l.attributes, underline) || l.attributes == reverse,
	}
}

// in is nil for no colour.
func (c colour) in(profile termenv.Profile) termenv.Color {
	switch {
	case c.full == "" || profile == termenv.Ascii:
		return nil
	case profile == termenv.ANSI:
		return profile.Color(c.sixteen)
	default:
		return profile.Color(c.full)
	}
}

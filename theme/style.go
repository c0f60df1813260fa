package theme

// Style is how a span looks: the sequence that begins it, ready made. The zero Style changes nothing.
type Style struct {
	open   string
	ground bool // it shows on blanks too: underlined, reversed, or on a colour
}

const reset = "\x1b[0m"

// Render draws t in the style.
func (s Style) Render(t Text) string {
	if s.open == "" || t == "" {
		return string(t)
	}
	return s.open + string(t) + reset
}

// Align is where a field's text stands in its width.
type Align int

const (
	Left Align = iota
	Right
)

// Package theme is the only place that knows a colour, a glyph or what a stranger's text may do to a terminal.
//
// # Text
//
// Text is text that is safe to draw. A constant in the source becomes one by itself; everything else goes through Clean, CleanTo or
// Lines, which show control bytes, escape sequences, bidi overrides, zero-width runes and bytes that are no UTF-8 as visible
// escapes. There is no other way in: never convert a string to Text outside this package, unless it is made of digits.
//
// # Lines
//
// A screen is made of lines, and a line of spans of Text in a Style:
//
//	l := th.Line(width)
//	l.Add(th.Title, "Flows ").Add(th.Dim, theme.Clean(row.Kind))
//	l.Fill(40)                                     // blanks up to column 40
//	l.Field(th.Plain, views.Count(n), 8, theme.Right)
//	s := l.String()                                // exactly width cells, every sequence closed
//
// A line cuts what does not fit with an ellipsis and pads the rest, so whole lines can be put side by side by concatenation.
//
// # Styles and glyphs
//
// Styles are named by meaning (Title, Dim, Good, Bad, …) and prerendered: Render costs two string concatenations. Glyphs have an
// ASCII set for terminals that are not UTF-8. Every state has a colour and a glyph, so that it reads without colours as well.
package theme

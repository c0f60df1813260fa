package diagnose

import (
	"strings"
	"time"
)

// Standings have a word for a person.
var standingWords = map[Standing]string{
	Fine: "fine", Waits: "waits", Late: "late", Stuck: "stuck", Over: "ended", Note: "note",
}

// StandingWord is a standing for a person.
func StandingWord(s Standing) string { return standingWords[s] }

// Sentence ends a text with a full stop and begins it with a capital, unless it begins with a name.
func Sentence(words string) string {
	if words == "" || strings.HasSuffix(words, ".") {
		return words
	}
	return words + "."
}

// When is the time of an event: "in 3m", "due 2s ago", or "some time" where nobody knows.
func (e Event) When(now time.Time) string {
	switch {
	case e.At.IsZero():
		return "then"
	case e.At.After(now):
		return in(now, e.At)
	default:
		return "due" + ago(now, e.At)
	}
}

// Lines are a diagnosis in plain words, for a terminal that scrolls. They hold strangers' words, which whoever prints them makes safe.
func Lines(d *Diagnosis) []string {
	lines := []string{strings.ToUpper(StandingWord(d.Standing)) + "  " + Sentence(d.Verdict)}
	section := func(title string, rows [][2]string) {
		if len(rows) == 0 {
			return
		}
		lines = append(lines, "", title)
		width := 0
		for _, row := range rows {
			width = max(width, len([]rune(row[0])))
		}
		for _, row := range rows {
			lines = append(lines, "  "+row[0]+strings.Repeat(" ", width-len([]rune(row[0])))+"  "+row[1])
		}
	}
	var also, evidence, next, can, unread [][2]string
	for _, c := range d.Causes[min(len(d.Causes), 1):] {
		also = append(also, [2]string{StandingWord(c.Standing), c.Words})
	}
	for _, e := range d.Evidence {
		evidence = append(evidence, [2]string{e.Name, e.Words})
	}
	for _, e := range d.Next {
		next = append(next, [2]string{e.When(d.At), e.Words})
	}
	for _, r := range d.Remedies {
		can = append(can, [2]string{spaced(string(r.Kind)), r.Words})
	}
	for _, u := range d.Unread {
		unread = append(unread, [2]string{u.What, u.Problem})
	}
	section("also", also)
	section("evidence", evidence)
	section("next, by itself", next)
	section("you can", can)
	section("not read: the verdict may miss something", unread)
	return lines
}

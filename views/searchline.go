package views

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

// searchLine is the line behind `/` where executions are looked for: enter begins the search, tab completes.
type searchLine struct {
	input   Input
	typing  bool
	entered bool
	before  string // what esc goes back to
	problem string
}

func (s *searchLine) set(query string) {
	s.input.SetValue(query)
	s.typing, s.problem = false, ""
}

// update opens the line on `/` and edits it. handled is false for what belongs to the list. rows are where values come from.
func (s *searchLine) update(msg tea.Msg, rows []engine.ExecutionRow) (handled bool) {
	switch {
	case !s.typing:
		s.typing, s.before = true, s.input.Value()
	case Pressed(msg, Keys.Back):
		s.set(s.before)
	case Pressed(msg, Keys.Enter):
		if _, err := engine.ParseExecutionQuery(s.input.Value()); err != nil {
			s.problem = err.Error()
			return true
		}
		s.typing, s.entered = false, true
	case Pressed(msg, Keys.NextTab):
		s.complete(rows)
	default:
		if !s.input.Update(msg) {
			return false
		}
		s.problem = ""
	}
	return true
}

// lastWord is what is being typed: the word at the end, split at its key's colon.
func (s *searchLine) lastWord() (before, key, value string) {
	text := s.input.Value()
	at := strings.LastIndexAny(text, " \t") + 1
	before, word := text[:at], text[at:]
	if name, rest, found := strings.Cut(word, ":"); found && isKey(name) {
		return before, name, rest
	}
	return before, "", word
}

func isKey(name string) bool {
	return slices.ContainsFunc(engine.SearchKeys(), func(k engine.SearchKey) bool { return k.Name == name })
}

// candidates are the ways to go on with the last word: keys, or values that are known by themselves or from the rows.
func (s *searchLine) candidates(rows []engine.ExecutionRow) []string {
	_, name, value := s.lastWord()
	var all []string
	switch name {
	case "":
		for _, k := range engine.SearchKeys() {
			all = append(all, k.Name+":")
		}
	case "state":
		all = engine.SearchStates()
	default:
		for i := range rows {
			all = append(all, valuesOf(&rows[i], name)...)
		}
		slices.Sort(all)
		all = slices.Compact(all)
	}
	typed := value[strings.LastIndex(value, ",")+1:]
	return slices.DeleteFunc(all, func(c string) bool { return c == "" || !strings.HasPrefix(c, typed) || strings.ContainsAny(c, " \"") })
}

func valuesOf(r *engine.ExecutionRow, name string) []string {
	switch name {
	case "lane":
		return []string{string(r.Lane)}
	case "ns":
		return []string{string(r.Namespace)}
	case "kind":
		return []string{r.Kind}
	case "flow":
		return []string{string(r.Flow)}
	case "worker":
		return []string{string(r.WorkerInstance), string(r.Worker)}
	default:
		return nil
	}
}

// complete makes the last word as long as all candidates agree.
func (s *searchLine) complete(rows []engine.ExecutionRow) {
	found := s.candidates(rows)
	if len(found) == 0 {
		return
	}
	common := found[0]
	for _, c := range found[1:] {
		for !strings.HasPrefix(c, common) {
			common = common[:len(common)-1]
		}
	}
	before, name, value := s.lastWord()
	if name != "" {
		before += name + ":" + value[:strings.LastIndex(value, ",")+1]
	}
	if len(found) == 1 && name != "" {
		common += " "
	}
	s.input.SetValue(before + common)
}

func (s *searchLine) view(th *theme.Theme, width int) string {
	return th.Line(min(3, width)).Add(th.Key, " / ").String() + s.input.View(th, max(width-3, 0), true)
}

// hint says what is wrong with the query, or how it may go on.
func (s *searchLine) hint(th *theme.Theme, width int, rows []engine.ExecutionRow) string {
	l := th.Line(width)
	if s.problem != "" {
		return l.Add(th.Bad, " "+th.Glyphs.Alert+" "+theme.CleanTo(s.problem, max(width-3, 0))).String()
	}
	_, name, _ := s.lastWord()
	l.Add(th.Dim, " ")
	for _, c := range s.candidates(rows) {
		if l.Left() < len(c)+1 {
			break
		}
		l.Add(th.Accent, theme.CleanTo(c, 48)).Add(th.Plain, " ")
	}
	for _, k := range engine.SearchKeys() {
		if k.Name == name {
			l.Rest(th.Dim, " "+theme.Clean(k.Means))
		}
	}
	return l.String()
}

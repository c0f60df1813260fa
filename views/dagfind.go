package views

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/theme"
)

// Keys of a graph that no list has.
var (
	failureKey       = Bind("f", "next failure", "f")
	failureBackKey   = Bind("F", "previous failure", "F")
	nextFoundKey     = Bind("n", "next found", "n")
	previousFoundKey = Bind("N", "previous found", "N")
	foldKey          = Bind("z", "fold or unfold", "z")
	foldAllKey       = Bind("Z", "fold or unfold all", "Z")
)

// seek answers the keys that look for nodes, and those that fold them.
func (p *dagPane) seek(msg tea.Msg) (handled bool, cmd tea.Cmd) {
	if handled, changed := p.find.Update(msg); handled {
		if changed {
			p.jump(0, p.matches)
		}
		return true, nil
	}
	switch {
	case Pressed(msg, failureKey):
		p.jump(1, failedNode)
	case Pressed(msg, failureBackKey):
		p.jump(-1, failedNode)
	case Pressed(msg, nextFoundKey):
		p.jump(1, p.matches)
	case Pressed(msg, previousFoundKey):
		p.jump(-1, p.matches)
	case Pressed(msg, foldKey):
		return true, p.turnFold()
	case Pressed(msg, foldAllKey):
		return true, p.turnAll()
	default:
		return false, nil
	}
	return true, nil
}

func failedNode(n *dagNode) bool { return broke(n.row.State) }

// matches tells whether the filter's words are all in what is known of a node.
func (p *dagPane) matches(n *dagNode) bool {
	return p.find.Active() && p.find.Query() != "" && p.find.Match(strings.Join([]string{string(n.row.ID), n.row.Kind, string(n.row.State), n.row.FailureReason}, " "))
}

// jump goes to the next node of a kind, in the order in which one reads the drawing, and from its end to its beginning. With step 0 the
// selected one is the first candidate.
func (p *dagPane) jump(step int, is func(*dagNode) bool) {
	order := p.reading()
	here := 0
	for i, v := range order {
		if v == p.at() {
			here = i
		}
	}
	n := len(order)
	for i := range n {
		at := here + i
		switch {
		case step > 0:
			at = here + 1 + i
		case step < 0:
			at = here - 1 - i + n
		}
		if v := order[at%n]; is(&p.nodes[v]) {
			p.selectNode(v)
			return
		}
	}
}

// reading is the nodes layer by layer, from top to bottom.
func (p *dagPane) reading() []int {
	order := make([]int, 0, len(p.nodes))
	for layer := range p.layout.layers {
		for _, v := range p.layout.layers[layer] {
			if v < p.layout.nodes {
				order = append(order, v)
			}
		}
	}
	return order
}

// foundWords say how many nodes match and which of them is selected.
func (p *dagPane) foundWords() theme.Text {
	found, at := 0, 0
	for _, v := range p.reading() {
		if p.matches(&p.nodes[v]) {
			if found++; v == p.at() {
				at = found
			}
		}
	}
	if at == 0 {
		return Count(found) + " found"
	}
	return Count(at) + " of " + Count(found)
}

// turnFold unfolds the selected fold, or folds the selected node with those that look like it.
func (p *dagPane) turnFold() tea.Cmd {
	n := p.current()
	if n == nil || n.fold == "" {
		return nil
	}
	turned := p.folding.clone()
	if turned.turned == nil {
		turned.turned = map[string]bool{}
	}
	turned.turned[n.fold] = !turned.turned[n.fold]
	p.folding = turned
	return p.redraw()
}

// turnAll unfolds everything where anything is folded, otherwise folds everything.
func (p *dagPane) turnAll() tea.Cmd {
	mode := foldAll
	for i := range p.nodes {
		if p.nodes[i].many > 0 {
			mode = foldNone
		}
	}
	p.folding = folding{mode: mode}
	return p.redraw()
}

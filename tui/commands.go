package tui

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
	"ffboard/views"
)

// command is what the palette understands. argument is how help calls what follows the name; "" when nothing does.
type command struct {
	name, argument, does string
	optional             bool            // it does something without its argument as well
	view                 bool            // it opens a view
	arguments            func() []string // what the argument may be completed to; nil: nothing is known
	run                  func(m *Model, argument string) (tea.Cmd, error)
}

// commandSet is what the palette understands, in the order that it suggests.
type commandSet []command

// withSaved adds the names that the user gave to lines: each does what its line does. A name of the program's own stays what it is.
func (cs commandSet) withSaved(lines map[string]string) commandSet {
	own := cs
	for _, name := range slices.Sorted(maps.Keys(lines)) {
		if slices.ContainsFunc(own, func(c command) bool { return c.name == name }) {
			continue
		}
		line := lines[name]
		cs = append(cs, command{name: name, does: line, run: func(m *Model, _ string) (tea.Cmd, error) {
			first, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			if _, err := own.named(first); err != nil {
				return nil, fmt.Errorf("%s stands for %q: it must begin with a command of the program", name, line)
			}
			return m.runCommand(line)
		}})
	}
	return cs
}

// commands are those of the program.
func commands() commandSet {
	var cs commandSet
	for _, r := range roots {
		cs = append(cs, command{name: r.name, argument: "[filter]", optional: true, view: true, does: r.shows, run: func(m *Model, filter string) (tea.Cmd, error) {
			cmd := m.openRoot(r)
			if filter == "" {
				return cmd, nil
			}
			narrow, ok := m.top().filter(filter)
			if !ok {
				return cmd, fmt.Errorf("%s has no filter", r.name)
			}
			return tea.Batch(cmd, narrow), nil
		}})
	}
	return append(cs,
		command{name: "flow", argument: "<id>", does: "open a flow", view: true, run: openFlow},
		command{name: "execution", argument: "<id>", does: "open an execution", view: true, run: openExecution},
		command{name: "act", argument: "<kind> <id>", does: "what can be done to a thing", run: openActions},
		command{name: "tail", argument: "<id> [<id>…]", does: "follow the streams of executions", run: openTails},
		command{name: "rotate", does: "rotate the waitpoint secret", run: openRotation},
		command{name: "why", argument: "<id>", does: "why an execution or a flow is stuck", view: true, run: openWhy},
		command{name: "signals", argument: "[name]", optional: true, does: "what is waited for, and by how many", view: true, run: openSignals},
		command{name: "save", argument: "<name>", does: "call this view and its filter so", run: saveLine},
		command{name: "forget", argument: "<name>", does: "a name that save gave", run: forgetLine},
		command{name: "theme", argument: "<name>", does: "change the colours", arguments: theme.Names, run: changeTheme},
		command{name: "log", does: "what was done in this session", run: openLog},
		command{name: "refresh", does: "fetch now", run: func(m *Model, _ string) (tea.Cmd, error) { return m.refresh(), nil }},
		command{name: "help", does: "the keys", run: openHelp},
		command{name: "quit", does: "leave", run: func(*Model, string) (tea.Cmd, error) { return tea.Quit, nil }},
	)
}

// Start is a command of the palette that opens a view, for a command line that begins there.
type Start struct {
	Name, Argument, Does string
	Optional             bool // it opens without its argument as well
}

// Starts are the commands of the palette that open a view.
func Starts() []Start {
	var starts []Start
	for _, c := range commands() {
		if c.view {
			starts = append(starts, Start{c.name, c.argument, c.does, c.optional})
		}
	}
	return starts
}

func openFlow(m *Model, id string) (tea.Cmd, error) {
	flow, err := engine.ParseFlowID(id)
	if err != nil {
		return nil, errors.New("a flow's id is a UUID")
	}
	return m.push(views.NewFlow(m.common, flow)), nil
}

func openExecution(m *Model, id string) (tea.Cmd, error) {
	execution, err := engine.ParseExecutionID(id)
	if err != nil {
		return nil, errors.New("an execution's id is {fp:N}: and a UUID")
	}
	return m.push(views.NewExecution(m.common, execution)), nil
}

func openSignals(m *Model, name string) (tea.Cmd, error) {
	v := views.NewSignals(m.common)
	if name != "" {
		v.SetFilter(name)
	}
	return m.push(v), nil
}

func changeTheme(m *Model, name string) (tea.Cmd, error) {
	for _, known := range theme.Names() {
		if name == known {
			m.common.Theme = theme.New(name, m.options.Terminal)
			return nil, nil
		}
	}
	return nil, errors.New("the themes are " + strings.Join(theme.Names(), ", "))
}

func openLog(m *Model, _ string) (tea.Cmd, error) {
	return m.push(newLogView(m.common, &m.log)), nil
}

func openHelp(m *Model, _ string) (tea.Cmd, error) {
	m.openHelp()
	return nil, nil
}

// runCommand runs a line of the palette. A name may be shortened as long as it stays the only one.
func (m *Model) runCommand(line string) (tea.Cmd, error) {
	name, argument, _ := strings.Cut(strings.TrimSpace(line), " ")
	if name == "" {
		return nil, nil
	}
	c, err := m.commands.named(name)
	if err != nil {
		return nil, err
	}
	argument = strings.TrimSpace(argument)
	switch {
	case c.argument == "" && argument != "":
		return nil, fmt.Errorf("%s takes no argument", c.name)
	case c.argument != "" && argument == "" && !c.optional:
		return nil, fmt.Errorf("%s needs %s", c.name, c.argument)
	}
	return c.run(m, argument)
}

// named is the command of this name, or the only one whose name begins so.
func (cs commandSet) named(name string) (command, error) {
	matching := cs.matching(name)
	for _, c := range matching {
		if c.name == name {
			return c, nil
		}
	}
	switch len(matching) {
	case 0:
		return command{}, fmt.Errorf("there is no command %q", name)
	case 1:
		return matching[0], nil
	default:
		var names []string
		for _, c := range matching {
			names = append(names, c.name)
		}
		return command{}, fmt.Errorf("%q could be %s", name, strings.Join(names, " or "))
	}
}

func (cs commandSet) matching(prefix string) []command {
	var matching []command
	for _, c := range cs {
		if strings.HasPrefix(c.name, prefix) {
			matching = append(matching, c)
		}
	}
	return matching
}

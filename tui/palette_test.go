package tui

import (
	"strings"
	"testing"

	"ffboard/views/viewstest"
)

func TestThePaletteRunsCommands(t *testing.T) {
	for line, shows := range map[string]string{
		"lanes":                               "\n lanes",
		"sus":                                 "\n suspended",
		"  streams  ":                         "\n streams",
		"flow " + string(viewstest.FlowID(0)): "› flow 0f10a000",
		"execution " + string(viewstest.ExecutionID(100)):                                        "› execution",
		"tail " + string(viewstest.ExecutionID(100)):                                             "› stream ",
		"tail " + string(viewstest.ExecutionID(100)) + "  " + string(viewstest.ExecutionID(101)): "› 2 streams",
		"tail x":             "{fp:N}:",
		"help":               "Everywhere",
		"log":                "nothing was done",
		"nonsense":           `there is no command "nonsense"`,
		"s":                  `"s" could be suspended or streams`,
		"flow":               "flow needs <id>",
		"flow x":             "a flow's id is a UUID",
		"execution 12345678": "{fp:N}:",
		"lanes age":          "/ age",
		"help me":            "help takes no argument",
		"theme pink":         "the themes are auto, dark, light, contrast",
	} {
		t.Run(line, func(t *testing.T) {
			o := options(viewstest.Canned())
			o.Start = "flows"
			d := drive(t, o, 120, 36)
			d.press(":")
			d.typing(line)
			d.press("enter")
			d.shows(shows)
		})
	}
}

func TestThePaletteCompletes(t *testing.T) {
	for typed, want := range map[string]string{
		"su": "suspended", "s": "s", "fl": "flow", "flows": "flows", "execution": "execution", "executi": "execution", "theme d": "theme dark", "x": "x", "": "",
		"theme ": "theme ", "flow 0f": "flow 0f",
	} {
		p := newPalette(commands(), nil)
		for _, k := range viewstest.Type(typed) {
			p.update(k)
		}
		p.update(viewstest.Key("tab"))
		if got := p.input.Value(); got != want {
			t.Errorf("%q completes to %q, want %q", typed, got, want)
		}
	}
}

func TestThePaletteRemembers(t *testing.T) {
	d := drive(t, options(viewstest.Canned()), 80, 24)
	for _, line := range []string{":lanes", ":streams", ":lanes"} {
		d.typing(line)
		d.press("enter")
	}
	d.typing(":su")
	d.press("up")
	if got := d.m.palette.input.Value(); got != "lanes" {
		t.Errorf("the last line is %q", got)
	}
	d.press("up", "up", "up")
	if got := d.m.palette.input.Value(); got != "streams" {
		t.Errorf("the first line is %q", got)
	}
	d.press("down", "down")
	if got := d.m.palette.input.Value(); got != "su" {
		t.Errorf("the line being typed came back as %q", got)
	}
	d.press("esc")
	if d.m.palette != nil {
		t.Error("esc leaves the palette open")
	}
}

func TestThePaletteShowsWhatItKnows(t *testing.T) {
	d := drive(t, options(viewstest.Canned()), 80, 36)
	d.press(":")
	for _, c := range commands() {
		d.shows(c.does)
	}
	d.typing("st")
	if frame := d.m.View(); !strings.Contains(frame, "streams of what is at work") || strings.Contains(frame, "lanes and how much") {
		t.Errorf("the suggestions do not follow what is typed:\n%s", frame)
	}
	viewstest.CheckFrame(t, d.m.View(), 80, 36)
}

func TestThePaletteSaysThatItKnowsMoreThanFits(t *testing.T) {
	d := drive(t, options(viewstest.Canned()), 80, 16)
	d.press(":")
	d.shows("more: typing narrows them down")
	viewstest.CheckFrame(t, d.m.View(), 80, 16)
	d.typing("qu")
	d.shows("leave")
}

package tui

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ffboard/theme"
	"ffboard/views"
	"ffboard/views/viewstest"
)

// yielding is a view with things to take elsewhere.
type yielding struct {
	probe
	copies    []views.Copy
	documents []views.Document
}

func (y *yielding) Copies() []views.Copy        { return y.copies }
func (y *yielding) Documents() []views.Document { return y.documents }

func driveYielding(t *testing.T, remote bool, y *yielding) (d *driver, written *strings.Builder) {
	t.Helper()
	t.Setenv("TMUX", "")
	t.Setenv("STY", "")
	written = &strings.Builder{}
	o := options(viewstest.Canned())
	o.Remote = remote
	o.write = func(p []byte) error { written.Write(p); return nil }
	d = drive(t, o, 100, 30)
	y.name = "yielding"
	d.push(y)
	return d, written
}

func clipboard(value string) string {
	return "\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte(value)) + "\x07"
}

func TestTheOnlyThingToCopyIsCopiedAtOnce(t *testing.T) {
	d, written := driveYielding(t, false, &yielding{copies: []views.Copy{{Name: "flow id", Value: "abc\x1b[2J"}}})
	d.press("y")
	d.shows("flow id sent to the terminal's clipboard (7B)")
	if got := written.String(); got != clipboard("abc\x1b[2J") {
		t.Errorf("wrote %q", got)
	}
}

func TestOfSeveralThingsToCopyOneIsChosen(t *testing.T) {
	y := &yielding{copies: []views.Copy{{Name: "execution id", Value: "one"}, {Name: "nothing"}, {Name: "row", Value: "two\nlines"}}}
	d, written := driveYielding(t, false, y)
	d.press("y")
	d.shows("1 execution id")
	d.shows("2 row")
	d.hides("nothing")
	d.press("2")
	d.shows("row sent")
	d.press("y", "down", "up", "enter")
	d.shows("execution id sent")
	d.press("y", "esc")
	if got := written.String(); got != clipboard("two\nlines")+clipboard("one") {
		t.Errorf("wrote %q", got)
	}
}

func TestWhatTheClipboardCannotTakeIsSaid(t *testing.T) {
	y := &yielding{copies: []views.Copy{{Name: "payload", Value: strings.Repeat("x", 100_000)}}}
	d, written := driveYielding(t, false, y)
	d.press("y")
	d.shows("payload is too large")
	y.copies = nil
	d.press("y")
	d.shows("there is nothing to copy")
	if written.Len() > 0 {
		t.Errorf("wrote %d bytes", written.Len())
	}
}

func TestADocumentInThePagerDoesNothingToTheTerminal(t *testing.T) {
	document := views.Document{Name: "payload", Data: []byte("{\"a\":\"\x1b[2J\u202e\"}\n")}
	t.Setenv("PAGER", "less -R")
	msg, ok := readInPager(document)().(views.Exec)
	if !ok || len(msg.Command) != 3 || msg.Command[1] != "-R" {
		t.Fatalf("gave %+v", msg)
	}
	file := msg.Command[2]
	content, err := os.ReadFile(file)
	if err != nil || strings.ContainsAny(string(content), "\x1b\u202e") || !strings.Contains(string(content), `\x1b[2J\u202e`) {
		t.Errorf("the pager gets %q, %v", content, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 || filepath.Base(file) != "payload.txt" {
		t.Errorf("the file is %v, %v", info, err)
	}
	msg.Done(nil)
	if _, err := os.Stat(filepath.Dir(file)); !os.IsNotExist(err) {
		t.Error("the file is left behind")
	}
}

func TestTheEditorGetsADocumentAsItIsStored(t *testing.T) {
	t.Setenv("VISUAL", "ed -s")
	msg := openInEditor(views.Document{Name: "payload", Data: []byte(`{"a":1}`)})().(views.Exec)
	defer msg.Done(nil)
	content, err := os.ReadFile(msg.Command[2])
	if err != nil || string(content) != `{"a":1}` || filepath.Base(msg.Command[2]) != "payload.json" {
		t.Errorf("the editor gets %q in %v, %v", content, msg.Command, err)
	}
}

func TestNoProgramIsOfferedFromAfar(t *testing.T) {
	y := &yielding{copies: []views.Copy{{Name: "id", Value: "x"}}, documents: []views.Document{{Name: "payload", Data: []byte("x")}}}
	d, _ := driveYielding(t, true, y)
	d.shows("y copy")
	d.hides("read in the pager")
	d.press("v", "ctrl+e")
	if len(y.got) == 0 {
		t.Error("the keys were taken from the view")
	}
	near, _ := driveYielding(t, false, &yielding{documents: y.documents})
	near.shows("v read in the pager")
}

func TestEveryViewThatListsYieldsItsSelection(t *testing.T) {
	d := drive(t, options(viewstest.Canned()), 160, 40)
	for _, key := range []string{"2", "3", "5", "6"} {
		d.press(key)
		d.until("rows of "+key, func() bool { return len(d.m.top().view.(views.Copying).Copies()) > 1 })
		copies := d.m.top().view.(views.Copying).Copies()
		if row := copies[len(copies)-1]; row.Name != theme.Text("row") || !strings.Contains(row.Value, "\t") {
			t.Errorf("%s yields %q", key, copies)
		}
	}
}

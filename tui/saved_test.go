package tui

import (
	"slices"
	"testing"

	"ffboard/views"
	"ffboard/views/viewstest"
)

func TestAListIsSavedUnderAName(t *testing.T) {
	kept := forThisRun{}
	o := options(viewstest.Canned())
	o.Kept = kept
	o.Filters = map[string]string{"late": "flows failed"}
	d := drive(t, o, 100, 30)
	for _, line := range []string{":log", ":save x"} {
		d.typing(line)
		d.press("enter")
	}
	d.shows("only a view")
	d.typing(":lanes gpu")
	d.press("enter")
	for _, line := range []string{":save mine", ":save lanes", ":save A b"} {
		d.typing(line)
		d.press("enter")
	}
	d.shows("small letters")
	if got := kept.Get(keptLines); !slices.Equal(got, []string{"mine lanes gpu"}) {
		t.Fatalf("kept %q", got)
	}

	o.Kept = kept
	again := drive(t, o, 100, 30)
	again.typing(":mine")
	again.press("enter")
	if got := again.m.line(); got != "lanes gpu" {
		t.Errorf(":mine leads to %q", got)
	}
	again.typing(":forget mine")
	again.press("enter")
	again.typing(":forget late")
	again.press("enter")
	again.shows("file of settings")
	if got := kept.Get(keptLines); len(got) > 0 {
		t.Errorf("kept %q", got)
	}
}

func TestSavingInAReplayLosesNoCommandOfIt(t *testing.T) {
	d := drive(t, options(viewstest.Canned()), 100, 30)
	d.m.replay = &replay{}
	d.m.keepLine("mine", "lanes gpu")
	for _, name := range []string{"at", "mine"} {
		if _, err := d.m.commands.named(name); err != nil {
			t.Error(err)
		}
	}
}

// Every list tells what narrows it, or it could not be saved.
func TestEveryRootThatIsNarrowedSaysBy(t *testing.T) {
	for _, r := range roots {
		f, ok := r.make(&views.Common{Engine: viewstest.Canned()}).(views.Filtering)
		if !ok {
			continue
		}
		f.SetFilter("gpu")
		if f.Query() != "gpu" {
			t.Errorf("%s is narrowed by %q", r.name, f.Query())
		}
	}
}

package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestWhatIsKeptIsThereInTheNextRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "kept.toml")
	preset := map[string][]string{"columns.executions": {"state", "kind"}}
	k := openKept(path, preset)
	if got := k.Get("columns.executions"); !slices.Equal(got, preset["columns.executions"]) {
		t.Errorf("preset: %q", got)
	}
	if got := k.Get("history"); got != nil {
		t.Errorf("nothing was kept: %q", got)
	}
	hostile := []string{"flow \"x\"\n= [", "\x1b[2J\u202e"}
	k.Put("history", hostile)
	k.Put("columns.executions", []string{"age"})
	k.Close()

	again := openKept(path, preset)
	defer again.Close()
	if got := again.Get("history"); !slices.Equal(got, hostile) {
		t.Errorf("history: %q", got)
	}
	if got := again.Get("columns.executions"); !slices.Equal(got, []string{"age"}) {
		t.Errorf("columns: %q", got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info, err)
	}
}

func TestABrokenFileOfWhatIsKeptIsAsGoodAsNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kept.toml")
	if err := os.WriteFile(path, []byte("history = ["), 0o600); err != nil {
		t.Fatal(err)
	}
	k := openKept(path, nil)
	if got := k.Get("history"); got != nil {
		t.Errorf("got %q", got)
	}
	k.Put("history", []string{"lanes"})
	k.Close()
	again := openKept(path, nil)
	defer again.Close()
	if got := again.Get("history"); !slices.Equal(got, []string{"lanes"}) {
		t.Errorf("mended: %q", got)
	}
}

package enginetest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// written are the tests of other packages, as folder and name: "valkey.TestX".
func written(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, folder := range []string{"engine", "engine/worker", "engine/scanner", "engine/scheduler", "engine/httpapi", "engine/metrics", "valkey"} {
		files, err := filepath.Glob("../../" + folder + "/*_test.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range declared.FindAllStringSubmatch(string(source), -1) {
				found[folder+"."+name[1]] = true
			}
			for _, row := range kept.FindAllStringSubmatch(string(source), -1) {
				found["kept "+row[1]] = true
			}
		}
	}
	return found
}

var (
	declared = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	kept     = regexp.MustCompile(`(?m)^\t\t\{"(Q-\d{3})", "`)
)

// there tells whether a test exists: one of this suite as "area/name", else one of written.
func there(test string, others map[string]bool) bool {
	area, name, suite := strings.Cut(test, "/")
	if suite && suites[area] != nil {
		return suites[area][name] != nil
	}
	return others[test]
}

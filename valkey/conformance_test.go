package valkey

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ffboard/valkey/embedded"
)

// recorded is the folder of the recorded runs and their checker, beside the repository.
const recorded = "../../shared/conformance"

func TestRecordedRunsOnTheInProcessServer(t *testing.T) {
	replayRecorded(t, embedded.Options{InProcess: true})
}

func TestRecordedRunsOnARealServer(t *testing.T) {
	needServer(t)
	replayRecorded(t, embedded.Options{})
}

// replayRecorded sends what FlowFabric's client once sent, and compares replies and keyspace but where testdata/deviations.txt says
// why ours differ.
func replayRecorded(t *testing.T, o embedded.Options) {
	if _, err := os.Stat(recorded); err != nil {
		t.Skip("no recorded runs here")
	}
	checker := buildChecker(t) // not beside other tests: the recorded pace has to be kept
	target := ownServer(t, o)
	if err := connect(t, target).Serve(t.Context(), testBoot()); err != nil {
		t.Fatal(err)
	}
	output, failed := runChecker(t, checker, target, filepath.Join(recorded, "cases"))
	if !failed {
		return
	}
	// The checker keeps the recorded pace by sleeping until a command's time has come. When the machine stalls it falls behind and
	// then sends at once what was milliseconds apart. Two executions are then created within the same one, and those of equal priority
	// and time are ordered by id; or the appends to a stream look faster than they were, and its limit with them. The library answers
	// rightly to that, but not as recorded. So what differed is replayed once more by itself.
	var again []string
	for _, name := range differing.FindAllStringSubmatch(output, -1) {
		again = append(again, filepath.Join(recorded, "cases", name[1]+".jsonl"))
	}
	if len(again) == 0 || strings.Contains(output, "take the exception out") {
		t.Fatal(output)
	}
	t.Logf("once more: %s", output)
	output, failed = runChecker(t, checker, target, again...)
	// Under the race detector no stall is needed for appends to be slower than recorded.
	if failed && strings.Contains(rateAlone.ReplaceAllString(output, ""), "FAIL") {
		t.Error(output)
	}
}

// rateAlone is a case that differs in nothing but a stream's limit, which goes by the measured rate of appends.
var rateAlone = regexp.MustCompile(`(?m)^FAIL \S+ \(1 differences\)\n +keyspace\.\S+\.maxlen_applied_last: .*\n`)

var differing = regexp.MustCompile(`(?m)^FAIL (\S+) \(\d+ differences\)$`)

func buildChecker(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command to build the checker with")
	}
	checker := filepath.Join(t.TempDir(), "checker")
	if output, err := exec.Command("go", "build", "-C", recorded, "-o", checker, ".").CombinedOutput(); err != nil {
		t.Fatalf("build the checker: %v\n%s", err, output)
	}
	return checker
}

func runChecker(t *testing.T, checker string, target Target, cases ...string) (output string, failed bool) {
	t.Helper()
	args := append([]string{"-server", "unix:" + target.Socket, "-except", "testdata/deviations.txt"}, cases...)
	said, err := exec.Command(checker, args...).CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return string(said), false
	case errors.As(err, &exit) && exit.ExitCode() == 1: // 1: they ran, and some differ
		return string(said), true
	default:
		t.Fatalf("the checker could not run: %v\n%s", err, said)
		return "", true
	}
}

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/engine/worker"
)

// cli runs a command of the program on the deployment.
func (d *deployment) cli(args ...string) said {
	d.t.Helper()
	return runProgram(d.t.(*testing.T), []string{"FFBOARD_URL=unix://" + d.server.Socket()}, args...)
}

// want runs a command that has to end with this code, and returns what it wrote.
func (d *deployment) want(code int, args ...string) said {
	d.t.Helper()
	got := d.cli(args...)
	if got.code != code {
		d.t.Errorf("%v ended with %d, want %d\n%s%s", args, got.code, code, got.stdout, got.stderr)
	}
	return got
}

func TestWhatTheBoardShowsIsPrinted(t *testing.T) {
	d := newDeployment(t)
	flow, members := d.fan("release", 2, engine.EdgePolicy{Kind: engine.PolicyAllOf})
	id := d.solo("resize\x1b[2J")

	table := d.want(0, "get", "flows").stdout
	if !strings.Contains(table, string(flow)) || !strings.HasPrefix(table, "ID ") || strings.Contains(table, "…") {
		t.Errorf("flows:\n%s", table)
	}
	if got := d.want(0, "get", "flows", "--no-headers", "nothing-like-it").stdout; got != "" {
		t.Errorf("a filter that matches nothing gave %q", got)
	}
	var lanes struct {
		Items []struct {
			Lane    string
			ByIndex map[string]int `json:"by_index"`
		}
	}
	if err := json.Unmarshal([]byte(d.want(0, "get", "lanes", "-o", "json").stdout), &lanes); err != nil ||
		len(lanes.Items) != 1 || lanes.Items[0].Lane != "default" || lanes.Items[0].ByIndex["eligible"] != 2 {
		t.Errorf("lanes: %+v, %v", lanes, err)
	}

	text := d.want(0, "describe", "execution", string(id)).stdout
	if !strings.Contains(text, `resize\x1b[2J`) || !strings.Contains(text, `"n": 1`) {
		t.Errorf("execution:\n%s", text)
	}
	if got := d.want(0, "describe", "execution", string(id), "-o", "json").stdout; strings.Contains(got, "\x1b") || !json.Valid([]byte(got)) {
		t.Errorf("execution: %s", got)
	}
	if got := d.want(0, "describe", "edges", string(members[3]), "-o", "yaml").stdout; strings.Count(got, "upstream: ") != 2 {
		t.Errorf("edges:\n%s", got)
	}
	if got := d.want(0, "describe", "flow", string(flow)).stdout; !strings.Contains(got, "release") || !strings.Contains(got, string(flow)) {
		t.Errorf("flow:\n%s", got)
	}
}

func TestExitCodesTellWhatIsWrong(t *testing.T) {
	d := newDeployment(t)
	id := d.solo("resize")
	d.want(0, "cancel", string(id), "--yes")
	for _, c := range []struct {
		code int
		args []string
		want string
	}{
		{1, []string{"get", "flows", "-o", "xml"}, `unknown output "xml"`},
		{1, []string{"describe", "execution", "x"}, "hash-tag prefix"},
		{1, []string{"get", "executions", "state:faild"}, "faild"},
		{1, []string{"get", "lanes", "--watch=1ms"}, "--watch wants at least"},
		{3, []string{"describe", "flow", string(engine.NewFlowID())}, "not found: flow"},
		{3, []string{"describe", "budget", "no\x1bbudget"}, `not found: budget: "no\x1bbudget"`},
		{3, []string{"describe", "quota", string(engine.NewQuotaPolicyID())}, "not found: quota"},
		{3, []string{"describe", "worker", "e2e/nobody"}, "not found: worker"},
		{3, []string{"describe", "partition", "fp:4"}, `not found: partition: "fp:4"`},
		{1, []string{"describe", "partition", "{b:0}"}, "only those of flows"},
		{1, []string{"describe", "partition", "7"}, "<prefix>:<index>"},
		{3, []string{"tail", string(d.b.Partitions().NewSolo("x"))}, "not found: execution"},
		{4, []string{"cancel", string(id), "--yes"}, "it has ended"},
		{5, []string{"get", "flows", "--url", "valkey://127.0.0.1:1"}, "cannot reach Valkey"},
		{1, []string{"cancel", "--yes"}, "cancel needs <execution id | flow id>"},
		{4, []string{"cancel", string(id)}, "left out: it has ended"}, // nothing is left to be asked about
		{1, []string{"signal", string(id), string(d.b.Partitions().NewSolo("x")), "--name", "x", "--yes"}, "one at a time"},
		{1, []string{"mark-dead", "w1", "--yes"}, "its namespace, a slash"},
	} {
		if got := d.want(c.code, c.args...); !strings.Contains(got.stderr+got.stdout, c.want) {
			t.Errorf("%v said %q", c.args, got.stderr)
		}
	}
}

func TestEveryActionIsAVerb(t *testing.T) {
	d := newDeployment(t)
	d.engine()
	d.worker(map[string]worker.Handler{
		"approval": approval(engine.Single("review", engine.ByName("approved"))), "hold": hold, "done": done,
	})
	waiting, second, held := d.solo("approval"), d.solo("approval"), d.solo("hold")
	for _, id := range []engine.ExecutionID{waiting, second} {
		d.eventually("it waits", func() bool { return d.state(id) == engine.StateSuspended })
	}
	d.eventually("it is held", func() bool { return d.state(held) == engine.StateActive })

	if got := d.cli("signal", string(waiting), "--name", "approved", "--payload", `{"ok":true}`); got.code != 1 || !strings.Contains(got.stderr, "add --yes") {
		t.Errorf("without --yes: %+v", got)
	}
	if got := d.want(0, "signal", string(waiting), "--name", "approved", "--dry-run"); got.stdout != "" || !strings.Contains(got.stderr, "signal: 1 of 1") {
		t.Errorf("dry run: %+v", got)
	}
	token := d.token(waiting)
	got := d.want(0, "signal", string(waiting), "--name", "approved", "--payload", `{"ok":true}`, "--yes", "-o", "json")
	if !json.Valid([]byte(got.stdout)) || strings.Contains(got.stdout+got.stderr, token) {
		t.Errorf("signal: %+v", got)
	}
	d.eventually("it completes", func() bool { return d.state(waiting) == engine.StateCompleted })
	d.want(0, "replay", string(waiting), "--yes")
	d.want(0, "resume", string(second), "--yes")
	d.want(0, "tag", string(held), "--tag", "team.owner", "--value", "img\x1b", "--yes")
	if got := d.want(0, "revoke-lease", string(held), "--yes", "--reason", "stuck"); !strings.Contains(got.stdout, string(held)) {
		t.Errorf("revoke: %+v", got)
	}
	d.want(0, "rotate-secret", "--kid", "k9", "--yes")

	flow, members := d.fan("release", 2, engine.EdgePolicy{Kind: engine.PolicyAllOf})
	d.want(0, "cancel", string(flow), "--reason", "no longer needed", "--yes")
	for _, id := range members {
		d.eventually("every member has ended", func() bool { return d.state(id).Terminal() })
	}
	if got := d.cli("cancel", string(flow), string(held), "--yes"); got.code != 1 || !strings.Contains(got.stderr, "several kinds") {
		t.Errorf("a flow and an execution: %+v", got)
	}
}

func TestReadOnlyHoldsForEveryVerb(t *testing.T) {
	d := newDeployment(t)
	_, waiting := d.fan("release", 2, engine.EdgePolicy{Kind: engine.PolicyAllOf})
	d.worker(map[string]worker.Handler{
		"approval": approval(engine.Single("review", engine.ByName("approved"))), "hold": hold, "done": done, "first": hold,
	})
	suspended, held, over := d.solo("approval"), d.solo("hold"), d.solo("done")
	d.eventually("it waits", func() bool { return d.state(suspended) == engine.StateSuspended })
	d.eventually("it is held", func() bool { return d.state(held) == engine.StateActive })
	d.eventually("it is over", func() bool { return d.state(over) == engine.StateCompleted })
	flow := engine.NewFlowID()
	member := d.b.Partitions().NewFlowMember(flow)
	_, err := d.b.CreateFlow(d.ctx, engine.CreateFlow{ID: flow, Kind: "release", Namespace: "e2e"})
	if err == nil {
		_, err = d.b.CreateExecution(d.ctx, engine.CreateExecution{ID: member, Namespace: "e2e", Lane: "nobody's", Kind: "done", CreatorIdentity: "e2e"})
	}
	if err == nil {
		_, _, err = d.b.AddExecutionToFlow(d.ctx, flow, member)
	}
	blocked, delayed, lost := d.b.Partitions().NewSolo("nobody's"), d.b.Partitions().NewSolo("nobody's"), d.b.Partitions().NewSolo("lost")
	due := time.Now().Add(time.Second)
	for id, req := range map[engine.ExecutionID]engine.CreateExecution{blocked: {Lane: "nobody's"}, delayed: {Lane: "nobody's", DelayUntil: due}, lost: {Lane: "lost"}} {
		if err == nil {
			req.ID, req.Namespace, req.Kind, req.CreatorIdentity = id, "e2e", "done", "e2e"
			_, err = d.b.CreateExecution(d.ctx, req)
		}
	}
	if err == nil {
		_, err = d.b.Claim(d.ctx, engine.ClaimRequest{Lane: "lost", Worker: "lost", WorkerInstance: "lost-1", LeaseTTL: time.Minute})
	}
	if err == nil {
		_, err = d.b.Block(d.ctx, engine.BlockRequest{Execution: blocked, Lane: "nobody's", Reason: engine.WaitingForBudget})
	}
	if err == nil {
		_, err = d.b.RegisterWorker(d.ctx, engine.Worker{
			ID: "other", Instance: "other-1", Namespace: "e2e", Lanes: []engine.LaneID{"other"}, LivenessTTL: time.Minute,
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	d.want(0, "revoke-lease", string(lost), "--yes")
	d.eventually("the delay is over", func() bool { return time.Now().After(due) })
	budget := d.budget()
	verbs := map[string][]string{
		"cancel":        {string(flow)},
		"cancel-losers": {string(flow)},
		"edge-policy":   {string(member), "--policy", "any_of"},
		"mark-dead":     {"e2e/other-1"},
		"priority":      {string(member), "--priority", "3"},
		"promote":       {string(delayed)},
		"reclaim":       {string(lost), "--worker", "other-1"},
		"reindex":       {string(member)},
		"replay":        {string(over)},
		"reset":         {string(budget)},
		"resolve":       {string(waiting[len(waiting)-1])},
		"resume":        {string(suspended)},
		"revoke-lease":  {string(held)},
		"rotate-secret": {"--kid", "k9"},
		"signal":        {string(suspended), "--name", "approved"},
		"tag":           {string(held), "--tag", "team.owner", "--value", "img"},
		"unblock":       {string(blocked)},
	}
	idle := map[string]bool{"cancel-losers": true, "reindex": true} // there is nothing to do, and nothing is tried
	for _, cmd := range verbCommands() {
		verb, args := cmd.Name(), verbs[cmd.Name()]
		t.Run(verb, func(t *testing.T) {
			got := runProgram(t, []string{"FFBOARD_URL=unix://" + d.server.Socket(), "FFBOARD_READ_ONLY=1"}, append([]string{verb, "--yes"}, args...)...)
			if idle[verb] {
				if got.code != 0 {
					t.Errorf("%+v", got)
				}
				return
			}
			if got.code != 4 || !strings.Contains(got.stdout+got.stderr, "read-only") {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestTailPrintsEveryFrameAndEndsWithTheStream(t *testing.T) {
	d := newDeployment(t)
	d.engine()
	d.worker(map[string]worker.Handler{"talk": talk(20)})
	id := d.solo("talk")
	d.eventually("it talks", func() bool { return d.state(id) == engine.StateActive })
	save := filepath.Join(t.TempDir(), "frames.jsonl")
	got := d.want(0, "tail", string(id), "--save", save)
	if strings.Count(got.stdout, "frame-") != 20 || !strings.Contains(got.stdout, "frame-000019") {
		t.Errorf("tail:\n%s", got.stdout)
	}
	saved, err := os.ReadFile(save)
	if err != nil || strings.Count(string(saved), "\n") != 20 {
		t.Errorf("saved %d bytes, %v", len(saved), err)
	}
	if again := d.cli("tail", string(id), "--save", save); again.code != 1 || !strings.Contains(again.stderr, "cannot save") {
		t.Errorf("a file that is there: %+v", again)
	}
	if lines := d.want(0, "tail", string(id), "-o", "json", "--follow=false").stdout; strings.Count(lines, "\n") != 20 {
		t.Errorf("as JSON:\n%s", lines)
	}
}

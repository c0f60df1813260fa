package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// described runs describe and reads its JSON.
func (d *deployment) described(into any, args ...string) {
	d.t.Helper()
	got := d.want(0, append([]string{"describe", "-o", "json"}, args...)...)
	if err := json.Unmarshal([]byte(got.stdout), into); err != nil || strings.Contains(got.stdout, "\x1b") {
		d.t.Errorf("%v: %v\n%s", args, err, got.stdout)
	}
}

func TestWhatIsFoundInAListIsDescribedWithItsExecutions(t *testing.T) {
	d := newDeployment(t)
	counted := d.solo("resize")
	budget := d.budget()
	policy := engine.QuotaPolicy{ID: engine.NewQuotaPolicyID(), Window: time.Minute, MaxPerWindow: 7, MaxConcurrent: 2}
	_, err := d.b.RecordSpend(d.ctx, engine.Usage{Budget: budget, Execution: counted, Deltas: map[string]uint64{"tokens": 55}, Now: time.Now()})
	if err == nil {
		_, err = d.b.CreateQuotaPolicy(d.ctx, policy)
	}
	if err == nil {
		_, err = d.b.CheckAdmission(d.ctx, engine.Admission{Policy: policy, Execution: counted, Now: time.Now()})
	}
	for _, ns := range []engine.Namespace{"e2e", ""} {
		if err == nil {
			_, err = d.b.RegisterWorker(d.ctx, engine.Worker{
				ID: "w", Instance: "w\x1b[2J", Namespace: ns, Lanes: []engine.LaneID{e2eLane}, LivenessTTL: time.Minute,
			})
		}
	}
	if err == nil {
		_, err = d.b.Claim(d.ctx, engine.ClaimRequest{Lane: e2eLane, Worker: "w", WorkerInstance: "holder", LeaseTTL: time.Minute})
	}
	if err != nil {
		t.Fatal(err)
	}

	var limit struct {
		Usage        map[string]int
		MaxPerWindow int `json:"max_per_window"`
		Counted      int
		Executions   []struct{ ID engine.ExecutionID }
	}
	d.described(&limit, "budget", strings.ToUpper(string(budget)))
	if limit.Usage["tokens"] != 55 || limit.Counted != 1 || len(limit.Executions) != 1 || limit.Executions[0].ID != counted {
		t.Errorf("budget: %+v", limit)
	}
	d.described(&limit, "quota", string(policy.ID))
	if limit.MaxPerWindow != 7 || len(limit.Executions) != 1 || limit.Executions[0].ID != counted {
		t.Errorf("quota: %+v", limit)
	}
	var holder struct {
		Namespace  string
		Held       int
		Executions []struct {
			ID             engine.ExecutionID
			WorkerInstance string `json:"worker_instance"`
		}
	}
	d.described(&holder, "worker", "holder")
	if holder.Namespace != "e2e" || holder.Held != 1 || len(holder.Executions) != 1 || holder.Executions[0].ID != counted {
		t.Errorf("worker: %+v", holder)
	}
	if got := d.want(0, "describe", "worker", "e2e/w\x1b[2J").stdout; !strings.Contains(got, `w\x1b[2J`) || !strings.Contains(got, "0 leases") {
		t.Errorf("worker:\n%s", got)
	}
	if got := d.want(1, "describe", "worker", "w\x1b[2J").stderr; !strings.Contains(got, `"/w\x1b[2J" or "e2e/w\x1b[2J"`) {
		t.Errorf("a name in two namespaces: %s", got)
	}
	var partition struct {
		Partition  struct{ Index uint16 }
		Executions int
	}
	home := counted.Partition()
	d.described(&partition, "partition", home.Tag())
	if partition.Partition.Index != home.Index || partition.Executions != 1 {
		t.Errorf("partition: %+v", partition)
	}
	if got := d.want(0, "describe", "partition", strings.Trim(home.Tag(), "{}")).stdout; !strings.Contains(got, "signing key") {
		t.Errorf("partition:\n%s", got)
	}
}

func TestADescriptionThatIsWatchedEndsWhenItsThingIsGone(t *testing.T) {
	d := newDeployment(t)
	budget := d.budget()
	cmd := exec.CommandContext(d.ctx, program(t), "describe", "budget", string(budget), "--watch=100ms", "-o", "json", "--url", "unix://"+d.server.Socket())
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for range 2 {
		if !lines.Scan() || !json.Valid(lines.Bytes()) {
			t.Fatalf("it wrote %q, %v", lines.Text(), lines.Err())
		}
	}
	index := "ff:idx:" + d.b.Partitions().OfBudget(budget).Tag() + ":budget_policies"
	rdb := redis.NewClient(&redis.Options{Network: "unix", Addr: d.server.Socket()})
	defer rdb.Close()
	if err := rdb.SRem(d.ctx, index, string(budget)).Err(); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitNotFound {
		t.Errorf("it ended with %v", err)
	}
}

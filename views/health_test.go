package views

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/bubbles/key"

	"ffboard/engine"
	"ffboard/views/viewstest"
)

func healthOf(t *testing.T, c engine.Checkup, width, height int) *Health {
	t.Helper()
	e := viewstest.Canned()
	e.Checked = c
	v := NewHealth(bareCommon(e))
	v.SetSize(width, height)
	fetch(t, v, e)
	return v
}

func TestHealthAtEverySize(t *testing.T) {
	for name, size := range map[string][2]int{"80x24": {80, 20}, "120x36": {120, 32}, "200x60": {200, 56}} {
		v := healthOf(t, viewstest.CannedCheckup(), size[0], size[1])
		for i, tab := range v.tabs.of {
			t.Run(fmt.Sprintf("%s %s", name, tab.name), func(t *testing.T) {
				v.tabs.at = i
				viewstest.CheckFrame(t, v.View(), size[0], size[1])
				viewstest.Golden(t, "health-"+string(tab.name)+"-"+name, v.View())
			})
		}
	}
}

func TestAHealthyDeploymentIsCalledThat(t *testing.T) {
	v := healthOf(t, viewstest.HealthyCheckup(), 120, 32)
	viewstest.Golden(t, "health-healthy", v.View())
	if !strings.Contains(v.View(), "healthy") || v.findings.Shown() != 0 {
		t.Error("something is wrong with it")
	}
}

// TestWhatIsWrongIsFoundAndHasARemedy goes through everything that a checkup may show, each by itself.
func TestWhatIsWrongIsFoundAndHasARemedy(t *testing.T) {
	late := func(due engine.DueIndex) func(c *engine.Checkup) {
		return func(c *engine.Checkup) {
			c.Partitions[0].Overdue = map[engine.DueIndex]engine.Overdue{due: {Count: 3, Oldest: viewstest.Now.Add(-time.Minute)}}
		}
	}
	node := func(change func(n *engine.NodeHealth)) func(c *engine.Checkup) {
		return func(c *engine.Checkup) { change(&c.Nodes[0]) }
	}
	for name, tc := range map[string]struct {
		change   func(c *engine.Checkup)
		severity severity
		says     string
	}{
		"a node that does not answer": {node(func(n *engine.NodeHealth) { n.Unreachable = "refused" }), severityWrong, "unreachable: refused"},
		"a cluster without all slots": {node(func(n *engine.NodeHealth) { n.ClusterState, n.Slots = "ok", 16000 }), severityWrong, "16,000 of 16,384 slots"},
		"a server that loads":         {node(func(n *engine.NodeHealth) { n.Loading = true }), severityWrong, "loading its data"},
		"evicted keys":                {node(func(n *engine.NodeHealth) { n.Evicted = 9 }), severityWrong, "9 keys were evicted"},
		"another eviction policy":     {node(func(n *engine.NodeHealth) { n.EvictionPolicy = "allkeys-lru" }), severityWatch, "maxmemory-policy is allkeys-lru"},
		"memory near its limit":       {node(func(n *engine.NodeHealth) { n.MemoryLimit = n.Memory * 100 / 97 }), severityWrong, "memory is at 9"},
		"no append-only file":         {node(func(n *engine.NodeHealth) { n.Persistence.AppendOnly = false }), severityWatch, "no append-only file"},
		"a file that fails":           {node(func(n *engine.NodeHealth) { n.Persistence.AppendFailed = true }), severityWrong, "append-only file failed"},
		"a snapshot that failed":      {node(func(n *engine.NodeHealth) { n.Persistence.SaveFailed = true }), severityWatch, "last snapshot failed"},
		"a replica behind":            {node(func(n *engine.NodeHealth) { n.ReplicaLag = time.Minute }), severityWatch, "a replica is 1m behind"},
		"a replica out of step":       {node(func(n *engine.NodeHealth) { n.ReplicasOffline = 1 }), severityWatch, "1 of 1 replica is not in step"},
		"connections running out":     {node(func(n *engine.NodeHealth) { n.MostClients = 42 }), severityWatch, "41 of 42 connections"},

		"no library": {func(c *engine.Checkup) { c.Library = engine.LibraryFound{} }, severityWrong, "function library missing"},
		"no engines": {func(c *engine.Checkup) { c.Engines = nil }, severityNote, "no engine has told of itself"},
		"the only engine is gone": {func(c *engine.Checkup) { c.Engines[0].Gone, c.Engines[0].At = true, viewstest.Now.Add(-2*time.Minute) },
			severityWrong, "not heard of for 2m, and no other engine runs"},
		"one of two engines is gone": {func(c *engine.Checkup) {
			c.Engines = append(c.Engines, engine.EngineBeat{Name: "two", Gone: true, At: viewstest.Now.Add(-time.Minute)})
		}, severityNote, "another engine does its work"},
		"a heartbeat that cannot be read": {func(c *engine.Checkup) {
			c.Engines = append(c.Engines, engine.EngineBeat{Name: "two", At: viewstest.Now, Malformed: []engine.FieldError{{Problem: "not the JSON"}}})
		}, severityWatch, "cannot be read: not the JSON"},
		"a share that nobody holds": {func(c *engine.Checkup) { c.Engines[0].Shares = c.Engines[0].Shares[1:] }, severityWrong, "1 share of 4"},
		"a scanner that is stuck": {func(c *engine.Checkup) { c.Engines[0].Scanners[0].LastPassAt = viewstest.Now.Add(-time.Hour) },
			severityWrong, "scanner delayed_promoter made no pass for 1h"},
		"a scanner that never ran": {func(c *engine.Checkup) { c.Engines[0].Scanners[0].LastPassAt = time.Time{} }, severityWrong, "made no pass for 1d"},
		"a pass broken off":        {func(c *engine.Checkup) { c.Engines[0].Scanners[0].Problem = "no way" }, severityWatch, "broken off: no way"},
		"things that fail":         {func(c *engine.Checkup) { c.Engines[0].Scanners[1].Failed = 2 }, severityWatch, "failed with 2 of 40"},
		"a pass that takes long":   {func(c *engine.Checkup) { c.Engines[0].Scanners[1].Took = time.Minute }, severityWatch, "takes 1m for a pass"},

		"suspensions overdue":  {late(engine.DueSuspensionTimeout), severityWrong, "3 suspension timeouts overdue, the first by 1m"},
		"attempts overdue":     {late(engine.DueAttemptTimeout), severityWrong, "3 attempt timeouts overdue"},
		"deadlines overdue":    {late(engine.DueDeadline), severityWrong, "3 deadlines overdue"},
		"delayed work overdue": {late(engine.DueDelayed), severityWrong, "3 delayed executions overdue"},
		"waitpoints overdue":   {late(engine.DuePendingWaitpoint), severityWatch, "3 pending waitpoints overdue"},
		"leases to reclaim":    {late(engine.DueLeaseExpiry), severityWatch, "3 executions lost their workers and wait to be reclaimed"},
		"leases not marked": {func(c *engine.Checkup) { late(engine.DueLeaseExpiry)(c); c.Partitions[0].Unmarked = 1 },
			severityWrong, "no scanner has marked them"},
		"Q-188 a lane that no engine serves": {func(c *engine.Checkup) {
			late(engine.DueDelayed)(c)
			c.Partitions[0].Delayed = map[engine.LaneID]engine.Overdue{"gpu": {Count: 3}}
		}, severityWrong, "no engine serves this lane"},
		"cancels owed":   {func(c *engine.Checkup) { c.Partitions[0].CancelBacklog.Count = 1 }, severityWatch, "1 cancelled flow with members still owed"},
		"resets overdue": {func(c *engine.Checkup) { c.Resets.Count = 2 }, severityWatch, "2 budget resets overdue"},
		"old summaries without an engine": {func(c *engine.Checkup) {
			c.Engines = nil
			c.Partitions[0].SummaryAt = c.Partitions[0].At.Add(-time.Minute)
		}, severityWatch, "flow summaries are up to 1m old"},

		"a partition that cannot be read":          {func(c *engine.Checkup) { c.Partitions[1].Unreachable = "CLUSTERDOWN" }, severityWrong, "1 partition unreachable: {fp:1}"},
		"Q-212 keys that differ":                   {func(c *engine.Checkup) { c.Partitions[1].SigningKid = "k1" }, severityWatch, "k2 on 15, k1 on 1"},
		"a partition without a key":                {func(c *engine.Checkup) { c.Partitions[1].SigningKid = "" }, severityWrong, "1 partition has none"},
		"a member of all_executions that is no id": {func(c *engine.Checkup) { c.Partitions[1].Strange = []string{"x"} }, severityWatch, "no execution id: x"},
		"an execution that its index lacks": {func(c *engine.Checkup) {
			c.Partitions[1].Drift = []engine.IndexMismatch{{Execution: viewstest.ExecutionID(1), Lane: "gpu", Index: engine.IndexEligible, Problem: engine.IndexLacks}}
		}, severityWrong, "is not in eligible of lane gpu"},
		"an execution without a record": {func(c *engine.Checkup) {
			c.Partitions[1].Drift = []engine.IndexMismatch{{Execution: viewstest.ExecutionID(1), Problem: engine.IndexGone}}
		}, severityWatch, "is listed and has no record"},
	} {
		t.Run(name, func(t *testing.T) {
			c := viewstest.HealthyCheckup()
			tc.change(&c)
			for _, f := range findingsOf(&c, viewstest.Now) {
				if strings.Contains(string(f.what), tc.says) {
					if f.severity != tc.severity || f.do == "" || f.where == "" {
						t.Errorf("it is found as %s in %q, to do: %q", f.severity.word(), f.where, f.do)
					}
					return
				}
			}
			t.Errorf("not found: %q in %+v", tc.says, findingsOf(&c, viewstest.Now))
		})
	}
}

func TestTheWorstStandsFirst(t *testing.T) {
	c := viewstest.CannedCheckup()
	all := findingsOf(&c, viewstest.Now)
	for i := range all[1:] {
		if all[i].severity > all[i+1].severity {
			t.Errorf("%q before %q", all[i].what, all[i+1].what)
		}
	}
}

func TestManyDriftedExecutionsAreNotAllFindings(t *testing.T) {
	c := viewstest.HealthyCheckup()
	for i := range 200 {
		c.Partitions[i%16].Drift = append(c.Partitions[i%16].Drift, engine.IndexMismatch{Execution: viewstest.ExecutionID(i), Problem: engine.IndexLacks})
	}
	all := findingsOf(&c, viewstest.Now)
	if len(all) != mostDrift+1 || !strings.Contains(string(all[mostDrift].what), "150 more") {
		t.Errorf("%d findings, the last %q", len(all), all[len(all)-1].what)
	}
}

func TestAFindingOpensWhatItIsAbout(t *testing.T) {
	v := healthOf(t, viewstest.CannedCheckup(), 120, 32)
	for i, f := range v.findings.Rows() {
		v.findings.moveTo(i)
		cmd := v.Update(viewstest.Key("enter"))
		switch {
		case f.execution != "":
			if opened := pushed(t, cmd).(*Execution); opened.id != f.execution {
				t.Errorf("%q opened %s", f.what, opened.id)
			}
		case !f.partition.IsZero():
			if opened := pushed(t, cmd).(*Partition); opened.partition != f.partition {
				t.Errorf("%q opened %s", f.what, opened.partition)
			}
		default:
			if said, ok := cmd().(Said); !ok || said.Text != f.do {
				t.Errorf("%q said %v", f.what, said)
			}
		}
	}
}

func TestHealthLooksMoreOftenUntilAllWasLookedAt(t *testing.T) {
	c := viewstest.HealthyCheckup()
	c.Partitions = c.Partitions[:5]
	v := healthOf(t, c, 120, 32)
	if every := v.Need().Every; every != firstHealthEvery || !strings.Contains(v.View(), "nothing wrong so far") || !strings.Contains(v.View(), "5 of 16 partitions") {
		t.Errorf("every %v:\n%s", every, v.View())
	}
	v = healthOf(t, viewstest.HealthyCheckup(), 120, 32)
	if every := v.Need().Every; every != healthEvery {
		t.Errorf("then every %v", every)
	}
}

func TestHealthKeepsItsDataWhenAFetchFails(t *testing.T) {
	e := viewstest.Canned()
	v := NewHealth(bareCommon(e))
	v.SetSize(100, 20)
	fetch(t, v, e)
	before := v.View()
	e.Err = engine.Transport("checkup", nil)
	fetch(t, v, e)
	if v.View() != before {
		t.Error("a failed fetch changed the screen")
	}
}

func TestAPartitionAtEverySize(t *testing.T) {
	for name, size := range map[string][2]int{"80x24": {80, 20}, "120x36": {120, 32}, "200x60": {200, 56}} {
		for _, index := range []uint16{3, 5, 7} {
			e := viewstest.Canned()
			v := NewPartition(bareCommon(e), engine.Partition{Family: engine.FamilyFlow, Index: index})
			v.SetSize(size[0], size[1])
			viewstest.CheckFrame(t, v.View(), size[0], size[1])
			fetch(t, v, e)
			viewstest.CheckFrame(t, v.View(), size[0], size[1])
			viewstest.Golden(t, fmt.Sprintf("partition-%d-%s", index, name), v.View())
		}
	}
}

func TestAClickOnATabOpensIt(t *testing.T) {
	v := healthOf(t, viewstest.CannedCheckup(), 120, 32)
	line := strings.Split(v.View(), "\n")[headLines]
	v.Update(viewstest.Click(strings.Index(line, "partitions"), headLines))
	if v.tabs.at != healthPartitions {
		t.Fatalf("tab %d is open", v.tabs.at)
	}
	v.Update(viewstest.Click(3, headLines+tabLines+headerLines+2))
	if got, want := v.partitions.Selected().Partition, v.partitions.Rows()[2].Partition; got != want {
		t.Errorf("%s is selected, want %s", got, want)
	}
}

func TestHostileHealth(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		e := viewstest.Canned()
		viewstest.Poison(&e.Checked)
		v := NewHealth(bareCommon(e))
		v.SetSize(size[0], size[1])
		viewstest.CheckFrame(t, v.View(), size[0], size[1])
		fetch(t, v, e)
		for i := range v.tabs.of {
			v.tabs.at = i
			viewstest.CheckFrame(t, v.View(), size[0], size[1])
			v.Update(viewstest.Key("G"))
			viewstest.CheckFrame(t, v.View(), size[0], size[1])
		}
		p := NewPartition(bareCommon(e), engine.Partition{Family: engine.FamilyFlow, Index: 7})
		p.SetSize(size[0], size[1])
		fetch(t, p, e)
		viewstest.CheckFrame(t, p.View(), size[0], size[1])
	}
}

func TestEnterIsNamedWhereItOpensSomething(t *testing.T) {
	e := viewstest.Canned()
	v := NewHealth(bareCommon(e))
	v.SetSize(120, 32)
	fetch(t, v, e)
	for at := range v.tabs.of {
		v.tabs.at = at
		named := slices.ContainsFunc(v.Bindings(), func(b key.Binding) bool { return slices.Contains(b.Keys(), "enter") })
		if opens := v.Update(viewstest.Key("enter")) != nil; named != opens {
			t.Errorf("tab %s: named %v, does something %v", v.tabs.of[at].name, named, opens)
		}
	}
}

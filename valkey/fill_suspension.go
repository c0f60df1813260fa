package valkey

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"

	"ffboard/engine"
)

// fillWait is something that suspended executions wait for.
type fillWait struct {
	of        int // weight
	reason    string
	blocking  engine.BlockingReason
	condition func(key, second string) engine.ResumeCondition
	two       bool // needs a second waitpoint
}

var fillWaits = []fillWait{
	{of: 30, reason: "waiting_for_approval", blocking: "waiting_for_approval", condition: named("approved")},
	{of: 12, reason: "waiting_for_signal", blocking: "waiting_for_signal", condition: named("invoice_paid")},
	{of: 10, reason: "waiting_for_callback", blocking: "waiting_for_callback", condition: named("payment_confirmed")},
	{of: 10, reason: "waiting_for_tool_result", blocking: "waiting_for_tool_result", condition: named("tool_result")},
	{of: 8, reason: "waiting_for_signal", blocking: "waiting_for_signal", condition: named("document_uploaded")},
	{of: 6, reason: "waiting_for_approval", blocking: "waiting_for_approval", condition: func(_, _ string) engine.ResumeCondition {
		return engine.ResumeCondition{Kind: engine.ConditionSignalSet, Names: []string{"legal_ok", "finance_ok"}, Mode: "all", Minimum: 2}
	}},
	{of: 6, reason: "waiting_for_signal", blocking: "waiting_for_signal", condition: func(key, _ string) engine.ResumeCondition {
		return engine.Single(key, engine.Matcher{Kind: engine.MatchWildcard})
	}},
	{of: 5, reason: "waiting_for_approval", blocking: "waiting_for_approval", two: true,
		condition: func(key, second string) engine.ResumeCondition {
			return engine.AllOf(
				engine.Single(key, engine.Matcher{Kind: engine.MatchByName, Name: "approved"}),
				engine.Count(2, engine.DistinctSources, engine.Matcher{Kind: engine.MatchByName, Name: "vote"}, second))
		}},
	{of: 4, reason: "waiting_for_operator_review", blocking: "paused_by_operator", condition: func(_, _ string) engine.ResumeCondition {
		return engine.OperatorOnly()
	}},
	{of: 3, reason: "step_boundary", blocking: "waiting_for_signal", condition: func(_, _ string) engine.ResumeCondition {
		return engine.TimeoutOnly()
	}},
}

func named(name string) func(string, string) engine.ResumeCondition {
	return func(key, _ string) engine.ResumeCondition {
		return engine.Single(key, engine.Matcher{Kind: engine.MatchByName, Name: name})
	}
}

// lieDown chooses what an execution waits for, and until when.
func (w *fillWriter) lieDown(e *filledExecution) {
	sum := 0
	for i := range fillWaits {
		sum += fillWaits[i].of
	}
	n := w.rng.IntN(sum)
	for i := range fillWaits {
		e.wait = &fillWaits[i]
		if n -= e.wait.of; n < 0 {
			break
		}
	}
	e.suspension, e.waitpoint = engine.SuspensionID(w.id()), engine.WaitpointID(w.id())
	e.detail = "suspended: waitpoint " + string(e.waitpoint) + " awaiting " + e.wait.reason
	if !w.oneIn(4) {
		e.until = w.now.Add(w.within(2*time.Hour, 120*time.Hour))
	}
}

// writeSuspension writes the suspension with its waitpoints. Nothing has been delivered to them.
func (w *fillWriter) writeSuspension(e *filledExecution) {
	k, part := e.keys(), e.keys().partition()
	points := []engine.WaitpointID{e.waitpoint}
	if e.wait.two {
		points = append(points, engine.WaitpointID(w.id()))
	}
	condition := e.wait.condition(filledWaitpointKey(points[0]), filledWaitpointKey(points[len(points)-1]))
	behaviour := pick(w, fillBehaviours)
	wire := condition.EncodeWire(behaviour)
	additional := "[]"
	if len(points) > 1 {
		additional = `[{"waitpoint_id":"` + string(points[1]) + `","waitpoint_key":"` + filledWaitpointKey(points[1]) + `"}]`
	}
	w.hash(k.suspensionCurrent(), "suspension_id", string(e.suspension), "execution_id", string(e.id),
		"attempt_index", strconv.Itoa(int(e.last())), "waitpoint_id", string(e.waitpoint), "waitpoint_key", filledWaitpointKey(e.waitpoint),
		"additional_waitpoints_json", additional, "reason_code", e.wait.reason, "requested_by", "worker",
		"created_at", millis(e.changed), "timeout_at", millis(e.until), "timeout_behavior", behaviour,
		"resume_condition_json", string(wire),
		"resume_policy_json", `{"resume_target":"runnable","close_waitpoint_on_resume":true,"consume_matched_signals":true,"retain_signal_buffer_until_closed":false}`,
		"continuation_metadata_pointer", "", "buffered_signal_summary_json", `{"total_count":0,"matched_count":0,"signal_names":[]}`,
		"last_signal_at", "", "satisfied_at", "", "closed_at", "", "close_reason", "")
	conditionFields, nodes := conditionRecord(wire, e.changed)
	for _, point := range points {
		w.set(k.waitpoints(), string(point))
		w.hash(part.waitpoint(point), "waitpoint_id", string(point), "execution_id", string(e.id),
			"attempt_index", strconv.Itoa(int(e.last())), "suspension_id", string(e.suspension), "waitpoint_key", filledWaitpointKey(point),
			"waitpoint_token", w.token(e.id.Partition(), point, e.changed), "state", "active", "created_at", millis(e.changed),
			"activated_at", millis(e.changed), "expires_at", millis(e.until), "signal_count", "0", "matched_signal_count", "0",
			"last_signal_at", "")
		w.hash(part.waitpointCondition(point), conditionFields...)
	}
	for path, key := range nodes {
		w.hash(k.memberMap(), "wp:"+key+":"+path, path)
	}
	if !e.until.IsZero() {
		w.sorted(part.suspensionTimeout(), string(e.id), e.until.UnixMilli())
	}
}

func filledWaitpointKey(id engine.WaitpointID) string { return "wpk:" + string(id) }

// token is what a waitpoint's bearer shows (spec 01 §3.9.5).
func (w *fillWriter) token(p engine.Partition, id engine.WaitpointID, created time.Time) string {
	signing := w.signing[p]
	mac := hmac.New(sha1.New, signing.secret)
	mac.Write([]byte(string(id) + "|" + filledWaitpointKey(id) + "|" + millis(created)))
	return signing.kid + ":" + hex.EncodeToString(mac.Sum(nil))
}

// conditionRecord is the record of a condition on the wire to which no signal has come (spec 01 §3.3.6), and for a composite one which
// node, by path, names which waitpoint key.
func conditionRecord(wire []byte, at time.Time) (fields []any, nodes map[string]string) {
	var c struct {
		Type      string          `json:"condition_type"`
		Composite bool            `json:"composite"`
		Names     []string        `json:"required_signal_names"`
		Mode      string          `json:"signal_match_mode"`
		Minimum   int             `json:"minimum_signal_count"`
		Tree      json.RawMessage `json:"tree"`
	}
	if err := json.Unmarshal(wire, &c); err != nil {
		panic(err) // it was just encoded
	}
	fields = []any{"closed", "0", "updated_at", millis(at), "condition_type", c.Type, "match_mode", c.Mode, "satisfied_count", "0",
		"minimum_signal_count", strconv.Itoa(c.Minimum)}
	if c.Composite {
		nodes = map[string]string{}
		collectNodes(c.Tree, nodes)
		return append(fields, "composite", "1", "total_matchers", "0", "tree_json", string(c.Tree)), nodes
	}
	if len(c.Names) == 0 {
		c.Names = []string{""}
	}
	for i, name := range c.Names {
		matcher := "matcher:" + strconv.Itoa(i)
		fields = append(fields, matcher+":name", name, matcher+":satisfied", "0", matcher+":signal_id", "")
	}
	return append(fields, "total_matchers", strconv.Itoa(len(c.Names))), nil
}

func collectNodes(tree json.RawMessage, nodes map[string]string) {
	var node struct {
		Path       string            `json:"path"`
		Waitpoint  string            `json:"waitpoint_key"`
		Waitpoints []string          `json:"waitpoints"`
		Members    []json.RawMessage `json:"members"`
	}
	if err := json.Unmarshal(tree, &node); err != nil {
		panic(err) // it was just encoded
	}
	for _, key := range append(node.Waitpoints, node.Waitpoint) {
		if key != "" {
			nodes[node.Path] = key
		}
	}
	for _, member := range node.Members {
		collectNodes(member, nodes)
	}
}

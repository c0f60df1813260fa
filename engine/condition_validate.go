package engine

import (
	"fmt"
	"strings"
	"time"
)

const (
	maxClientConditionDepth = 4

	// timeoutSkew is how far in the past a timeout may lie before it is taken for a mistake: clocks differ.
	timeoutSkew = 10 * time.Minute
)

// ValidateSuspend checks what can be checked before anything is sent, in the order of spec 04a §7.1 (its checks 2 to 14). Errors
// are CodeInvalidInput with the wire's detail. Stricter than FlowFabric in three points: a composite condition's keys are compared
// with a single fresh binding too, an empty signal name is refused anywhere, and so is a tab in a waitpoint key, which would corrupt
// the reply of a repeat.
func ValidateSuspend(args SuspendArgs) error {
	problem := suspendProblem(args)
	if problem == "" {
		return nil
	}
	return Invalid("suspend", problem)
}

func suspendProblem(args SuspendArgs) string {
	if len(args.Waitpoints) == 0 {
		return "waitpoints_empty"
	}
	if args.Condition.IsZero() {
		return "resume_condition_missing"
	}
	if problem := bindingProblem(args.Waitpoints, args.Condition); problem != "" {
		return problem
	}
	if args.Condition.Kind == ConditionTimeoutOnly && args.TimeoutAt.IsZero() {
		return "timeout_only_without_deadline"
	}
	if args.Condition.Kind == ConditionSingle && args.Condition.Matcher == ByName("") {
		return "resume_condition: empty signal name"
	}
	now := args.Now
	if now.IsZero() {
		now = time.Now()
	}
	if !args.TimeoutAt.IsZero() && args.TimeoutAt.Add(timeoutSkew).Before(now) {
		return "timeout_at_in_past"
	}
	if args.Condition.Composite() {
		return treeProblem(args.Condition)
	}
	return ""
}

func bindingProblem(bindings []WaitpointBinding, condition ResumeCondition) string {
	primary := bindings[0]
	if !primary.UsePending && condition.Kind == ConditionSingle && condition.Waitpoint != primary.Key {
		return "waitpoint_key_mismatch"
	}
	for i, b := range bindings {
		if i > 0 && b.UsePending {
			return fmt.Sprintf("additional_waitpoint_binding_must_be_fresh at waitpoints[%d]", i)
		}
		if i > 0 && b.Key == "" {
			return fmt.Sprintf("additional_waitpoint_binding_empty_key at waitpoints[%d]", i)
		}
		if strings.Contains(b.Key, "\t") {
			return fmt.Sprintf("waitpoint key contains a tab at waitpoints[%d]", i)
		}
	}
	named := condition.WaitpointKeys()
	if len(bindings) == 1 && (primary.UsePending || len(named) == 0) {
		return ""
	}
	return keyProblem(bindings, named)
}

// keyProblem compares the keys that the condition names with those that fresh waitpoints bear.
func keyProblem(bindings []WaitpointBinding, named []string) string {
	bound := map[string]bool{}
	for _, b := range bindings {
		if !b.UsePending {
			bound[b.Key] = true
		}
	}
	referenced := map[string]bool{}
	for _, key := range named {
		referenced[key] = true
		if !bound[key] {
			return "referenced_waitpoint_key_missing_binding: " + key
		}
	}
	for _, b := range bindings {
		if !b.UsePending && !referenced[b.Key] {
			return "extra_binding_not_referenced_by_condition: " + b.Key
		}
	}
	return ""
}

func treeProblem(root ResumeCondition) (problem string) {
	root.walk("", 1, func(node *ResumeCondition, path string, depth int) {
		if problem == "" {
			problem = nodeProblem(node, path, depth)
		}
	})
	return problem
}

func nodeProblem(node *ResumeCondition, path string, depth int) string {
	at := " at path " + path
	if path == "" {
		at = " at path <root>"
	}
	switch {
	case depth > maxClientConditionDepth && (node.Kind == ConditionAllOf || node.Kind == ConditionCount):
		return fmt.Sprintf("depth %d exceeds cap %d%s", depth, maxClientConditionDepth, at)
	case node.Kind == ConditionAllOf && len(node.Members) == 0:
		return "allof_empty_members" + at
	case node.Kind == ConditionCount:
		if problem := countProblem(node); problem != "" {
			return problem + at
		}
	}
	if node.Matcher == ByName("") {
		return "empty signal name" + at
	}
	return ""
}

func countProblem(node *ResumeCondition) string {
	switch {
	case node.N <= 0:
		return "count_n_zero"
	case len(node.Waitpoints) == 0:
		return "count_waitpoints_empty"
	case node.CountKind == DistinctWaitpoints && node.N > len(node.Waitpoints):
		return fmt.Sprintf("count_exceeds_waitpoint_set: n=%d > waitpoints.len()=%d", node.N, len(node.Waitpoints))
	default:
		return ""
	}
}

package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ffboard/engine"
	"ffboard/views"
)

// Things that are found in a list of the board.

func budgetNamed(ctx context.Context, c *views.Common, id string) (views.View, error) {
	return limitNamed(ctx, c, engine.FamilyBudget, id, engine.ParseBudgetID)
}

func quotaNamed(ctx context.Context, c *views.Common, id string) (views.View, error) {
	return limitNamed(ctx, c, engine.FamilyQuota, id, engine.ParseQuotaPolicyID)
}

// limitNamed takes an id as it is listed, or in another spelling of the same UUID.
func limitNamed[ID ~string](ctx context.Context, c *views.Common, family engine.Family, id string, parse func(string) (ID, error)) (views.View, error) {
	names := []string{id}
	if usual, err := parse(id); err == nil {
		names = append(names, string(usual))
	}
	return views.FindLimit(ctx, c, family, func(listed string) bool { return slices.Contains(names, listed) })
}

// workerNamed takes the instance alone where only one namespace has it.
func workerNamed(ctx context.Context, c *views.Common, id string) (views.View, error) {
	listed, err := c.Engine.WorkerRows(ctx)
	if err != nil {
		return nil, err
	}
	var found []engine.WorkerRow
	for _, w := range listed.Rows {
		if whole := string(w.Namespace) + "/" + string(w.Instance); whole == id {
			return views.NewWorker(c, w), nil
		}
		if string(w.Instance) == id {
			found = append(found, w)
		}
	}
	switch len(found) {
	case 0:
		return nil, nil
	case 1:
		return views.NewWorker(c, found[0]), nil
	default:
		var names []string
		for _, w := range found {
			names = append(names, fmt.Sprintf("%q", string(w.Namespace)+"/"+string(w.Instance)))
		}
		return nil, fmt.Errorf("several namespaces have a worker of that name: say which, %s", strings.Join(names, " or "))
	}
}

// parsePartition takes a tag with its braces or without. Only flow partitions have figures of their own.
func parsePartition(tag string) (engine.Partition, error) {
	if !strings.HasPrefix(tag, "{") {
		tag = "{" + tag + "}"
	}
	p, err := engine.ParsePartitionKey(tag)
	if err == nil && p.Family != engine.FamilyFlow {
		err = fmt.Errorf("%s is a partition of budgets or quota policies: only those of flows, {fp:…}, have figures; see ffboard get budgets, quotas", p)
	}
	return p, err
}

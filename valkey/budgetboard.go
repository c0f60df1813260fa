package valkey

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// mostOfPartition is how many budgets or policies of one partition are listed; where there are more it is any of them.
const mostOfPartition = 2000

// policyRef is a listed budget or quota policy.
type policyRef struct {
	partition engine.Partition
	id        string
}

// policyPage lists members of one index by partition and id: at most limit from the offset-th on. Only partitions that the page
// touches are read.
func (b *Backend) policyPage(ctx context.Context, op string, partitions iter.Seq[engine.Partition], index engine.IndexName, offset, limit int) (
	page []policyRef, total int, err error) {

	var refs []engine.IndexRef
	for p := range partitions {
		refs = append(refs, engine.IndexRef{Partition: p, Name: index})
	}
	occupied, err := b.Occupied(ctx, refs)
	if err != nil || len(occupied) == 0 {
		return nil, 0, err
	}
	sizes := make([]*redis.IntCmd, len(occupied))
	err = b.pipelined(ctx, op, func(pipe redis.Pipeliner) {
		for i, ref := range occupied {
			sizes[i] = pipe.SCard(ctx, indexKey(ref))
		}
	})
	if err != nil {
		return nil, 0, err
	}
	reads := map[engine.Partition]*redis.StringSliceCmd{}
	skip := -1 // members before the offset in the first partition of the page
	err = b.pipelined(ctx, op, func(pipe redis.Pipeliner) {
		for i, ref := range occupied {
			size := min(int(sizes[i].Val()), mostOfPartition)
			if total < offset+limit && total+size > offset {
				if skip < 0 {
					skip = max(offset-total, 0)
				}
				reads[ref.Partition] = pipe.SRandMemberN(ctx, indexKey(ref), mostOfPartition)
			}
			total += size
		}
	})
	if err != nil {
		return nil, 0, err
	}
	for _, ref := range occupied {
		if read := reads[ref.Partition]; read != nil {
			ids := read.Val()
			slices.Sort(ids)
			for _, id := range ids {
				page = append(page, policyRef{ref.Partition, id})
			}
		}
	}
	page = page[min(max(skip, 0), len(page)):]
	return page[:min(len(page), limit)], total, nil
}

// BudgetRows reads three records a budget. The keys go by the partition in which the budget is listed, so an id that can be none is a
// row that says so.
func (b *Backend) BudgetRows(ctx context.Context, offset, limit int) (engine.BudgetRows, error) {
	const op = "budget_rows"
	page, total, err := b.policyPage(ctx, op, b.Partitions().BudgetPartitions(), engine.IndexBudgetPolicies, offset, limit)
	if err != nil {
		return engine.BudgetRows{}, err
	}
	reads := make([][3]*redis.MapStringStringCmd, len(page))
	err = b.pipelined(ctx, op, func(pipe redis.Pipeliner) {
		for i, ref := range page {
			k := budgetKeys{tag: ref.partition.Tag(), id: engine.BudgetID(ref.id)}
			for j, key := range []string{k.definition(), k.usage(), k.limits()} {
				reads[i][j] = pipe.HGetAll(ctx, key)
			}
		}
	})
	if err != nil {
		return engine.BudgetRows{}, err
	}
	listed := engine.BudgetRows{Total: total}
	for i, ref := range page {
		id := engine.BudgetID(ref.id)
		definition := readWholeHash(reads[i][0])
		row := engine.BudgetRow{Partition: ref.partition, Missing: len(definition.bad) == 0 && definition.text("budget_id") == "", Resets: definition.count("reset_count")}
		row.BudgetStatus = *decodeBudget(id, definition, readWholeHash(reads[i][1]), readWholeHash(reads[i][2]))
		if _, err := engine.ParseBudgetID(ref.id); err != nil {
			row.Malformed = append(row.Malformed, engine.FieldError{Field: "budget_id", Value: ref.id, Problem: "not a valid id"})
		}
		listed.Rows = append(listed.Rows, row)
	}
	return listed, nil
}

// quotaReads are what is read of one policy.
type quotaReads struct {
	definition *redis.SliceCmd
	counter    *redis.StringCmd
	admitted   *redis.IntCmd
	windows    [2]*redis.IntCmd
}

// QuotaRows reads the definitions first: how far a window reaches back is in them.
func (b *Backend) QuotaRows(ctx context.Context, offset, limit int) (engine.QuotaRows, error) {
	const op = "quota_rows"
	page, total, err := b.policyPage(ctx, op, b.Partitions().QuotaPartitions(), engine.IndexQuotaPolicies, offset, limit)
	if err != nil || len(page) == 0 {
		return engine.QuotaRows{Total: total}, err
	}
	now, err := b.ServerTime(ctx)
	if err != nil {
		return engine.QuotaRows{}, err
	}
	keys := func(ref policyRef) quotaKeys {
		return quotaKeys{tag: ref.partition.Tag(), id: engine.QuotaPolicyID(ref.id)}
	}
	reads := make([]quotaReads, len(page))
	err = b.pipelined(ctx, op, func(pipe redis.Pipeliner) {
		for i, ref := range page {
			k := keys(ref)
			reads[i].definition = pipe.HMGet(ctx, k.definition(), quotaFields...)
			reads[i].counter = pipe.Get(ctx, k.concurrency())
			reads[i].admitted = pipe.SCard(ctx, k.admittedSet())
		}
	})
	if err != nil {
		return engine.QuotaRows{}, err
	}
	listed := engine.QuotaRows{Total: total}
	for i, ref := range page {
		listed.Rows = append(listed.Rows, decodeQuotaRow(ref, &reads[i]))
	}
	err = b.pipelined(ctx, op, func(pipe redis.Pipeliner) {
		for i, ref := range page {
			since := "(" + strconv.FormatInt(now.Add(-windowOr(listed.Rows[i].Window)).UnixMilli(), 10)
			for j, dimension := range []string{admissionWindow, policyWindow} {
				reads[i].windows[j] = pipe.ZCount(ctx, keys(ref).window(dimension), since, "+inf")
			}
		}
	})
	for i := range listed.Rows {
		row := &listed.Rows[i]
		row.AdmissionWindow, row.OfPolicy = uint64(reads[i].windows[0].Val()), uint64(reads[i].windows[1].Val())
		row.InWindow = max(row.AdmissionWindow, row.OfPolicy)
	}
	return listed, err
}

func decodeQuotaRow(ref policyRef, reads *quotaReads) engine.QuotaRow {
	def := readHash(reads.definition, quotaFields)
	row := engine.QuotaRow{
		Partition: ref.partition, Missing: def.empty() && len(def.bad) == 0, Admitted: int(reads.admitted.Val()),
		QuotaPolicy: engine.QuotaPolicy{
			ID:            engine.QuotaPolicyID(ref.id),
			Window:        time.Duration(def.count("requests_per_window_seconds")) * time.Second,
			MaxPerWindow:  def.count("max_requests_per_window"),
			MaxConcurrent: def.count("active_concurrency_cap"),
			Jitter:        time.Duration(def.count("jitter_ms")) * time.Millisecond,
			CreatedAt:     def.time("created_at"),
		},
	}
	counter := newRecord(map[string]string{"concurrency": reads.counter.Val()})
	row.Active = counter.count("concurrency")
	row.Malformed = append(def.bad, counter.bad...)
	if _, err := engine.ParseQuotaPolicyID(ref.id); err != nil {
		row.Malformed = append(row.Malformed, engine.FieldError{Field: "quota_policy_id", Value: ref.id, Problem: "not a valid id"})
	}
	return row
}

// AttachedExecutions reads the index of a budget's ledger, which our library keeps and FlowFabric's does not before wire version 34, or
// the set of those that a policy has admitted.
func (b *Backend) AttachedExecutions(ctx context.Context, p engine.Partition, id string, limit int) ([]engine.ExecutionRow, int, error) {
	const op = "attached_executions"
	if limit <= 0 {
		return nil, 0, nil
	}
	key := quotaKeys{tag: p.Tag(), id: engine.QuotaPolicyID(id)}.admittedSet()
	if p.Family == engine.FamilyBudget {
		key = budgetKeys{tag: p.Tag(), id: engine.BudgetID(id)}.ledgerIndex()
	}
	var size *redis.IntCmd
	var picked *redis.StringSliceCmd
	err := b.pipelined(ctx, op, func(pipe redis.Pipeliner) {
		size = pipe.SCard(ctx, key)
		picked = pipe.SRandMemberN(ctx, key, int64(limit))
	})
	if err != nil {
		return nil, 0, err
	}
	ids := make([]engine.ExecutionID, len(picked.Val()))
	for i, member := range picked.Val() {
		ids[i] = engine.ExecutionID(member)
	}
	slices.Sort(ids)
	rows, err := b.executionRows(ctx, ids)
	return rows, int(size.Val()), err
}

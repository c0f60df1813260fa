package valkey

import (
	"context"
	"unique"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// rowFields are the core fields of one engine.ExecutionRow, in the order of one HMGET.
var rowFields = []string{
	"flow_id", "lane_id", "namespace", "execution_kind", "public_state", "lifecycle_phase", "ownership_state", "terminal_outcome",
	"blocking_reason", "blocking_detail", "priority", "current_attempt_index", "total_attempt_count", "retry_count",
	"current_worker_id", "current_worker_instance_id", "lease_expires_at", "created_at", "started_at", "completed_at",
	"last_mutation_at", "delay_until", "failure_reason", "progress_pct", "progress_message",
}

// rowsPerRoundTrip bounds what one pipeline holds in memory.
const rowsPerRoundTrip = 1000

// ExecutionRows reads rows for known ids, in their order: one HMGET an execution, a thousand a round trip.
func (b *Backend) ExecutionRows(ctx context.Context, ids []engine.ExecutionID) ([]engine.ExecutionRow, error) {
	return b.executionRows(ctx, ids)
}

// rowsAgain is how many rows of a list are read again with each look besides those on the screen.
const rowsAgain = 4

// executionRows takes turns where the context does.
func (b *Backend) executionRows(ctx context.Context, ids []engine.ExecutionID) ([]engine.ExecutionRow, error) {
	rows, _, err := b.listed.rows.read(ctx, ids, recall[engine.ExecutionID, engine.ExecutionRow]{
		again: rowsAgain, beside: true,
		shown: func(id engine.ExecutionID) string { return string(id) },
		same: func(x, y engine.ExecutionRow) bool {
			return x.State == y.State && x.LastMutationAt.Equal(y.LastMutationAt) && x.LeaseExpiresAt.Equal(y.LeaseExpiresAt)
		},
		fetch: func(due []engine.ExecutionID) ([]engine.ExecutionRow, error) { return b.readExecutionRows(ctx, due) },
	})
	return rows, err
}

func (b *Backend) readExecutionRows(ctx context.Context, ids []engine.ExecutionID) ([]engine.ExecutionRow, error) {
	rows := make([]engine.ExecutionRow, 0, len(ids))
	for len(ids) > 0 {
		batch := ids[:min(len(ids), rowsPerRoundTrip)]
		ids = ids[len(batch):]
		reads := make([]*redis.SliceCmd, len(batch))
		err := b.pipelined(ctx, "execution_rows", func(p redis.Pipeliner) {
			for i, id := range batch {
				reads[i] = p.HMGet(ctx, keysOf(id).core(), rowFields...)
			}
		})
		if err != nil {
			return nil, err
		}
		for i, id := range batch {
			rows = append(rows, decodeRow(id, readHash(reads[i], rowFields)))
		}
	}
	return rows, nil
}

// decodeRow makes a row of what rowFields gave for an execution. An index member that is no id is a row that says so.
func decodeRow(execution engine.ExecutionID, r *record) engine.ExecutionRow {
	row := engine.ExecutionRow{ID: execution, Progress: -1}
	if _, err := engine.ParseExecutionID(string(execution)); err != nil {
		row.Malformed = []engine.FieldError{{Field: "execution_id", Value: string(execution), Problem: "not a valid id"}}
		return row
	}
	if r.empty() {
		row.Missing = len(r.bad) == 0
		row.Malformed = r.bad
		return row
	}
	row.Flow = id(r, "flow_id", engine.ParseFlowID)
	row.Lane = id(r, "lane_id", engine.ParseLaneID)
	row.Namespace = engine.Namespace(r.text("namespace"))
	row.Kind = r.text("execution_kind")
	row.State = word[engine.PublicState](r, "public_state")
	row.Phase = word[engine.LifecyclePhase](r, "lifecycle_phase")
	row.Ownership = word[engine.OwnershipState](r, "ownership_state")
	row.Outcome = word[engine.TerminalOutcome](r, "terminal_outcome")
	row.BlockingReason = word[engine.BlockingReason](r, "blocking_reason")
	row.BlockingDetail = r.text("blocking_detail")
	row.Priority = r.integer("priority", 0)
	row.AttemptIndex = r.index("current_attempt_index")
	row.TotalAttempts = r.integer("total_attempt_count", 0)
	row.RetryCount = r.integer("retry_count", 0)
	row.Worker = engine.WorkerID(r.text("current_worker_id"))
	row.WorkerInstance = engine.WorkerInstanceID(r.text("current_worker_instance_id"))
	row.LeaseExpiresAt = r.time("lease_expires_at")
	row.CreatedAt = r.time("created_at")
	row.StartedAt = r.time("started_at")
	row.CompletedAt = r.time("completed_at")
	row.LastMutationAt = r.time("last_mutation_at")
	row.DelayUntil = r.time("delay_until")
	row.FailureReason = r.text("failure_reason")
	row.Progress = r.integer("progress_pct", -1)
	row.ProgressMessage = r.text("progress_message")
	row.Malformed = r.bad
	shareWords(&row)
	return row
}

// shareWords keeps one copy of what many rows say alike: a view may hold ten thousand of them.
func shareWords(row *engine.ExecutionRow) {
	share(&row.Flow)
	share(&row.Lane)
	share(&row.Namespace)
	share(&row.Kind)
	share(&row.State)
	share(&row.Phase)
	share(&row.Ownership)
	share(&row.Outcome)
	share(&row.BlockingReason)
	share(&row.Worker)
	share(&row.WorkerInstance)
	share(&row.FailureReason)
}

func share[T ~string](word *T) { *word = T(unique.Make(string(*word)).Value()) }

package valkey

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// suspendedBatch is how much of an index one step of a listing reads at least.
const suspendedBatch = 500

// SuspendedRows lists suspended executions of all lanes that are known, those that time out soonest first.
func (b *Backend) SuspendedRows(ctx context.Context, limit int) (engine.SuspendedRows, error) {
	const op = "suspended_rows"
	if limit <= 0 {
		return engine.SuspendedRows{}, nil
	}
	lanes, err := b.servedLanes(ctx, op)
	if err != nil {
		return engine.SuspendedRows{}, err
	}
	var refs []engine.IndexRef
	for partition := range b.Partitions().FlowPartitions() {
		for _, lane := range lanes {
			refs = append(refs, engine.IndexRef{Partition: partition, Lane: lane, Name: engine.IndexName(engine.IndexSuspended)})
		}
	}
	members, total, err := b.firstOf(ctx, op, refs, limit)
	if err != nil {
		return engine.SuspendedRows{}, err
	}
	executions, err := b.rowsOfMembers(ctx, members)
	if err != nil {
		return engine.SuspendedRows{}, err
	}
	executions = b.stillIn(ctx, executions, engine.IndexSuspended)
	rows, err := b.withSuspensions(ctx, op, executions)
	return engine.SuspendedRows{Rows: rows, Total: total}, err
}

// withSuspensions adds to rows what each of them waits for.
func (b *Backend) withSuspensions(ctx context.Context, op string, executions []engine.ExecutionRow) ([]engine.SuspendedRow, error) {
	var ids []engine.ExecutionID
	for _, row := range executions {
		if isExecutionID(string(row.ID)) {
			ids = append(ids, row.ID)
		}
	}
	suspensions, _, err := b.listed.suspensions.read(ctx, ids, recall[engine.ExecutionID, *engine.Suspension]{
		again: suspensionsAgain,
		shown: func(id engine.ExecutionID) string { return string(id) },
		fetch: func(due []engine.ExecutionID) ([]*engine.Suspension, error) { return b.readSuspensions(ctx, op, due) },
	})
	if err != nil {
		return nil, err
	}
	rows := make([]engine.SuspendedRow, len(executions))
	for i, execution := range executions {
		rows[i].ExecutionRow = execution
		if !isExecutionID(string(execution.ID)) {
			continue
		}
		rows[i].Suspension = suspensions[0]
		suspensions = suspensions[1:]
		if rows[i].Suspension != nil {
			rows[i].Waits = strings.Join(rows[i].Suspension.Condition.SignalNames(), ", ")
		}
	}
	return rows, nil
}

func notAnID(member string) engine.FieldError {
	return engine.FieldError{Field: "execution_id", Value: member, Problem: "not a valid id"}
}

func isExecutionID(text string) bool {
	_, err := engine.ParseExecutionID(text)
	return err == nil
}

// servedLanes are the lanes whose indexes are looked through: the registered ones, those that this program has met, and the default
// lane.
func (b *Backend) servedLanes(ctx context.Context, op string) ([]engine.LaneID, error) {
	members, err := b.rdb.SMembers(ctx, keyLaneRegistry).Result()
	if err != nil {
		return nil, engine.Transport(op, err)
	}
	return b.lanesWith(append(laneNames(members), engine.DefaultLane)), nil
}

// ListSuspended pages through the suspended executions of one partition, soonest timeout first, then by id. The order is the
// index's; the times shown are the records' (spec 03b §6.8; ).
func (b *Backend) ListSuspended(ctx context.Context, p engine.Partition, after engine.SuspendedCursor, limit int,
) (engine.Page[engine.SuspendedEntry, engine.SuspendedCursor], error) {
	const op = "list_suspended"
	var page engine.Page[engine.SuspendedEntry, engine.SuspendedCursor]
	if limit <= 0 {
		return page, nil
	}
	start, err := parseSuspendedCursor(op, after)
	if err != nil {
		return page, err
	}
	lanes, err := b.servedLanes(ctx, op)
	if err != nil {
		return page, err
	}
	var members []indexedMember
	for _, lane := range lanes {
		found, err := b.membersAfter(ctx, op, partitionKeys(p).lane(lane, engine.IndexSuspended), start, limit+1, suspendedBatch)
		if err != nil {
			return page, err
		}
		members = append(members, found...)
	}
	slices.SortFunc(members, indexedMember.compare)
	members = firstSightings(members)
	if len(members) > limit {
		members = members[:limit]
		page.Next = suspendedCursor(members[limit-1])
	}
	page.Items, err = b.suspendedEntries(ctx, op, members)
	return page, err
}

// firstSightings drops executions that stand in a second lane's index too.
func firstSightings(members []indexedMember) []indexedMember {
	seen := make(map[string]bool, len(members))
	return slices.DeleteFunc(members, func(m indexedMember) bool {
		again := seen[m.member]
		seen[m.member] = true
		return again
	})
}

// suspendedEntries reads what the listing shows of each member, in one round trip.
func (b *Backend) suspendedEntries(ctx context.Context, op string, members []indexedMember) ([]engine.SuspendedEntry, error) {
	fields := []string{"reason_code", "created_at", "timeout_at"}
	reads := make([]*redis.SliceCmd, len(members))
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, m := range members {
			reads[i] = p.HMGet(ctx, keysOf(engine.ExecutionID(m.member)).suspensionCurrent(), fields...)
		}
	})
	if err != nil {
		return nil, err
	}
	entries := make([]engine.SuspendedEntry, len(members))
	for i, m := range members {
		if !isExecutionID(m.member) {
			entries[i].Malformed = []engine.FieldError{notAnID(m.member)}
			continue
		}
		r := readHash(reads[i], fields)
		entries[i] = engine.SuspendedEntry{
			Execution:   engine.ExecutionID(m.member),
			SuspendedAt: r.time("created_at"),
			TimeoutAt:   r.time("timeout_at"),
			Reason:      r.text("reason_code"),
		}
		entries[i].Malformed = r.bad
	}
	return entries, nil
}

// membersAfter reads up to want members of an index that come after a place in its order. Many may share a score, those without a
// timeout all do, so it reads on until it is past them, step members at a time or as many as are wanted.
func (b *Backend) membersAfter(ctx context.Context, op, key string, start *indexedMember, want, step int) ([]indexedMember, error) {
	from := "-inf"
	if start != nil {
		from = strconv.FormatFloat(start.score, 'f', -1, 64)
	}
	var found []indexedMember
	count := int64(max(want, step))
	for offset := int64(0); ; offset += count {
		batch, err := b.rdb.ZRangeByScoreWithScores(ctx, key, &redis.ZRangeBy{
			Min: from, Max: "+inf", Offset: offset, Count: count,
		}).Result()
		if err != nil {
			return nil, engine.Transport(op, err)
		}
		for _, z := range batch {
			member, _ := z.Member.(string)
			m := indexedMember{member: member, score: z.Score}
			if start == nil || m.compare(*start) > 0 {
				found = append(found, m)
			}
			if len(found) == want {
				return found, nil
			}
		}
		if int64(len(batch)) < count {
			return found, nil
		}
	}
}

// A cursor is "<score>|<member>".
func suspendedCursor(m indexedMember) engine.SuspendedCursor {
	return engine.SuspendedCursor(strconv.FormatFloat(m.score, 'f', -1, 64) + "|" + m.member)
}

// parseSuspendedCursor is nil for the beginning.
func parseSuspendedCursor(op string, cursor engine.SuspendedCursor) (*indexedMember, error) {
	if cursor == "" {
		return nil, nil
	}
	score, member, found := strings.Cut(string(cursor), "|")
	value, err := strconv.ParseFloat(score, 64)
	if !found || err != nil {
		return nil, engine.Invalid(op, "malformed cursor")
	}
	return &indexedMember{member: member, score: value}, nil
}

package valkey

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/engine/audit"
)

const theLane = "default" // of every execution in the scene

func TestABrokenExecutionIsFound(t *testing.T) {
	breakAndAudit(t, []breakage{
		{"in no index", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.eligible)
			key := part.lane(theLane, engine.IndexEligible)
			p.ZRem(s.ctx, key, string(s.eligible))
			return one(audit.IndexLacks, key)
		}},
		{"in two indexes", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.leased)
			key := part.lane(theLane, engine.IndexEligible)
			p.ZAdd(s.ctx, key, redis.Z{Score: 1, Member: string(s.leased)})
			return entry(audit.IndexStray, key, string(s.leased))
		}},
		{"in the index of another lane", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.eligible)
			key := part.lane("gpu:a:delayed", engine.IndexEligible)
			p.ZAdd(s.ctx, key, redis.Z{Score: 1, Member: string(s.eligible)})
			return entry(audit.IndexStray, key, string(s.eligible))
		}},
		{"out of its place in line", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.eligible)
			key := part.lane(theLane, engine.IndexEligible)
			p.ZAdd(s.ctx, key, redis.Z{Score: 1, Member: string(s.eligible)})
			return one(audit.IndexScore, key)
		}},
		{"delayed to another time", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.delayed)
			key := part.lane(theLane, engine.IndexDelayed)
			p.ZAdd(s.ctx, key, redis.Z{Score: 1, Member: string(s.delayed)})
			return one(audit.IndexScore, key)
		}},
		{"not in the list of all", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.ended)
			p.SRem(s.ctx, part.allExecutions(), string(s.ended))
			return one(audit.IndexLacks, part.allExecutions())
		}},
		{"an entry of nothing", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.ended)
			gone := part.tag + ":3b241101-e2bb-4255-8caf-4136c566a962"
			p.SAdd(s.ctx, part.allExecutions(), gone)
			return entry(audit.IndexGone, part.allExecutions(), gone)
		}},
		{"an entry that can be nothing", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.ended)
			junk := "\x1b]0;junk\x07"
			p.ZAdd(s.ctx, part.executionDeadline(), redis.Z{Score: 1, Member: junk})
			return entry(audit.IndexGone, part.executionDeadline(), junk)
		}},
		{"a deadline of what is over", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.ended)
			p.ZAdd(s.ctx, part.executionDeadline(), redis.Z{Score: 1, Member: string(s.ended)})
			return entry(audit.IndexStray, part.executionDeadline(), string(s.ended))
		}},
		{"a timeout of an attempt that does not run", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.asleep)
			p.ZAdd(s.ctx, part.attemptTimeout(), redis.Z{Score: 1, Member: string(s.asleep)})
			return entry(audit.IndexStray, part.attemptTimeout(), string(s.asleep))
		}},
		{"a word that no function writes", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.ended)
			p.HSet(s.ctx, k.core(), "terminal_outcome", "nearly")
			return one(audit.StateConflict, k.core())
		}},
		{"a phase that there is not", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.ended)
			p.HSet(s.ctx, k.core(), "lifecycle_phase", "\u202eover")
			return []wrong{{code: audit.FieldInvalid, key: k.core()}, {code: audit.StateConflict, key: k.core()}}
		}},
		{"a public state of its own", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.asleep)
			p.HSet(s.ctx, k.core(), "public_state", "active")
			return one(audit.StateConflict, k.core())
		}},
		{"a reason that its queue has not", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.blocked)
			p.HSet(s.ctx, k.core(), "blocking_reason", "waiting_for_quota")
			return one(audit.StateConflict, k.core())
		}},
		{"a count that is none", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.eligible)
			p.HSet(s.ctx, k.core(), "retry_count", "three")
			return one(audit.FieldInvalid, k.core())
		}},
		{"over without an end", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.ended)
			p.HSet(s.ctx, k.core(), "completed_at", "")
			return one(audit.StateConflict, k.core())
		}},
	})
}

func TestABrokenLeaseOrAttemptIsFound(t *testing.T) {
	breakAndAudit(t, []breakage{
		{"a lease without a holder", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.leased)
			p.HSet(s.ctx, k.core(), "current_worker_id", "")
			return one(audit.LeaseHolder, k.core())
		}},
		{"a lease that no list of the worker's has", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.leased)
			p.SRem(s.ctx, part.workerLeases(testInstance), string(s.leased))
			return one(audit.IndexLacks, part.workerLeases(testInstance))
		}},
		{"a lease on another worker's list", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.leased)
			p.SAdd(s.ctx, part.workerLeases("w:9"), string(s.leased))
			return entry(audit.IndexStray, part.workerLeases("w:9"), string(s.leased))
		}},
		{"a lease that nobody sees run out", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.leased)
			p.ZRem(s.ctx, part.leaseExpiry(), string(s.leased))
			return one(audit.IndexLacks, part.leaseExpiry())
		}},
		{"a lease that runs out at two times", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.leased)
			p.ZAdd(s.ctx, part.leaseExpiry(), redis.Z{Score: 1, Member: string(s.leased)})
			return one(audit.IndexScore, part.leaseExpiry())
		}},
		{"an expiry of what nobody holds", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.eligible)
			p.ZAdd(s.ctx, part.leaseExpiry(), redis.Z{Score: 1, Member: string(s.eligible)})
			return entry(audit.IndexStray, part.leaseExpiry(), string(s.eligible))
		}},
		{"a lease without a record", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.leased)
			p.Del(s.ctx, k.leaseCurrent())
			return one(audit.LeaseConflict, k.leaseCurrent())
		}},
		{"a lease with another's record", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.leased)
			p.HSet(s.ctx, k.leaseCurrent(), "lease_epoch", "7")
			return one(audit.LeaseConflict, k.leaseCurrent())
		}},
		{"a record of a lease that was given back", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.ended)
			p.HSet(s.ctx, k.leaseCurrent(), "lease_id", "x")
			return one(audit.LeaseConflict, k.leaseCurrent())
		}},
		{"a lease of what waits", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.eligible)
			p.HSet(s.ctx, k.core(), "current_lease_id", "x")
			return one(audit.LeaseConflict, k.core())
		}},
		{"an expired lease without its time", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.expired)
			p.HSet(s.ctx, k.core(), "lease_expired_at", "")
			return one(audit.StateConflict, k.core())
		}},
		{"an expired lease that no list has", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.expired)
			p.ZRem(s.ctx, part.leaseExpiry(), string(s.expired))
			return one(audit.IndexLacks, part.leaseExpiry())
		}},
		{"a revoked lease that may still run out", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.revoked)
			p.ZAdd(s.ctx, part.leaseExpiry(), redis.Z{Score: 1, Member: string(s.revoked)})
			return entry(audit.IndexStray, part.leaseExpiry(), string(s.revoked))
		}},
		{"more attempts than were made", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.leased)
			p.ZAdd(s.ctx, k.attempts(), redis.Z{Score: 1, Member: "1"})
			return []wrong{{audit.AttemptMissing, k.attempts(), "1"}, {code: audit.AttemptCount, key: k.attempts()}}
		}},
		{"an attempt that is not listed", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.leased)
			p.Copy(s.ctx, k.attempt(0), k.attempt(1), 0, true)
			p.HSet(s.ctx, k.attempt(1), "attempt_index", "1")
			return one(audit.AttemptCount, k.attempts())
		}},
		{"no record of the attempt", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.leased)
			p.Del(s.ctx, k.attempt(0))
			return []wrong{{code: audit.AttemptMissing, key: k.attempt(0)}, {audit.AttemptMissing, k.attempts(), "0"}}
		}},
		{"an attempt that is over in one record alone", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.leased)
			p.HSet(s.ctx, k.attempt(0), "attempt_state", "ended_success")
			return one(audit.AttemptConflict, k.attempt(0))
		}},
		{"an attempt with another id", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.leased)
			p.HSet(s.ctx, k.attempt(0), "attempt_id", "x")
			return one(audit.AttemptConflict, k.attempt(0))
		}},
		{"a current attempt beyond the last", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.retrying)
			p.HSet(s.ctx, k.core(), "total_attempt_count", "5")
			return []wrong{{code: audit.AttemptCount, key: k.core()}, {code: audit.AttemptCount, key: k.attempts()}}
		}},
		{"an open stream of an attempt that is over", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.ended)
			p.HSet(s.ctx, k.streamMeta(0), "closed_at", "")
			return one(audit.StreamOpen, k.streamMeta(0))
		}},
		{"more frames than were counted", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.leased)
			p.HSet(s.ctx, k.streamMeta(0), "frame_count", "1")
			return one(audit.StreamConflict, k.streamMeta(0))
		}},
		{"a last frame that nobody noted", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.leased)
			p.HSet(s.ctx, k.streamMeta(0), "last_sequence", "1-1")
			return one(audit.StreamConflict, k.streamMeta(0))
		}},
		{"a stream without meta", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.leased)
			p.Del(s.ctx, k.streamMeta(0))
			return one(audit.StreamConflict, k.streamMeta(0))
		}},
	})
}

func TestABrokenSuspensionIsFound(t *testing.T) {
	breakAndAudit(t, []breakage{
		{"asleep without a suspension", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, part := at(s.asleep)
			p.HSet(s.ctx, k.suspensionCurrent(), "closed_at", "1")
			return []wrong{{code: audit.SuspensionMissing, key: k.suspensionCurrent()}, {code: audit.WaitpointConflict, key: part.waitpoint(s.waitpoint)},
				{code: audit.WaitpointConflict, key: part.waitpoint(s.second())}}
		}},
		{"a suspension of something awake", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.leased)
			p.HSet(s.ctx, k.suspensionCurrent(), "suspension_id", "x")
			return one(audit.SuspensionConflict, k.suspensionCurrent())
		}},
		{"asleep for another suspension", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.asleep)
			p.HSet(s.ctx, k.core(), "current_suspension_id", "x")
			return one(audit.SuspensionConflict, k.suspensionCurrent())
		}},
		{"a suspension that never times out", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.asleep)
			p.ZRem(s.ctx, part.suspensionTimeout(), string(s.asleep))
			return one(audit.IndexLacks, part.suspensionTimeout())
		}},
		{"a suspension that times out at two times", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.asleep)
			p.ZAdd(s.ctx, part.suspensionTimeout(), redis.Z{Score: 1, Member: string(s.asleep)})
			return one(audit.IndexScore, part.suspensionTimeout())
		}},
		{"a timeout of something awake", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.eligible)
			p.ZAdd(s.ctx, part.suspensionTimeout(), redis.Z{Score: 1, Member: string(s.eligible)})
			return entry(audit.IndexStray, part.suspensionTimeout(), string(s.eligible))
		}},
		{"asleep at a waitpoint that is closed", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.asleep)
			p.HSet(s.ctx, part.waitpoint(s.waitpoint), "state", "closed")
			return []wrong{{code: audit.WaitpointConflict, key: part.waitpoint(s.waitpoint)}, {code: audit.WaitpointConflict, key: part.waitpointCondition(s.waitpoint)}}
		}},
		{"asleep at a waitpoint that is gone", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, part := at(s.asleep)
			p.Del(s.ctx, part.waitpoint(s.waitpoint))
			return []wrong{{code: audit.WaitpointMissing, key: part.waitpoint(s.waitpoint)}, {audit.WaitpointMissing, k.waitpoints(), string(s.waitpoint)},
				{code: audit.KeyOrphan, key: part.waitpointCondition(s.waitpoint)}, {code: audit.KeyOrphan, key: part.waitpointSignals(s.waitpoint)}}
		}},
		{"a waitpoint without an execution", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.leased)
			p.HSet(s.ctx, part.waitpoint(s.unused), "execution_id", part.tag+":3b241101-e2bb-4255-8caf-4136c566a962", "suspension_id", "x")
			return one(audit.WaitpointOrphan, part.waitpoint(s.unused))
		}},
		{"a waitpoint of an execution elsewhere", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.leased)
			p.HSet(s.ctx, part.waitpoint(s.unused), "execution_id", "{fp:9}:3b241101-e2bb-4255-8caf-4136c566a962")
			return one(audit.WaitpointOrphan, part.waitpoint(s.unused))
		}},
		{"a waitpoint that its execution does not list", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.asleep)
			p.SRem(s.ctx, k.waitpoints(), string(s.waitpoint))
			return one(audit.IndexLacks, k.waitpoints())
		}},
		{"a waitpoint that never expires", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.leased)
			p.ZRem(s.ctx, part.pendingWaitpointExpiry(), string(s.unused))
			return one(audit.IndexLacks, part.pendingWaitpointExpiry())
		}},
		{"a waitpoint that expires at two times", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.leased)
			p.ZAdd(s.ctx, part.pendingWaitpointExpiry(), redis.Z{Score: 1, Member: string(s.unused)})
			return one(audit.IndexScore, part.pendingWaitpointExpiry())
		}},
		{"an expiry of a waitpoint in use", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.asleep)
			p.ZAdd(s.ctx, part.pendingWaitpointExpiry(), redis.Z{Score: 1, Member: string(s.waitpoint)})
			return one(audit.IndexStray, part.pendingWaitpointExpiry())
		}},
		{"an expiry of no waitpoint", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.asleep)
			p.ZAdd(s.ctx, part.pendingWaitpointExpiry(), redis.Z{Score: 1, Member: "x"})
			return entry(audit.IndexGone, part.pendingWaitpointExpiry(), "x")
		}},
		{"a waitpoint in use without a condition", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.asleep)
			p.Del(s.ctx, part.waitpointCondition(s.waitpoint))
			return one(audit.WaitpointConflict, part.waitpointCondition(s.waitpoint))
		}},
		{"a state that a waitpoint cannot have", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.leased)
			p.HSet(s.ctx, part.waitpoint(s.unused), "state", "\x1b[2Jopen")
			return one(audit.FieldInvalid, part.waitpoint(s.unused))
		}},
		{"a token of a key that is gone", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.asleep)
			p.HSet(s.ctx, part.waitpoint(s.waitpoint), "waitpoint_token", "k9:0123456789012345678901234567890123456789")
			return one(audit.SigningKeyUnknown, part.waitpoint(s.waitpoint))
		}},
		{"a listed signal that is gone", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, part := at(s.asleep)
			p.Del(s.ctx, part.signal(s.signal))
			return []wrong{{audit.SignalMissing, k.signals(), string(s.signal)}, {code: audit.KeyOrphan, key: part.signalPayload(s.signal)}}
		}},
		{"a signal that is not listed", func(s *auditScene, p redis.Pipeliner) []wrong {
			k, _ := at(s.asleep)
			p.ZRem(s.ctx, k.signals(), string(s.signal))
			return one(audit.SignalOrphan, k.signals())
		}},
		{"a signal to nobody", func(s *auditScene, p redis.Pipeliner) []wrong {
			_, part := at(s.asleep)
			p.HSet(s.ctx, part.signal(s.signal), "target_execution_id", "nobody")
			return one(audit.SignalOrphan, part.signal(s.signal))
		}},
		{"no signing key", func(s *auditScene, p redis.Pipeliner) []wrong {
			p.Del(s.ctx, "ff:sec:{fp:3}:waitpoint_hmac")
			return one(audit.Configuration, "ff:sec:{fp:3}:waitpoint_hmac")
		}},
		{"a signing key of its own", func(s *auditScene, p redis.Pipeliner) []wrong {
			p.HSet(s.ctx, "ff:sec:{fp:3}:waitpoint_hmac", "current_kid", "k2", "secret:k2", "00")
			return one(audit.SigningKeyDiffers, "ff:sec:{fp:3}:waitpoint_hmac")
		}},
	})
}

// second is the other waitpoint of the execution that sleeps.
func (s *auditScene) second() engine.WaitpointID {
	for _, id := range s.rdb.SMembers(s.ctx, keysOf(s.asleep).waitpoints()).Val() {
		if id != string(s.waitpoint) {
			return engine.WaitpointID(id)
		}
	}
	return ""
}

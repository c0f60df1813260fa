package valkey

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

// What our library mends of FlowFabric's (spec 07, rows FIX-LIB), for suspensions and their conditions.

func TestQ041AResumedClaimLeavesNothingOfTheDelay(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		x.must(x.Delay(x.ctx, h, time.Now().Add(time.Hour)))
		part := keysOf(h.ExecutionID).partition()
		x.must(x.rdb.ZAdd(x.ctx, part.lane("default", engine.IndexBlockedQuota), zAt(time.Now(), h.ExecutionID)).Err())
		grant := map[string]string{"worker_id": string(testWorker), "worker_instance_id": string(testInstance)}
		x.must(x.rdb.HSet(x.ctx, keysOf(h.ExecutionID).claimGrant(), grant).Err())
		_, err := x.ClaimResumedExecution(x.ctx, engine.ClaimResumed{
			Execution: h.ExecutionID, Lane: "default", Worker: testWorker, WorkerInstance: testInstance, LeaseTTL: time.Minute,
		})
		x.must(err)
		x.onlyIn(h.ExecutionID, engine.IndexActive)
		x.wantCore(h.ExecutionID, map[string]string{"delay_until": "", "public_state": "active"})
	})
}

func TestQ048ADelayedResumeIsPromotedWhenDue(t *testing.T) {
	resumes := map[string]func(x bench, h engine.Handle, waitpoint engine.IssuedWaitpoint){
		"by somebody": func(x bench, h engine.Handle, _ engine.IssuedWaitpoint) {
			_, err := x.ResumeExecution(x.ctx, h.ExecutionID, "operator", 200*time.Millisecond)
			x.must(err)
		},
		"by a signal": func(x bench, h engine.Handle, waitpoint engine.IssuedWaitpoint) {
			signal := signalTo(h.ExecutionID, waitpoint, "go")
			signal.ResumeDelay = 200 * time.Millisecond
			x.send(signal, engine.EffectResumed)
		},
	}
	for name, resume := range resumes {
		t.Run(name, func(t *testing.T) {
			eachServer(t, func(t *testing.T, b *Backend) {
				x := newBench(t, b)
				h, waitpoint := x.asleep(waitFor("go"))
				before := x.now()
				resume(x, h, waitpoint)
				x.onlyIn(h.ExecutionID, engine.IndexDelayed)
				due, err := parseMillis(x.core(h.ExecutionID, "delay_until"))
				if err != nil || due.Before(before.Add(200*time.Millisecond)) {
					t.Fatalf("delay_until %v, %v", due, err)
				}
				x.must(x.PromoteDelayed(x.ctx, "default", h.ExecutionID, due))
				x.onlyIn(h.ExecutionID, engine.IndexEligible)
			})
		})
	}
}

func TestQ049AnOldTokenDoesNotResumeALaterWait(t *testing.T) {
	for name, end := range map[string]func(x bench, h engine.Handle) (old engine.IssuedWaitpoint, now engine.Handle){
		"after an operator's resume": func(x bench, h engine.Handle) (engine.IssuedWaitpoint, engine.Handle) {
			old := x.suspended(h, waitFor("go")).Waitpoints[0]
			x.resumed(h.ExecutionID)
			return old, x.resume(h.ExecutionID)
		},
		"after an early satisfaction": func(x bench, h engine.Handle) (engine.IssuedWaitpoint, engine.Handle) {
			old := x.pending(h, "k")
			x.send(signalTo(h.ExecutionID, old, "go"), engine.EffectBuffered)
			args := onPending(old, engine.ResumeCondition{
				Kind: engine.ConditionSignalSet, Names: []string{"go", "stop"}, Mode: "any", Minimum: 1,
			})
			if outcome := x.suspended(h, args); !outcome.AlreadySatisfied {
				x.Fatalf("%+v", outcome)
			}
			return old, h
		},
		"after a signal": func(x bench, h engine.Handle) (engine.IssuedWaitpoint, engine.Handle) {
			old := x.suspended(h, waitFor("go")).Waitpoints[0]
			x.send(signalTo(h.ExecutionID, old, "go"), engine.EffectResumed)
			return old, x.resume(h.ExecutionID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachServer(t, func(t *testing.T, b *Backend) {
				x := newBench(t, b)
				old, h := end(x, x.working())
				x.suspended(h, waitFor("go"))
				for _, signal := range []string{"go", "stop"} {
					x.refused(signalTo(h.ExecutionID, old, signal), engine.CodeWaitpointClosed)
				}
				x.wantPhase(h.ExecutionID, engine.PhaseSuspended)
			})
		})
	}
}

func TestQ049ClosingAWaitpointClosesItsCondition(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h, waitpoint := x.asleep(waitFor("go"))
		part := keysOf(h.ExecutionID).partition()
		reply, err := x.raw("ff_close_waitpoint",
			[]string{part.noop(), part.waitpoint(waitpoint.ID), part.pendingWaitpointExpiry()}, string(waitpoint.ID))
		x.wantReply(reply, err, "OK")
		x.wantHash(part.waitpointCondition(waitpoint.ID), map[string]string{"closed": "1", "closed_reason": "proactive_close"})
		x.refused(signalTo(h.ExecutionID, waitpoint, "go"), engine.CodeWaitpointClosed)
	})
}

// A waitpoint that a foreign library left open does not reach the wait that runs now either.
func TestQ049AWaitpointOfAnotherEpisodeIsClosedToASuspendedExecution(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h, old := x.asleep(waitFor("go"))
		x.resumed(h.ExecutionID)
		part := keysOf(h.ExecutionID).partition()
		x.must(x.rdb.HSet(x.ctx, part.waitpointCondition(old.ID), "closed", "0").Err())
		x.suspended(x.resume(h.ExecutionID), waitFor("go"))
		x.refused(signalTo(h.ExecutionID, old, "go"), engine.CodeWaitpointClosed)
		x.wantPhase(h.ExecutionID, engine.PhaseSuspended)
	})
}

func TestQ050ATokenOpensNoOtherExecution(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		for _, function := range []string{"ff_deliver_signal", "ff_buffer_signal_for_pending_waitpoint"} {
			x := newBench(t, b)
			h, waitpoint := x.asleep(waitFor("go"))
			other, _ := x.asleep(waitFor("go"))
			signal := withSignalDefaults(signalTo(other.ExecutionID, waitpoint, "go"))
			if h.ExecutionID.Partition() != other.ExecutionID.Partition() {
				t.Fatal("the executions lie on two partitions")
			}
			keys := deliverKeys(signal)
			if function != "ff_deliver_signal" {
				keys = bufferKeys(signal)
			}
			reply, err := x.raw(function, keys, changedArgs(signal, nil)...)
			x.wantReply(reply, err, "invalid_token")
			if x.core(other.ExecutionID, "last_hmac_validation_failed_at") == "" {
				t.Error("the refusal is not noted")
			}
			x.wantPhase(other.ExecutionID, engine.PhaseSuspended)
		}
	})
}

func TestQ051ASatisfiedConditionClosesEveryWaitpoint(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		outcome := x.suspended(h, waitOn(2, func(keys []string) engine.ResumeCondition {
			return engine.AllOf(engine.Single(keys[0], engine.AnySignal()), engine.Single(keys[1], engine.AnySignal()))
		}))
		x.send(signalTo(h.ExecutionID, outcome.Waitpoints[0], "a"), engine.EffectAppended)
		x.send(signalTo(h.ExecutionID, outcome.Waitpoints[1], "b"), engine.EffectResumed)
		part := keysOf(h.ExecutionID).partition()
		for _, waitpoint := range outcome.Waitpoints {
			x.wantHash(part.waitpoint(waitpoint.ID), map[string]string{"state": "closed", "close_reason": "resumed"})
			x.wantHash(part.waitpointCondition(waitpoint.ID), map[string]string{"closed": "1", "closed_reason": "satisfied"})
		}
		x.refused(signalTo(h.ExecutionID, outcome.Waitpoints[0], "a"), engine.CodeTargetNotSignalable)
		if x.exists(keysOf(h.ExecutionID).satisfiedSet()) {
			t.Error("the satisfied set is still there")
		}
	})
}

func TestQ053ResumeAndTimeoutCreateNoRecords(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h, _ := x.asleep(waitFor("go"))
		k, part := keysOf(h.ExecutionID), keysOf(h.ExecutionID).partition()
		stray := engine.NewWaitpointID()
		reply, err := x.raw("ff_resume_execution", []string{
			k.core(), k.suspensionCurrent(), part.waitpoint(stray), part.waitpointSignals(stray), part.suspensionTimeout(),
			part.lane("default", engine.IndexEligible), part.lane("default", engine.IndexDelayed), part.lane("default", engine.IndexSuspended),
		}, string(h.ExecutionID), "operator", "0")
		x.wantReply(reply, err, "OK", "waiting")

		args := waitFor("go")
		args.TimeoutAt = time.Now().Add(-time.Second)
		x.suspended(x.resume(h.ExecutionID), args)
		x.must(x.rdb.HSet(x.ctx, k.core(), "current_waitpoint_id", string(stray)).Err())
		x.must(x.ExpireSuspension(x.ctx, h.ExecutionID))
		x.wantPhase(h.ExecutionID, engine.PhaseTerminal)
		if x.exists(part.waitpoint(stray)) || x.exists(part.waitpointCondition(stray)) {
			t.Error("a record came to life for a waitpoint that never was")
		}
	})
}

func TestQ054AGroupWithinAGroupHoldsFromBelow(t *testing.T) {
	count := func(key string) engine.ResumeCondition {
		return engine.Count(1, engine.DistinctSignals, engine.AnySignal(), key)
	}
	single := func(key string) engine.ResumeCondition { return engine.Single(key, engine.AnySignal()) }
	for name, condition := range map[string]func(keys []string) engine.ResumeCondition{
		"a count": func(k []string) engine.ResumeCondition { return engine.AllOf(engine.AllOf(count(k[0]))) },
		"a group": func(k []string) engine.ResumeCondition { return engine.AllOf(engine.AllOf(engine.AllOf(single(k[0])))) },
		"a count deep down": func(k []string) engine.ResumeCondition {
			return engine.AllOf(engine.AllOf(engine.AllOf(count(k[0]), single(k[0]))))
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachServer(t, func(t *testing.T, b *Backend) {
				x := newBench(t, b)
				h, waitpoint := x.asleep(waitOn(1, condition))
				x.send(signalTo(h.ExecutionID, waitpoint, "x"), engine.EffectResumed)
			})
		})
	}
}

func TestQ055CountsOfOneKindAreCountedApart(t *testing.T) {
	for _, kind := range []engine.CountKind{engine.DistinctSignals, engine.DistinctSources, engine.DistinctWaitpoints} {
		t.Run(string(kind), func(t *testing.T) {
			eachServer(t, func(t *testing.T, b *Backend) {
				x := newBench(t, b)
				h, waitpoint := x.asleep(waitOn(1, func(keys []string) engine.ResumeCondition {
					return engine.AllOf(
						engine.Count(1, kind, engine.ByName("approve"), keys[0]),
						engine.Count(1, kind, engine.ByName("deny"), keys[0]))
				}))
				x.send(signalTo(h.ExecutionID, waitpoint, "approve"), engine.EffectAppended)
				x.wantPhase(h.ExecutionID, engine.PhaseSuspended)
				x.send(signalTo(h.ExecutionID, waitpoint, "deny"), engine.EffectResumed)
			})
		})
	}
}

func TestQ055OneCountOfAKindKeepsTheTokensAsGiven(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h, waitpoint := x.asleep(waitOn(1, func(keys []string) engine.ResumeCondition {
			return engine.AllOf(
				engine.Count(2, engine.DistinctSources, engine.AnySignal(), keys[0]),
				engine.Count(1, engine.DistinctSignals, engine.AnySignal(), keys[0]))
		}))
		sent := x.send(signalTo(h.ExecutionID, waitpoint, "x"), engine.EffectAppended)
		tokens, err := x.rdb.SMembers(x.ctx, keysOf(h.ExecutionID).satisfiedSet()).Result()
		x.must(err)
		slices.Sort(tokens)
		want := []string{"node:members[1]", "sig:" + string(sent.ID), "src:person:ann"}
		if !slices.Equal(tokens, want) {
			t.Errorf("tokens %v, want %v", tokens, want)
		}
	})
}

func TestQ056AWaitStartsFromNothing(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		k := keysOf(h.ExecutionID)
		x.must(x.rdb.SAdd(x.ctx, k.satisfiedSet(), "leaf:members[0]").Err())
		x.must(x.rdb.SAdd(x.ctx, k.satisfiedSignals(), "old").Err())
		x.must(x.rdb.HSet(x.ctx, k.memberMap(), "wp:old:members[0]", "members[0]").Err())
		args := bothOf("a", "b")
		waitpoint := x.suspended(h, args).Waitpoints[0]
		if x.hash(k.memberMap(), "wp:old:members[0]") != "" || x.hash(k.memberMap(), "wp:"+waitpoint.Key+":members[0]") != "members[0]" {
			t.Error("the member map is not that of this wait")
		}
		x.send(signalTo(h.ExecutionID, waitpoint, "b"), engine.EffectAppended)
		x.send(signalTo(h.ExecutionID, waitpoint, "a"), engine.EffectResumed)
	})
}

// suspendKeys and suspendArgs are a plain call of ff_suspend_execution with a fresh waitpoint; change replaces arguments.
func suspendCall(h engine.Handle, waitpoint engine.WaitpointID, change map[int]any) ([]string, []any) {
	k, part := keysOf(h.ExecutionID), keysOf(h.ExecutionID).partition()
	keys := []string{
		k.core(), k.attempt(h.AttemptIndex), k.leaseCurrent(), k.leaseHistory(), part.leaseExpiry(), part.workerLeases(h.WorkerInstance),
		k.suspensionCurrent(), part.waitpoint(waitpoint), part.waitpointSignals(waitpoint), part.suspensionTimeout(),
		part.pendingWaitpointExpiry(), part.lane("default", engine.IndexActive), part.lane("default", engine.IndexSuspended),
		k.waitpoints(), part.waitpointCondition(waitpoint), part.attemptTimeout(), part.hmacSecrets(), k.suspendDedup("k"),
	}
	args := []any{
		string(h.ExecutionID), h.AttemptIndex, string(h.AttemptID), string(h.LeaseID), h.LeaseEpoch, string(engine.NewSuspensionID()),
		string(waitpoint), "key", "waiting_for_signal", "worker", "", "{}", "{}", "", "", "fail", "1000", "", "0", "0",
	}
	for position, value := range change {
		args[position-1] = value
	}
	return keys, args
}

func TestQ057Q058BadSuspendArgumentsWriteNothing(t *testing.T) {
	extra := func(h engine.Handle) []string {
		part := keysOf(h.ExecutionID).partition()
		return []string{part.waitpoint("e"), part.waitpointSignals("e"), part.waitpointCondition("e")}
	}
	for _, test := range []struct {
		name   string
		change map[int]any
		want   []string
	}{
		{"Q-057 an unsupported version", map[int]any{12: `{"composite":true,"v":2,"tree":{"kind":"AllOf","members":[]}}`}, []string{"invalid_input", "resume_condition_json: unsupported version"}},
		{"no JSON", map[int]any{12: "{"}, []string{"invalid_input", "resume_condition_json malformed"}},
		{"JSON that is no object", map[int]any{12: "5"}, []string{"invalid_input", "resume_condition_json malformed"}},
		{"null names", map[int]any{12: `{"required_signal_names":null}`}, []string{"invalid_input", "resume_condition_json malformed"}},
		{"a null among the names", map[int]any{12: `{"required_signal_names":["a",null]}`}, []string{"invalid_input", "resume_condition_json malformed"}},
		{"names that are an object", map[int]any{12: `{"required_signal_names":{"a":"b"}}`}, []string{"invalid_input", "resume_condition_json malformed"}},
		{"a timeout that is no number", map[int]any{11: "soon"}, []string{"invalid_input", "timeout_at must be a number, got: soon"}},
		{"a timeout that cannot be a score", map[int]any{11: "nan"}, []string{"invalid_input", "timeout_at must be a number, got: nan"}},
		{"a history limit that is no number", map[int]any{17: "many"}, []string{"invalid_input", "lease_history_maxlen must be a number, got: many"}},
		{"a record that lives a fraction", map[int]any{18: "k", 19: "1.5"}, []string{"invalid_input", "dedup_ttl_ms must be a number, got: 1.5"}},
		{"a binding without a name", map[int]any{20: "1"}, []string{"additional_waitpoint_binding_malformed"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			eachServer(t, func(t *testing.T, b *Backend) {
				x := newBench(t, b)
				h := x.working()
				waitpoint := engine.NewWaitpointID()
				keys, args := suspendCall(h, waitpoint, test.change)
				reply, err := x.raw("ff_suspend_execution", append(keys, extra(h)...), append(args, "e", "")...)
				x.wantReply(reply, err, test.want...)
				x.wantPhase(h.ExecutionID, engine.PhaseActive)
				if x.exists(x.waitpointKey(h.ExecutionID, waitpoint)) || x.exists(keysOf(h.ExecutionID).suspensionCurrent()) {
					t.Error("something was written")
				}
			})
		})
	}
}

func TestQ058APendingWaitpointWithExtrasStaysPending(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		waitpoint := x.pending(h, "k")
		keys, args := suspendCall(h, waitpoint.ID, map[int]any{15: "1", 20: "1"})
		part := keysOf(h.ExecutionID).partition()
		keys = append(keys, part.waitpoint("e"), part.waitpointSignals("e"), part.waitpointCondition("e"))
		reply, err := x.raw("ff_suspend_execution", keys, append(args, "e", "ek")...)
		x.wantReply(reply, err, "use_pending_with_extras_unsupported")
		x.wantHash(part.waitpoint(waitpoint.ID), map[string]string{"state": "pending"})
		if _, err := x.rdb.ZScore(x.ctx, part.pendingWaitpointExpiry(), string(waitpoint.ID)).Result(); err != nil {
			t.Errorf("no longer in the expiry index: %v", err)
		}
	})
}

func TestQ059OperatorOnlyAndTimeoutOnlyTakeNoSignal(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		for name, condition := range map[string]engine.ResumeCondition{
			"__operator_only__": engine.OperatorOnly(), "__timeout_only__": engine.TimeoutOnly(),
		} {
			x := newBench(t, b)
			args := waitFor("")
			args.Condition, args.TimeoutAt = condition, time.Now().Add(time.Hour)
			h, waitpoint := x.asleep(args)
			x.send(signalTo(h.ExecutionID, waitpoint, name), engine.EffectNone)
			x.wantPhase(h.ExecutionID, engine.PhaseSuspended)
		}
	})
}

func TestQ060EarlySignalsCountForACompositeCondition(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		waitpoint := x.pending(h, "k")
		x.send(signalTo(h.ExecutionID, waitpoint, "go"), engine.EffectBuffered)
		outcome := x.suspended(h, onPending(waitpoint, engine.AllOf(engine.Single("k", engine.ByName("go")))))
		if !outcome.AlreadySatisfied {
			t.Fatal("the early signal was lost")
		}
		x.wantPhase(h.ExecutionID, engine.PhaseActive)
		x.wantHash(x.waitpointKey(h.ExecutionID, waitpoint.ID), map[string]string{"state": "closed", "close_reason": "resumed"})
	})
}

func TestQ064AReusedWaitpointIdKeepsNothingOfItsEarlierLife(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		waitpoint := x.pending(h, "k")
		x.send(signalTo(h.ExecutionID, waitpoint, "go"), engine.EffectBuffered)
		part := keysOf(h.ExecutionID).partition()
		_, err := x.raw("ff_close_waitpoint",
			[]string{part.noop(), part.waitpoint(waitpoint.ID), part.pendingWaitpointExpiry()}, string(waitpoint.ID))
		x.must(err)
		_, err = x.raw("ff_create_pending_waitpoint",
			[]string{keysOf(h.ExecutionID).core(), part.waitpoint(waitpoint.ID), part.pendingWaitpointExpiry(), part.hmacSecrets()},
			string(h.ExecutionID), "0", string(waitpoint.ID), "k", millisText(time.Now().Add(time.Hour)))
		x.must(err)
		if outcome := x.suspended(h, onPending(waitpoint, engine.Single("k", engine.ByName("go")))); outcome.AlreadySatisfied {
			t.Fatal("a signal of the earlier life satisfied the wait")
		}
		x.resumed(h.ExecutionID)

		args := waitFor("go")
		args.Waitpoints[0].ID = waitpoint.ID
		x.suspended(x.resume(h.ExecutionID), args)
		if closed := x.hash(part.waitpoint(waitpoint.ID), "closed_at"); closed != "" || x.exists(part.waitpointSignals(waitpoint.ID)) {
			t.Error("fields or signals of the earlier life are left")
		}
	})
}

func TestQ064AnotherExecutionsOpenWaitpointIsNotOverwritten(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		owner, waitpoint := x.asleep(waitFor("go"))
		args := waitFor("go")
		args.Waitpoints[0].ID = waitpoint.ID
		h := x.working()
		if _, err := x.Suspend(x.ctx, h, args); !errors.Is(err, engine.CodeWaitpointAlreadyExists) {
			t.Fatalf("error %v", err)
		}
		x.wantPhase(h.ExecutionID, engine.PhaseActive)
		x.send(signalTo(owner.ExecutionID, waitpoint, "go"), engine.EffectResumed)
	})
}

func TestQ068ATimeoutlessOrFutureSuspensionDoesNotHideOthers(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		index := keysOf(x.submit()).partition().suspensionTimeout()
		for _, timeout := range []time.Time{{}, time.Now().Add(time.Hour)} {
			args := waitFor("go")
			args.TimeoutAt = timeout
			h, _ := x.asleep(args)
			x.must(x.rdb.ZAdd(x.ctx, index, zAt(time.Now().Add(-time.Hour), h.ExecutionID)).Err())
			c := x.recordCalls()
			x.must(x.ExpireSuspension(x.ctx, h.ExecutionID))
			if !slices.Equal(c.take(), []string{"ff_expire_suspension"}) {
				t.Error("the function was not asked")
			}
			if got := x.scored(index, h.ExecutionID); got != millis(timeout) {
				t.Errorf("scored %q, want %q", got, millis(timeout))
			}
			x.wantPhase(h.ExecutionID, engine.PhaseSuspended)
		}
	})
}

// KEEP: the first reply comes back byte for byte, whoever asks.
func TestQ079AKnownIdempotencyKeyReplaysTheFirstReply(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		args := waitOn(2, func(keys []string) engine.ResumeCondition {
			return engine.AllOf(engine.Single(keys[0], engine.AnySignal()), engine.Single(keys[1], engine.AnySignal()))
		})
		args.IdempotencyKey = "k"
		first := x.suspended(h, args)
		x.resumed(h.ExecutionID)
		stranger := h
		stranger.LeaseID, stranger.LeaseEpoch = engine.NewLeaseID(), 99
		again := x.suspended(stranger, args)
		if again.SuspensionID != first.SuspensionID || !slices.Equal(again.Waitpoints, first.Waitpoints) {
			t.Errorf("got %v, first %v", again, first)
		}
		ttl, err := x.rdb.PTTL(x.ctx, keysOf(h.ExecutionID).suspendDedup("k")).Result()
		if err != nil || ttl <= 0 || ttl > suspendDedupMost {
			t.Errorf("the record lives %v, %v", ttl, err)
		}
	})
}

func TestSuspendTakesTheShapesOfOlderCallers(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		keys, args := suspendCall(h, engine.NewWaitpointID(), nil)
		reply, err := x.raw("ff_suspend_execution", keys[:17], args[:17]...)
		x.wantReply(reply, err, "OK")
		if got := text(reply[len(reply)-1]); got != "0" {
			t.Errorf("%s additional waitpoints", got)
		}
		x.resumed(h.ExecutionID)

		h = x.resume(h.ExecutionID)
		waitpoint := x.pending(h, "k")
		keys, args = suspendCall(h, waitpoint.ID, map[int]any{15: "1"})
		reply, err = x.raw("ff_suspend_execution", keys[:16], args[:16]...)
		x.wantReply(reply, err, "OK", text(args[5]), string(waitpoint.ID), "k", waitpoint.Token.Reveal(), "0")
	})
}

func TestSuspendManySignalNames(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		names := strings.Repeat(`"n",`, 5000) + `"last"`
		keys, args := suspendCall(h, engine.NewWaitpointID(), map[int]any{12: `{"required_signal_names":[` + names + `],"signal_match_mode":"any"}`})
		reply, err := x.raw("ff_suspend_execution", keys, args...)
		x.wantReply(reply, err, "OK")
		waitpoint := engine.IssuedWaitpoint{ID: engine.WaitpointID(text(args[6])), Token: engine.WaitpointToken(text(reply[5]))}
		x.send(signalTo(h.ExecutionID, waitpoint, "last"), engine.EffectResumed)
	})
}

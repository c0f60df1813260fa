package enginetest

import "testing"

// behaviours are the 46 of spec 04a §21, "behaviours that must hold", each with the tests that show it: those of this suite as
// "area/name", run by every backend, and those of packages as "folder.TestName".
var behaviours = [][]string{
	1: {"claim/a claim gives a fresh handle", "claim/an empty lane gives nothing", "claim/what an offer does not cover stays where it is"},
	2: {"resume/a resume grant is good for one claim", "resume/a resumed claim keeps the attempt and raises the epoch"},
	3: {"resume/a resumed claim keeps the attempt and raises the epoch", "resume/what was never interrupted cannot be claimed as resumed"},
	4: {"valkey.TestBehaviour04AReclaimGrantExpiresAsItsRecordSays", "lifecycle/a reclaim grant for an unknown execution is not found"},
	5: {"lifecycle/a due lease is marked and can be reclaimed", "lifecycle/a reclaim without a grant finds none",
		"lifecycle/the policy's reclaim cap wins and ends the execution", "valkey.TestBehaviour05TheReclaimCapInForceIsReported"},
	6: {"claim/an operator takes an execution in one call", "claim/an operator cannot take what is taken, nor what is not",
		"valkey.TestBehaviour06AnOverrideLeavesALeaseAndNoGrant"},
	7: {"valkey.TestTheSchedulerGrantsTheMostUrgentAndThenNothing", "valkey.TestBehaviour43WhatTheBackendSaysOfItself"},

	8: {"suspension/a fresh suspend gives ids, key, token and a suspended handle"},
	9: {"suspension/a repeat with its idempotency key gives the first outcome"},
	10: {"suspension/a suspended handle is refused", "suspension/bad arguments are refused whatever the handle",
		"valkey.TestBehaviour10BadSuspensionsAreRefusedBeforeAnythingIsSent", "engine.TestValidateSuspend"},
	11: {"suspension/a tree of depth four is taken, of depth five refused"},
	12: {"signals/all of two names resumes on the second, a repeat counts for nothing", "signals/all of three waitpoints resumes on the third"},
	13: {"signals/distinct waitpoints resume at their number", "signals/distinct signals count each signal",
		"signals/distinct sources count each source once", "signals/a count's matcher refuses other names"},
	14: {"valkey.TestBehaviour14ACompositeSuspensionLeavesNothingBehind", "valkey.TestQ052ExpiringASuspendedExecutionClosesItsWaits"},
	15: {"observed signals/the observed signals are those that satisfied, payload included",
		"observed signals/two matched signals are observed, whatever satisfied them",
		"observed signals/signals of all names are observed in the order of the names",
		"observed signals/nothing is observed after an operator's resume"},
	16: {"suspension/suspending by ids works like suspending by handle", "suspension/a stale fence does not suspend"},

	17: {"signals/a repeated idempotency key is a duplicate, also after the resume",
		"signals/an empty, a tampered and another waitpoint's token are refused"},
	18: {"signals/approved and rejected both end a wait for anything", "signals/an approval needs no token and names its operator",
		"signals/an approval for the wrong lane or waitpoint is refused"},
	19: {"waitpoints/the token of an open waitpoint is given to its execution alone"},
	20: {"waitpoints/pending waitpoints are listed with a fingerprint and no token"},

	21: {"executions/an unknown execution is described as nothing", "executions/creating makes an execution that waits",
		"executions/creating with a later time makes one that is delayed", "executions/a claimed execution shows its attempt and lease",
		"valkey.TestQ215MalformedRecordsBecomeMarkedRows"},
	22: {"lifecycle/the context of an unknown execution is not found", "executions/indexes of attempts of an unknown execution are 0",
		"executions/the next attempt's index is not the current one's"},
	23: {"flows/an unknown flow is nothing", "flows/a flow is created once", "flow operations/a cancelled flow takes no members and no edges",
		"valkey.TestQ214ATaggedFlowIsReadWithAllItsTags", "valkey.TestQ215OneBadRecordHidesNoOther"},
	24: {"edges/an edge reads back as it was staged", "valkey.TestBehaviour24AnEdgeIsMarkedWhereItDoesNotDecode"},
	25: {"edges/edges are listed on both of their sides", "flows/an unknown flow is nothing",
		"valkey.TestQ215AdjacencyThatNothingBearsOutIsMarked"},
	26: {"flows/a member is added once"},
	27: {"lifecycle/completing stores the result and ends the execution", "valkey.TestQ025BytesAreStoredAsTheyAre",
		"engine/httpapi.TestAnswersHaveTheShapesOfTheSpec", "engine/httpapi.TestWhatIsNotThere"},
	28: {"executions/tags are set, overwritten and read one by one", "executions/tag names outside the rule are refused",
		"flows/flow tags are set, read and overwritten", "valkey.TestBehaviour28TheTagFunctionsCountAndCheck",
		"valkey.TestBehaviour28TheFirstFlowTagMovesTheOldOnesOnce"},

	29: {"executions/ids are listed in pages in the order of their text", "executions/a page of no ids asks nothing",
		"executions/an empty partition has an empty page", "engine/httpapi.TestAnswersHaveTheShapesOfTheSpec"},
	30: {"flows/flows are listed page by page", "flows/a listed flow says that it is cancelled", "executions/an empty partition has an empty page"},
	31: {"lanes/registered lanes are listed by page", "valkey.TestBehaviour31FiveLanesAreListedOnThreePages"},
	32: {"suspended listings/the suspended listing orders by timeout, gives reasons, pages",
		"suspended listings/the waits of two lanes of one partition are listed in one order"},

	33: {"flow operations/a wait for a cancel ends with the last member", "flow operations/a wait for a cancel ends when patience does"},
	34: {"flow operations/a cancelled flow owes each member a cancel", "flow operations/only cancel_all owes members anything",
		"valkey.TestBehaviour34AGraceThatIsNoneIsRefused"},
	35: {"edges/the rest of a decided group is cancelled", "valkey.TestBehaviour35AStaleSiblingGroupIsTakenOffTheList"},

	36: {"budgets/usage is counted up to the hard limit and not beyond", "budgets/one report counts once under its dedup id"},
	37: {"budgets/spend of an execution is given back as a whole", "budgets/a hard breach leaves no ledger",
		"valkey.TestBehaviour37SpendIsInALedgerOfItsExecution"},

	38: {"streams/frames come back as they were appended", "streams/summary frames merge into one document",
		"valkey.TestBehaviour38RepliesOfFramesAndSummaries"},
	39: {"valkey.TestBestEffortFramesExpireUntilADurableOneComes", "streams/a tail without best effort frames reads on past them",
		"valkey.TestBehaviour39TheLengthOfALiveStreamFollowsItsRate"},
	40: {"streams/a waiting tail holds up nobody", "valkey.TestBehaviour40BothProtocolsAreRead"},

	41: {"signing keys/rotation makes the new key sign and keeps the old one verifying"},
	42: {"valkey.TestAProgramThatOnlyAttachesLoadsNothing", "valkey.TestWhatStandsInTheWayOfAConnectionIsToldInASentence"},
	43: {"valkey.TestBehaviour43WhatTheBackendSaysOfItself", "valkey.TestOperationsAreSpansOfATrace"},
	44: {"observed signals/delivered signals are told to subscribers of their partition",
		"subscriptions/a signal feed goes on from a place that it gave out", "subscriptions/two subscribers with filters each hear of their own",
		"subscriptions/what happens to a watched lease is told as it happens", "valkey.TestCompletionsReachEverySubscriber",
		"subscriptions/completions come to a subscriber that left and came back"},
	45: {"engine.TestAFilterAdmitsByNamespaceAndTag", "subscriptions/completions are told of one namespace to one who asks that"},
	46: {"valkey.TestTheServersAccountOfItself", "valkey.TestWhatStandsInTheWayOfAConnectionIsToldInASentence"},
}

func TestEveryBehaviourHasATest(t *testing.T) {
	others := written(t)
	for n, tests := range behaviours[1:] {
		if len(tests) == 0 {
			t.Errorf("behaviour %d has none", n+1)
		}
		for _, test := range tests {
			if !there(test, others) {
				t.Errorf("behaviour %d: there is no %q", n+1, test)
			}
		}
	}
	if len(behaviours) != 47 {
		t.Errorf("%d behaviours", len(behaviours)-1)
	}
}

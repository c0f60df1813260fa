package enginetest

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The rows of spec 07 that bear on the engine. A row's test has its id in its name (TestQ014…) or is a row of the tables of what is
// kept; for the others shownBy says where to look.

// fixed are the rows FIX-LIB: what our function library mends.
const fixed = `Q-006 Q-009 Q-014 Q-015 Q-018 Q-019 Q-022 Q-023 Q-024 Q-031 Q-034 Q-035 Q-041 Q-042 Q-044 Q-048 Q-049 Q-050 Q-051 Q-052 Q-053
Q-054 Q-055 Q-056 Q-057 Q-058 Q-059 Q-060 Q-061 Q-063 Q-064 Q-065 Q-066 Q-067 Q-068 Q-069 Q-070 Q-075 Q-087 Q-088 Q-089 Q-090 Q-091 Q-092
Q-093 Q-094 Q-095 Q-097 Q-098 Q-099 Q-120 Q-125 Q-131 Q-133 Q-134 Q-136 Q-138 Q-139 Q-140 Q-147 Q-149`

// alike are the rows KEEP: what is as FlowFabric has it.
const alike = `Q-001 Q-003 Q-005 Q-008 Q-010 Q-011 Q-012 Q-013 Q-016 Q-020 Q-026 Q-027 Q-029 Q-030 Q-033 Q-036 Q-037 Q-038 Q-039 Q-043 Q-046 Q-047
Q-071 Q-074 Q-076 Q-077 Q-078 Q-079 Q-080 Q-085 Q-086 Q-102 Q-103 Q-104 Q-106 Q-115 Q-116 Q-117 Q-130 Q-132 Q-135 Q-137 Q-141 Q-142 Q-143 Q-146
Q-148 Q-151 Q-152 Q-154 Q-155 Q-156 Q-162 Q-163 Q-164 Q-169 Q-171 Q-178 Q-187 Q-194 Q-213 Q-214`

// mended are the rows FIX-CLIENT of the engine: what our side does better with either library. Those of the board and of the server
// are with those.
const mended = `Q-002 Q-007 Q-014 Q-017 Q-018 Q-021 Q-023 Q-025 Q-028 Q-031 Q-032 Q-033 Q-039 Q-040 Q-045 Q-048 Q-050 Q-054 Q-055 Q-056 Q-062 Q-065 Q-066 Q-067
Q-068 Q-069 Q-070 Q-072 Q-073 Q-074 Q-081 Q-082 Q-083 Q-084 Q-087 Q-093 Q-094 Q-095 Q-096 Q-097 Q-098 Q-099 Q-100 Q-101 Q-105 Q-107 Q-108
Q-109 Q-110 Q-111 Q-112 Q-113 Q-114 Q-115 Q-118 Q-119 Q-121 Q-122 Q-123 Q-124 Q-125 Q-126 Q-127 Q-128 Q-129 Q-134 Q-137
Q-140 Q-144 Q-145 Q-150 Q-153 Q-157 Q-158 Q-159 Q-160
Q-161 Q-162 Q-164 Q-165 Q-166 Q-167 Q-168 Q-169 Q-170 Q-172 Q-173 Q-174 Q-175 Q-176 Q-177 Q-179 Q-180 Q-181 Q-182 Q-183 Q-184 Q-186 Q-187
Q-188 Q-189 Q-190 Q-191 Q-192 Q-193 Q-194 Q-195 Q-196 Q-197 Q-198 Q-199 Q-200 Q-203 Q-204 Q-205 Q-206 Q-207 Q-210 Q-212 Q-214 Q-215 Q-216 Q-217 Q-218 Q-219 Q-220
Q-221 Q-222 Q-223 Q-224`

var shownBy = map[string][]string{
	"Q-003": {"engine.TestPartitionsOfLanes"},
	"Q-037": {"valkey.TestBehaviour05TheReclaimCapInForceIsReported"},
	"Q-046": {"valkey.TestBehaviour06AnOverrideLeavesALeaseAndNoGrant"},
	"Q-081": {"waitpoints/the token of an open waitpoint is given to its execution alone", "engine.TestATokenNeverShowsItself"},
	"Q-082": {"signals/an approval needs no token and names its operator"},
	"Q-084": {"engine.TestValidateSuspend"},
	"Q-111": {"flow operations/a wait for a cancel ends with the last member"},
	"Q-112": {"flow operations/cancelling the members settles the flow"},
	"Q-124": {"engine.TestOneLiveWorkerMustCoverAllThatIsRequired"},
	"Q-126": {"claim/one claim finds the only execution of any partition"},
	"Q-127": {"claim/an interrupted attempt is taken up again"},
	"Q-128": {"engine/worker.TestNoMoreIsClaimedThanHandlersMayRun"},
	"Q-145": {"budgets/too many dimensions and too large amounts are refused"},
	"Q-150": {"engine/worker.TestAWorkerIsOnTheRegistryWhileItRuns"},
	"Q-153": {"streams/the policy says how many frames are kept"},
	"Q-157": {"streams/a tail without best effort frames reads on past them"},
	"Q-158": {"streams/a tail ends when the attempt ends, though nothing was ever written"},
	"Q-160": {"streams/bad limits and cursors are refused", "streams/a tail from the end gets only what is new"},
	"Q-171": {"subscriptions/changes of tags are offered by nobody"},
	"Q-174": {"engine.TestEveryWireCodeHasOneClassAndOneAdvice", "engine.TestAnUnknownCodeKeepsItsTextAndStops"},
	"Q-176": {"engine.TestEveryWireCodeHasOneClassAndOneAdvice"},
	"Q-186": {"valkey.TestAProgramThatOnlyAttachesLoadsNothing", "valkey.TestBehaviour43WhatTheBackendSaysOfItself"},
	"Q-190": {"engine/scanner.TestAllThatIsDueIsHandledInOnePass"},
	"Q-192": {"unblocking/work without a namespace is released like any other"},
	"Q-200": {"engine/scanner.TestAnIdleEngineAsksLittle"},
	"Q-213": {"engine.TestPartitionsOfLanes"},
	"Q-224": {"waitpoints/the token of an open waitpoint is given to its execution alone", "lifecycle/the context of an unknown execution is not found"},
}

var rowInName = regexp.MustCompile(`Q(\d{3})`)

func TestEveryRowHasATest(t *testing.T) {
	others := written(t)
	named := map[string]bool{}
	for test := range others {
		if row, is := strings.CutPrefix(test, "kept "); is {
			named[row] = true
			continue
		}
		for _, id := range rowInName.FindAllStringSubmatch(test, -1) {
			named["Q-"+id[1]] = true
		}
	}
	for row, tests := range shownBy {
		for _, test := range tests {
			if !there(test, others) {
				t.Errorf("%s: there is no %q", row, test)
			}
		}
	}
	rows := slices.Concat(strings.Fields(fixed), strings.Fields(alike), strings.Fields(mended))
	for _, row := range rows {
		if !named[row] && len(shownBy[row]) == 0 {
			t.Errorf("%s has no test", row)
		}
	}
	for _, row := range strings.Fields(fixed) {
		if !named[row] {
			t.Errorf("%s is mended by the library: its test bears its id", row)
		}
	}
	if n := len(strings.Fields(fixed)); n != 61 {
		t.Errorf("%d rows FIX-LIB", n)
	}
}

package valkey

import (
	"context"
	"testing"

	"github.com/redis/go-redis/v9"

	"ffboard/engine/enginetest"
)

// testsToAFailover is how many tests of the suite run from one failover to the next.
const testsToAFailover = 100

// TestConformanceOnAClusterWhoseServersChangePlaces runs the whole suite while, every so often, a replica takes its master's place under
// a test at work. An agreed failover loses nothing, so no test may notice.
func TestConformanceOnAClusterWhoseServersChangePlaces(t *testing.T) {
	t.Parallel()
	c := ownCluster(t, 3, 1)
	pairs := c.pairs(t)
	tests, failovers := 0, 0
	over := func() bool { return true }
	enginetest.Run(t, func(test *testing.T) enginetest.Subject {
		// A server hears of the change from the others, a moment later: a new client may be told of the old masters.
		enginetest.Eventually(test, "every master can be emptied", func() bool {
			return connect(test, c.target()).eachPrimary(test.Context(), func(ctx context.Context, primary *redis.Client) error {
				return primary.FlushAll(ctx).Err()
			}) == nil
		})
		b := newDeployment(test, c.target())
		test.Cleanup(func() {
			enginetest.Eventually(test, "the servers have changed places", over)
			sound(test, c.whole(test))
		})
		if tests++; tests%testsToAFailover == 0 {
			over = failOver(t, pairs[failovers%len(pairs)])
			failovers++
		}
		return b
	})
	if failovers == 0 {
		t.Error("no servers changed places: this shows nothing")
	}
}

package valkey

import (
	"testing"

	"ffboard/engine/enginetest"
	"ffboard/valkey/embedded"
)

// Each of these has a server of its own, so that they can run at the same time: they wait more than they work.

func TestConformanceOnTheInProcessServer(t *testing.T) {
	t.Parallel()
	conform(t, ownServer(t, embedded.Options{InProcess: true}))
}

func TestConformanceOnARealServer(t *testing.T) {
	needServer(t)
	t.Parallel()
	conform(t, ownServer(t, embedded.Options{}))
}

func TestConformanceOnACluster(t *testing.T) {
	t.Parallel()
	conform(t, ownCluster(t, 3, 0).target())
}

func conform(t *testing.T, target Target) {
	t.Helper()
	enginetest.Run(t, func(t *testing.T) enginetest.Subject {
		b := newDeployment(t, target)
		t.Cleanup(func() { sound(t, b) })
		return b
	})
}

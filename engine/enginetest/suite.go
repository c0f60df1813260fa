// Package enginetest is the conformance suite of engine.Backend: what every backend must do, whatever stands behind it (spec 04a
// §21). A backend's own tests call Run with a way to make an empty deployment.
package enginetest

import (
	"context"
	"testing"
	"time"

	"ffboard/engine"
)

// Subject is what is tested: a backend and its board on an empty, initialised deployment.
type Subject interface {
	engine.Backend
	engine.Board
}

// Lanes are registered in the deployment that Maker returns, in this order.
var Lanes = []engine.LaneID{"default", "gpu"}

// Maker returns an empty deployment with the function library loaded, Lanes registered and a signing secret installed.
type Maker func(t *testing.T) Subject

// suites holds each area's tests by name; the files of this package add to it.
var suites = map[string]map[string]func(t *testing.T, s Subject){}

// Run runs the whole suite, each test on a deployment of its own.
func Run(t *testing.T, make Maker) {
	for area, tests := range suites {
		t.Run(area, func(t *testing.T) {
			for name, test := range tests {
				t.Run(name, func(t *testing.T) { test(t, make(t)) })
			}
		})
	}
}

// Context is a test's context with a bound that no healthy test reaches.
func Context(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// Eventually waits for a condition instead of sleeping for a guess.
func Eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("never happened: %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

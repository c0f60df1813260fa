// Package audittest holds a deployment against its invariants at the end of a test, whatever the test did to it.
package audittest

import (
	"context"
	"testing"
	"time"

	"ffboard/engine/audit"
	"ffboard/valkey"
)

// patience is more than an audit of any test's deployment takes.
const patience = 2 * time.Minute

// Clean fails the test for each broken invariant of a deployment that this program's library has made. Calls that are still under way do
// not matter: what seems wrong is looked at again. What FlowFabric is known to leave fails it as well, since our library does not.
func Clean(t testing.TB, b *valkey.Backend) {
	t.Helper()
	for _, f := range Findings(t, b) {
		t.Errorf("audit: %s %s: %s %q %q", f.Code, f.Quirk, f.Text, f.Keys, f.Member)
	}
}

// Findings is all that an audit finds.
func Findings(t testing.TB, b *valkey.Backend) []audit.Finding {
	t.Helper()
	// The test's own context may be over by now.
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var found []audit.Finding
	_, err := b.Audit(ctx, valkey.AuditQuery{Settle: 50 * time.Millisecond, Report: func(f audit.Finding) error {
		found = append(found, f)
		return nil
	}})
	if err != nil {
		t.Fatalf("audit: %v", err)
	}
	return found
}

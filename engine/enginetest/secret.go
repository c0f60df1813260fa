package enginetest

import (
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

func init() {
	suites["signing keys"] = map[string]func(*testing.T, Subject){
		"rotation makes the new key sign and keeps the old one verifying": rotateSecrets,
		"seeding installs once and never overwrites":                      seedSecret,
	}
}

func rotateSecrets(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, waitFor("go"))
	old := outcome.Waitpoints[0].Token.Kid()
	secret := strings.Repeat("ab", 32)
	results, err := s.RotateSecrets(Context(t), "k-new", secret, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for i, result := range results {
		if int(result.Partition.Index) != i || result.Err != nil || result.Noop || result.PreviousKid != old {
			t.Fatalf("partition %d: %+v", i, result)
		}
		kids, err := s.ListSecretKids(Context(t), result.Partition)
		if err != nil || len(kids) != 2 || kids[0] != (engine.SecretKid{Kid: "k-new", Current: true}) ||
			kids[1].Kid != old || time.Until(kids[1].ExpiresAt) > time.Hour || kids[1].Current {
			t.Fatalf("partition %d: kids %+v, %v", i, kids, err)
		}
	}
	if len(results) != int(s.Partitions().Flow) {
		t.Fatalf("%d results", len(results))
	}
	again, err := s.RotateSecrets(Context(t), "k-new", secret, time.Hour)
	if err != nil || !again[0].Noop {
		t.Fatalf("repeat: %+v, %v", again[0], err)
	}
	for kid, want := range map[string]error{"k-new": engine.CodeRotationConflict, "a:b": engine.CodeInvalidKid} {
		refused, err := s.RotateSecrets(Context(t), kid, strings.Repeat("cd", 32), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		wantError(t, refused[0].Err, want)
		if strings.Contains(refused[0].Err.Error(), "cdcd") {
			t.Fatal("the error tells the secret")
		}
	}
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "go"), engine.EffectResumed)
	if got := suspend(t, s, claim(t, s, "default"), waitFor("go")).Waitpoints[0].Token.Kid(); got != "k-new" {
		t.Fatalf("a token signed by %s", got)
	}
}

func seedSecret(t *testing.T, s Subject) {
	kids, err := s.ListSecretKids(Context(t), engine.Partition{Family: engine.FamilyFlow})
	if err != nil || len(kids) != 1 {
		t.Fatalf("kids %+v, %v", kids, err)
	}
	secret := strings.Repeat("ab", 32)
	seeded, err := s.SeedSecret(Context(t), kids[0].Kid, secret)
	if err != nil || seeded.Installed != 0 || seeded.Differ != int(s.Partitions().Flow) {
		t.Fatalf("%+v, %v", seeded, err)
	}
	for _, bad := range [][2]string{{"another", secret}, {"", secret}, {"a:b", secret}, {"k", "ab"}, {"k", strings.Repeat("zz", 32)}} {
		_, err := s.SeedSecret(Context(t), bad[0], bad[1])
		wantError(t, err, engine.CodeInvalidInput)
	}
}

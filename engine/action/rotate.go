package action

import (
	"context"
	"strconv"
	"strings"
	"time"

	"ffboard/engine"
)

// Where a secret comes from.
const (
	SecretGenerated = "generate"
	SecretFromFile  = "file"
	SecretTyped     = "type"
)

const defaultGrace = "24h"

func secretFrom(where string) func(Args) bool {
	return func(a Args) bool { return a.Get("secret") == where }
}

var rotateSecret = &Action{
	Name: NameRotate, Key: "w", Does: "sign waitpoint tokens with a new secret, on every partition", Kind: Deployment,
	Arguments: []Argument{
		{Name: "kid", Does: "the new key's name, without a colon", Needed: true, Suggest: func([]*State) string { return "k" + time.Now().UTC().Format("20060102t150405") }},
		{Name: "secret", Default: SecretGenerated, Choices: []Choice{
			{SecretGenerated, "32 random bytes, made here and shown to nobody"},
			{SecretFromFile, "hex digits in a file"},
			{SecretTyped, "hex digits, typed or pasted without echo"},
		}},
		{Name: "file", Does: "path of the file", When: secretFrom(SecretFromFile)},
		{Name: "hex", Does: "not shown", Secret: true, When: secretFrom(SecretTyped)},
		{Name: "grace", Does: "how long tokens of the secret before stay good", Default: defaultGrace},
	},
	Effect: func(possible []*State, a Args) []string {
		lines := []string{"makes the new key sign on all " + plural(partitionsOf(possible), "partition", "partitions")}
		grace, err := graceOf(a)
		switch {
		case err != nil:
		case grace < time.Hour:
			lines = append(lines, "tokens handed out so far die after "+span(grace)+": whoever holds one can no longer signal")
		default:
			lines = append(lines, "tokens handed out so far stay good for "+span(grace)+", and are refused after that")
		}
		return lines
	},
	Confirm: func(_ []*State, a Args) string { return a.Get("kid") },
	Validate: func(a Args) error {
		if a.Get("kid") == "" || strings.Contains(a.Get("kid"), ":") {
			return Refusal("the key's name is not empty and has no colon")
		}
		if a.Get("secret") == SecretFromFile && a.Get("file") == "" {
			return Refusal("the path of the file is missing")
		}
		if a.Get("secret") == SecretTyped && !a.Secret.Set() {
			return Refusal("the secret is an even number of hex digits, best 64 of them")
		}
		_, err := graceOf(a)
		return err
	},
	Run: runRotate,
}

// WithSecret is the arguments with their secret made or read, for a run and its repeats alike: a repeat with another secret under the
// same kid is a conflict.
func (a Args) WithSecret() (Args, error) {
	if a.Secret.Set() {
		return a, nil
	}
	var err error
	switch a.Get("secret") {
	case SecretFromFile:
		a.Secret, err = ReadSecret(a.Get("file"))
	case SecretGenerated:
		a.Secret, err = NewSecret()
	}
	return a, err
}

func graceOf(a Args) (time.Duration, error) {
	grace, err := time.ParseDuration(a.Get("grace"))
	if err != nil || grace < 0 {
		return 0, Refusal("the grace is a duration such as 24h or 30m")
	}
	return grace, nil
}

func partitionsOf(possible []*State) int {
	n := 0
	for _, s := range possible {
		for _, k := range s.Kids {
			n += k.Partitions
		}
	}
	return n
}

func runRotate(ctx context.Context, b Backend, _ *State, a Args) (Outcome, error) {
	grace, err := graceOf(a)
	if err != nil {
		return Outcome{}, err
	}
	if !a.Secret.Set() {
		return Outcome{}, Refusal("there is no secret to rotate to")
	}
	results, err := b.RotateSecrets(ctx, a.Get("kid"), a.Secret.reveal(), grace)
	if err != nil {
		return Outcome{}, err
	}
	return rotated(results), nil
}

// rotated tells of each partition, those that failed first.
func rotated(results []engine.RotationResult) Outcome {
	var failed, rest []Part
	done := 0
	for _, r := range results {
		part := Part{Name: r.Partition.Tag(), Err: r.Err}
		switch {
		case r.Err != nil:
			failed = append(failed, part)
			continue
		case r.Noop:
			part.Words = "signs with it already"
		case r.PreviousKid == "":
			part.Words = "rotated, there was none before"
		default:
			part.Words = "rotated from " + r.PreviousKid
		}
		done++
		rest = append(rest, part)
	}
	out := Outcome{Words: "rotated on " + strconv.Itoa(done) + " of " + plural(len(results), "partition", "partitions"), Parts: append(failed, rest...)}
	if len(failed) > 0 {
		out.Open = true
		out.Words += ", " + strconv.Itoa(len(failed)) + " failed"
		out.Next = "Repeat it until none fails: those that are done stay as they are. A secret made here is gone when this closes."
	}
	return out
}

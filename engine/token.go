package engine

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"
)

// WaitpointToken is the bearer token of one waitpoint, `<kid>:<40 hex>` (spec 01 §1.4). It is a secret: every way of printing,
// logging or marshalling it is redacted, and only Reveal gives the text.
type WaitpointToken string

const (
	malformedToken    = "<REDACTED:malformed>"
	fingerprintLength = 16
)

// Reveal is the raw token, for the wire alone.
func (t WaitpointToken) Reveal() string { return string(t) }

// Kid is the id of the key that signed the token; "" when the token is malformed.
func (t WaitpointToken) Kid() string {
	kid, _, _ := t.split()
	return kid
}

// Fingerprint is the first 16 characters of the digest, enough to tell tokens apart and too little to use one; "" when the token
// is malformed.
func (t WaitpointToken) Fingerprint() string {
	_, digest, _ := t.split()
	runes := []rune(digest)
	return string(runes[:min(fingerprintLength, len(runes))])
}

// String is the redacted form.
func (t WaitpointToken) String() string {
	kid, digest, ok := t.split()
	if !ok {
		return malformedToken
	}
	return kid + ":<REDACTED:len=" + strconv.Itoa(len(digest)) + ">"
}

// Format redacts under every verb: a wrong one would otherwise print the raw value.
func (t WaitpointToken) Format(f fmt.State, _ rune) { fmt.Fprint(f, t.String()) }

// LogValue is the redacted form.
func (t WaitpointToken) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalText is the redacted form, so that a record that holds a token can be logged as JSON. It does not round-trip on purpose.
func (t WaitpointToken) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

func (t WaitpointToken) split() (kid, digest string, ok bool) {
	kid, digest, _ = strings.Cut(string(t), ":")
	if kid == "" || digest == "" {
		return "", "", false
	}
	return kid, digest, true
}

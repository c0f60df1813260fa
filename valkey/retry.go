package valkey

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"time"

	"ffboard/engine"
)

// retryPolicyFor is the retry policy that a failure is sent with, "" for none: member retry_policy of the stored execution policy,
// with what the library ignores worked in. A list of categories that names neither the failure's category nor its class
// leaves no retry; a backoff with jitter becomes a fixed one, drawn from the upper half of what it would have been after so many
// retries. A policy that does not decode is sent as it is: the library judges it.
func retryPolicyFor(executionPolicy []byte, f engine.Failure, retries int) string {
	var stored struct {
		Retry json.RawMessage `json:"retry_policy"`
	}
	if json.Unmarshal(executionPolicy, &stored) != nil || len(stored.Retry) == 0 {
		return ""
	}
	var policy engine.RetryPolicy
	if json.Unmarshal(stored.Retry, &policy) != nil {
		return compactJSON(stored.Retry)
	}
	if len(policy.Categories) > 0 && !slices.Contains(policy.Categories, f.Category) &&
		!slices.Contains(policy.Categories, string(f.Class)) {
		return ""
	}
	if !policy.Backoff.Jitter {
		return compactJSON(stored.Retry)
	}
	return withFixedDelay(stored.Retry, jittered(policy.Backoff.Delay(retries)))
}

// jittered draws from [d/2, d].
func jittered(d time.Duration) time.Duration {
	half := d / 2
	return half + rand.N(d-half+1)
}

// withFixedDelay replaces the backoff of a retry policy; max_retries keeps what it had, also nothing, which is not the same for the
// library as for a decoder with defaults.
func withFixedDelay(retry json.RawMessage, delay time.Duration) string {
	members := map[string]json.RawMessage{}
	if json.Unmarshal(retry, &members) != nil {
		return compactJSON(retry)
	}
	backoff, err := json.Marshal(engine.Backoff{Kind: engine.BackoffFixed, Fixed: delay})
	if err != nil {
		return compactJSON(retry)
	}
	members["backoff"] = backoff
	text, err := json.Marshal(members)
	if err != nil {
		return compactJSON(retry)
	}
	return string(text)
}

func compactJSON(raw json.RawMessage) string {
	var out bytes.Buffer
	if json.Compact(&out, raw) != nil {
		return string(raw)
	}
	return out.String()
}

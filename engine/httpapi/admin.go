package httpapi

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"ffboard/engine"
)

const (
	healthTimeout   = 3 * time.Second
	rotationTimeout = 120 * time.Second
)

type healthBody struct {
	Status string `json:"status"`
}

// health is GET /healthz (spec 06 §6.1). Anybody may ask, so a failure says no more than that there is one; the log has the rest.
func (a *API) health(c *call) (answer, error) {
	ctx, cancel := context.WithTimeout(c.Context(), healthTimeout)
	defer cancel()
	if err := a.Backend.Ping(ctx); err != nil {
		f := typed(http.StatusInternalServerError, "Valkey does not answer", "", true)
		f.cause = err
		return answer{}, f
	}
	return ok(healthBody{"ok"})
}

type rotateBody struct {
	NewKid       must[string] `json:"new_kid"`
	NewSecretHex must[string] `json:"new_secret_hex"`
}

type rotated struct {
	Rotated int      `json:"rotated"`
	Failed  []uint16 `json:"failed"`
	NewKid  string   `json:"new_kid"`
}

// rotateSecret is POST /v1/admin/rotate-waitpoint-secret (spec 06 §6.29): one at a time in a process. Repeating it is safe.
func (a *API) rotateSecret(c *call) (answer, error) {
	body, err := decodeBody[rotateBody](c)
	if err != nil {
		return answer{}, err
	}
	kid, secret := body.NewKid.v, body.NewSecretHex.v
	if kid == "" || strings.Contains(kid, ":") {
		return answer{}, badRequest("new_kid must be non-empty and must not contain ':'")
	}
	if _, err := hex.DecodeString(secret); err != nil || secret == "" {
		return answer{}, badRequest("new_secret_hex must be a non-empty even-length hex string")
	}
	select {
	case a.rotating <- struct{}{}:
		defer func() { <-a.rotating }()
	default:
		return answer{}, tooMany("admin_rotate", 1, "")
	}
	ctx, cancel := context.WithTimeout(c.Context(), rotationTimeout)
	defer cancel()
	results, err := a.Backend.RotateSecrets(ctx, kid, secret, a.RotationGrace)
	if err != nil {
		return answer{}, err
	}
	reply := a.audited(kid, results)
	switch {
	case reply.Rotated == len(results):
		return ok(reply)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return answer{}, failed(http.StatusGatewayTimeout,
			"rotation exceeded 120s server-side timeout; repeat the same call: partitions that have rotated stay as they are")
	case reply.Rotated == 0:
		return answer{}, badRequest("rotation failed on all partitions (check Valkey connectivity)")
	default:
		return ok(reply)
	}
}

// audited counts the partitions and leaves a trace of what was done to whom, without the secret.
func (a *API) audited(kid string, results []engine.RotationResult) rotated {
	audit := a.Logger.With("target", "audit")
	reply := rotated{Failed: []uint16{}, NewKid: kid}
	for _, r := range results {
		if r.Err != nil {
			reply.Failed = append(reply.Failed, r.Partition.Index)
			audit.Error("waitpoint_hmac_rotation_failed", "partition", r.Partition.Index, "new_kid", kid, "error", r.Err)
			continue
		}
		reply.Rotated++
	}
	audit.Info("waitpoint_hmac_rotation_complete", "new_kid", kid, "rotated", reply.Rotated, "failed", len(reply.Failed))
	return reply
}

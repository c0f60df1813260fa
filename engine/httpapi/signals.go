package httpapi

import (
	"time"

	"ffboard/engine"
)

// mostWaitpoints is how many open waitpoints one answer lists. FlowFabric looks at 100 and counts closed ones.
const mostWaitpoints = 1000

type waitpointBody struct {
	WaitpointID         engine.WaitpointID `json:"waitpoint_id"`
	WaitpointKey        string             `json:"waitpoint_key"`
	State               string             `json:"state"`
	RequiredSignalNames []string           `json:"required_signal_names"`
	CreatedAt           int64              `json:"created_at"`
	ActivatedAt         *int64             `json:"activated_at,omitempty"`
	ExpiresAt           *int64             `json:"expires_at,omitempty"`
	ExecutionID         engine.ExecutionID `json:"execution_id"`
	TokenKid            string             `json:"token_kid"`
	TokenFingerprint    string             `json:"token_fingerprint"`
}

// listWaitpoints is GET /v1/executions/{id}/pending-waitpoints (spec 06 §6.7).
func (a *API) listWaitpoints(c *call) (answer, error) {
	id, err := c.execution()
	if err != nil {
		return answer{}, err
	}
	page, err := a.Backend.ListPendingWaitpoints(c.Context(), id, "", mostWaitpoints)
	if err != nil {
		return answer{}, err
	}
	list := []waitpointBody{}
	for _, w := range page.Items {
		list = append(list, waitpointBody{
			WaitpointID:         w.ID,
			WaitpointKey:        w.Key,
			State:               w.State,
			RequiredSignalNames: requiredNames(w.Matchers),
			CreatedAt:           millisOf(w.CreatedAt),
			ActivatedAt:         optionalMillis(w.ActivatedAt),
			ExpiresAt:           optionalMillis(w.ExpiresAt),
			ExecutionID:         id,
			TokenKid:            w.TokenKid,
			TokenFingerprint:    w.TokenFingerprint,
		})
	}
	return ok(list)
}

// requiredNames are the signals that a simple condition names; none for one that any signal satisfies.
func requiredNames(matchers []engine.WaitpointMatcher) []string {
	names := []string{}
	for _, m := range matchers {
		if m.Name != "" {
			names = append(names, m.Name)
		}
	}
	return names
}

func millisOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func optionalMillis(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	ms := t.UnixMilli()
	return &ms
}

type tokenBody struct {
	Token string `json:"token"`
}

// readToken is GET /v1/executions/{id}/waitpoints/{waitpoint_id}/token (spec 06 §6.8). The answer is a live credential.
func (a *API) readToken(c *call) (answer, error) {
	id, err := c.execution()
	if err != nil {
		return answer{}, err
	}
	waitpoint, err := engine.ParseWaitpointID(c.PathValue("waitpoint_id"))
	if err != nil {
		return answer{}, badID(err)
	}
	token, err := a.Backend.ReadWaitpointToken(c.Context(), id, waitpoint)
	if err != nil {
		return answer{}, err
	}
	if token == "" {
		f := notFound("waitpoint token not found (consumed, expired, or unknown id)")
		f.noStore = true
		return answer{}, f
	}
	reply, _ := ok(tokenBody{token.Reveal()})
	reply.noStore = true
	return reply, nil
}

type signalBody struct {
	ExecutionID    must[engine.ExecutionID]    `json:"execution_id"`
	WaitpointID    must[engine.WaitpointID]    `json:"waitpoint_id"`
	SignalID       must[engine.SignalID]       `json:"signal_id"`
	SignalName     must[string]                `json:"signal_name"`
	SignalCategory must[string]                `json:"signal_category"`
	SourceType     must[string]                `json:"source_type"`
	SourceIdentity must[string]                `json:"source_identity"`
	TargetScope    must[string]                `json:"target_scope"`
	WaitpointToken must[engine.WaitpointToken] `json:"waitpoint_token"`
	Now            must[int64]                 `json:"now"`

	Payload                octets `json:"payload"`
	PayloadEncoding        string `json:"payload_encoding"`
	CorrelationID          string `json:"correlation_id"`
	IdempotencyKey         string `json:"idempotency_key"`
	CreatedAt              *int64 `json:"created_at"`
	DedupTTLMS             uint64 `json:"dedup_ttl_ms"`
	ResumeDelayMS          uint64 `json:"resume_delay_ms"`
	MaxSignalsPerExecution uint32 `json:"max_signals_per_execution"`
	SignalMaxLen           uint32 `json:"signal_maxlen"`
}

type signalAccepted struct {
	SignalID engine.SignalID `json:"signal_id"`
	Effect   string          `json:"effect"`
}

type signalDuplicate struct {
	ExistingSignalID engine.SignalID `json:"existing_signal_id"`
}

// deliverSignal is POST /v1/executions/{id}/signal (spec 06 §6.11). A waitpoint that is not active yet keeps the signal.
func (a *API) deliverSignal(c *call) (answer, error) {
	id, err := c.execution()
	if err != nil {
		return answer{}, err
	}
	body, err := decodeBody[signalBody](c)
	if err != nil {
		return answer{}, err
	}
	if err := sameID("execution_id", id, body.ExecutionID.v); err != nil {
		return answer{}, err
	}
	outcome, err := a.Backend.DeliverSignal(c.Context(), engine.Signal{
		Execution:      id,
		Waitpoint:      body.WaitpointID.v,
		ID:             body.SignalID.v,
		Name:           body.SignalName.v,
		Category:       body.SignalCategory.v,
		SourceType:     body.SourceType.v,
		SourceIdentity: body.SourceIdentity.v,
		Payload:        body.Payload,
		Encoding:       body.PayloadEncoding,
		CorrelationID:  body.CorrelationID,
		IdempotencyKey: body.IdempotencyKey,
		TargetScope:    body.TargetScope.v,
		CreatedAt:      millis(body.CreatedAt),
		DedupTTL:       duration(body.DedupTTLMS),
		ResumeDelay:    duration(body.ResumeDelayMS),
		MaxSignals:     int(body.MaxSignalsPerExecution),
		MaxLen:         int(body.SignalMaxLen),
		Token:          body.WaitpointToken.v,
	})
	if err != nil {
		return answer{}, err
	}
	if outcome.Duplicate {
		return ok(variant("Duplicate", signalDuplicate{outcome.ID}))
	}
	return ok(variant("Accepted", signalAccepted{outcome.ID, outcome.Effect}))
}

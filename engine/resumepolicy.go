package engine

import (
	"encoding/json"
	"fmt"
	"time"
)

// Reasons of a suspension (spec 03b §3.8). The library takes any text; these are the ones that clients send.
const (
	ReasonWaitingForSignal         = "waiting_for_signal"
	ReasonWaitingForApproval       = "waiting_for_approval"
	ReasonWaitingForCallback       = "waiting_for_callback"
	ReasonWaitingForToolResult     = "waiting_for_tool_result"
	ReasonWaitingForOperatorReview = "waiting_for_operator_review"
	ReasonPausedByPolicy           = "paused_by_policy"
	ReasonPausedByBudget           = "paused_by_budget"
	ReasonStepBoundary             = "step_boundary"
	ReasonManualPause              = "manual_pause"
)

// Requesters of a suspension.
const (
	RequestedByWorker        = "worker"
	RequestedByOperator      = "operator"
	RequestedByPolicy        = "policy"
	RequestedByTimeoutPolicy = "system_timeout_policy"
)

// What happens to a suspension whose time runs out (spec 03b §3.9). Any other text is treated as TimeoutFail.
const (
	TimeoutFail       = "fail"
	TimeoutCancel     = "cancel"
	TimeoutExpire     = "expire"
	TimeoutAutoResume = "auto_resume_with_timeout_signal"
	TimeoutEscalate   = "escalate"
)

// ResumePolicy is stored with a suspension and interpreted by nobody (spec 03b §3.10). The zero value is written as
// DefaultResumePolicy.
type ResumePolicy struct {
	Target         string // "" means runnable
	CloseWaitpoint bool
	ConsumeSignals bool
	RetainBuffer   bool
	ResumeDelay    time.Duration // 0 is left out
}

// DefaultResumePolicy is what clients send when nobody says otherwise.
var DefaultResumePolicy = ResumePolicy{Target: resumeTarget, CloseWaitpoint: true, ConsumeSignals: true}

const resumeTarget = "runnable"

type resumePolicyWire struct {
	CloseWaitpointOnResume        bool    `json:"close_waitpoint_on_resume"`
	ConsumeMatchedSignals         bool    `json:"consume_matched_signals"`
	ResumeDelayMS                 *uint64 `json:"resume_delay_ms,omitempty"`
	ResumeTarget                  string  `json:"resume_target"`
	RetainSignalBufferUntilClosed bool    `json:"retain_signal_buffer_until_closed"`
}

// MarshalJSON writes the wire's form.
func (p ResumePolicy) MarshalJSON() ([]byte, error) {
	if p == (ResumePolicy{}) {
		p = DefaultResumePolicy
	}
	w := resumePolicyWire{p.CloseWaitpoint, p.ConsumeSignals, optionalMilliseconds(p.ResumeDelay), p.Target, p.RetainBuffer}
	if w.ResumeTarget == "" {
		w.ResumeTarget = resumeTarget
	}
	return json.Marshal(w)
}

// UnmarshalJSON gives missing members the values of DefaultResumePolicy.
func (p *ResumePolicy) UnmarshalJSON(data []byte) error {
	w := resumePolicyWire{CloseWaitpointOnResume: true, ConsumeMatchedSignals: true, ResumeTarget: resumeTarget}
	if err := json.Unmarshal(data, &w); err != nil {
		return fmt.Errorf("resume policy: %w", err)
	}
	*p = ResumePolicy{
		w.ResumeTarget, w.CloseWaitpointOnResume, w.ConsumeMatchedSignals, w.RetainSignalBufferUntilClosed,
		fromOptionalMilliseconds(w.ResumeDelayMS),
	}
	return nil
}

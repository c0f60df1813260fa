package valkey

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// The two window dimensions of a policy: FlowFabric's scheduler admits under the first, everything else of it looks at the second
//
const (
	admissionWindow = "default"
	policyWindow    = "requests_per_window"
)

// windowOfNone is the window of a policy that has none.
const windowOfNone = time.Minute

// CreateQuotaPolicy defines a quota policy (spec 03d §7.1). created is false when it was there: what is stored stays. The jitter is
// not stored, no function writes it.
func (b *Backend) CreateQuotaPolicy(ctx context.Context, policy engine.QuotaPolicy) (created bool, err error) {
	const op = "create_quota_policy"
	k, err := b.checkedQuota(op, policy.ID)
	if err != nil {
		return false, err
	}
	if policy.Window < 0 || policy.Window%time.Second != 0 {
		return false, engine.Invalid(op, "window must be whole seconds, got: "+policy.Window.String())
	}
	r, err := b.call(ctx, op, "ff_create_quota_policy",
		[]string{
			k.definition(),
			k.window(policyWindow),
			k.concurrency(),
			k.admittedSet(),
			k.partition().quotaPolicies(),
		},
		string(policy.ID),
		int64(policy.Window/time.Second),
		policy.MaxPerWindow,
		policy.MaxConcurrent,
		millis(orNow(policy.CreatedAt)),
	)
	return err == nil && r.status == "OK", err
}

func (b *Backend) checkedQuota(op string, policy engine.QuotaPolicyID) (quotaKeys, error) {
	if _, err := engine.ParseQuotaPolicyID(string(policy)); err != nil {
		return quotaKeys{}, engine.Invalid(op, err.Error())
	}
	return b.quotaKeys(policy), nil
}

var quotaFields = []string{
	"max_requests_per_window", "requests_per_window_seconds", "active_concurrency_cap", "jitter_ms", "created_at",
}

// ReadQuotaPolicyLimits reads a policy and what of it is used; nil when there is none (spec 04a §15.8). InWindow is the fuller of
// the two windows. A limit that is no number is ClassCorruption: nothing may be granted on it.
func (b *Backend) ReadQuotaPolicyLimits(ctx context.Context, policy engine.QuotaPolicyID) (*engine.QuotaPolicy, error) {
	const op = "read_quota_policy_limits"
	k, err := b.checkedQuota(op, policy)
	if err != nil {
		return nil, err
	}
	var definition *redis.SliceCmd
	var counter *redis.StringCmd
	var clock *redis.TimeCmd
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		definition = p.HMGet(ctx, k.definition(), quotaFields...)
		counter = p.Get(ctx, k.concurrency())
		clock = p.Time(ctx)
	})
	if err != nil {
		return nil, err
	}
	read, err := decodeQuotaPolicy(op, k, readHash(definition, quotaFields), counter.Val())
	if read == nil || err != nil {
		return nil, err
	}
	var windows [2]*redis.IntCmd
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		since := "(" + strconv.FormatInt(clock.Val().Add(-windowOr(read.Window)).UnixMilli(), 10)
		for i, dimension := range []string{admissionWindow, policyWindow} {
			windows[i] = p.ZCount(ctx, k.window(dimension), since, "+inf")
		}
	})
	if err != nil {
		return nil, err
	}
	read.InWindow = uint64(max(windows[0].Val(), windows[1].Val()))
	return read, nil
}

func windowOr(window time.Duration) time.Duration {
	if window == 0 {
		return windowOfNone
	}
	return window
}

// decodeQuotaPolicy is nil for a policy without a definition.
func decodeQuotaPolicy(op string, k quotaKeys, def *record, counter string) (*engine.QuotaPolicy, error) {
	if def.empty() && len(def.bad) == 0 {
		return nil, nil
	}
	var numbers [4]uint64
	for i, field := range quotaFields[:len(numbers)] {
		if def.text(field) == "" {
			continue
		}
		n, err := strconv.ParseUint(def.text(field), 10, 64)
		if err != nil {
			def.malformed(field, "not a number")
		}
		numbers[i] = n
	}
	created := def.time("created_at")
	if len(def.bad) > 0 {
		bad := engine.Corrupt(k.definition(), def.bad[0].Field, def.bad[0].Problem)
		bad.Op = op
		return nil, bad
	}
	active, err := strconv.ParseInt(counter, 10, 64)
	if err != nil && counter != "" {
		bad := engine.Corrupt(k.concurrency(), "", "not a number")
		bad.Op = op
		return nil, bad
	}
	return &engine.QuotaPolicy{
		ID:            k.id,
		Window:        time.Duration(min(numbers[1], uint64(1<<63-1)/uint64(time.Second))) * time.Second,
		MaxPerWindow:  numbers[0],
		MaxConcurrent: numbers[2],
		Jitter:        time.Duration(min(numbers[3], uint64(1<<63-1)/uint64(time.Millisecond))) * time.Millisecond,
		CreatedAt:     created,
		Active:        uint64(max(active, 0)),
	}, nil
}

// CheckAdmission admits an execution under a policy and counts it, or says why not (spec 03d §7.2).
func (b *Backend) CheckAdmission(ctx context.Context, req engine.Admission) (engine.AdmissionResult, error) {
	const op, function = "check_admission", "ff_check_admission_and_record"
	k, err := b.checkedQuota(op, req.Policy.ID)
	if err != nil {
		return engine.AdmissionResult{}, err
	}
	if err := checkExecutionID(op, req.Execution); err != nil {
		return engine.AdmissionResult{}, err
	}
	dimension := req.Dimension
	if dimension == "" {
		dimension = admissionWindow
	}
	elements, err := b.elements(ctx, op, function,
		[]string{
			k.window(dimension),
			k.concurrency(),
			k.definition(),
			k.admitted(req.Execution),
			k.admittedSet(),
		},
		millis(orNow(req.Now)),
		int64(windowOr(req.Policy.Window)/time.Second),
		req.Policy.MaxPerWindow,
		req.Policy.MaxConcurrent,
		string(req.Execution),
		millisOf(req.Policy.Jitter),
	)
	if err != nil {
		return engine.AdmissionResult{}, err
	}
	return decodeAdmission(op, function, elements)
}

// decodeAdmission reads the one reply that has no leading integer; a reject has the usual envelope.
func decodeAdmission(op, function string, elements []any) (engine.AdmissionResult, error) {
	if len(elements) == 0 {
		return engine.AdmissionResult{}, engine.Transport(op, errors.New(function+": empty reply"))
	}
	if _, isInt := elements[0].(int64); isInt {
		r, err := parseReply(op, function, elements)
		if err == nil {
			err = badField(op, "status", r.status)
		}
		return engine.AdmissionResult{}, err
	}
	result := engine.AdmissionResult{Status: engine.AdmissionStatus(text(elements[0]))}
	switch result.Status {
	case engine.Admitted, engine.AlreadyAdmitted, engine.ConcurrencyExceeded:
		return result, nil
	case engine.RateExceeded:
	default:
		return engine.AdmissionResult{}, badField(op, "status", string(result.Status))
	}
	wait := ""
	if len(elements) > 1 {
		wait = text(elements[1])
	}
	ms, err := parseWhole(wait)
	if err != nil {
		return engine.AdmissionResult{}, badField(op, "retry_after_ms", wait)
	}
	result.RetryAfter = time.Duration(ms) * time.Millisecond
	return result, nil
}

// ReleaseAdmission gives back an admission that was not used (spec 03d §7.3). The place in the window stays taken.
func (b *Backend) ReleaseAdmission(ctx context.Context, policy engine.QuotaPolicyID, execution engine.ExecutionID) error {
	const op = "release_admission"
	k, err := b.checkedQuota(op, policy)
	if err != nil {
		return err
	}
	_, err = b.call(ctx, op, "ff_release_admission",
		[]string{
			k.admitted(execution),
			k.admittedSet(),
			k.concurrency(),
		},
		string(execution),
	)
	return err
}

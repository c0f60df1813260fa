package action

import (
	"context"
	"slices"
	"strings"
	"time"

	"ffboard/engine"
)

var revokeLease = &Action{
	Name: "revoke-lease", Key: "l", Does: "take the lease from its worker; somebody has to reclaim it then", Kind: Execution, Bulk: true,
	Arguments: []Argument{{Name: "reason", Does: "kept with the lease", Default: "operator_revoke"}},
	Check: func(s *State) string {
		switch {
		case s.Row.Phase != engine.PhaseActive:
			return "no lease: it is " + stands(s)
		case s.Row.Ownership == engine.OwnerRevoked:
			return "no lease: it was revoked already"
		case s.Row.Ownership == engine.OwnerExpired:
			return "no lease: it ran out already"
		case s.Row.Ownership != engine.OwnerLeased:
			return "no lease"
		default:
			return ""
		}
	},
	Effect: func(possible []*State, _ Args) []string {
		return []string{
			"takes " + plural(len(possible), "lease", "leases") + " away; every further call of the holder is refused",
			"nothing runs again by itself where no worker looks for revoked leases: grant a takeover, or cancel",
		}
	},
	Run: runRevoke,
}

// runRevoke takes the lease that was looked at; where that is not known, the one of this moment.
func runRevoke(ctx context.Context, b Backend, s *State, a Args) (Outcome, error) {
	lease := engine.LeaseID("")
	switch {
	case s.Detail != nil && s.Detail.Lease != nil:
		lease = s.Detail.Lease.ID
	case s.Detail == nil:
		held, err := b.ReadCoreFields(ctx, s.Execution, "current_lease_id")
		if err != nil {
			return Outcome{}, err
		}
		lease = engine.LeaseID(held["current_lease_id"])
	}
	revoked, err := b.RevokeLease(ctx, s.Execution, lease, a.Get("reason"))
	if err != nil {
		return Outcome{}, err
	}
	if !revoked {
		return Outcome{Words: "nobody held it", Idle: true}, nil
	}
	return Outcome{Words: "lease revoked, was held by " + string(s.Row.WorkerInstance), Next: "Grant a takeover to a live worker, or cancel it."}, nil
}

// longestGrant is the longest time a grant may live (spec 06 §6.15).
const longestGrant = time.Minute

var grantReclaim = &Action{
	Name: "reclaim", Key: "g", Does: "grant a live worker to take over a lost lease", Kind: Execution, Bulk: true,
	Arguments: []Argument{
		{Name: "worker", Does: "the instance that may take it over", Needed: true, Offer: offerWorkers},
		{Name: "ttl", Does: "how long the grant is good, at most 60s", Default: "30s"},
	},
	Check: func(s *State) string {
		switch {
		case s.Row.Phase != engine.PhaseActive:
			return "no lost lease: it is " + stands(s)
		case s.Row.Ownership == engine.OwnerLeased:
			return "its lease is held: revoke it first"
		case s.Row.Ownership != engine.OwnerExpired && s.Row.Ownership != engine.OwnerRevoked:
			return "no lost lease"
		default:
			return ""
		}
	},
	Effect: func(possible []*State, _ Args) []string {
		return []string{
			"grants " + plural(len(possible), "takeover", "takeovers") + "; the worker must use it before it runs out, and begins a new attempt",
			"until then nobody else can be granted it",
		}
	},
	Validate: func(a Args) error {
		_, err := grantTTL(a)
		return err
	},
	Run: runGrant,
}

func grantTTL(a Args) (time.Duration, error) {
	ttl, err := time.ParseDuration(a.Get("ttl"))
	if err != nil || ttl < time.Millisecond || ttl > longestGrant {
		return 0, Refusal("the grant lives from 1ms to 60s, such as 30s")
	}
	return ttl, nil
}

func runGrant(ctx context.Context, b Backend, s *State, a Args) (Outcome, error) {
	ttl, err := grantTTL(a)
	if err != nil {
		return Outcome{}, err
	}
	w, err := liveWorker(ctx, b, s.Row.Namespace, engine.WorkerInstanceID(a.Get("worker")))
	if err != nil {
		return Outcome{}, err
	}
	grant, why, err := b.IssueReclaimGrant(ctx, engine.IssueGrant{
		Execution: s.Execution, Lane: s.Row.Lane, Worker: w.ID, WorkerInstance: w.Instance, Capabilities: w.Capabilities, TTL: ttl,
	})
	if err != nil {
		return Outcome{}, err
	}
	if grant == nil {
		return Outcome{}, Refusal("not granted: " + why)
	}
	return Outcome{
		Words: "granted to " + string(w.Instance) + " for " + span(ttl),
		Next:  "Watch whether it takes it: the row is held again then. A grant that is not used runs out.",
	}, nil
}

func liveWorker(ctx context.Context, b Backend, ns engine.Namespace, instance engine.WorkerInstanceID) (engine.Worker, error) {
	page, err := b.ListWorkers(ctx, ns, "", mostWorkers)
	if err != nil {
		return engine.Worker{}, err
	}
	i := slices.IndexFunc(page.Items, func(w engine.Worker) bool { return w.Instance == instance })
	switch {
	case i < 0:
		return engine.Worker{}, Refusal("no such worker is registered in the execution's namespace")
	case !page.Items[i].Alive:
		return engine.Worker{}, Refusal("that worker is not alive: its registration has lapsed")
	default:
		return page.Items[i], nil
	}
}

// offerWorkers lists the live workers of the namespace, those first that work the lane and have what the first execution requires.
func offerWorkers(ctx context.Context, b Backend, s []*State) ([]Choice, error) {
	if len(s) == 0 {
		return nil, nil
	}
	page, err := b.ListWorkers(ctx, s[0].Row.Namespace, "", mostWorkers)
	if err != nil {
		return nil, err
	}
	var fit, rest []Choice
	for _, w := range page.Items {
		if !w.Alive {
			continue
		}
		missing := missingFor(&w, s)
		c := Choice{string(w.Instance), string(w.ID) + ", lanes " + laneNames(w.Lanes)}
		if missing == "" {
			fit = append(fit, c)
			continue
		}
		c.Does = string(w.ID) + ": " + missing
		rest = append(rest, c)
	}
	return append(fit, rest...), nil
}

// missingFor is what keeps a worker from taking over the executions.
func missingFor(w *engine.Worker, s []*State) string {
	for _, one := range s {
		if !slices.Contains(w.Lanes, one.Row.Lane) {
			return "does not work the lane " + string(one.Row.Lane)
		}
		if one.Detail == nil {
			continue
		}
		if missing := engine.MissingCapabilities(one.Detail.RequiredCapabilities, w.Capabilities); len(missing) > 0 {
			return "lacks " + strings.Join(missing, ", ")
		}
	}
	return ""
}

func laneNames(lanes []engine.LaneID) string {
	names := make([]string, len(lanes))
	for i, l := range lanes {
		names[i] = string(l)
	}
	return strings.Join(names, ", ")
}

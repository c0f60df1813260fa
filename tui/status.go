package tui

import (
	"context"
	"errors"
	"time"

	"ffboard/engine"
	"ffboard/views"
)

const (
	statusEvery     = 2 * time.Second
	depthsHurry     = 200 * time.Millisecond // until every partition was counted; what is on the screen comes first
	deploymentEvery = 5 * time.Second
)

// Clock is a server that tells its time: it gives the round trip and the skew between its clock and ours.
type Clock interface {
	ServerTime(ctx context.Context) (time.Time, error)
}

// status is what the header knows of the deployment. Its feed runs as long as the program does.
type status struct {
	feed  feed
	clock Clock // nil: no round trip, no skew
	heard *overheard

	deployment   *engine.Deployment
	deploymentAt time.Time
	hinderedAt   time.Time // since when a server was seen to take no writes; zero while all do
	depths       *engine.Depths
	roundTrip    time.Duration // 0: not measured
}

// reading is one answer; what could not be read is nil.
type reading struct {
	deployment *engine.Deployment
	depths     *engine.Depths
	roundTrip  time.Duration
	skew       time.Duration
}

// need is three round trips at most, and two as long as nothing has gone wrong.
func (s *status) need() views.Need {
	clock, now, heard := s.clock, s.feed.now, s.heard
	again := s.deployment == nil || s.feed.failures > 0 || now().Sub(s.deploymentAt) >= deploymentEvery
	every := statusEvery
	if s.depths != nil && !s.depths.Whole() {
		every = depthsHurry
	}
	return views.Need{Key: "status", Every: every, Fetch: func(ctx context.Context, e views.Engine) (any, error) {
		var r reading
		var errs []error
		if clock != nil {
			sent := now()
			at, err := clock.ServerTime(ctx)
			if err != nil {
				return r, err
			}
			r.roundTrip = max(now().Sub(sent), time.Microsecond)
			r.skew = at.Sub(sent.Add(r.roundTrip / 2))
		}
		if again {
			d, err := e.Deployment(ctx)
			if err == nil {
				r.deployment = &d
			}
			errs = append(errs, err)
		}
		if r.depths = heard.take(); r.depths == nil {
			d, err := e.Depths(ctx)
			if err == nil {
				r.depths = &d
			}
			errs = append(errs, err)
		}
		return r, errors.Join(errs...)
	}}
}

// take keeps what was read, also of an answer that failed halfway.
func (s *status) take(data views.Data, common *views.Common) {
	r, ok := data.Value.(reading)
	if !ok {
		return
	}
	if r.deployment != nil {
		s.deployment, s.deploymentAt = r.deployment, data.At
		switch {
		case r.deployment.Hindered == "":
			s.hinderedAt = time.Time{}
		case s.hinderedAt.IsZero():
			s.hinderedAt = data.At
		}
	}
	if r.depths != nil {
		s.depths = r.depths
	}
	if r.roundTrip > 0 {
		s.roundTrip = r.roundTrip
		common.Skew = r.skew
	}
}

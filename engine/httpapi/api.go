package httpapi

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"ffboard/engine"
	"ffboard/engine/scheduler"
)

// Backend is what the API needs of a backend.
type Backend interface {
	engine.Reader
	engine.Lister
	engine.Operator
	engine.Ingress
	engine.Flows
	engine.Signals
	engine.Streams
	engine.Budgets
	engine.Health
	// Cancel cancels for the holder of a lease.
	Cancel(ctx context.Context, h engine.Handle, reason string) error
	IssueReclaimGrant(ctx context.Context, req engine.IssueGrant) (grant *engine.Grant, notReclaimable string, err error)
}

// Scheduler admits executions and grants them (spec 03d §8).
type Scheduler interface {
	// ClaimForWorker grants one execution to a worker; nil when there is none for it.
	ClaimForWorker(ctx context.Context, req scheduler.Request) (*engine.Grant, error)
}

// Config says how the API is served. Only Backend has no default.
type Config struct {
	Backend   Backend
	Scheduler Scheduler // nil: claims are answered as unavailable

	Token   string   // bearer token that every call needs; "" asks for none
	Origins []string // that may call from a browser; "*" is all of them, none is none

	StreamOps     int           // stream reads and tails at once; 64 by default
	RotationGrace time.Duration // how long tokens of the signing key before stay valid

	Metrics http.Handler  // answers GET /metrics; nil: there is no such route
	Observe func(Request) // is told about every request but those of /metrics; may be nil
	Logger  *slog.Logger  // the default logger by default
}

// Request is one request that was answered.
type Request struct {
	Method string
	Route  string // its template, as /v1/flows/{id}/cancel; "unknown" for what is no route
	Status int
	Took   time.Duration
}

const defaultStreamOps = 64

// API is an http.Handler. Make one with New; Close it when the server that it belongs to has stopped. How long a client may take to
// send its request is for that server's timeouts to say.
type API struct {
	Config
	tokenSum   [sha256.Size]byte
	mux        *http.ServeMux
	cors       cors
	streams    *streamPool
	rotating   chan struct{} // holds one element while a rotation runs
	background *background
}

// New checks the configuration and makes the API. It sends nothing.
func New(cfg Config) (*API, error) {
	if cfg.Backend == nil {
		return nil, errors.New("httpapi: a backend is needed")
	}
	if cfg.StreamOps < 0 {
		return nil, fmt.Errorf("httpapi: %d stream operations at once", cfg.StreamOps)
	}
	if cfg.StreamOps == 0 {
		cfg.StreamOps = defaultStreamOps
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.Observe == nil {
		cfg.Observe = func(Request) {}
	}
	a := &API{
		Config:     cfg,
		tokenSum:   sha256.Sum256([]byte(cfg.Token)),
		mux:        http.NewServeMux(),
		cors:       newCORS(cfg.Origins, cfg.Token != ""),
		streams:    newStreamPool(cfg.StreamOps),
		rotating:   make(chan struct{}, 1),
		background: newBackground(cfg.Logger),
	}
	for _, route := range routes {
		a.mux.Handle(route.method+" "+route.path, &endpoint{api: a, route: route})
	}
	if cfg.Metrics != nil {
		a.mux.Handle("GET /metrics", &uncounted{cfg.Metrics})
	}
	return a, nil
}

// uncounted is a handler that is neither logged nor measured, and needs no token.
type uncounted struct{ http.Handler }

// ServeHTTP answers one request (spec 06 §4).
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if a.cors.handle(w, r) {
		return
	}
	handler, _ := a.mux.Handler(r)
	if plain, ok := handler.(*uncounted); ok {
		plain.ServeHTTP(w, r)
		return
	}
	at, routed := handler.(*endpoint)
	began := time.Now()
	out := &recorder{ResponseWriter: w}
	switch {
	case (!routed || !at.route.open) && !a.authorised(r):
		out.fail(unauthorised)
	case !routed:
		notRouted(out, r, handler)
	default:
		a.mux.ServeHTTP(out, r) // and not at itself: only the mux tells the parts of the path
	}
	route := "unknown"
	if routed {
		route = at.route.path
	}
	done := Request{Method: r.Method, Route: route, Status: out.status, Took: time.Since(began)}
	a.Observe(done)
	a.log(r, done, out)
}

// notRouted answers with an empty body: 405 when the path is a route's, else 404.
func notRouted(out *recorder, r *http.Request, refusal http.Handler) {
	refused := &headerOnly{header: http.Header{}}
	refusal.ServeHTTP(refused, r)
	if refused.status != http.StatusMethodNotAllowed {
		out.WriteHeader(http.StatusNotFound)
		return
	}
	out.Header().Set("Allow", refused.header.Get("Allow"))
	out.WriteHeader(http.StatusMethodNotAllowed)
}

// headerOnly keeps the status and the headers of an answer and drops its body.
type headerOnly struct {
	header http.Header
	status int
}

func (h *headerOnly) Header() http.Header         { return h.header }
func (h *headerOnly) WriteHeader(status int)      { h.status = status }
func (h *headerOnly) Write(b []byte) (int, error) { return len(b), nil }

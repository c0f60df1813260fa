package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"

	"ffboard/engine/httpapi"
	"ffboard/engine/metrics"
	"ffboard/engine/scanner"
	"ffboard/engine/scheduler"
	"ffboard/valkey"
)

const serveHelp = `serve runs a deployment: it initialises an empty Valkey, runs the background engine on it, and answers the HTTP API that
FlowFabric's client library and tools speak, with /healthz and /metrics beside it. It keeps nothing itself: any number of them may
run on one deployment, and workers talk to Valkey directly.

It refuses to start where the deployment was made with other partition counts, where its function library is of another version
(--replace-library replaces an older one), and where its address is taken. Nothing is written before all of that is checked.

SIGTERM or ctrl-c ends it: it takes no more requests, finishes those under way, lets go of its share of the background work, and
exits with 0. A second signal hurries it.

Secrets come from the environment or from a file, never from a flag:

  FF_WAITPOINT_HMAC_SECRET   signs waitpoint tokens: 64 hex digits. It is used where a partition has no key yet; what is stored
                             stands. Where it is not set, partitions without a key get a random one, which is kept in Valkey.
  FF_API_TOKEN               the bearer token that every call of the API needs. Where it is not set, ANYBODY WHO REACHES THE
                             ADDRESS can read results and waitpoint tokens, cancel work and rotate signing keys: listen on
                             127.0.0.1 then.
  FF_PASSWORD, FF_USERNAME   of the Valkey user.

Other variables, each below its flag: FFBOARD_URL, FF_HOST, FF_PORT, FF_TLS, FF_CLUSTER, FF_LISTEN_ADDR, FF_LANES,
FF_FLOW_PARTITIONS, FF_BUDGET_PARTITIONS, FF_QUOTA_PARTITIONS, FF_CORS_ORIGINS, FF_MAX_CONCURRENT_STREAM_OPS,
FF_WAITPOINT_HMAC_GRACE_MS, FF_FORCE_LUA_RELOAD, and FF_<SCANNER>_INTERVAL_S (_MS for lease_expiry and delayed_promoter).`

const serveExample = `  Three processes on a laptop, each in its own terminal:

    valkey-server --save "" --port 6379
    export FF_API_TOKEN=$(openssl rand -hex 16) FF_WAITPOINT_HMAC_SECRET=$(openssl rand -hex 32)
    ffboard serve --url valkey://127.0.0.1:6379 --listen 127.0.0.1:9090 --lanes default,gpu   # the server
    go run ./worker                                                                           # a worker: see the README
    ffboard --url valkey://127.0.0.1:6379                                                     # the board

  curl -H "Authorization: Bearer $FF_API_TOKEN" '127.0.0.1:9090/v1/executions?partition=86'`

func serveCommand() *cobra.Command {
	var flags serveFlags
	cmd := &cobra.Command{
		Use:     "serve",
		Short:   "Run a deployment: background engine, HTTP API and metrics",
		Long:    serveHelp,
		Example: serveExample,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := flags.config(cmd.Flags(), os.LookupEnv)
			if err != nil {
				return err
			}
			log, err := flags.logger(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			return serve(cmd.Context(), cfg, log, func(net.Addr) {})
		},
	}
	flags.register(cmd)
	return cmd
}

// serve runs until ctx ends or the listener fails, and drains then. bound hears where it listens. Nothing is written to the deployment
// and no scanner runs before the address is known to be free.
func serve(ctx context.Context, cfg serveConfig, log *slog.Logger, bound func(net.Addr)) error {
	backend, err := valkey.Await(ctx, cfg.target, cfg.patience, log)
	if err != nil {
		return err
	}
	defer backend.Close()
	listener, err := net.Listen("tcp", cfg.listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: give another address with --listen or FF_LISTEN_ADDR: %w", cfg.listen, err)
	}
	defer listener.Close()
	if err := boot(ctx, backend, cfg, log); err != nil {
		return err
	}

	measured := metrics.New()
	api, err := httpapi.New(httpapi.Config{
		Backend: backend,
		Scheduler: scheduler.New(backend, scheduler.Config{
			OnBudgetHit: measured.BudgetHit, OnQuotaHit: measured.QuotaHit, OnClaim: measured.Claimed, Logger: log,
		}),
		Token:         cfg.token,
		Origins:       cfg.origins,
		StreamOps:     cfg.streamOps,
		RotationGrace: cfg.rotationGrace,
		Metrics:       measured,
		Observe:       func(r httpapi.Request) { measured.Request(r.Method, r.Route, r.Status, r.Took) },
		Logger:        log,
	})
	if err != nil {
		return err
	}
	engine, err := scanner.New(measured.Scanner(backend), scanner.Config{
		Lanes: cfg.boot.Lanes, Intervals: cfg.intervals, Retention: cfg.retention, FlowRetention: cfg.flowRetention,
		Observe: measured.Pass, Logger: log,
	})
	if err != nil {
		return err
	}
	warnIfOpen(cfg, listener.Addr(), log)
	log.Info("serving", "listen", listener.Addr().String(), "valkey", cfg.target.String(), "lanes", cfg.boot.Lanes,
		"flow_partitions", cfg.boot.Partitions.Flow, "budget_partitions", cfg.boot.Partitions.Budget,
		"quota_partitions", cfg.boot.Partitions.Quota, "library", valkey.WireVersion, "version", programVersion())
	bound(listener.Addr())

	background, stopBackground := context.WithCancel(context.WithoutCancel(ctx))
	defer stopBackground()
	s := &server{api: api, metrics: measured, http: httpServer(api, log), log: log, engine: make(chan error, 1), stopEngine: stopBackground}
	go measured.WatchBacklog(background, backend)
	go func() { s.engine <- engine.Run(background) }()
	return s.run(ctx, listener)
}

// boot initialises the deployment or finds that it is initialised as configured.
func boot(ctx context.Context, backend *valkey.Backend, cfg serveConfig, log *slog.Logger) error {
	c := cfg.boot
	c.Log = log
	if c.SecretHex == "" {
		secret, err := randomSecret()
		if err != nil {
			return err
		}
		// That it differs from what is stored is as it should be: nobody asked for this one.
		c.SecretHex, c.Log = secret, nil
		log.Info("FF_WAITPOINT_HMAC_SECRET is not set: partitions without a signing key get a random one, which is kept in Valkey")
	}
	ctx, cancel := context.WithTimeout(ctx, bootTimeout)
	defer cancel()
	return backend.Serve(ctx, c)
}

const bootTimeout = time.Minute

func warnIfOpen(cfg serveConfig, at net.Addr, log *slog.Logger) {
	if cfg.token != "" {
		return
	}
	log.Warn("FF_API_TOKEN is not set: anybody who reaches the address can read results and waitpoint tokens, cancel work and "+
		"rotate signing keys", "listen", at.String())
	if tcp, ok := at.(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
		log.Warn("and the address is not confined to this machine: set FF_API_TOKEN, or --listen 127.0.0.1:9090", "listen", at.String())
	}
}

// errHurried ends a drain at the second signal.
var errHurried = errors.New("stopped at the second signal: requests and background work were broken off")

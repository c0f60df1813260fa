package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ffboard/engine"
	"ffboard/engine/scanner"
	"ffboard/valkey"
	"ffboard/views/plain"
)

const (
	defaultListen        = "0.0.0.0:9090"
	defaultRotationGrace = 24 * time.Hour
	defaultStreamOps     = 64
	defaultPatience      = time.Minute
)

// serveConfig is what serve runs with, checked.
type serveConfig struct {
	target        valkey.Target
	boot          valkey.Boot // with SecretHex "" when nobody chose one
	listen        string
	token         string
	origins       []string
	streamOps     int
	rotationGrace time.Duration
	intervals     map[string]time.Duration // of scanners
	retention     time.Duration            // of executions whose policy does not say
	flowRetention time.Duration
	patience      time.Duration // with a Valkey that is not there yet
}

// serveFlags are the flags of serve, each over an environment variable of FlowFabric's (spec 06 §2).
type serveFlags struct {
	connection
	listen, lanes, origins, secretFile, tokenFile, logFormat, logLevel string

	flow, budget, quota uint16
	streamOps           uint32
	replaceLibrary      bool
	rotationGrace       time.Duration
	retention           time.Duration
	flowRetention       time.Duration
	patience            time.Duration
}

func (s *serveFlags) register(cmd *cobra.Command) {
	s.connection.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&s.listen, "listen", defaultListen, "`address` of the HTTP API (FF_LISTEN_ADDR)")
	f.StringVar(&s.lanes, "lanes", string(engine.DefaultLane), "`names` of lanes, with commas (FF_LANES)")
	f.Uint16Var(&s.flow, "flow-partitions", engine.DefaultPartitionConfig.Flow, "`number`, fixed when the deployment is made (FF_FLOW_PARTITIONS)")
	f.Uint16Var(&s.budget, "budget-partitions", engine.DefaultPartitionConfig.Budget, "`number`, fixed when the deployment is made (FF_BUDGET_PARTITIONS)")
	f.Uint16Var(&s.quota, "quota-partitions", engine.DefaultPartitionConfig.Quota, "`number`, fixed when the deployment is made (FF_QUOTA_PARTITIONS)")
	f.BoolVar(&s.replaceLibrary, "replace-library", false, "replace a function library that is FlowFabric's or older than ours; every client of the deployment gets the new one at once")
	f.StringVar(&s.secretFile, "secret-file", "", "`file` whose first line signs waitpoint tokens (instead of FF_WAITPOINT_HMAC_SECRET)")
	f.StringVar(&s.tokenFile, "token-file", "", "`file` whose first line is the API's bearer token (instead of FF_API_TOKEN)")
	f.StringVar(&s.origins, "cors-origins", "*", "`origins` whose pages a browser lets call, with commas (FF_CORS_ORIGINS)")
	f.Uint32Var(&s.streamOps, "max-stream-ops", defaultStreamOps, "stream reads and tails at once, `number` (FF_MAX_CONCURRENT_STREAM_OPS)")
	f.DurationVar(&s.rotationGrace, "rotation-grace", defaultRotationGrace, "how long tokens of a signing key stay good after it is rotated out (FF_WAITPOINT_HMAC_GRACE_MS)")
	f.DurationVar(&s.retention, "retention", scanner.DefaultRetention, "how long an execution is kept after its end when its policy does not say")
	f.DurationVar(&s.flowRetention, "flow-retention", scanner.DefaultFlowRetention, "how long a flow is kept after the last of its executions is gone; negative for ever")
	f.DurationVar(&s.patience, "wait", defaultPatience, "how long to wait for a Valkey that is not there yet")
	f.StringVar(&s.logFormat, "log-format", "text", "`format` of the log on standard error: text or json")
	f.StringVar(&s.logLevel, "log-level", "info", "`level`: debug, info, warn or error")
}

// config puts flags over environment over defaults.
func (s *serveFlags) config(flags *pflag.FlagSet, lookup lookupEnv) (serveConfig, error) {
	in := settings{flags: flags, lookup: lookup}
	cfg := serveConfig{
		listen: in.text("listen", "FF_LISTEN_ADDR", s.listen),
		boot: valkey.Boot{
			Lanes: lanesOf(in.text("lanes", "FF_LANES", s.lanes)),
			Partitions: engine.PartitionConfig{
				Flow:   uint16(in.number("flow-partitions", "FF_FLOW_PARTITIONS", uint64(s.flow), 16)),
				Budget: uint16(in.number("budget-partitions", "FF_BUDGET_PARTITIONS", uint64(s.budget), 16)),
				Quota:  uint16(in.number("quota-partitions", "FF_QUOTA_PARTITIONS", uint64(s.quota), 16)),
			},
			ReplaceLibrary: s.replaceLibrary || in.forced("FF_FORCE_LUA_RELOAD"),
		},
		streamOps:     int(in.streamOps(uint64(s.streamOps))),
		rotationGrace: in.duration("rotation-grace", "FF_WAITPOINT_HMAC_GRACE_MS", s.rotationGrace),
		intervals:     in.intervals(),
		retention:     s.retention,
		flowRetention: s.flowRetention,
		patience:      s.patience,
	}
	cfg.origins = in.origins(s.origins)
	cfg.boot.SecretHex = in.secret(s.secretFile, "secret-file", "FF_WAITPOINT_HMAC_SECRET")
	cfg.token = in.secret(s.tokenFile, "token-file", "FF_API_TOKEN")
	in.backend()
	if s.retention <= 0 {
		in.refuse("--retention", "it must be above 0")
	}
	if s.flowRetention == 0 {
		in.refuse("--flow-retention", "it must not be 0: negative keeps flows for ever")
	}
	if in.err != nil {
		return serveConfig{}, in.err
	}
	if secret, set := lookup("FF_WAITPOINT_HMAC_SECRET"); set && secret == "" && s.secretFile == "" {
		return serveConfig{}, errors.New("FF_WAITPOINT_HMAC_SECRET is set but empty: give it 64 hex digits (for instance from: openssl rand -hex 32)")
	}
	checked := cfg.boot
	if checked.SecretHex == "" {
		checked.SecretHex = "00" // one is made later
	}
	if err := checked.Validate(); err != nil {
		return serveConfig{}, err
	}
	ch, err := loadChoices(flags, lookup)
	if err != nil {
		return serveConfig{}, err
	}
	cfg.target, err = s.target(ch)
	return cfg, err
}

func lanesOf(list string) []engine.LaneID {
	var lanes []engine.LaneID
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" {
			lanes = append(lanes, engine.LaneID(name))
		}
	}
	return lanes
}

func (s *serveFlags) logger(w io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.logLevel)); err != nil {
		return nil, fmt.Errorf("unknown log level %q: use debug, info, warn or error", s.logLevel)
	}
	options := &slog.HandlerOptions{Level: level}
	switch s.logFormat {
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(plain.Escaped(w), options)), nil
	default:
		return nil, fmt.Errorf("unknown log format %q: use text or json", s.logFormat)
	}
}

func randomSecret() (string, error) {
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return "", fmt.Errorf("a random signing secret: %w", err)
	}
	return hex.EncodeToString(secret), nil
}

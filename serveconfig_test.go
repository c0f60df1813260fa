package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/engine/scanner"
)

func TestServeTakesFlagsOverEnvironmentOverDefaults(t *testing.T) {
	cfg, err := parseServe(map[string]string{
		"FF_LISTEN_ADDR": "127.0.0.1:1", "FF_LANES": " a , b,, ", "FF_FLOW_PARTITIONS": "8", "FF_BUDGET_PARTITIONS": "4",
		"FF_CORS_ORIGINS": "https://a, https://b", "FF_MAX_CONCURRENT_STREAM_OPS": "3", "FF_WAITPOINT_HMAC_GRACE_MS": "1500",
		"FF_FORCE_LUA_RELOAD": " YES ", "FF_API_TOKEN": "tok", "FF_WAITPOINT_HMAC_SECRET": "00ff", "FF_BACKEND": "Valkey",
		"FF_LEASE_EXPIRY_INTERVAL_MS": "0", "FF_UNBLOCK_INTERVAL_S": "7", "FF_EXEC_PARTITIONS": "9",
		"FF_FLOW_PROJECTOR_INTERVAL_S": "18446744073709551615",
	}, "--budget-partitions", "2", "--listen", "127.0.0.1:2", "--url", "localhost")
	if err != nil {
		t.Fatal(err)
	}
	if cfg.listen != "127.0.0.1:2" || cfg.token != "tok" || cfg.boot.SecretHex != "00ff" || !cfg.boot.ReplaceLibrary ||
		cfg.streamOps != 3 || cfg.rotationGrace != 1500*time.Millisecond {
		t.Errorf("read %+v", cfg)
	}
	if want := (engine.PartitionConfig{Flow: 8, Budget: 2, Quota: 32}); cfg.boot.Partitions != want {
		t.Errorf("partitions %+v, want %+v", cfg.boot.Partitions, want)
	}
	if want := []engine.LaneID{"a", "b"}; !reflect.DeepEqual(cfg.boot.Lanes, want) {
		t.Errorf("lanes %q", cfg.boot.Lanes)
	}
	if want := []string{"https://a", "https://b"}; !reflect.DeepEqual(cfg.origins, want) {
		t.Errorf("origins %q", cfg.origins)
	}
	want := map[string]time.Duration{
		scanner.LeaseExpiry: 100 * time.Millisecond, scanner.Unblock: 7 * time.Second, scanner.FlowProjector: maxInterval,
	}
	if !reflect.DeepEqual(cfg.intervals, want) {
		t.Errorf("intervals %v", cfg.intervals)
	}
}

func TestServeHasFlowFabricsDefaults(t *testing.T) {
	cfg, err := parseServe(nil, "--url", "localhost")
	if err != nil {
		t.Fatal(err)
	}
	if cfg.listen != "0.0.0.0:9090" || cfg.boot.Partitions != engine.DefaultPartitionConfig || cfg.streamOps != 64 ||
		cfg.rotationGrace != 24*time.Hour || !reflect.DeepEqual(cfg.origins, []string{"*"}) ||
		!reflect.DeepEqual(cfg.boot.Lanes, []engine.LaneID{"default"}) || cfg.retention != 24*time.Hour || cfg.flowRetention != 7*24*time.Hour || cfg.token != "" || cfg.boot.ReplaceLibrary {
		t.Errorf("read %+v", cfg)
	}
}

func TestServeReadsTheOlderNameOfTheStreamLimit(t *testing.T) {
	cfg, err := parseServe(map[string]string{"FF_MAX_CONCURRENT_TAIL": "5"}, "--url", "localhost")
	if err != nil || cfg.streamOps != 5 {
		t.Errorf("read %d (%v)", cfg.streamOps, err)
	}
}

func TestServeReadsSecretsFromFiles(t *testing.T) {
	dir := t.TempDir()
	secret, token := filepath.Join(dir, "secret"), filepath.Join(dir, "token")
	for path, text := range map[string]string{secret: "00ff\r\nmore\n", token: "tok\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := parseServe(map[string]string{"FF_API_TOKEN": "another"}, "--url", "localhost", "--secret-file", secret, "--token-file", token)
	if err != nil || cfg.boot.SecretHex != "00ff" || cfg.token != "tok" {
		t.Errorf("read %q and %q (%v)", cfg.boot.SecretHex, cfg.token, err)
	}
}

func TestServeRefusesSettingsInASentence(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, variable, value string
		args                  []string
		want                  string
	}{
		{name: "a count that is no number", variable: "FF_FLOW_PARTITIONS", value: "many", want: `config: invalid value for FF_FLOW_PARTITIONS: "many"`},
		{name: "a count of none", variable: "FF_QUOTA_PARTITIONS", value: "0", want: "FF_QUOTA_PARTITIONS"},
		{name: "a count beyond any", variable: "FF_BUDGET_PARTITIONS", value: "65536", want: "FF_BUDGET_PARTITIONS"},
		{name: "no lanes", variable: "FF_LANES", value: " , ", want: "no lanes"},
		{name: "a lane that is none", variable: "FF_LANES", value: "a\x01", want: "lane"},
		{name: "a lane twice", args: []string{"--lanes", "a,a"}, want: "twice"},
		{name: "no origins", variable: "FF_CORS_ORIGINS", value: "", want: "FF_CORS_ORIGINS"},
		{name: "origins that no header holds", variable: "FF_CORS_ORIGINS", value: "a\nb", want: "FF_CORS_ORIGINS"},
		{name: "no streams", variable: "FF_MAX_CONCURRENT_STREAM_OPS", value: "0", want: "FF_MAX_CONCURRENT_STREAM_OPS"},
		{name: "an interval that is no number", variable: "FF_UNBLOCK_INTERVAL_S", value: "5s", want: "FF_UNBLOCK_INTERVAL_S"},
		{name: "another store", variable: "FF_BACKEND", value: "postgres", want: "Valkey"},
		{name: "an empty secret", variable: "FF_WAITPOINT_HMAC_SECRET", value: "", want: "FF_WAITPOINT_HMAC_SECRET is set but empty"},
		{name: "half a byte of secret", variable: "FF_WAITPOINT_HMAC_SECRET", value: "abc", want: "64 hex digits"},
		{name: "a secret file that is not there", args: []string{"--secret-file", empty + "x"}, want: "--secret-file"},
		{name: "a retention of nothing", args: []string{"--retention", "0"}, want: "--retention: it must be above 0"},
		{name: "a flow's retention of nothing", args: []string{"--flow-retention", "0"}, want: "--flow-retention"},
		{name: "a token file with nothing in it", args: []string{"--token-file", empty}, want: "the first line of the file is empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			environment := map[string]string{}
			if c.variable != "" {
				environment[c.variable] = c.value
			}
			_, err := parseServe(environment, append([]string{"--url", "localhost"}, c.args...)...)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("it said %v, want something of %q", err, c.want)
			}
		})
	}
}

func TestServeNamesFormatsAndLevelsThatItKnows(t *testing.T) {
	for name, flags := range map[string]serveFlags{
		"use text or json": {logFormat: "xml", logLevel: "info"}, "use debug, info, warn or error": {logFormat: "text", logLevel: "loud"},
	} {
		if _, err := flags.logger(&strings.Builder{}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("it said %v, want %q", err, name)
		}
	}
}

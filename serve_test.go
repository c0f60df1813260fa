package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/valkey"
)

func TestServeMakesADeploymentOfAnEmptyServer(t *testing.T) {
	eachEmptyServer(t, func(t *testing.T, url string) {
		cfg, err := parseServe(nil, "--url", url)
		if err != nil {
			t.Fatal(err)
		}
		if cfg.listen != "0.0.0.0:9090" {
			t.Errorf("it would listen on %s", cfg.listen)
		}
		cfg.listen = "127.0.0.1:0"
		s, err := serveUntil(t, cfg)
		if err != nil {
			t.Fatal(err)
		}
		d, err := connectTo(t, url).Deployment(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !d.PartitionsSet || d.Partitions != engine.DefaultPartitionConfig || d.LibraryVersion != valkey.WireVersion || len(d.Lanes) != 1 {
			t.Errorf("it made %+v", d)
		}
		s.want(200, `{"status":"ok"}`, "GET", "/healthz", "")
		for _, want := range []string{"FF_API_TOKEN is not set", "FF_WAITPOINT_HMAC_SECRET is not set", "msg=serving"} {
			if !strings.Contains(s.log.String(), want) {
				t.Errorf("the log lacks %q:\n%s", want, s.log)
			}
		}
	})
}

func TestServeStartsAgainOnWhatItMade(t *testing.T) {
	eachEmptyServer(t, func(t *testing.T, url string) {
		cfg, err := parseServe(nil, "--url", url, "--listen", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			s, err := serveUntil(t, cfg)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.stop(); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(s.log.String(), "differs") {
				t.Errorf("a secret that nobody chose was compared:\n%s", s.log)
			}
		}
	})
}

func TestServeRefusesWhatDoesNotFit(t *testing.T) {
	eachEmptyServer(t, func(t *testing.T, url string) {
		startServe(t, url)
		cfg, err := parseServe(nil, "--url", url, "--listen", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		_, err = serveUntil(t, cfg)
		if err == nil || !strings.Contains(err.Error(), "FF_FLOW_PARTITIONS") {
			t.Errorf("with other partition counts it said %v", err)
		}
	})
}

func TestQ211NothingIsWrittenWhereTheAddressIsTaken(t *testing.T) {
	eachEmptyServer(t, func(t *testing.T, url string) {
		taken, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer taken.Close()
		cfg, err := parseServe(nil, "--url", url, "--listen", taken.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, err = serveUntil(t, cfg)
		if err == nil || !strings.Contains(err.Error(), "cannot listen on "+taken.Addr().String()) || !strings.Contains(err.Error(), "--listen") {
			t.Errorf("it said %v", err)
		}
		d, err := connectTo(t, url).Deployment(t.Context())
		if err != nil || d.PartitionsSet || d.LibraryVersion != "" || len(d.Lanes) > 0 {
			t.Errorf("it wrote %+v (%v)", d, err)
		}
	})
}

func TestServeDoesNotWaitForAWrongAddress(t *testing.T) {
	cfg, err := parseServe(nil, "--url", "unix://"+filepath.Join(t.TempDir(), "s"), "--wait", "0s")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := serveUntil(t, cfg); err == nil || !strings.Contains(err.Error(), "cannot reach Valkey") {
		t.Errorf("it said %v", err)
	}
}

func TestAStopAnswersTailsAndLetsGoOfTheBackgroundWork(t *testing.T) {
	eachEmptyServer(t, func(t *testing.T, url string) {
		s := startServe(t, url, "--max-stream-ops", "1")
		b := connectTo(t, url)
		id := b.Partitions().NewSolo("default")
		s.within(`ff_scanner_cycle_total{otel_scope_name="ff",scanner="lease_expiry"}`, "/metrics") // the engine runs

		answered := make(chan string, 1)
		go func() {
			status, answer := 0, ""
			for status == 0 || status == http.StatusTooManyRequests {
				status, answer = s.do("GET", at(id)+"/attempts/0/stream/tail?block_ms=30000", "")
			}
			answered <- fmt.Sprint(status, " ", answer)
		}()
		s.within("too many concurrent stream_ops", at(id)+"/attempts/0/stream") // the tail has the only permit
		began := time.Now()
		if err := s.stop(); err != nil {
			t.Error(err)
		}
		if got := <-answered; got != `200 {"frames":[],"count":0}` {
			t.Errorf("the tail was answered with %s", got)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("the stop took %v", took)
		}
		for deadline := time.Now().Add(3 * time.Second); ; time.Sleep(time.Millisecond) {
			held, holder, err := b.HoldShare(t.Context(), "partitions:0/4", "another", time.Second)
			if held {
				break
			}
			if err != nil || time.Now().After(deadline) { // unreleased, it would be held for more than 4 s
				t.Errorf("a share of the partitions is left with %s (%v)", holder, err)
				break
			}
		}
		if !strings.Contains(s.log.String(), "msg=stopped") {
			t.Errorf("the log does not tell:\n%s", s.log)
		}
	})
}

func TestTheProgramServesUntilItIsToldToStop(t *testing.T) {
	d := newDeployment(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := taken.Addr().String()
	command := func() (*exec.Cmd, *logBuffer) {
		cmd := exec.CommandContext(t.Context(), program(t), "serve", "--url", "unix://"+d.server.Socket(), "--listen", address,
			"--flow-partitions", "4", "--budget-partitions", "2", "--quota-partitions", "2", "--log-format", "json")
		log := &logBuffer{}
		cmd.Stderr = log
		cmd.Env = append(os.Environ(), "FF_API_TOKEN="+apiToken, "FF_WAITPOINT_HMAC_SECRET="+e2eSecret)
		return cmd, log
	}

	refused, log := command()
	if err := refused.Run(); refused.ProcessState.ExitCode() != 1 || !strings.Contains(log.String(), "cannot listen on "+address) {
		t.Errorf("with the address taken it ended with %v:\n%s", err, log)
	}
	taken.Close()

	cmd, log := command()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(soon); ; time.Sleep(10 * time.Millisecond) {
		w, err := http.Get("http://" + address + "/healthz")
		if err == nil {
			w.Body.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("it does not answer: %v\n%s", err, log)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("told to stop, it ended with %v:\n%s", err, log)
	}
	for line := range strings.Lines(log.String()) {
		if !strings.HasPrefix(line, "{") {
			t.Errorf("a line of the log is no JSON: %s", line)
		}
	}
	if strings.Contains(log.String(), apiToken) || strings.Contains(log.String(), e2eSecret) {
		t.Errorf("the log holds a secret:\n%s", log)
	}
}

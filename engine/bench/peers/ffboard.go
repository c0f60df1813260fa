package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
)

// program is the ffboard program, run as a user would.
type program string

// findProgram builds it where it is not given.
func findProgram(ctx context.Context, given, folder string) (program, error) {
	if given != "" {
		path, err := filepath.Abs(given)
		return program(path), err
	}
	path := filepath.Join(folder, "ffboard")
	build := exec.CommandContext(ctx, "go", "build", "-o", path, ".")
	build.Dir = filepath.Join("..", "..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build ffboard (run this in engine/bench/peers, or give -ffboard): %w\n%s", err, out)
	}
	return program(path), nil
}

func (p program) run(ctx context.Context, socket string, w work) (rates, error) {
	cmd := exec.CommandContext(ctx, string(p), "bench", "submit-claim-complete", "--url", "unix://"+socket, "--yes", "--runs", "1", "--no-floor",
		"--executions", strconv.Itoa(w.tasks), "--workers", strconv.Itoa(w.workers), "--payload", strconv.Itoa(w.payload), "-o", "json")
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		return rates{}, fmt.Errorf("%w\n%s", err, problems.Bytes())
	}
	var result struct {
		Metrics []struct {
			Name   string
			Median float64
		}
	}
	if err := json.Unmarshal(out, &result); err != nil {
		return rates{}, err
	}
	var r rates
	for _, m := range result.Metrics {
		switch m.Name {
		case "executions/s":
			r.Whole = m.Median
		case "submitted/s":
			r.Submitted = m.Median
		case "worked/s":
			r.Worked = m.Median
		}
	}
	return r, nil
}

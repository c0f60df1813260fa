package main

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"ffboard/tui/terminal"
)

// A line that drops must not leave the program behind. Whether it did was a race, so this tries several times.
func TestTheProgramEndsWhenItIsToldTo(t *testing.T) {
	d := newDeployment(t)
	for _, told := range []syscall.Signal{syscall.SIGTERM, syscall.SIGTERM, syscall.SIGTERM, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT} {
		cmd := exec.Command(program(t), "--url", "unix://"+d.server.Socket())
		cmd.Env = append(os.Environ(), "NO_COLOR=")
		term, err := terminal.Start(cmd, terminal.Options{Cols: 80, Rows: 24})
		if err != nil {
			t.Fatal(err)
		}
		(&screen{t, term}).shows("Nothing was ever created here")
		if err := cmd.Process.Signal(told); err != nil {
			t.Fatal(err)
		}
		if err := term.Wait(5 * time.Second); err != nil {
			t.Errorf("%v: %v", told, err)
		}
		_ = term.Close()
	}
}

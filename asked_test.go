package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// askedAt, when it is set, makes this test program ffboard itself, or a worker (see workerOf), that tells what it has in use to whoever
// connects to the unix socket that it names.
const askedAt = "FFBOARD_TEST_ASKED_AT"

// inUse is what a process has in use.
type inUse struct {
	Goroutines int
	Heap       int // bytes that live after a collection
	Resident   int // bytes of the machine's memory, 0 where nobody knows
	Files      int // that are open, connections among them
}

// answerAt answers at a socket until the program ends.
func answerAt(socket string) error {
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_ = json.NewEncoder(conn).Encode(ownUse())
			_ = conn.Close()
		}
	}()
	return nil
}

func ownUse() inUse {
	runtime.GC()
	runtime.GC() // what had a finalizer goes with the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	use := inUse{Goroutines: runtime.NumGoroutine(), Heap: int(m.HeapAlloc)}
	if statm, err := os.ReadFile("/proc/self/statm"); err == nil {
		if fields := strings.Fields(string(statm)); len(fields) > 1 {
			pages, _ := strconv.Atoi(fields[1])
			use.Resident = pages * os.Getpagesize()
		}
	}
	if files, err := os.ReadDir("/proc/self/fd"); err == nil {
		use.Files = len(files)
	}
	return use
}

// asked is a process of ours that can be asked.
type asked struct {
	name   string
	socket string
	cmd    *exec.Cmd
}

// askable is this test program as ffboard with arguments, not started yet.
func askable(t *testing.T, name string, environment []string, args ...string) *asked {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	a := &asked{name: name, socket: filepath.Join(t.TempDir(), "asked"), cmd: exec.CommandContext(t.Context(), self, args...)}
	a.cmd.Env = append(append(os.Environ(), askedAt+"="+a.socket), environment...)
	return a
}

// use asks, for a while as long as the process is only beginning.
func (a *asked) use(t *testing.T) (use inUse) {
	t.Helper()
	until(t, a.name+" tells what it uses", func() bool {
		conn, err := net.DialTimeout("unix", a.socket, time.Second)
		if err != nil {
			return false
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(soon))
		answer, err := io.ReadAll(conn)
		return err == nil && json.Unmarshal(answer, &use) == nil
	})
	return use
}

// askedMain is the main of a program that can be asked.
func askedMain(socket string) error {
	if err := answerAt(socket); err != nil {
		return fmt.Errorf("cannot be asked: %w", err)
	}
	if url := os.Getenv(workerOf); url != "" {
		return beWorker(url)
	}
	main()
	return nil
}

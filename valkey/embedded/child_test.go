//go:build unix

package embedded

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ffboard/valkey/embedded/internal/folder"
	"ffboard/valkey/embedded/internal/resp"
)

// beParent makes the test binary a program that starts a server, says where, and waits to be killed.
const beParent = "FFBOARD_TEST_EMBEDDED_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(beParent) == "" {
		os.Exit(m.Run())
	}
	s, err := Start(context.Background(), Options{})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(s.Socket())
	select {}
}

// parent runs the test binary as such a program and gives the socket of its server.
func parent(t *testing.T) (cmd *exec.Cmd, socket string) {
	t.Helper()
	cmd = exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), beParent+"=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return cmd, strings.TrimSpace(line)
}

func TestAChildEndsWithAParentThatIsKilled(t *testing.T) {
	if _, err := exec.LookPath(Program); err != nil {
		t.Skipf("no %s on the PATH", Program)
	}
	// A folder of the test's own: another program that starts meanwhile removes what it finds left behind in the common one.
	own, err := os.MkdirTemp("", "ff")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(own)
	t.Setenv("TMPDIR", own)
	cmd, socket := parent(t)
	c, err := resp.Dial(context.Background(), "unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	info, err := c.Do(t.Context(), "INFO", "server")
	if err != nil {
		t.Fatal(err)
	}
	server, err := strconv.Atoi(resp.Field(info.Text, "process_id"))
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	eventually(t, "the server ends", func() bool { return !folder.Runs(server) })

	// What it left behind goes with the next start.
	left := filepath.Dir(socket)
	if _, err := os.Stat(left); err != nil {
		t.Fatalf("the killed program left nothing to remove: %v", err)
	}
	start(t, Options{InProcess: true})
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the next start left %s: %v", left, err)
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); {
		if time.Now().After(deadline) {
			t.Fatalf("never happened: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestAServersFolderIsPrivateAndGoesWithIt(t *testing.T) {
	for _, o := range []Options{{}, {InProcess: true}} {
		s := start(t, o)
		private := filepath.Dir(s.Socket())
		info, err := os.Stat(private)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o700 {
			t.Errorf("its mode is %o", mode)
		}
		if len(s.Socket()) > 103 { // what every system takes
			t.Errorf("its path has %d bytes", len(s.Socket()))
		}
		connect(t, s).do("SET", "k", "v")
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(private); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("closing left %s: %v", private, err)
		}
	}
}

func TestALongTemporaryFolderIsNotUsed(t *testing.T) {
	long := filepath.Join(t.TempDir(), strings.Repeat("x", 80))
	if err := os.Mkdir(long, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", long)
	connect(t, start(t, Options{InProcess: true})).do("PING")
}

func TestAServerThatDoesNotComeUpSaysWhy(t *testing.T) {
	f, err := folder.New()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Remove()
	program := filepath.Join(f.Path, "server")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho no memory >&2\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := startChild(t.Context(), program, f); err == nil || !strings.Contains(err.Error(), "no memory") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := os.WriteFile(program, []byte("#!/bin/sh\nexec cat\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := startChild(ctx, program, f); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestWithoutAServerOnThePathItRunsInProcess(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	s, err := Start(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if !s.InProcess() {
		t.Error("it runs as a child")
	}
	connect(t, s).do("PING")
}

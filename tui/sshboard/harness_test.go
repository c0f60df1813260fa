package sshboard

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"golang.org/x/crypto/ssh"

	"ffboard/engine"
	"ffboard/tui"
	"ffboard/views/viewstest"
)

const patience = 20 * time.Second

// until waits for a condition.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for: %s", what)
		}
	}
}

// signerOf makes a key that is the same each time.
func signerOf(t *testing.T, seed byte) ssh.Signer {
	t.Helper()
	s, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func lineOf(s ssh.Signer, options, comment string) string {
	return strings.TrimSpace(options+" "+strings.TrimSpace(string(ssh.MarshalAuthorizedKey(s.PublicKey())))+" "+comment) + "\n"
}

// journal is a log that may be read while it is written.
type journal struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.all.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.all.String()
}

// served is a server on the loopback with two listed keys, ann's to look and kim's to operate.
type served struct {
	t        *testing.T
	address  string
	engine   *viewstest.Engine
	log      *journal
	keysFile string
	ann, kim ssh.Signer
	stop     func() // and wait
}

func serveTo(t *testing.T, change func(*Config)) *served {
	t.Helper()
	s := &served{t: t, engine: viewstest.Canned(), log: &journal{}, keysFile: filepath.Join(t.TempDir(), "authorized_keys")}
	s.engine.OnSteer = func(string, string) error { return nil }
	s.ann, s.kim = signerOf(t, 1), signerOf(t, 2)
	s.list(lineOf(s.ann, "", "ann"), lineOf(s.kim, `ffboard="operator"`, "kim"))
	c := Config{
		HostKey: signerOf(t, 9), MaxSessions: 4, IdleTimeout: time.Minute, Log: slog.New(slog.NewTextHandler(s.log, nil)),
		Keys: func() (Keys, error) { keys, _, err := ReadKeys(s.keysFile); return keys, err },
		Open: s.open,
	}
	if change != nil {
		change(&c)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = listener.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- New(c).Serve(ctx, listener) }()
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(s.stop)
	return s
}

func (s *served) list(lines ...string) {
	s.t.Helper()
	if err := os.WriteFile(s.keysFile, []byte(strings.Join(lines, "")), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *served) open(u User, log *slog.Logger) tui.Options {
	o := tui.Options{Engine: s.engine, Clock: s.engine, Role: "ssh", Start: "execution " + string(viewstest.ExecutionID(107)), Now: viewstest.Clock}
	if !u.Operator {
		gate := engine.ReadOnlyGate(s.engine)
		o.Engine, o.Clock, o.ReadOnly = gate, gate, true
	}
	if u.Operator {
		o.Engine = engine.Audited(s.engine, Audit(log))
	}
	return o
}

func (s *served) dial(auth ...ssh.AuthMethod) (*ssh.Client, error) {
	return ssh.Dial("tcp", s.address, &ssh.ClientConfig{
		User: "anybody", Auth: auth, HostKeyCallback: ssh.FixedHostKey(signerOf(s.t, 9).PublicKey()), Timeout: patience,
	})
}

func (s *served) login(key ssh.Signer) *ssh.Client {
	s.t.Helper()
	client, err := s.dial(ssh.PublicKeys(key))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { client.Close() })
	return client
}

// onlooker is a user with a terminal.
type onlooker struct {
	t       *testing.T
	session *ssh.Session
	keys    io.Writer

	mu     sync.Mutex
	screen *vt.Emulator
	raw    bytes.Buffer
	errors journal
	gone   chan error
}

// Write draws what the server sends.
func (o *onlooker) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.raw.Write(p)
	return o.screen.Write(p)
}

func (o *onlooker) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.screen.String()
}

// watch opens the board.
func (s *served) watch(key ssh.Signer, env ...string) *onlooker {
	s.t.Helper()
	session, err := s.login(key).NewSession()
	if err != nil {
		s.t.Fatal(err)
	}
	o := &onlooker{t: s.t, session: session, screen: vt.NewEmulator(120, 36), gone: make(chan error, 1)}
	go func() { _, _ = io.Copy(io.Discard, o.screen) }()
	session.Stdout, session.Stderr = o, &o.errors
	if o.keys, err = session.StdinPipe(); err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(env); i += 2 {
		if err := session.Setenv(env[i], env[i+1]); err != nil {
			s.t.Fatalf("%s: %v", env[i], err)
		}
	}
	if err := session.RequestPty("xterm-256color", 36, 120, nil); err != nil {
		s.t.Fatal(err)
	}
	if err := session.Shell(); err != nil {
		s.t.Fatal(err)
	}
	go func() { o.gone <- session.Wait() }()
	return o
}

func (o *onlooker) shows(text string) {
	o.t.Helper()
	for deadline := time.Now().Add(patience); !strings.Contains(o.text(), text); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			o.t.Fatalf("the screen never showed %q:\n%s\n%s", text, o.text(), o.errors.String())
		}
	}
}

func (o *onlooker) press(keys ...string) {
	o.t.Helper()
	for _, k := range keys {
		if _, err := io.WriteString(o.keys, k); err != nil {
			o.t.Fatal(err)
		}
	}
}

// leaves waits for the session's end.
func (o *onlooker) leaves() error {
	o.t.Helper()
	select {
	case err := <-o.gone:
		return err
	case <-time.After(patience):
		o.t.Fatalf("the session went on:\n%s", o.text())
		return nil
	}
}

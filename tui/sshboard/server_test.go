package sshboard

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"ffboard/tui"
	"ffboard/views/viewstest"
)

func TestAListedKeySeesTheBoard(t *testing.T) {
	s := serveTo(t, nil)
	o := s.watch(s.ann)
	o.shows("read-only")
	o.shows("ssh")
	o.press("q")
	if err := o.leaves(); err != nil {
		t.Errorf("it left with %v", err)
	}
	until(t, "the log has it all", func() bool { return strings.Contains(s.log.String(), `why=left`) })
	for _, want := range []string{"msg=login", "key=" + ssh.FingerprintSHA256(s.ann.PublicKey()), "name=ann", "operator=false"} {
		if !strings.Contains(s.log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, s.log)
		}
	}
	if !strings.Contains(o.raw.String(), "\x1b[?1049l") {
		t.Error("the terminal was not restored")
	}
}

func TestNobodyElseGetsIn(t *testing.T) {
	s := serveTo(t, nil)
	ask := ssh.KeyboardInteractive(func(_, _ string, questions []string, _ []bool) ([]string, error) { return questions, nil })
	for name, auth := range map[string]ssh.AuthMethod{
		"a key that is not listed": ssh.PublicKeys(signerOf(t, 3)),
		"a password":               ssh.Password("secret"),
		"answers to questions":     ask,
	} {
		if client, err := s.dial(auth); err == nil {
			client.Close()
			t.Errorf("%s got in", name)
		}
	}
	if client, err := s.dial(); err == nil {
		client.Close()
		t.Error("nothing got in")
	}
	until(t, "the log says so", func() bool {
		return strings.Contains(s.log.String(), `msg="key refused"`) && strings.Contains(s.log.String(), ssh.FingerprintSHA256(signerOf(t, 3).PublicKey()))
	})
}

func TestTheKeyThatWasProvedCounts(t *testing.T) {
	s := serveTo(t, nil)
	// A client that only asks about the operator's key and proves another one is not the operator.
	o := s.watch(s.ann)
	o.shows("read-only")
	client, err := s.dial(ssh.PublicKeys(&asksOnly{s.kim}, s.ann))
	if err == nil {
		defer client.Close()
		if strings.Contains(s.log.String(), "operator=true") {
			t.Errorf("it is taken for the operator:\n%s", s.log)
		}
	}
}

// asksOnly is a key whose owner is not here.
type asksOnly struct{ ssh.Signer }

func (asksOnly) Sign(io.Reader, []byte) (*ssh.Signature, error) {
	return nil, errors.New("not mine")
}

func TestTheKeysAreReadAtEachLogin(t *testing.T) {
	s := serveTo(t, nil)
	s.login(s.ann)
	s.list(lineOf(s.kim, "", "kim"))
	if client, err := s.dial(ssh.PublicKeys(s.ann)); err == nil {
		client.Close()
		t.Error("a key that was struck out got in")
	}
	s.watch(s.kim).shows("read-only")
}

// replaying presses the keys that run an execution again.
func replaying(o *onlooker) {
	o.shows("actions")
	o.press("a")
	o.shows("run it again")
	o.press("r")
}

func TestAnOperatorWritesAndOthersDoNot(t *testing.T) {
	s := serveTo(t, nil)
	ann := s.watch(s.ann)
	ann.shows("read-only")
	for _, k := range []string{"c", "\r", "\x1b[C", "\r", "\x1b", "a", "r", "\x1b[C", "\r", "s", "x", "\x1b", " ", "c", "\r"} {
		ann.press(k)
	}
	ann.press("?")
	ann.shows("Everywhere")

	kim := s.watch(s.kim)
	replaying(kim)
	kim.shows("[ keep ]")
	if s.engine.Called("ReplayExecution") != 0 {
		t.Fatalf("it was done unasked, or by a reader: %v", s.engine.Calls())
	}
	kim.press("\x1b[C", "\r")
	until(t, "the operator's action is done", func() bool { return s.engine.Called("ReplayExecution") == 1 })
	until(t, "the log names it", func() bool {
		return strings.Contains(s.log.String(), "name=kim operator=true op=ReplayExecution")
	})
	for _, call := range s.engine.Calls() {
		for _, write := range []string{"Cancel", "Deliver", "Revoke", "Change", "Resume", "Set", "Ack"} {
			if strings.HasPrefix(call, write) {
				t.Errorf("a reader's keys wrote: %s", call)
			}
		}
	}
}

func TestThereIsNothingButTheBoard(t *testing.T) {
	s := serveTo(t, nil)
	run := func(begin func(*ssh.Session) error) (string, error) {
		session, err := s.login(s.kim).NewSession()
		if err != nil {
			t.Fatal(err)
		}
		var said journal
		session.Stderr = &said
		if err = begin(session); err == nil {
			err = session.Wait()
		}
		return said.String(), err
	}
	var status *ssh.ExitError
	said, err := run(func(c *ssh.Session) error { return c.Start("rm -rf /") })
	if !errors.As(err, &status) || status.ExitStatus() != 1 || !strings.Contains(said, "commands are not run here") {
		t.Errorf("a command: %q, %v", said, err)
	}
	said, err = run(func(c *ssh.Session) error { return c.Shell() })
	if !errors.As(err, &status) || !strings.Contains(said, "needs a terminal") {
		t.Errorf("no terminal: %q, %v", said, err)
	}
	if _, err = run(func(c *ssh.Session) error { return c.RequestSubsystem("sftp") }); err == nil {
		t.Error("files were served")
	}

	client := s.login(s.kim)
	if conn, err := client.Dial("tcp", s.address); err == nil {
		conn.Close()
		t.Error("a port was forwarded")
	}
	if l, err := client.Listen("tcp", "127.0.0.1:0"); err == nil {
		l.Close()
		t.Error("a port was opened")
	}
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	for _, request := range []string{"auth-agent-req@openssh.com", "x11-req"} {
		if ok, err := session.SendRequest(request, true, nil); ok || err != nil {
			t.Errorf("%s: %v, %v", request, ok, err)
		}
	}
	if session.Setenv("LD_PRELOAD", "x") == nil {
		t.Error("any variable was taken")
	}
	if _, err := client.NewSession(); err == nil {
		t.Error("a second session on one connection")
	}
}

func TestSessionsAreLimited(t *testing.T) {
	s := serveTo(t, func(c *Config) { c.MaxSessions = 1 })
	first := s.watch(s.ann)
	first.shows("read-only")
	second := s.watch(s.ann)
	if err := second.leaves(); err == nil || !strings.Contains(second.errors.String(), "all sessions are taken") {
		t.Errorf("it said %q, %v", second.errors.String(), err)
	}
	first.press("q")
	_ = first.leaves()
	until(t, "the place is free again", func() bool { return strings.Contains(s.log.String(), "session ended") })
	s.watch(s.ann).shows("read-only")
}

func TestASessionWithoutKeysEnds(t *testing.T) {
	s := serveTo(t, func(c *Config) { c.IdleTimeout = 300 * time.Millisecond })
	o := s.watch(s.ann)
	_ = o.leaves()
	if !strings.Contains(o.errors.String(), "no key for 300ms") || !strings.Contains(s.log.String(), "why=idle") {
		t.Errorf("it said %q\n%s", o.errors.String(), s.log)
	}
}

func TestWhoDoesNotLogInIsLetGo(t *testing.T) {
	s := serveTo(t, func(c *Config) { c.LoginGrace = 200 * time.Millisecond })
	client := s.login(s.ann) // and opens nothing
	if err := client.Wait(); err == nil {
		t.Error("it ended well")
	}
}

func TestTheBoardFollowsTheWindow(t *testing.T) {
	s := serveTo(t, nil)
	o := s.watch(s.ann)
	o.shows("read-only")
	o.mu.Lock()
	o.screen.Resize(60, 20)
	o.mu.Unlock()
	if err := o.session.WindowChange(20, 60); err != nil {
		t.Fatal(err)
	}
	until(t, "the last line is the footer", func() bool {
		lines := strings.Split(strings.TrimRight(o.text(), "\n"), "\n")
		return len(lines) == 20 && strings.Contains(lines[19], "help")
	})
	if err := o.session.WindowChange(1<<30, 1<<30); err != nil {
		t.Fatal(err)
	}
	o.press("q")
	if err := o.leaves(); err != nil {
		t.Error(err)
	}
}

func TestAUserWhoWantsNoColourGetsNone(t *testing.T) {
	s := serveTo(t, nil)
	plain, coloured := s.watch(s.ann, "NO_COLOR", "1"), s.watch(s.ann, "COLORTERM", "truecolor")
	plain.shows("read-only")
	coloured.shows("read-only")
	for o, want := range map[*onlooker]bool{plain: false, coloured: true} {
		o.mu.Lock()
		if got := strings.Contains(o.raw.String(), "38;2;"); got != want {
			t.Errorf("true colours: %v, want %v", got, want)
		}
		o.mu.Unlock()
	}
}

func TestAServerThatStopsSaysSo(t *testing.T) {
	s := serveTo(t, nil)
	o := s.watch(s.ann)
	o.shows("read-only")
	s.stop()
	_ = o.leaves()
	if !strings.Contains(o.errors.String(), "the server is stopping") || !strings.Contains(o.raw.String(), "\x1b[?1049l") {
		t.Errorf("it said %q", o.errors.String())
	}
}

func TestAPanicEndsOneSessionAlone(t *testing.T) {
	var s *served
	s = serveTo(t, func(c *Config) {
		c.Open = func(u User, log *slog.Logger) tui.Options {
			if u.Operator {
				panic("boom")
			}
			return s.open(u, log)
		}
	})
	ann := s.watch(s.ann)
	ann.shows("read-only")
	_ = s.watch(s.kim).leaves()
	ann.press("?")
	ann.shows("Everywhere")
	if !strings.Contains(s.log.String(), "panic=boom") {
		t.Errorf("the log lacks it:\n%s", s.log)
	}
}

func TestTheHostKeyIsMadeOnceAndForItsOwner(t *testing.T) {
	path := t.TempDir() + "/deep/host_key"
	first, made, err := HostKey(path)
	if err != nil || !made {
		t.Fatal(made, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	again, made, err := HostKey(path)
	if err != nil || made || Fingerprint(first) != Fingerprint(again) {
		t.Errorf("it was made anew: %v, %v", made, err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := HostKey(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("it said %v", err)
	}
}

func TestLinesThatAreNotUnderstoodLetNobodyIn(t *testing.T) {
	ann, kim := signerOf(t, 1), signerOf(t, 2)
	keys, refused := parseKeys([]byte("# people\n\n" +
		lineOf(ann, `from="10.0.0.1"`, "ann") + lineOf(ann, `ffboard="root"`, "ann") + "ssh-ed25519 garbage\n" +
		lineOf(kim, `restrict,ffboard="operator"`, strings.ReplaceAll(viewstest.Hostile(), "\n", "")+"\x1b[2J") + lineOf(ann, "", "ann")))
	if len(refused) != 3 || len(keys) != 2 {
		t.Fatalf("%d keys, refused %v", len(keys), refused)
	}
	if u, ok := keys.find(kim.PublicKey()); !ok || !u.Operator || strings.ContainsAny(u.Name, "\x1b\x07") {
		t.Errorf("%+v", u)
	}
	if u, ok := keys.find(ann.PublicKey()); !ok || u.Operator || u.Name != "ann" {
		t.Errorf("%+v", u)
	}
}

func TestAListThatOthersMayWriteLetsNobodyIn(t *testing.T) {
	s := serveTo(t, nil)
	if err := os.Chmod(s.keysFile, 0o666); err != nil {
		t.Fatal(err)
	}
	if client, err := s.dial(ssh.PublicKeys(s.kim)); err == nil {
		client.Close()
		t.Error("it got in")
	}
	until(t, "the log says why", func() bool { return strings.Contains(s.log.String(), "chmod go-w") })
}

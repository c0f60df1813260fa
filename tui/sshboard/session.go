package sshboard

import (
	"context"
	"errors"
	"io"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"golang.org/x/crypto/ssh"

	"ffboard/tui"
)

// session is one user's board.
type session struct {
	*connection
	user    User
	channel ssh.Channel
	env     map[string]string
	sizes   chan tea.WindowSizeMsg // room for the newest
	pty     bool
	started chan struct{} // closed when what began has ended; nil before
}

func newSession(c *connection, u User, channel ssh.Channel) *session {
	return &session{connection: c, user: u, channel: channel, env: map[string]string{}, sizes: make(chan tea.WindowSizeMsg, 1)}
}

// serve answers what the client asks of the session until the client or the program ends it.
func (s *session) serve(ctx context.Context, requests <-chan *ssh.Request) {
	ctx, end := context.WithCancelCause(ctx)
	defer context.AfterFunc(ctx, s.closeSoon)()
	for r := range requests {
		ok, do := s.answer(r)
		if r.WantReply {
			_ = r.Reply(ok, nil)
		}
		if do == nil {
			continue
		}
		s.started = make(chan struct{})
		go func() {
			defer close(s.started)
			defer s.channel.Close()
			defer s.survive()
			do(ctx, end)
		}()
	}
	end(errLeft)
	close(s.sizes)
	if s.started != nil {
		<-s.started
	}
}

// refusals are what a client is told that wants something else.
const (
	noCommand  = "ffboard: commands are not run here: log in without one, for the board"
	noProtocol = "ffboard: the board is all there is here, no files"
	noTerminal = "ffboard: the board needs a terminal: use ssh -t"
	noPlace    = "ffboard: all sessions are taken: try again later"
)

// answer says whether a request is granted, and what begins with it.
func (s *session) answer(r *ssh.Request) (ok bool, do func(context.Context, context.CancelCauseFunc)) {
	if s.started != nil && r.Type != "window-change" {
		return false, nil
	}
	switch r.Type {
	case "pty-req":
		return s.terminal(r.Payload), nil
	case "window-change":
		size, ok := windowChange(r.Payload)
		if ok && s.pty {
			s.resize(size)
		}
		return ok, nil
	case "env":
		return s.variable(r.Payload), nil
	case "shell":
		return true, s.shell()
	case "exec":
		return true, s.refuse("command", noCommand)
	case "subsystem":
		s.say(noProtocol)
		s.log.Info("refused", "what", "subsystem")
		return false, nil
	default:
		return false, nil
	}
}

func (s *session) shell() func(context.Context, context.CancelCauseFunc) {
	if !s.pty {
		return s.refuse("no terminal", noTerminal)
	}
	done, ok := s.begin()
	if !ok {
		return s.refuse("no session left", noPlace)
	}
	return func(ctx context.Context, end context.CancelCauseFunc) {
		defer done()
		s.run(ctx, end)
	}
}

func (s *session) refuse(what, sentence string) func(context.Context, context.CancelCauseFunc) {
	return func(context.Context, context.CancelCauseFunc) {
		s.log.Info("refused", "what", what)
		s.say(sentence)
		s.exit(1)
	}
}

var (
	errLeft = errors.New("the user left")
	errIdle = errors.New("no key for too long")
)

// run shows the board until somebody ends it.
func (s *session) run(ctx context.Context, end context.CancelCauseFunc) {
	began := time.Now()
	idle := time.AfterFunc(s.server.IdleTimeout, func() { end(errIdle) })
	defer idle.Stop()
	err := tui.RunOn(ctx, s.options(), tui.Console{
		In:     &keys{s.channel, func() { idle.Reset(s.server.IdleTimeout) }, func() { end(errLeft) }},
		Out:    s.channel,
		Getenv: func(name string) string { return s.env[name] },
		Sizes:  s.sizes,
	})
	why, status := "left", uint32(0)
	switch cause := context.Cause(ctx); {
	case err != nil:
		why, status = err.Error(), 1
		s.say("ffboard: the board met something it could not handle; the others go on")
	case errors.Is(cause, errIdle):
		why = "idle"
		s.say("ffboard: ended, no key for " + s.server.IdleTimeout.String())
	case cause != nil && !errors.Is(cause, errLeft):
		why = "stopping"
		s.say("ffboard: the server is stopping")
	}
	s.log.Info("session ended", "why", why, "took", time.Since(began).Round(time.Millisecond))
	s.exit(status)
}

func (s *session) options() tui.Options {
	o := s.server.Open(s.user, s.log)
	o.User = s.user.Name
	return o
}

// keys are what the user types.
type keys struct {
	in     io.Reader
	typed  func()
	closed func()
}

func (k *keys) Read(p []byte) (int, error) {
	n, err := k.in.Read(p)
	if n > 0 {
		k.typed()
	}
	if err != nil {
		k.closed()
	}
	return n, err
}

// say tells the user something that is not on the board.
func (s *session) say(sentence string) { _, _ = io.WriteString(s.channel.Stderr(), sentence+"\r\n") }

func (s *session) exit(status uint32) {
	_, _ = s.channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{status}))
}

package sshboard

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"ffboard/theme"
	"ffboard/tui"
)

// Config says who may log in and what is shown.
type Config struct {
	HostKey     ssh.Signer
	Keys        func() (Keys, error)                 // asked at each login
	Open        func(User, *slog.Logger) tui.Options // what a user sees; the log names the user
	MaxSessions int
	IdleTimeout time.Duration // without a key
	LoginGrace  time.Duration // from the connection to the board; 0 is half a minute
	Log         *slog.Logger
}

const (
	maxAuthTries = 6
	maxLogins    = 32 // under way at once: those who have not logged in yet
	loginGrace   = 30 * time.Second
	endGrace     = 3 * time.Second // for a session's last frame
)

// Server serves the board.
type Server struct {
	Config
	sessions, logins chan struct{} // places that are taken
	connections      sync.WaitGroup
}

// New makes a server that listens nowhere yet.
func New(c Config) *Server {
	if c.LoginGrace == 0 {
		c.LoginGrace = loginGrace
	}
	return &Server{Config: c, sessions: make(chan struct{}, c.MaxSessions), logins: make(chan struct{}, maxLogins)}
}

// Serve takes connections until ctx ends, and lets the sessions end then. An error says why it could not go on.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	ctx, stop := context.WithCancel(ctx)
	defer s.connections.Wait()
	defer stop()
	defer context.AfterFunc(ctx, func() { _ = l.Close() })()
	for wait := time.Duration(0); ; {
		conn, err := l.Accept()
		switch {
		case ctx.Err() != nil:
			if conn != nil {
				_ = conn.Close()
			}
			return nil
		case errors.Is(err, net.ErrClosed):
			return err
		case err != nil: // such as too many open files
			wait = min(max(2*wait, 10*time.Millisecond), time.Second)
			s.Log.Warn("cannot take a connection", "error", err)
			select {
			case <-time.After(wait):
			case <-ctx.Done():
			}
			continue
		}
		wait = 0
		if !take(s.logins) {
			s.Log.Warn("too many logins at once: a connection was closed", "from", conn.RemoteAddr().String())
			_ = conn.Close()
			continue
		}
		s.connections.Go(func() { s.serve(ctx, conn) })
	}
}

// take takes a place; false when there is none.
func take(places chan struct{}) bool {
	select {
	case places <- struct{}{}:
		return true
	default:
		return false
	}
}

// connection is one client's. It logs in within a time, has one session, and ends with it.
type connection struct {
	server *Server
	conn   net.Conn
	log    *slog.Logger
	begun  atomic.Bool
	joined func() // the login is over, one way or the other
}

// serve is a connection's whole life. A panic in it ends this one alone.
func (s *Server) serve(ctx context.Context, conn net.Conn) {
	c := &connection{server: s, conn: conn, log: s.Log.With("from", conn.RemoteAddr().String())}
	c.joined = sync.OnceFunc(func() { <-s.logins })
	defer c.joined()
	defer conn.Close()
	defer c.survive()
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	defer context.AfterFunc(ctx, func() {
		if !c.begun.Load() {
			_ = conn.Close()
		}
	})()
	_ = conn.SetDeadline(time.Now().Add(s.LoginGrace))

	secure, channels, requests, err := ssh.NewServerConn(conn, c.config())
	if err != nil {
		c.log.Info("no login", "error", string(theme.CleanTo(err.Error(), 200)))
		return
	}
	defer secure.Close()
	user := userOf(secure.Permissions)
	c.log = c.log.With("key", user.Fingerprint, "name", user.Name, "operator", user.Operator)
	c.log.Info("login", "user", string(theme.CleanTo(secure.User(), longestName)), "client", string(theme.CleanTo(string(secure.ClientVersion()), longestName)))
	go ssh.DiscardRequests(requests) // forwarded ports among them
	c.channels(ctx, end, user, channels)
}

// survive keeps a panic from ending the others.
func (c *connection) survive() {
	if p := recover(); p != nil {
		c.log.Error("the session met something it could not handle", "panic", p)
	}
}

// closeSoon leaves the client the time to take what was written last, and to leave by himself. Whoever reads no more would hold up what
// is written to him.
func (c *connection) closeSoon() {
	time.AfterFunc(endGrace, func() { _ = c.conn.Close() })
}

// channels takes the first session that the client opens, and refuses all else.
func (c *connection) channels(ctx context.Context, end context.CancelCauseFunc, user User, channels <-chan ssh.NewChannel) {
	var one sync.WaitGroup
	taken := false
	for offered := range channels {
		switch {
		case offered.ChannelType() != "session":
			c.log.Info("forwarding refused", "channel", string(theme.CleanTo(offered.ChannelType(), longestName)))
			_ = offered.Reject(ssh.Prohibited, "the board is all there is here: nothing is forwarded")
		case taken:
			_ = offered.Reject(ssh.ResourceShortage, "one session a connection")
		default:
			taken = true
			channel, requests, err := offered.Accept()
			if err != nil {
				return
			}
			one.Go(func() {
				defer c.closeSoon()
				defer c.survive()
				newSession(c, user, channel).serve(ctx, requests)
			})
		}
	}
	end(errLeft)
	one.Wait()
}

// begin takes a place for a session; false when all are taken. done gives it back.
func (c *connection) begin() (done func(), ok bool) {
	if !take(c.server.sessions) {
		return nil, false
	}
	c.begun.Store(true)
	c.joined()
	_ = c.conn.SetDeadline(time.Time{})
	return func() { <-c.server.sessions }, true
}

package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"ffboard/engine"
	"ffboard/tui"
	"ffboard/tui/sshboard"
	"ffboard/valkey"
)

const sshHelp = `ssh serves the board to users elsewhere: each who logs in with a listed key gets a board of his own on the deployment. There are no
passwords, no commands, no files and no forwarding; the user's pager and editor are not offered.

The file of keys is in the usual format. It is read at each login. A key is read-only unless its line begins with ffboard="operator":

  ssh-ed25519 AAAA… ann                        looks, and writes nothing
  ffboard="operator" ssh-ed25519 AAAA… kim     may cancel, signal, and all else

Who logs in, is refused and leaves is written to standard error, and each write of an operator.`

// boardServer is what ssh is told.
type boardServer struct {
	connection connection
	board
	listen, hostKey, keys string
	maxSessions           int
	idle                  time.Duration
}

func sshCommand() *cobra.Command {
	var s boardServer
	cmd := &cobra.Command{
		Use:     "ssh",
		Short:   "Serve the dashboard over SSH, to listed keys",
		Long:    sshHelp,
		Example: "  ffboard ssh --url valkey://localhost:6379 --authorized-keys ~/.ssh/authorized_keys\n  ssh -p 2222 localhost",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.serve(cmd, func(net.Addr) {})
		},
	}
	s.connection.flags(cmd)
	s.board.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&s.listen, "listen", "127.0.0.1:2222", "`address` for SSH")
	f.StringVar(&s.hostKey, "host-key", "", "`file` of the server's own key, made where there is none (default ffboard/ssh_host_ed25519_key below XDG_STATE_HOME or ~/.local/state)")
	f.StringVar(&s.keys, "authorized-keys", "", "`file` of the keys that may log in (default ffboard/authorized_keys below XDG_CONFIG_HOME or ~/.config)")
	f.IntVar(&s.maxSessions, "max-sessions", 16, "`number` of boards at once")
	f.DurationVar(&s.idle, "idle-timeout", 30*time.Minute, "`time` without a key that ends a session")
	return cmd
}

// serve serves the board until it is told to stop. bound hears where it listens.
func (s *boardServer) serve(cmd *cobra.Command, bound func(net.Addr)) error {
	ch, err := loadChoices(cmd.Flags(), lookupOS)
	if err != nil {
		return err
	}
	if err := s.resolve(ch); err != nil {
		return err
	}
	if s.maxSessions <= 0 || s.idle <= 0 {
		return errors.New("--max-sessions and --idle-timeout must be above 0")
	}
	target, err := s.connection.target(ch)
	if err != nil {
		return err
	}
	s.defaults(ch.lookup)
	log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
	keys, err := s.readKeys(log)
	if err != nil {
		return err
	}
	hostKey, made, err := sshboard.HostKey(s.hostKey)
	if err != nil {
		return err
	}
	backend, err := valkey.Connect(cmd.Context(), target)
	if err != nil {
		return err
	}
	defer backend.Close()
	listener, err := net.Listen("tcp", s.listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: give another address with --listen: %w", s.listen, err)
	}
	defer listener.Close()
	log.Info("serving the board", "listen", listener.Addr().String(), "valkey", target.String(), "keys", len(keys), "read_only", s.readOnly,
		"host_key", sshboard.Fingerprint(hostKey), "made", made, "version", programVersion())
	bound(listener.Addr())
	server := sshboard.New(sshboard.Config{
		HostKey: hostKey, Keys: func() (sshboard.Keys, error) { return s.readKeys(log) },
		Open:        func(u sshboard.User, log *slog.Logger) tui.Options { return s.open(backend, u, log) },
		MaxSessions: s.maxSessions, IdleTimeout: s.idle, Log: log,
	})
	err = server.Serve(cmd.Context(), listener)
	log.Info("stopped")
	return err
}

// defaults are where things are that no flag names.
func (s *boardServer) defaults(lookup lookupEnv) {
	if s.hostKey == "" {
		s.hostKey = filepath.Join(userFolder(lookup, "XDG_STATE_HOME", filepath.Join(".local", "state")), "ssh_host_ed25519_key")
	}
	if s.keys == "" {
		s.keys = filepath.Join(userFolder(lookup, "XDG_CONFIG_HOME", ".config"), "authorized_keys")
	}
}

// readKeys reads the listed keys, and says which lines it leaves out.
func (s *boardServer) readKeys(log *slog.Logger) (sshboard.Keys, error) {
	keys, refused, err := sshboard.ReadKeys(s.keys)
	for _, r := range refused {
		log.Warn("a key is left out", "file", s.keys, "why", r.Error())
	}
	return keys, err
}

// open is the board of a user. Whoever is no operator has the gate below it; what operators do is noted.
func (s *boardServer) open(backend engine.Attached, u sshboard.User, log *slog.Logger) tui.Options {
	o := tui.Options{
		Engine: engine.Audited(backend, sshboard.Audit(log)), Clock: backend, Role: "ssh", Start: s.start, Theme: s.theme,
		Keys: s.file.Keys, Filters: s.file.Filters, Kept: openKept("", s.file.presets()),
	}
	if s.readOnly || !u.Operator {
		seen := engine.ReadOnlyGate(backend)
		o.Engine, o.Clock, o.ReadOnly = seen, seen, true
	}
	return o
}

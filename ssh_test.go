package main

import (
	"errors"
	"log/slog"
	"path/filepath"
	"testing"

	"ffboard/engine"
	"ffboard/tui/sshboard"
)

func TestOnlyAnOperatorsBoardReachesWhatWrites(t *testing.T) {
	ann, kim := sshboard.User{Name: "ann"}, sshboard.User{Name: "kim", Operator: true}
	var backend engine.Attached // a call that reached it would panic
	for name, c := range map[string]struct {
		server  boardServer
		user    sshboard.User
		refused bool
	}{
		"a reader":                       {boardServer{}, ann, true},
		"an operator":                    {boardServer{}, kim, false},
		"an operator of what only reads": {boardServer{board: board{readOnly: true}}, kim, true},
	} {
		t.Run(name, func(t *testing.T) {
			o := c.server.open(backend, c.user, slog.New(slog.DiscardHandler))
			if o.ReadOnly != c.refused {
				t.Fatalf("read-only: %v, want %v", o.ReadOnly, c.refused)
			}
			if !c.refused {
				return
			}
			if _, err := o.Engine.CancelExecution(t.Context(), "", "", ""); !errors.Is(err, engine.ClassReadOnly) {
				t.Errorf("it answered %v", err)
			}
		})
	}
}

func TestTheServersFilesAreTheUsers(t *testing.T) {
	lookup := func(name string) (string, bool) {
		value := map[string]string{"XDG_STATE_HOME": "/state", "XDG_CONFIG_HOME": "/config"}[name]
		return value, value != ""
	}
	s := boardServer{keys: "given"}
	s.defaults(lookup)
	if s.keys != "given" || s.hostKey != filepath.FromSlash("/state/ffboard/ssh_host_ed25519_key") {
		t.Errorf("%s, %s", s.keys, s.hostKey)
	}
	s = boardServer{hostKey: "given"}
	s.defaults(lookup)
	if s.hostKey != "given" || s.keys != filepath.FromSlash("/config/ffboard/authorized_keys") {
		t.Errorf("%s, %s", s.keys, s.hostKey)
	}
}

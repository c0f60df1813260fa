package main

import (
	"errors"
	"net"

	"ffboard/engine"
)

// Exit codes. A script can tell what is wrong from them.
const (
	exitFailed      = 1 // the command line, the configuration, or anything not named below
	exitNotFound    = 3 // there is no such thing
	exitRefused     = 4 // the engine refused: the state does not allow it, or it contradicts what is stored
	exitUnreachable = 5 // no answer from the server; what was asked may have been done
	exitBroken      = 6 // an audit found broken invariants
)

const exitCodes = "Exit codes: 0 done, 1 a mistake on the command line or another failure, 3 not found, 4 refused by the engine, 5 no answer from the server, 6 an audit found broken invariants."

func exitCode(err error) int {
	var e *engine.Error
	var dial *net.OpError
	switch {
	case errors.As(err, &e):
	case errors.Is(err, errBroken):
		return exitBroken
	case errors.As(err, &dial) && dial.Op != "listen":
		return exitUnreachable
	default:
		return exitFailed
	}
	switch e.Class {
	case engine.ClassNotFound:
		return exitNotFound
	case engine.ClassTransport, engine.ClassTimeout, engine.ClassDisconnected:
		return exitUnreachable
	case engine.ClassState, engine.ClassConflict, engine.ClassContention, engine.ClassValidation, engine.ClassReadOnly:
		return exitRefused
	default:
		return exitFailed
	}
}

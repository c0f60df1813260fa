//go:build !unix

package embedded

import (
	"errors"
	"os"
	"syscall"
)

// Elsewhere the server runs inside of this process: there is no valkey-server to be had.
const childrenSupported = false

type leash struct{}

func newLeash() (*leash, error) { return nil, errors.New("child servers need a unix system") }

func (*leash) tie(*os.Process) error { return nil }

func (*leash) Close() error { return nil }

func ownGroup() *syscall.SysProcAttr { return nil }

func processRuns(int) bool { return true }

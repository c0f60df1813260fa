//go:build !unix

package child

import (
	"errors"
	"os"
	"syscall"
)

// Supported says that servers can be children here: elsewhere there is no valkey-server to be had.
const Supported = false

type leash struct{}

func newLeash() (*leash, error) { return nil, errors.New("child servers need a unix system") }

func (*leash) tie(*os.Process) error { return nil }

func (*leash) Close() error { return nil }

func ownGroup() *syscall.SysProcAttr { return nil }

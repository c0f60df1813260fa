//go:build unix

package folder

import (
	"errors"
	"syscall"
)

// Runs tells whether a process of that number exists.
func Runs(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

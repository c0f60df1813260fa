//go:build unix

package embedded

import (
	"errors"
	"syscall"
)

// processRuns tells whether a process of that number exists.
func processRuns(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

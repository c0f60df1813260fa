package valkey

import (
	"os"
	"os/exec"
	"syscall"
)

func tempFolder() (string, error) { return os.MkdirTemp("", "ffboard-test-") }

func dieWithTests(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

//go:build unix

package child

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// Supported says that servers can be children here.
const Supported = true

// watchdog learns the server's process number and kills it when its standard input ends: this process holds the other end of that
// pipe, and the kernel closes it however this process ends, a kill -9 included.
const watchdog = `read -r server && { while read -r _; do :; done; kill -9 "$server"; }`

// leash is the watchdog that ends a child with this process.
type leash struct {
	cmd  *exec.Cmd
	hold io.WriteCloser
}

// newLeash starts the watchdog before there is anything to watch, so that no child is ever without one for long.
func newLeash() (*leash, error) {
	cmd := exec.Command("sh", "-c", watchdog)
	cmd.SysProcAttr = ownGroup()
	hold, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("the watchdog that ends the server with this program: %w", err)
	}
	return &leash{cmd: cmd, hold: hold}, nil
}

// tie names the process to end.
func (l *leash) tie(p *os.Process) error {
	_, err := io.WriteString(l.hold, strconv.Itoa(p.Pid)+"\n")
	return err
}

// Close ends the watchdog first: the number that it holds may soon be another process's.
func (l *leash) Close() error {
	_ = l.cmd.Process.Kill()
	_ = l.cmd.Wait()
	_ = l.hold.Close()
	return nil
}

// ownGroup keeps a ctrl-c in the terminal to this program, which ends its children itself.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

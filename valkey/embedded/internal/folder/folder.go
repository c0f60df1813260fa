// Package folder makes the private folders in which servers have their sockets.
package folder

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const prefix = "ffboard-"

// Folder is a private place for a socket. Its name holds the process that made it, so that a later one can tell what was left
// behind by a kill.
type Folder struct{ Path string }

// New makes a folder that only this user can enter.
func New() (Folder, error) {
	path, err := os.MkdirTemp(shortTemp(), prefix+strconv.Itoa(os.Getpid())+"-")
	return Folder{path}, err // MkdirTemp makes it 0700
}

// Socket is short: the path of a unix socket holds some 100 bytes.
func (f Folder) Socket() string { return filepath.Join(f.Path, "s") }

// Remove removes the folder with all it holds.
func (f Folder) Remove() error { return os.RemoveAll(f.Path) }

// shortTemp is the usual folder for temporary files unless its name is too long for a socket below it.
func shortTemp() string {
	if dir := os.TempDir(); len(dir) < 60 {
		return dir
	}
	return "/tmp"
}

// RemoveStale removes what processes left behind that are no more.
func RemoveStale() {
	left, err := filepath.Glob(filepath.Join(shortTemp(), prefix+"*"))
	if err != nil {
		return
	}
	for _, path := range left {
		pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(path), prefix), "-")
		if n, err := strconv.Atoi(pid); err == nil && n != os.Getpid() && !Runs(n) {
			_ = os.RemoveAll(path)
		}
	}
}

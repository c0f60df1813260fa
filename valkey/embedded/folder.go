package embedded

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const folderPrefix = "ffboard-"

// folder is a private place for a socket. Its name holds the process that made it, so that a later one can tell what was left
// behind by a kill.
type folder struct{ path string }

func newFolder() (folder, error) {
	path, err := os.MkdirTemp(shortTemp(), folderPrefix+strconv.Itoa(os.Getpid())+"-")
	return folder{path}, err // MkdirTemp makes it 0700
}

// socket is short: the path of a unix socket holds some 100 bytes.
func (f folder) socket() string { return filepath.Join(f.path, "s") }

// shortTemp is the usual folder for temporary files unless its name is too long for a socket below it.
func shortTemp() string {
	if dir := os.TempDir(); len(dir) < 60 {
		return dir
	}
	return "/tmp"
}

// removeStaleFolders removes what processes left behind that are no more.
func removeStaleFolders() {
	left, err := filepath.Glob(filepath.Join(shortTemp(), folderPrefix+"*"))
	if err != nil {
		return
	}
	for _, path := range left {
		pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(path), folderPrefix), "-")
		if n, err := strconv.Atoi(pid); err == nil && n != os.Getpid() && !processRuns(n) {
			_ = os.RemoveAll(path)
		}
	}
}

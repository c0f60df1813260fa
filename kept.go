package main

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/BurntSushi/toml"
)

// keptFile keeps words by name in a file of the user's, as views.Kept. It is read when the program starts and written behind its
// back; what cannot be written is only not kept.
type keptFile struct {
	path   string // "" keeps for this run only
	preset map[string][]string

	mu      sync.Mutex
	words   map[string][]string
	changed chan struct{} // has room for one
	closing chan struct{}
	written sync.WaitGroup
}

// keptPath is where things are kept between runs: below XDG_STATE_HOME.
func keptPath(lookup lookupEnv) string {
	dir := userFolder(lookup, "XDG_STATE_HOME", filepath.Join(".local", "state"))
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, "kept.toml")
}

// openKept reads what was kept. preset stands for what was never put. A file that cannot be read is as good as none.
func openKept(path string, preset map[string][]string) *keptFile {
	k := &keptFile{path: path, preset: preset, words: map[string][]string{}, changed: make(chan struct{}, 1), closing: make(chan struct{})}
	if path == "" {
		return k
	}
	if _, err := toml.DecodeFile(path, &k.words); err != nil && !errors.Is(err, fs.ErrNotExist) {
		slog.Debug("what was kept cannot be read", "file", path, "error", err)
		k.words = map[string][]string{}
	}
	k.written.Go(k.writeChanges)
	return k
}

func (k *keptFile) Get(name string) []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	if words, ok := k.words[name]; ok {
		return slices.Clone(words)
	}
	return slices.Clone(k.preset[name])
}

func (k *keptFile) Put(name string, words []string) {
	k.mu.Lock()
	k.words[name] = slices.Clone(words)
	k.mu.Unlock()
	select {
	case k.changed <- struct{}{}:
	default:
	}
}

// Close writes what is not written yet.
func (k *keptFile) Close() {
	close(k.closing)
	k.written.Wait()
}

func (k *keptFile) writeChanges() {
	for {
		select {
		case <-k.changed:
			k.write()
		case <-k.closing:
			select {
			case <-k.changed:
				k.write()
			default:
			}
			return
		}
	}
}

// write replaces the file in one step, so that another run never reads half of it.
func (k *keptFile) write() {
	var content bytes.Buffer
	k.mu.Lock()
	err := toml.NewEncoder(&content).Encode(k.words)
	k.mu.Unlock()
	if err == nil {
		err = replaceFile(k.path, content.Bytes())
	}
	if err != nil {
		slog.Debug("not kept", "file", k.path, "error", err)
	}
}

func replaceFile(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".kept-") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

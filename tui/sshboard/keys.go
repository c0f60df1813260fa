package sshboard

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"ffboard/theme"
)

// User is who has logged in: the holder of a listed key.
type User struct {
	Name        string // the key's comment, fit to be shown
	Fingerprint string
	Operator    bool // may write
}

// Key is a line of the file of authorized keys.
type Key struct {
	User
	public []byte // as on the wire
}

// Keys are those that may log in.
type Keys []Key

// find is the user of a key. Of two lines with one key the first counts.
func (ks Keys) find(public ssh.PublicKey) (User, bool) {
	wire := public.Marshal()
	at := slices.IndexFunc(ks, func(k Key) bool { return bytes.Equal(k.public, wire) })
	if at < 0 {
		return User{}, false
	}
	return ks[at].User, true
}

const (
	mostOfKeys  = 1 << 20 // bytes of the file
	longestName = 40
)

// ReadKeys reads a file in the format of authorized_keys. A line that cannot be read, or that asks for a restriction that is not known
// here, lets nobody in: refused says which and why.
func ReadKeys(path string) (keys Keys, refused []error, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read the authorized keys: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read the authorized keys: %w", err)
	}
	if info.Mode().Perm()&0o022 != 0 {
		return nil, nil, fmt.Errorf("others may write to %s, and so let themselves in: chmod go-w it", path)
	}
	content, err := io.ReadAll(io.LimitReader(f, mostOfKeys+1))
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read the authorized keys: %w", err)
	}
	if len(content) > mostOfKeys {
		return nil, nil, fmt.Errorf("%s is larger than a mebibyte: that is no list of keys", path)
	}
	keys, refused = parseKeys(content)
	return keys, refused, nil
}

func parseKeys(content []byte) (keys Keys, refused []error) {
	n := 0
	for line := range bytes.Lines(content) {
		n++
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		key, err := parseKey(line)
		if err != nil {
			refused = append(refused, fmt.Errorf("line %d: %w", n, err))
			continue
		}
		keys = append(keys, key)
	}
	return keys, refused
}

func parseKey(line []byte) (Key, error) {
	public, comment, options, _, err := ssh.ParseAuthorizedKey(line)
	if err != nil {
		return Key{}, errors.New("it is no public key")
	}
	k := Key{public: public.Marshal()}
	k.Fingerprint = ssh.FingerprintSHA256(public)
	k.Name = string(theme.CleanTo(comment, longestName))
	for _, option := range options {
		switch name, value, _ := strings.Cut(option, "="); strings.ToLower(name) {
		case "ffboard":
			switch strings.Trim(value, `"`) {
			case "operator":
				k.Operator = true
			case "read-only":
			default:
				return Key{}, errors.New(`ffboard= is "operator" or "read-only"`)
			}
		// What these forbid is not offered to anybody.
		case "restrict", "pty", "no-agent-forwarding", "no-port-forwarding", "no-x11-forwarding", "no-user-rc":
		default:
			return Key{}, fmt.Errorf("the option %s is not known here, and may be meant to keep somebody out", theme.CleanTo(name, longestName))
		}
	}
	return k, nil
}

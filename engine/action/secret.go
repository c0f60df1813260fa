package action

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"strings"
)

// secretBytes is how long a generated secret is.
const secretBytes = 32

// longestSecretFile bounds what is read of a file that is said to hold a secret.
const longestSecretFile = 4096

// Secret is a signing secret in hex. No way of printing, logging or marshalling it shows it.
type Secret struct{ hex string }

const redactedSecret = "<REDACTED>"

func (Secret) String() string               { return redactedSecret }
func (Secret) GoString() string             { return redactedSecret }
func (Secret) MarshalText() ([]byte, error) { return []byte(redactedSecret), nil }

// Set tells whether there is one.
func (s Secret) Set() bool { return s.hex != "" }

// reveal is the text, for the wire alone.
func (s Secret) reveal() string { return s.hex }

// NewSecret makes one.
func NewSecret() (Secret, error) {
	raw := make([]byte, secretBytes)
	if _, err := rand.Read(raw); err != nil {
		return Secret{}, err
	}
	return Secret{hex.EncodeToString(raw)}, nil
}

// ParseSecret takes hex text; blanks around it do not count.
func ParseSecret(text string) (Secret, error) {
	text = strings.TrimSpace(text)
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) == 0 {
		return Secret{}, Refusal("the secret is an even number of hex digits, best 64 of them")
	}
	return Secret{text}, nil
}

// ReadSecret reads one from a file.
func ReadSecret(path string) (Secret, error) {
	f, err := os.Open(path)
	if err != nil {
		return Secret{}, Refusal("the file cannot be opened: " + cause(err))
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, longestSecretFile+1))
	if err != nil {
		return Secret{}, Refusal("the file cannot be read: " + cause(err))
	}
	if len(text) > longestSecretFile {
		return Secret{}, Refusal("the file is too long for a secret")
	}
	return ParseSecret(string(text))
}

// cause is what the system says, without the path.
func cause(err error) string {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return "it failed"
}

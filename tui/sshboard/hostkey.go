package sshboard

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/crypto/ssh"
)

// HostKey reads the key by which users know the server, or makes one where there is none: ed25519, for its owner's eyes alone.
func HostKey(path string) (signer ssh.Signer, made bool, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		signer, err = makeHostKey(path)
		return signer, err == nil, err
	}
	if err != nil {
		return nil, false, fmt.Errorf("cannot read the host key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, false, fmt.Errorf("cannot read the host key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, false, fmt.Errorf("others may read the host key %s: chmod 600 it", path)
	}
	content := make([]byte, min(info.Size(), mostOfKeys))
	if _, err := f.ReadAt(content, 0); err != nil && len(content) > 0 {
		return nil, false, fmt.Errorf("cannot read the host key: %w", err)
	}
	signer, err = ssh.ParsePrivateKey(content)
	if err != nil {
		return nil, false, fmt.Errorf("%s holds no private key without a passphrase: %w", path, err)
	}
	return signer, false, nil
}

func makeHostKey(path string) (ssh.Signer, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("cannot make a host key: %w", err)
	}
	block, err := ssh.MarshalPrivateKey(private, "ffboard")
	if err != nil {
		return nil, fmt.Errorf("cannot make a host key: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("cannot keep the host key: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot keep the host key: %w", err)
	}
	_, err = f.Write(pem.EncodeToMemory(block))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("cannot keep the host key: %w", err)
	}
	return ssh.NewSignerFromKey(private)
}

// Fingerprint is how users see the server's key.
func Fingerprint(key ssh.Signer) string { return ssh.FingerprintSHA256(key.PublicKey()) }

package sshboard

import (
	"errors"

	"golang.org/x/crypto/ssh"
)

// What a login finds out is kept with the key that was proved, not with the last one that was asked about.
const (
	permName        = "ffboard-name"
	permFingerprint = "ffboard-key"
	permOperator    = "ffboard-operator"
)

var errUnlisted = errors.New("the key is not listed")

// config lets listed keys in, and nothing else: no passwords, no questions.
func (c *connection) config() *ssh.ServerConfig {
	config := &ssh.ServerConfig{
		MaxAuthTries:  maxAuthTries,
		ServerVersion: "SSH-2.0-ffboard",
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			keys, err := c.server.Keys()
			if err != nil {
				c.log.Error("nobody can log in", "error", err)
				return nil, errUnlisted
			}
			user, ok := keys.find(key)
			if !ok {
				c.log.Info("key refused", "key", ssh.FingerprintSHA256(key))
				return nil, errUnlisted
			}
			return permissionsOf(user), nil
		},
	}
	config.AddHostKey(c.server.HostKey)
	return config
}

func permissionsOf(u User) *ssh.Permissions {
	p := &ssh.Permissions{Extensions: map[string]string{permName: u.Name, permFingerprint: u.Fingerprint}}
	if u.Operator {
		p.Extensions[permOperator] = "yes"
	}
	return p
}

func userOf(p *ssh.Permissions) User {
	return User{Name: p.Extensions[permName], Fingerprint: p.Extensions[permFingerprint], Operator: p.Extensions[permOperator] == "yes"}
}

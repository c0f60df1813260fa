package valkey

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path"
	"strconv"
	"strings"
	"unicode"
)

// Target says where a deployment is and how to reach it. It holds a password; its String does not.
type Target struct {
	Addrs     []string // host:port; more than one makes a cluster
	Socket    string   // path of a unix socket, instead of Addrs
	TLS       bool
	Cluster   bool
	Database  int
	Username  string
	Password  string
	TLSConfig *tls.Config // nil uses the system's roots
}

const defaultPort = "6379"

// ParseTarget reads addresses as a person writes them: valkey://host:port, rediss://host, unix:///path, or several of them, with
// commas or as several arguments, for a cluster. Credentials in an address are refused: they would be seen by everybody who can
// list processes. No error repeats them.
func ParseTarget(addresses ...string) (Target, error) {
	var t Target
	plain := false
	for _, list := range addresses {
		if mayHoldPassword(list) {
			return Target{}, errors.New("an address must not hold a user name or a password: set FF_USERNAME and FF_PASSWORD, or use --password-file or --ask-password")
		}
		for _, address := range strings.Split(list, ",") {
			if address = strings.TrimSpace(address); address == "" {
				continue
			}
			if err := t.add(address); err != nil {
				return Target{}, err
			}
			plain = plain || isPlain(address)
		}
	}
	switch {
	case t.Socket == "" && len(t.Addrs) == 0:
		return Target{}, errors.New("no address given: write one such as valkey://localhost:6379")
	case t.Socket != "" && len(t.Addrs) > 0:
		return Target{}, errors.New("a unix socket cannot be mixed with other addresses")
	case t.TLS && plain:
		return Target{}, errors.New("some addresses are with TLS (rediss://) and some without (valkey://): write all of them alike")
	}
	t.Cluster = t.Cluster || len(t.Addrs) > 1
	return t, t.Check()
}

// Check finds parts that cannot go together.
func (t Target) Check() error {
	switch {
	case t.Cluster && t.Socket != "":
		return errors.New("a cluster is reached by host and port, not by a unix socket")
	case t.Cluster && t.Database != 0:
		return errors.New("a cluster has no numbered databases: leave the number out of the address")
	default:
		return nil
	}
}

// mayHoldPassword sees an @ wherever it is no part of a socket's path. It looks before anything is split or parsed: a password may
// hold commas, colons and slashes itself.
func mayHoldPassword(list string) bool {
	return strings.Contains(list, "@") && !strings.HasPrefix(list, "/") && !strings.HasPrefix(list, "unix:///")
}

func isPlain(address string) bool {
	return strings.HasPrefix(address, "valkey://") || strings.HasPrefix(address, "redis://")
}

func (t *Target) add(address string) error {
	if strings.HasPrefix(address, "/") {
		return t.setSocket(address)
	}
	if socket, ok := strings.CutPrefix(address, "unix://"); ok {
		return t.setSocket(socket)
	}
	if !strings.Contains(address, "://") {
		return t.addHost(address, address)
	}
	u, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("%q is not an address: write one such as valkey://localhost:6379", address)
	}
	switch u.Scheme {
	case "valkey", "redis":
	case "valkeys", "rediss":
		t.TLS = true
	default:
		return fmt.Errorf("%q: unknown kind of address %q: use valkey://, rediss:// (with TLS) or unix://", address, u.Scheme)
	}
	if err := t.setOptions(address, u); err != nil {
		return err
	}
	return t.addHost(address, u.Host)
}

// setOptions takes the database's number from the path and cluster=true from the query.
func (t *Target) setOptions(address string, u *url.URL) error {
	if db := strings.Trim(u.Path, "/"); db != "" {
		n, err := strconv.Atoi(db)
		if err != nil || n < 0 {
			return fmt.Errorf("%q: %q is not a database number", address, db)
		}
		t.Database = n
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil || u.Fragment != "" {
		return fmt.Errorf("%q is not an address: write one such as valkey://localhost:6379", address)
	}
	for name, values := range query {
		switch {
		case name != "cluster":
			// Its value is not repeated: other programs take passwords this way.
			return fmt.Errorf("unknown option %q in an address: there is only cluster=true", name)
		case values[0] == "true":
			t.Cluster = true
		}
	}
	return nil
}

func (t *Target) addHost(address, host string) error {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"), defaultPort
	}
	if net.ParseIP(name) == nil && strings.ContainsFunc(name, notOfAName) {
		return fmt.Errorf("%q is not an address: write one such as valkey://localhost:6379", address)
	}
	if name == "" {
		name = "localhost"
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return fmt.Errorf("%q: %q is not a port: use 1 to 65535", address, port)
	}
	t.Addrs = append(t.Addrs, net.JoinHostPort(name, port))
	return nil
}

func notOfAName(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-._", r)
}

func (t *Target) setSocket(p string) error {
	if t.Socket != "" {
		return errors.New("more than one unix socket given: use one")
	}
	if !path.IsAbs(p) {
		return fmt.Errorf("%q is not an absolute path: write unix:///path/to/valkey.sock", p)
	}
	t.Socket = p
	return nil
}

// String is the target as a person would write it, without credentials.
func (t Target) String() string {
	if t.Socket != "" {
		return "unix://" + t.Socket
	}
	scheme := "valkey://"
	if t.TLS {
		scheme = "rediss://"
	}
	s := scheme + strings.Join(t.Addrs, ",")
	if t.Database != 0 {
		s += "/" + strconv.Itoa(t.Database)
	}
	return s
}

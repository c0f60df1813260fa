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

// ParseTarget reads addresses as a person writes them: valkey://host:port, rediss://host, unix:///path, or several of them, with
// commas or as several arguments, for a cluster. Credentials in an address are refused: they would be seen by everybody who can
// list processes.
func ParseTarget(addresses ...string) (Target, error) {
	var t Target
	for _, list := range addresses {
		for _, address := range strings.Split(list, ",") {
			if address = strings.TrimSpace(address); address == "" {
				continue
			}
			if err := t.add(address); err != nil {
				return Target{}, err
			}
		}
	}
	switch {
	case t.Socket == "" && len(t.Addrs) == 0:
		return Target{}, errors.New("no address given: write one such as valkey://localhost:6379")
	case t.Socket != "" && len(t.Addrs) > 0:
		return Target{}, errors.New("a unix socket cannot be mixed with other addresses")
	}
	t.Cluster = t.Cluster || len(t.Addrs) > 1
	return t, nil
}

func (t *Target) add(address string) error {
	if !strings.Contains(address, "://") {
		if strings.HasPrefix(address, "/") {
			return t.setSocket(address)
		}
		return t.addHost(address)
	}
	u, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("%s is not an address: write one such as valkey://localhost:6379", quoteAddress(address))
	}
	if u.User != nil {
		return errors.New("an address must not hold a user name or a password: set FF_USERNAME and FF_PASSWORD, or use --password-file or --ask-password")
	}
	switch u.Scheme {
	case "valkey", "redis":
	case "valkeys", "rediss":
		t.TLS = true
	case "unix":
		return t.setSocket(u.Host + u.Path)
	default:
		return fmt.Errorf("%s: unknown kind of address %q: use valkey://, rediss:// (with TLS) or unix://", quoteAddress(address), u.Scheme)
	}
	if u.Query().Get("cluster") == "true" {
		t.Cluster = true
	}
	if db := strings.Trim(u.Path, "/"); db != "" {
		if t.Database, err = strconv.Atoi(db); err != nil || t.Database < 0 {
			return fmt.Errorf("%s: %q is not a database number", quoteAddress(address), db)
		}
	}
	return t.addHost(u.Host)
}

func (t *Target) addHost(host string) error {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = strings.Trim(host, "[]"), "6379"
	}
	if name == "" {
		name = "localhost"
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return fmt.Errorf("%q is not a port: use 1 to 65535", port)
	}
	t.Addrs = append(t.Addrs, net.JoinHostPort(name, port))
	return nil
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

// quoteAddress shows an address in an error without what may be a password.
func quoteAddress(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return strconv.Quote(address)
	}
	if _, host, ok := strings.Cut(rest, "@"); ok {
		rest = "…@" + host
	}
	return strconv.Quote(scheme + "://" + rest)
}

package valkey

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"
)

// explained turns what went wrong with a server into a sentence that says what to do. The chain stays for the log; an error that
// is a sentence already stays as it is.
func explained(t Target, err error) error {
	var answer redis.Error
	if errors.As(err, &answer) {
		return explainedAnswer(t, answer.Error(), err)
	}
	switch {
	case errors.As(err, new(tls.RecordHeaderError)):
		return fmt.Errorf("%s does not speak TLS: use valkey:// instead of rediss://: %w", t, err)
	case errors.As(err, new(*tls.CertificateVerificationError)):
		return fmt.Errorf("the certificate of %s is not trusted: add its issuer to the system's certificates, or name it in SSL_CERT_FILE: %w", t, err)
	case errors.Is(err, context.Canceled):
		return err
	case timedOut(err), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s did not answer in time: check the address, the network, and whether it speaks %s: %w", t, t.otherScheme(), err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), strings.Contains(err.Error(), "redis: can't parse"):
		return fmt.Errorf("%s does not answer as a Valkey does: check the address, and whether it speaks %s: %w", t, t.otherScheme(), err)
	case errors.As(err, new(*net.OpError)), errors.As(err, new(*net.DNSError)):
		return fmt.Errorf("cannot reach Valkey at %s: start it, or give its address with --url or FF_HOST and FF_PORT: %w", t, err)
	default:
		return err
	}
}

func explainedAnswer(t Target, answer string, err error) error {
	switch {
	case strings.HasPrefix(answer, "NOAUTH"):
		return fmt.Errorf("%s wants a password: set FF_PASSWORD (and FF_USERNAME), or use --password-file or --ask-password: %w", t, err)
	case strings.HasPrefix(answer, "WRONGPASS"), strings.Contains(answer, "without any password configured"):
		return fmt.Errorf("%s refused the user name or the password: check FF_USERNAME and FF_PASSWORD: %w", t, err)
	case strings.HasPrefix(answer, "NOPERM"):
		return fmt.Errorf("%s does not give this user the rights: the board needs at least "+BoardRights+": %w", t, err)
	case strings.Contains(answer, "cluster support disabled"):
		return fmt.Errorf("%s is not a cluster: give one address, without --cluster: %w", t, err)
	case strings.HasPrefix(answer, "MOVED"):
		return fmt.Errorf("%s belongs to a cluster: add --cluster: %w", t, err)
	case strings.HasPrefix(answer, "LOADING"):
		return fmt.Errorf("%s is still loading its data: try again in a moment: %w", t, err)
	case strings.HasPrefix(answer, "READONLY"):
		return fmt.Errorf("%s is a replica, which takes no writes: give the primary's address: %w", t, err)
	case strings.Contains(answer, "DB index is out of range"), strings.Contains(answer, "SELECT is not allowed"):
		return fmt.Errorf("%s has no such database: leave the number out: %w", t, err)
	default:
		return fmt.Errorf("%s answers with an error: %w", t, err)
	}
}

// otherScheme is what to try when the server stays silent.
func (t Target) otherScheme() string {
	if t.TLS {
		return "without TLS (valkey://)"
	}
	return "TLS (rediss://)"
}

// BoardRights are the rules of a user who may do all that a dashboard with --read-only does, in the words of ACL SETUSER.
const BoardRights = "~ff:* &ff:* +@read +@connection +info +time +function|list +fcall|ff_version +cluster|slots +subscribe"

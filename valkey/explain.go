package valkey

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// explained turns what went wrong with a server into a sentence that says what to do, with the cause at its end. An error that is a
// sentence already stays as it is.
func explained(t Target, err error) error {
	var typed *engine.Error
	if !errors.As(err, &typed) || typed.Err == nil {
		return err
	}
	err = typed.Err
	var answer redis.Error
	if errors.As(err, &answer) {
		return explainedAnswer(t, typed.Op, answer.Error(), err)
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
	case hungUp(err), strings.Contains(err.Error(), "redis: can't parse"):
		return fmt.Errorf("%s does not answer as a Valkey does: check the address, and whether it speaks %s: %w", t, t.otherScheme(), err)
	default:
		return fmt.Errorf("cannot reach Valkey at %s: start it, or give its address with --url or FF_HOST and FF_PORT: %w", t, err)
	}
}

// hungUp tells that the other end closed the connection instead of answering.
func hungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

func explainedAnswer(t Target, op, answer string, err error) error {
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
		return fmt.Errorf("%s answers with an error (%s): %w", t, op, err)
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
const BoardRights = "~ff:* &ff:* +@read +@connection +info +time +function|list +fcall|ff_version +cluster|slots +cluster|info +slowlog|len +subscribe"

package valkey

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ffboard/engine/enginetest"
)

// infoOf is an INFO server reply.
func infoOf(lines ...string) string {
	return bulk("# Server\r\n" + strings.Join(lines, "\r\n") + "\r\n")
}

func aValkey(with fakeServer) fakeServer {
	f := fakeServer{
		"ping":                  "+PONG\r\n",
		"info server":           infoOf("redis_version:7.2.4", "server_name:valkey", "valkey_version:8.0.1", "server_mode:standalone"),
		"hgetall":               "*0\r\n",
		"client":                "+OK\r\n",
		"auth":                  "+OK\r\n",
		"select":                "+OK\r\n",
		"cluster slots":         "-ERR This instance has cluster support disabled\r\n",
		"cluster shards":        "-ERR This instance has cluster support disabled\r\n",
		"command":               "*0\r\n",
		"function list":         "*0\r\n",
		"smembers ff:idx:lanes": "*0\r\n",
	}
	for command, reply := range with {
		f[command] = reply
	}
	return f
}

func TestWhatStandsInTheWayOfAConnectionIsToldInASentence(t *testing.T) {
	plain := func(f fakeServer) func(t *testing.T) Target {
		return func(t *testing.T) Target { return Target{Addrs: []string{f.listen(t)}} }
	}
	talk := func(serve func(net.Conn)) func(t *testing.T) Target {
		return func(t *testing.T) Target { return Target{Addrs: []string{serveFake(t, serve)}} }
	}
	inTLS := func(make func(t *testing.T) Target) func(t *testing.T) Target {
		return func(t *testing.T) Target {
			target := make(t)
			target.TLS = true
			return target
		}
	}
	asCluster := func(make func(t *testing.T) Target) func(t *testing.T) Target {
		return func(t *testing.T) Target {
			target := make(t)
			target.Cluster = true
			return target
		}
	}
	for _, tc := range []struct {
		name   string
		target func(t *testing.T) Target
		want   string
	}{
		{"no socket", func(t *testing.T) Target { return Target{Socket: filepath.Join(t.TempDir(), "s")} }, "cannot reach Valkey at unix://"},
		{"nobody listens", func(t *testing.T) Target { return Target{Addrs: []string{unusedAddress(t)}} }, "cannot reach Valkey at valkey://"},
		{"nobody listens, cluster", asCluster(func(t *testing.T) Target { return Target{Addrs: []string{unusedAddress(t)}} }), "cannot reach Valkey at valkey://"},
		{"no such host", func(t *testing.T) Target { return Target{Addrs: []string{"no-such-host.invalid:6379"}} }, "cannot reach Valkey at valkey://no-such-host.invalid:6379"},
		{"Redis", plain(aValkey(fakeServer{"info server": infoOf("redis_version:7.4.0", "redis_mode:standalone")})), `is Redis "7.4.0", not Valkey`},
		{"nothing that has a version", plain(aValkey(fakeServer{"info server": infoOf()})), "is another server, not Valkey"},
		{"an old Valkey", plain(aValkey(fakeServer{"info server": infoOf("server_name:valkey", "redis_version:7.1.9")})), `valkey_version_too_low`},
		{"a version of words", plain(aValkey(fakeServer{"info server": infoOf("valkey_version:next")})), `version "next" cannot be read`},
		{"a sentinel", plain(aValkey(fakeServer{"info server": infoOf("valkey_version:8.0.1", "server_mode:sentinel")})), "is a sentinel"},
		{"a node of a cluster", plain(aValkey(fakeServer{"info server": infoOf("valkey_version:8.0.1", "redis_mode:cluster")})), "belongs to a cluster: add --cluster"},
		{"no cluster", asCluster(plain(aValkey(nil))), "is not a cluster: give one address, without --cluster"},
		{"a server that loads its data", plain(aValkey(fakeServer{"ping": "-LOADING Valkey is loading the dataset in memory\r\n"})), "is still loading its data"},
		{"a password is wanted", plain(aValkey(fakeServer{"ping": "-NOAUTH Authentication required.\r\n"})), "wants a password: set FF_PASSWORD"},
		{"no right to read", plain(aValkey(fakeServer{"hgetall": "-NOPERM User x has no permissions to run the 'hgetall' command\r\n"})), "does not give this user the rights"},
		{"an error of its own", plain(aValkey(fakeServer{"ping": "-ERR out of order\r\n"})), "answers with an error (ping): ERR out of order"},
		{"a web server", func(t *testing.T) Target { return Target{Addrs: []string{webServer(t)}} }, "does not answer as a Valkey does"},
		{"one that hangs up", talk(func(net.Conn) {}), "does not answer as a Valkey does"},
		{"one that hangs up on TLS", inTLS(talk(func(net.Conn) {})), "whether it speaks without TLS (valkey://)"},
		{"TLS without a word", talk(func(conn net.Conn) { _, _ = conn.Write([]byte("\x15\x03\x03\x00\x02\x02\x46")) }), "whether it speaks TLS (rediss://)"},
		{"no TLS", inTLS(talk(func(conn net.Conn) {
			_, _ = io.WriteString(conn, "-ERR unknown command\r\n")
			_, _ = io.Copy(io.Discard, conn)
		})), "does not speak TLS: use valkey://"},
		{"a certificate that nobody vouches for", func(t *testing.T) Target {
			return Target{Addrs: []string{tlsServer(t)}, TLS: true}
		}, "the certificate of rediss://"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			target := tc.target(t)
			b, err := Connect(enginetest.Context(t), target)
			if err == nil {
				_ = b.Close()
				t.Fatal("connected")
			}
			if !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), target.String()) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func unusedAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func webServer(t *testing.T) string {
	s := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

func tlsServer(t *testing.T) string {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // the refused handshake
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

func TestQ208AServerWithTLSIsConnectedTo(t *testing.T) {
	certified := httptest.NewUnstartedServer(nil)
	certified.StartTLS()
	t.Cleanup(certified.Close)
	trusting := certified.Client().Transport.(*http.Transport).TLSClientConfig
	address := serveFake(t, func(conn net.Conn) { aValkey(nil).answer(tls.Server(conn, certified.TLS)) })
	for _, target := range []Target{
		{Addrs: []string{address}, TLS: true, TLSConfig: trusting},
		{Addrs: []string{address}, TLS: true, TLSConfig: trusting, Username: "ann", Password: "right", Database: 3},
	} {
		b, err := Connect(enginetest.Context(t), target)
		if err != nil {
			t.Fatal(err)
		}
		if d, err := b.Deployment(enginetest.Context(t)); err != nil || d.Address != target.String() || !strings.HasPrefix(d.Address, "rediss://") {
			t.Errorf("got %+v, %v", d, err)
		}
		_ = b.Close()
	}
}

func TestASilentServerIsGivenUp(t *testing.T) {
	hold := make(chan struct{})
	t.Cleanup(func() { close(hold) })
	silent := serveFake(t, func(net.Conn) { <-hold })
	for _, target := range []Target{{Addrs: []string{silent}}, {Addrs: []string{silent}, TLS: true}, {Addrs: []string{silent}, Cluster: true}} {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		began := time.Now()
		_, err := Connect(ctx, target)
		cancel()
		if err == nil || !strings.Contains(err.Error(), "did not answer in time") {
			t.Errorf("got %v", err)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("it took %v", took)
		}
	}
}

func TestAConnectionAttemptEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Connect(ctx, Target{Addrs: []string{unusedAddress(t)}}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestAUserWhoMayNotAskForTheVersionIsConnected(t *testing.T) {
	f := aValkey(fakeServer{
		"info server":   "-NOPERM User x has no permissions to run the 'info' command\r\n",
		"function list": "-NOPERM User x has no permissions to run the 'function|list' command\r\n",
		"fcall":         "-NOPERM User x has no permissions to run the 'fcall' command\r\n",
	})
	b, err := Connect(enginetest.Context(t), Target{Addrs: []string{f.listen(t)}})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	d, err := b.Deployment(enginetest.Context(t))
	if err != nil || d.LibraryVersion != "unknown" || d.ServerVersion != "" || d.PartitionsSet {
		t.Errorf("got %+v, %v", d, err)
	}
}

func TestTheServersAccountOfItself(t *testing.T) {
	for _, tc := range []struct {
		name, info string
		want       string
	}{
		{"Valkey", "server_name:valkey\r\nvalkey_version:8.0.1\r\nredis_version:7.2.4\r\nserver_mode:standalone", "valkey 8.0.1 8 0 standalone <nil>"},
		{"a Valkey that says it in the old way", "redis_version:7.2.5\nserver_name:VALKEY\nredis_mode:cluster", "valkey 7.2.5 7 2 cluster <nil>"},
		{"Redis", "redis_version:7.4.1\r\nredis_mode:standalone", "redis 7.4.1 0 0 standalone not a Valkey server"},
		{"a release candidate", "valkey_version:9.0.0-rc1", "valkey 9.0.0-rc1 9 0  <nil>"},
		{"a major version alone", "valkey_version:9", `valkey 9 9 0  version "9" cannot be read`},
		{"nothing", "", "redis  0 0  not a Valkey server"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, err := parseServerInfo(tc.info)
			if got := fmt.Sprint(s.name, " ", s.version, " ", s.major, " ", s.minor, " ", s.mode, " ", err); got != tc.want {
				t.Errorf("got %s", got)
			}
		})
	}
}

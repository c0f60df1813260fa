package valkey

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestAddressesAreReadAsAPersonWritesThem(t *testing.T) {
	for _, tc := range []struct {
		name      string
		addresses []string
		want      Target
		shown     string
	}{
		{"a host and port", []string{"valkey://db:6380"}, Target{Addrs: []string{"db:6380"}}, "valkey://db:6380"},
		{"the old scheme", []string{"redis://db:6380"}, Target{Addrs: []string{"db:6380"}}, "valkey://db:6380"},
		{"a host alone has the usual port", []string{"valkey://db"}, Target{Addrs: []string{"db:6379"}}, "valkey://db:6379"},
		{"a port alone is here", []string{"valkey://:6380"}, Target{Addrs: []string{"localhost:6380"}}, "valkey://localhost:6380"},
		{"no scheme", []string{"db"}, Target{Addrs: []string{"db:6379"}}, "valkey://db:6379"},
		{"no scheme but a port", []string{"db:1"}, Target{Addrs: []string{"db:1"}}, "valkey://db:1"},
		{"TLS", []string{"rediss://db:6380"}, Target{Addrs: []string{"db:6380"}, TLS: true}, "rediss://db:6380"},
		{"TLS by Valkey's name", []string{"valkeys://db"}, Target{Addrs: []string{"db:6379"}, TLS: true}, "rediss://db:6379"},
		{"a database", []string{"valkey://db/3"}, Target{Addrs: []string{"db:6379"}, Database: 3}, "valkey://db:6379/3"},
		{"a bare slash is no database", []string{"valkey://db/"}, Target{Addrs: []string{"db:6379"}}, "valkey://db:6379"},
		{"IPv6 in brackets", []string{"valkey://[::1]:6380"}, Target{Addrs: []string{"[::1]:6380"}}, "valkey://[::1]:6380"},
		{"bare IPv6", []string{"::1"}, Target{Addrs: []string{"[::1]:6379"}}, "valkey://[::1]:6379"},
		{"IPv6 in brackets without a port", []string{"valkey://[fe80::1]"}, Target{Addrs: []string{"[fe80::1]:6379"}}, "valkey://[fe80::1]:6379"},
		{"a socket", []string{"unix:///run/valkey.sock"}, Target{Socket: "/run/valkey.sock"}, "unix:///run/valkey.sock"},
		{"a socket's path", []string{"/run/valkey.sock"}, Target{Socket: "/run/valkey.sock"}, "unix:///run/valkey.sock"},
		{"a socket whose path has an @ and escapes", []string{"unix:///run/a@b%20?c"}, Target{Socket: "/run/a@b%20?c"}, "unix:///run/a@b%20?c"},
		{"one node of a cluster", []string{"valkey://a?cluster=true"}, Target{Addrs: []string{"a:6379"}, Cluster: true}, "valkey://a:6379"},
		{"cluster said to be off", []string{"valkey://a?cluster=false"}, Target{Addrs: []string{"a:6379"}}, "valkey://a:6379"},
		{"several with commas", []string{"valkey://a:1,b:2, c"}, Target{Addrs: []string{"a:1", "b:2", "c:6379"}, Cluster: true}, "valkey://a:1,b:2,c:6379"},
		{"several arguments", []string{"rediss://a", "rediss://b"}, Target{Addrs: []string{"a:6379", "b:6379"}, Cluster: true, TLS: true}, "rediss://a:6379,b:6379"},
		{"empty ones are nothing", []string{"", " , valkey://a, "}, Target{Addrs: []string{"a:6379"}}, "valkey://a:6379"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := ParseTarget(tc.addresses...)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tc.want) || got.String() != tc.shown {
				t.Errorf("got %+v, %s", got, got)
			}
		})
	}
}

func TestABadAddressIsRefusedWithASentence(t *testing.T) {
	for _, tc := range []struct {
		name      string
		addresses []string
		want      string
	}{
		{"nothing", nil, "no address given"},
		{"only separators", []string{" , "}, "no address given"},
		{"another scheme", []string{"http://db"}, `unknown kind of address "http"`},
		{"a port that is a word", []string{"valkey://db:x"}, "is not an address"},
		{"a port that is a word, without a scheme", []string{"db:x"}, `"x" is not a port`},
		{"port 0", []string{"valkey://db:0"}, `"0" is not a port`},
		{"a port beyond the last", []string{"valkey://db:65536"}, `"65536" is not a port`},
		{"a negative port", []string{"db:-1"}, `"-1" is not a port`},
		{"no port after the colon", []string{"db:"}, `"" is not a port`},
		{"two ports", []string{"db:1:2"}, "is not an address"},
		{"a host with a space", []string{"valkey://a b"}, "is not an address"},
		{"a path without a scheme", []string{"db/3"}, "is not an address"},
		{"a database that is a word", []string{"valkey://db/x"}, `"x" is not a database number`},
		{"a negative database", []string{"valkey://db/-1"}, `"-1" is not a database number`},
		{"two databases", []string{"valkey://db/1/2"}, `"1/2" is not a database number`},
		{"a relative socket", []string{"unix://run/valkey.sock"}, "is not an absolute path"},
		{"two sockets", []string{"/a", "/b"}, "more than one unix socket"},
		{"a socket and a host", []string{"/a", "db"}, "cannot be mixed"},
		{"TLS and plain", []string{"rediss://a,valkey://b"}, "some addresses are with TLS"},
		{"a database of a cluster", []string{"valkey://a/1,b"}, "no numbered databases"},
		{"an unknown option", []string{"valkey://a?tls=true"}, `unknown option "tls"`},
		{"a fragment", []string{"valkey://a#b"}, "is not an address"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := ParseTarget(tc.addresses...)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

// An address is seen by everybody who can list processes, and an error by everybody who looks over a shoulder.
func TestAPasswordInAnAddressIsRefusedAndNotRepeated(t *testing.T) {
	for _, address := range []string{
		"valkey://user:hunter2@db", "valkey://:hunter2@db:6379", "rediss://hunter2@db", "user:hunter2@db:6379", "hunter2@db",
		"valkey://user:hunter2,x@db", "valkey://user:x@hunter2@db", "valkey://user:%zzhunter2@db", "valkey://user:hunter2/x@db",
		"a,valkey://user:hunter2@db", "unix://user:hunter2@/run/s", "http://user:hunter2@db", "valkey://db?password=hunter2",
	} {
		_, err := ParseTarget(address)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func FuzzParseTarget(f *testing.F) {
	for _, seed := range []string{
		"valkey://db:6380", "rediss://a,b", "unix:///run/s", "/run/s", "[::1]:1", "::1", "valkey://a/3?cluster=true", "u:p@h", "%", "a:1:2", "valkey://[",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		target, err := ParseTarget(address)
		if err != nil {
			return
		}
		if target.Username != "" || target.Password != "" {
			t.Fatalf("credentials from %q", address)
		}
		again, err := ParseTarget(target.String())
		if err != nil {
			if target.Socket != "" && strings.Contains(target.Socket, ",") {
				return // written by its path alone
			}
			t.Fatalf("%q was read, but not %q: %v", address, target, err)
		}
		if again.Socket != target.Socket || !slices.Equal(again.Addrs, target.Addrs) || again.TLS != target.TLS || again.Database != target.Database {
			t.Fatalf("%q is %+v, then %+v", address, target, again)
		}
	})
}

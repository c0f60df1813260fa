package embedded

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ffboard/valkey/embedded/internal/resp"
)

// eachKind runs a test on both kinds of server.
func eachKind(t *testing.T, test func(t *testing.T, s *Server)) {
	t.Helper()
	t.Run("child", func(t *testing.T) { test(t, start(t, Options{})) })
	t.Run("in process", func(t *testing.T) { test(t, start(t, Options{InProcess: true})) })
}

// until asks again until the reply satisfies done.
func (c connection) until(done func(resp.Value) bool, args ...string) {
	c.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; {
		v := c.ask(args...)
		if done(v) {
			return
		}
		if time.Now().After(deadline) {
			c.Fatalf("%s still gives %+v", strings.Join(args, " "), v)
		}
	}
}

func TestATimeToLiveRunsDownByItself(t *testing.T) {
	eachKind(t, func(t *testing.T, s *Server) {
		c := connect(t, s)
		const life = 80 * time.Millisecond
		ms := strconv.FormatInt(life.Milliseconds(), 10)
		sets := map[string][][]string{
			"set":    {{"SET", "k", "v", "PX", ms}},
			"expire": {{"HSET", "k", "f", "v"}, {"PEXPIRE", "k", ms}},
			"at":     {{"SADD", "k", "v"}, {"PEXPIREAT", "k", strconv.FormatInt(time.Now().Add(time.Hour).UnixMilli(), 10)}, {"PEXPIRE", "k", ms}},
			"copy":   {{"SET", "from", "v", "PX", ms}, {"COPY", "from", "k"}},
		}
		for name, commands := range sets {
			t.Run(name, func(t *testing.T) {
				c.do("FLUSHALL")
				begun := time.Now()
				for _, command := range commands {
					c.do(command...)
				}
				if left := c.do("PTTL", "k").Int; left <= 0 || left > life.Milliseconds() {
					t.Errorf("%d ms are left of %s", left, life)
				}
				c.until(func(v resp.Value) bool { return v.Int == 0 }, "EXISTS", "k")
				if lived := time.Since(begun); lived < life-5*time.Millisecond {
					t.Errorf("it lived only %s", lived)
				}
				if n := c.do("DBSIZE").Int; n > 1 {
					t.Errorf("%d keys are left", n)
				}
			})
		}
	})
}

func TestAFunctionSetsTimesToLiveAndReadsTheClock(t *testing.T) {
	eachKind(t, func(t *testing.T, s *Server) {
		c := connect(t, s)
		c.do("FUNCTION", "LOAD", "REPLACE", `#!lua name=clock
redis.register_function('grant', function(keys, args)
  redis.call('HSET', keys[1], 'f', 1) redis.call('PEXPIRE', keys[1], args[1])
  redis.call('SET', keys[2], 1, 'PX', args[1])
  local t = redis.call('TIME')
  local id = redis.call('XADD', keys[3], '*', 'a', 1)
  return {t[1] * 1000 + math.floor(t[2] / 1000), redis.call('PTTL', keys[1]), redis.call('PTTL', keys[2]), id}
end)`)
		before := time.Now().UnixMilli()
		reply := c.do("FCALL", "grant", "3", "h", "s", "x", "60")
		after := time.Now().UnixMilli()
		if now := reply.Items[0].Int; now < before || now > after {
			t.Errorf("the clock says %d, not from %d to %d", now, before, after)
		}
		for _, left := range reply.Items[1:3] {
			if left.Int <= 40 || left.Int > 60 {
				t.Errorf("%d ms are left of 60", left.Int)
			}
		}
		ms, _, _ := strings.Cut(reply.Items[3].Text, "-")
		if id, err := strconv.ParseInt(ms, 10, 64); err != nil || id < before || id > after {
			t.Errorf("the entry's id is %s, not from %d to %d", reply.Items[3].Text, before, after)
		}
		c.until(func(v resp.Value) bool { return v.Int == 0 }, "EXISTS", "h", "s")
	})
}

func TestNobodySeesTheMiddleOfAFunction(t *testing.T) {
	eachKind(t, func(t *testing.T, s *Server) {
		c := connect(t, s)
		c.do("FUNCTION", "LOAD", "REPLACE", `#!lua name=money
redis.register_function('move', function(keys, args)
  redis.call('DECRBY', keys[1], args[1])
  for i = 1, 20 do redis.call('INCR', keys[3]) end
  redis.call('INCRBY', keys[2], args[1])
  return redis.status_reply('OK')
end)`)
		c.do("MSET", "a", "1000", "b", "1000", "n", "0")
		var running sync.WaitGroup
		stop := make(chan struct{})
		for w := range 4 {
			mover := connect(t, s)
			running.Add(1)
			go func() {
				defer running.Done()
				from, to := "a", "b"
				if w%2 == 1 {
					from, to = to, from
				}
				for range 200 {
					mover.do("FCALL", "move", "3", from, to, "n", "7")
				}
			}()
		}
		go func() {
			running.Wait()
			close(stop)
		}()
		seen := 0
		for open := true; open; seen++ {
			select {
			case <-stop:
				open = false
			default:
			}
			got := c.do("MGET", "a", "b", "n").Strings()
			a, _ := strconv.Atoi(got[0])
			b, _ := strconv.Atoi(got[1])
			if n, _ := strconv.Atoi(got[2]); a+b != 2000 || n%20 != 0 {
				t.Fatalf("saw %d and %d after %d", a, b, n)
			}
		}
		if n := c.do("GET", "n").Text; n != "16000" {
			t.Errorf("%s increments after %d looks", n, seen)
		}
	})
}

func TestABlockingReadWaits(t *testing.T) {
	eachKind(t, func(t *testing.T, s *Server) {
		reader, writer := connect(t, s), connect(t, s)
		reader.do("HELLO", "3")
		writer.do("XADD", "x", "1-1", "old", "1")
		begun := time.Now()
		if v := reader.do("XREAD", "BLOCK", "60", "STREAMS", "x", "$"); !v.IsNull() {
			t.Errorf("got %+v", v)
		}
		if waited := time.Since(begun); waited < 55*time.Millisecond {
			t.Errorf("waited only %s", waited)
		}
		for _, block := range []string{"0", "20000"} {
			if err := reader.Send("XREAD", "BLOCK", block, "COUNT", "10", "STREAMS", "x", "other", "$", "$"); err != nil {
				t.Fatal(err)
			}
			writer.until(func(v resp.Value) bool { return resp.Field(v.Text, "blocked_clients") == "1" }, "INFO", "clients")
			writer.do("SET", "k", block) // others are served meanwhile
			writer.do("XADD", "other", "*", "f", block)
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			v, err := reader.Receive(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if v.Kind != resp.Map || len(v.Items) != 2 || v.Items[0].Text != "other" || v.Items[1].Items[0].Items[1].Items[1].Text != block {
				t.Errorf("got %+v", v)
			}
		}
	})
}

func TestAFunctionWakesAReaderWithAllItWrote(t *testing.T) {
	eachKind(t, func(t *testing.T, s *Server) {
		reader, writer := connect(t, s), connect(t, s)
		writer.do("FUNCTION", "LOAD", "REPLACE", `#!lua name=frames
redis.register_function('append', function(keys) for i = 1, 5 do redis.call('XADD', keys[1], '*', 'n', i) end end)`)
		if err := reader.Send("XREAD", "BLOCK", "0", "STREAMS", "x", "0"); err != nil {
			t.Fatal(err)
		}
		writer.do("PING")
		writer.do("FCALL", "append", "1", "x")
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		v, err := reader.Receive(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(v.Items[0].Items[1].Items); n != 5 {
			t.Errorf("got %d of 5 entries", n)
		}
	})
}

func TestMessagesReachSubscribers(t *testing.T) {
	eachKind(t, func(t *testing.T, s *Server) {
		for _, version := range []string{"2", "3"} {
			listener, sender := connect(t, s), connect(t, s)
			listener.do("HELLO", version)
			listener.do("SUBSCRIBE", "news")
			sender.do("FUNCTION", "LOAD", "REPLACE", `#!lua name=news
redis.register_function('tell', function(keys, args) return redis.call('PUBLISH', args[1], args[2]) end)`)
			if n := sender.do("FCALL", "tell", "0", "news", "a/b").Int; n != 1 {
				t.Errorf("%d heard it", n)
			}
			v, err := listener.Receive(t.Context())
			if got := v.Strings(); err != nil || len(got) != 3 || got[0] != "message" || got[1] != "news" || got[2] != "a/b" {
				t.Errorf("got %q, %v", got, err)
			}
			if want := map[string]resp.Kind{"2": resp.Array, "3": resp.Push}[version]; v.Kind != want {
				t.Errorf("protocol %s sends a %c", version, v.Kind)
			}
			_ = listener.Close()
		}
	})
}

func TestASubscriberThatDoesNotReadHoldsNobodyUp(t *testing.T) {
	s := start(t, Options{InProcess: true})
	listener, sender := connect(t, s), connect(t, s)
	listener.do("SUBSCRIBE", "news")
	const messages = 2000
	body := strings.Repeat("x", 1000)
	for range messages {
		sender.do("PUBLISH", "news", body)
	}
	for i := range messages {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		if v, err := listener.Receive(ctx); err != nil || v.Items[2].Text != body {
			t.Fatalf("message %d: %+v, %v", i, v, err)
		}
		cancel()
	}
}

func TestAServerLooksLikeAValkey(t *testing.T) {
	eachKind(t, func(t *testing.T, s *Server) {
		c := connect(t, s)
		server := c.do("INFO", "server").Text
		if version := resp.Field(server, "valkey_version"); len(strings.Split(version, ".")) != 3 || resp.Field(server, "server_name") != "valkey" {
			t.Errorf("INFO server says %q", server)
		}
		for _, section := range []string{"", "all", "clients", "memory", "stats", "replication", "keyspace"} {
			args := []string{"INFO"}
			if section != "" {
				args = append(args, section)
			}
			if text := c.do(args...).Text; !strings.Contains(text, "# ") {
				t.Errorf("INFO %s says %q", section, text)
			}
		}
		hello := c.do("HELLO", "3")
		fields := map[string]resp.Value{}
		for i := 0; i+1 < len(hello.Items); i += 2 {
			fields[hello.Items[i].Text] = hello.Items[i+1]
		}
		if hello.Kind != resp.Map || fields["server"].Text != "valkey" || fields["proto"].Int != 3 || fields["id"].Int != c.do("CLIENT", "ID").Int {
			t.Errorf("HELLO says %+v", hello)
		}
		if n := c.do("SLOWLOG", "LEN").Int; n != 0 {
			t.Errorf("%d slow commands", n)
		}
		for _, command := range [][]string{{"SLOWLOG", "GET"}, {"LATENCY", "LATEST"}} {
			if v := c.do(command...); v.Kind != resp.Array || len(v.Items) != 0 {
				t.Errorf("%s gives %+v", command, v)
			}
		}
		if v := c.do("CONFIG", "GET", "maxmemory"); v.Kind != resp.Map || len(v.Items) != 2 {
			t.Errorf("CONFIG GET gives %+v", v)
		}
		c.do("SET", "k", "v")
		if n := c.do("MEMORY", "USAGE", "k").Int; n <= 0 {
			t.Errorf("a key takes %d bytes", n)
		}
	})
}

func TestFunctionLibrariesAreManaged(t *testing.T) {
	eachKind(t, func(t *testing.T, s *Server) {
		c := connect(t, s)
		c.do("HELLO", "3")
		source := func(body string) string {
			return "#!lua name=lib\nredis.register_function('f', function() return '" + body + "' end)"
		}
		if name := c.do("FUNCTION", "LOAD", source("one")).Text; name != "lib" {
			t.Errorf("loaded %q", name)
		}
		if v := c.ask("FUNCTION", "LOAD", source("two")); v.Kind != resp.Error || v.Text != "ERR Library 'lib' already exists" {
			t.Errorf("got %+v", v)
		}
		c.do("FUNCTION", "LOAD", "REPLACE", source("two"))
		if got := c.do("FCALL", "f", "0").Text; got != "two" {
			t.Errorf("got %q", got)
		}
		listed := c.do("FUNCTION", "LIST", "LIBRARYNAME", "li*", "WITHCODE")
		if len(listed.Items) != 1 || listed.Items[0].Kind != resp.Map || listed.Items[0].Items[1].Text != "lib" ||
			listed.Items[0].Items[len(listed.Items[0].Items)-1].Text != source("two") {
			t.Errorf("listed %+v", listed)
		}
		if n := len(c.do("FUNCTION", "LIST", "LIBRARYNAME", "other").Items); n != 0 {
			t.Errorf("%d libraries of another name", n)
		}
		if v := c.ask("FUNCTION", "LOAD", "REPLACE", "#!lua name=other\nredis.register_function('f', function() end)"); v.Text != "ERR Function f already exists" {
			t.Errorf("got %+v", v)
		}
		c.do("FUNCTION", "DELETE", "lib")
		if v := c.ask("FCALL", "f", "0"); v.Text != "ERR Function not found" {
			t.Errorf("got %+v", v)
		}
		c.do("FUNCTION", "LOAD", source("three"))
		c.do("FUNCTION", "FLUSH")
		if n := len(c.do("FUNCTION", "LIST").Items); n != 0 {
			t.Errorf("%d libraries after a flush", n)
		}
	})
}

func TestAFunctionInATransactionIsRefusedInProcess(t *testing.T) {
	c := connect(t, start(t, Options{InProcess: true}))
	c.do("MULTI")
	if v := c.ask("FCALL", "f", "0"); v.Kind != resp.Error {
		t.Errorf("got %+v", v)
	}
	if v := c.ask("EXEC"); !strings.HasPrefix(v.Text, "EXECABORT") {
		t.Errorf("got %+v", v)
	}
	c.do("PING")
}

func TestClosingEndsWhoeverWaits(t *testing.T) {
	s, err := Start(context.Background(), Options{InProcess: true})
	if err != nil {
		t.Fatal(err)
	}
	c := connect(t, s)
	c.do("PING")
	if err := c.Send("XREAD", "BLOCK", "0", "STREAMS", "x", "$"); err != nil {
		t.Fatal(err)
	}
	idle := connect(t, s)
	idle.do("SUBSCRIBE", "news")
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it does not close")
	}
	if _, err := idle.Receive(t.Context()); err == nil {
		t.Error("a connection outlived the server")
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

// BenchmarkFunctionCall is what one state transition costs: some reads, some writes, in a deployment of some size.
func BenchmarkFunctionCall(b *testing.B) {
	for _, kind := range []struct {
		name    string
		options Options
	}{{"in process", Options{InProcess: true}}, {"child", Options{}}} {
		for _, keys := range []int{0, 20000} {
			b.Run(fmt.Sprintf("%s, %d keys", kind.name, keys), func(b *testing.B) {
				c := connect(b, start(b, kind.options))
				c.do("FUNCTION", "LOAD", `#!lua name=bench
redis.register_function('transition', function(keys, args)
  local core = redis.call('HMGET', keys[1], 'state', 'epoch', 'lane', 'attempt')
  local t = redis.call('TIME')
  local now = t[1] * 1000 + math.floor(t[2] / 1000)
  redis.call('HSET', keys[1], 'state', 'leased', 'epoch', tostring((tonumber(core[2]) or 0) + 1), 'lane', 'default', 'attempt', '0', 'at', tostring(now))
  redis.call('ZADD', keys[2], now, args[1])
  redis.call('ZREM', keys[3], args[1])
  redis.call('SADD', keys[4], args[1])
  redis.call('PEXPIRE', keys[1], 60000)
  redis.call('XADD', keys[5], 'MAXLEN', '~', 1000, '*', 'event', 'acquired', 'at', tostring(now))
  return {1, 'OK', tostring(now)}
end)`)
				for i := range keys {
					c.do("HSET", fmt.Sprintf("ff:exec:{fp:%d}:%d:core", i%4, i), "state", "waiting", "lane", "default")
				}
				for b.Loop() {
					c.do("FCALL", "transition", "5", "core", "active", "eligible", "leases", "history", "e")
				}
			})
		}
	}
}

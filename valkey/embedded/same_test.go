package embedded

import (
	"context"
	"fmt"
	"os/exec"
	"sort"
	"strings"
	"testing"
	"time"

	"ffboard/valkey/embedded/internal/resp"
)

// start runs a server for one test.
func start(t testing.TB, o Options) *Server {
	t.Helper()
	if _, err := exec.LookPath(Program); err != nil && !o.InProcess {
		t.Skipf("no %s on the PATH", Program)
	}
	s, err := Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// connection is a connection whose failures end the test.
type connection struct {
	testing.TB
	*resp.Conn
}

func connect(t testing.TB, s *Server) connection {
	t.Helper()
	c, err := resp.Dial(context.Background(), "unix", s.Socket())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return connection{t, c}
}

// ask sends a command and gives its reply, errors included.
func (c connection) ask(args ...string) resp.Value {
	c.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := c.Send(args...); err != nil {
		c.Fatalf("%s: %v", args[0], err)
	}
	v, err := c.Receive(ctx)
	if err != nil {
		c.Fatalf("%s: %v", args[0], err)
	}
	return v
}

// do is ask for a command that must not fail.
func (c connection) do(args ...string) resp.Value {
	c.Helper()
	v := c.ask(args...)
	if v.Kind == resp.Error {
		c.Fatalf("%s: %s", strings.Join(args, " "), v.Text)
	}
	return v
}

// conversations are commands whose replies the two kinds of server must have in common. Words are parted by spaces; _ is an empty one.
var conversations = []struct {
	name     string
	commands []string
}{
	{"strings", []string{"SET a 1", "GET a", "GET none", "SET a 2 NX", "SET a 3 XX", "SET b 1 XX", "SET a 4 GET", "GET a", "INCR a", "INCRBY a 5", "DECR a", "SET a x", "INCR a",
		"SET a 1 EX 10 PX 10", "SET a _", "STRLEN a", "MGET a none", "DEL a none", "EXISTS a a b", "SETNX n 1", "SETNX n 2", "GETDEL n", "TYPE n", "TYPE none"}},
	{"numbers at their limits", []string{"SET n 9223372036854775807", "INCR n", "SET n -9223372036854775808", "DECR n", "HSET h f 9223372036854775807", "HINCRBY h f 1", "HINCRBY h g 5",
		"HINCRBY h g x", "HSET h t text", "HINCRBY h t 1", "SET n 1.5", "INCR n"}},
	{"hashes", []string{"HSET h a 1 b 2", "HSET h b 3 c 4", "HGET h b", "HGET h none", "HGET none f", "HMGET h a none c", "HGETALL h", "HGETALL none", "HKEYS h", "HVALS h", "HLEN h", "HEXISTS h a",
		"HEXISTS h z", "HSETNX h a 9", "HSETNX h z 9", "HDEL h a none", "HSTRLEN h b", "HDEL h b c z", "EXISTS h", "HSET h a", "HMSET h x 1 y 2", "HSCAN h 0", "HINCRBY h x 4"}},
	{"sets", []string{"SADD s a b c", "SADD s c d", "SCARD s", "SISMEMBER s a", "SISMEMBER s z", "SMISMEMBER s a z", "SMEMBERS s", "SREM s a z", "SMEMBERS s", "SSCAN s 0 COUNT 100", "SSCAN s 0 MATCH b*",
		"SMEMBERS none", "SCARD none", "SSCAN none 0", "SREM s b c d", "EXISTS s", "SRANDMEMBER none", "SRANDMEMBER none 5"}},
	{"sorted sets", []string{"ZADD z 1 a 2 b 3 c", "ZADD z 1.5 d", "ZADD z NX 9 a", "ZADD z XX 9 none", "ZADD z GT CH 0 a 10 b", "ZADD z LT CH 5 b", "ZADD z INCR 1 a", "ZADD z XX INCR 1 none", "ZADD z x a",
		"ZADD z NX XX 1 a", "ZADD z 1", "ZSCORE z a", "ZSCORE z none", "ZMSCORE z a none", "ZCARD z", "ZCOUNT z -inf +inf", "ZCOUNT z (1.5 5", "ZRANK z b", "ZRANK z none", "ZREVRANK z b", "ZINCRBY z 2.5 a",
		"ZADD z inf top -inf bottom 1e20 big 0.1 small 9007199254740993 large", "ZRANGE z 0 -1 WITHSCORES", "ZREM z a none", "ZCARD none"}},
	{"differences of sorted sets", []string{"ZADD z 1 a 2 b 2 bb 3 c 4 d", "ZADD y 9 b 8 d", "ZDIFF 2 z y", "ZDIFF 3 z none y", "ZDIFF 1 z", "ZDIFF 2 none z", "SET s 1",
		"ZDIFF 2 z s", "ZDIFF 2 s z", "ZDIFF 3 z y", "ZDIFF"}},
	{"ranges of sorted sets", []string{"ZADD z 1 a 2 b 2 bb 3 c 4 d", "ZRANGE z 0 -1", "ZRANGE z 1 2", "ZRANGE z -2 -1", "ZRANGE z 5 9", "ZRANGE z 0 0 WITHSCORES", "ZRANGE z 0 1 REV", "ZREVRANGE z 0 1 WITHSCORES",
		"ZRANGE z 2 3 BYSCORE", "ZRANGE z (2 +inf BYSCORE WITHSCORES", "ZRANGE z +inf -inf BYSCORE REV LIMIT 1 2", "ZRANGEBYSCORE z -inf +inf LIMIT 1 2", "ZRANGEBYSCORE z -inf +inf LIMIT 0 -1",
		"ZRANGEBYSCORE z -inf 2 WITHSCORES LIMIT 0 10", "ZRANGEBYSCORE z (1 (3", "ZREVRANGEBYSCORE z 3 1", "ZREVRANGEBYSCORE z +inf (2 WITHSCORES", "ZRANGEBYSCORE z x 1", "ZRANGE z x 1",
		"ZRANGEBYSCORE none 0 1", "ZRANGE none 0 -1 WITHSCORES", "ZREMRANGEBYSCORE z 2 (3", "ZREMRANGEBYRANK z 0 0", "ZRANGE z 0 -1", "ZREM z c d", "EXISTS z"}},
	{"scores that are none", []string{"ZADD z nan a", "ZADD z x a", "ZADD z 0x10 a 1e3 b inf c", "ZADD z INCR -inf c", "ZINCRBY z -inf c", "ZINCRBY z nan a", "ZRANGEBYSCORE z 0x10 (1e3", "ZRANGEBYSCORE z nan 1",
		"ZCOUNT z 0x10 inf", "ZREMRANGEBYSCORE z nan nan", "ZRANGE z 0 -1 WITHSCORES", "ZRANGE z 0 1000 BYSCORE WITHSCORES", "ZREMRANGEBYSCORE z 0x10 1000", "ZCARD z"}},
	{"streams", []string{"XADD x 1-1 a 1", "XADD x 1-2 a 2 b 3", "XADD x 1-2 a 1", "XADD x 0-0 a 1", "XADD x abc a 1", "XADD y 0-0 a 1", "EXISTS y", "XADD x 2-* a 1", "XADD x 2-* a 1", "XADD x 3-1 a", "XADD none NOMKSTREAM * a 1", "XLEN x",
		"XLEN none", "XRANGE x - +", "XRANGE x 1 1", "XRANGE x (1-1 + COUNT 1", "XRANGE x 2 +", "XREVRANGE x + -", "XREVRANGE x + - COUNT 1", "XREVRANGE x 1 -", "XRANGE none - +", "XREAD STREAMS x 0",
		"XREAD COUNT 1 STREAMS x 1-1", "XREAD STREAMS x 9", "XREAD STREAMS none 0", "XREAD STREAMS x none 0 0", "XREAD STREAMS x", "XREAD BLOCK 10 STREAMS x $", "XDEL x 1-1 7-7", "XTRIM x MAXLEN = 1",
		"XRANGE x - +", "XADD x MAXLEN = 2 5-1 a 1", "XADD x MAXLEN ~ 1000 5-2 a 1", "XLEN x"}},
	{"times to live", []string{"SET a 1", "TTL a", "PTTL a", "TTL none", "PTTL none", "PERSIST a", "EXPIRE a 100", "TTL a", "PERSIST a", "TTL a", "PEXPIRE a 100000", "TTL a", "SET a 2", "TTL a", "SET a 3 PX 100000",
		"TTL a", "SET a 4 KEEPTTL", "TTL a", "EXPIRE a 0", "EXISTS a", "SET a 1", "PEXPIREAT a 1", "EXISTS a", "EXPIRE none 5", "EXPIRE a x", "HSET h f 1", "EXPIRE h 100", "HSET h g 2", "TTL h", "HDEL h f g", "HSET h f 1",
		"TTL h", "EXPIRE h 100 NX", "EXPIRE h 100 NX", "EXPIRE h 200 GT", "TTL h", "SETEX e 100 v", "TTL e", "PSETEX e 100000 v", "TTL e", "PEXPIREAT a 99999999999999", "RENAME h i", "TTL i"}},
	{"copies", []string{"SET a 1", "SET b 2 EX 100", "COPY a b", "COPY a b REPLACE", "GET b", "TTL b", "HSET h f 1", "COPY h b REPLACE", "TYPE b", "HGETALL b", "HSET b f 2", "HGET h f", "COPY none b REPLACE", "TYPE b",
		"EXPIRE h 100", "COPY h c", "TTL c", "COPY a a", "XADD x 1-1 a 1", "COPY x y", "XRANGE y - +", "RENAME a z", "GET z", "RENAME none z"}},
	{"wrong types", []string{"SET s 1", "HSET h f 1", "HGET s f", "HSET s f 1", "HGETALL s", "HDEL s f", "SADD s a", "SMEMBERS s", "SREM s a", "ZADD s 1 a", "ZRANGE s 0 -1", "ZSCORE s a", "ZREM s a", "XADD s * a 1", "XLEN s",
		"XRANGE s - +", "XREAD STREAMS s 0", "GET h", "INCR h", "SISMEMBER h a", "ZCARD h", "SET h 1", "GET h"}},
	{"keys", []string{"SET k:{a}:1 x", "HSET k:{a}:2 f v", "SET other x", "SCAN 0 MATCH k:{a}:* COUNT 100", "SCAN 0 MATCH k:{a}:* TYPE hash COUNT 100", "KEYS k:*", "KEYS k:[{]a*", "DBSIZE", "UNLINK other", "TOUCH k:{a}:1",
		"RANDOMKEY2", "FLUSHALL SYNC", "DBSIZE", "FLUSHALL ASYNC", "FLUSHDB"}},
	{"transactions", []string{"MULTI", "SET a 1", "INCR a", "GET a", "EXEC", "MULTI", "SET a 5", "DISCARD", "GET a", "EXEC", "DISCARD", "MULTI", "GET", "EXEC", "MULTI", "INCR a", "HGET a f", "EXEC", "WATCH a", "SET a 9", "MULTI", "GET a", "EXEC",
		"WATCH a", "MULTI", "GET a", "EXEC", "WATCH a", "UNWATCH", "SET a 1", "MULTI", "PING", "EXEC"}},
	{"connections", []string{"PING", "PING hello", "ECHO x", "CLIENT SETNAME me", "CLIENT GETNAME", "CLIENT SETINFO LIB-NAME x", "CLIENT SETINFO LIB-VER 1", "CLIENT SETINFO other 1", "SELECT 1", "SET a 1", "SELECT 0", "GET a",
		"SELECT 16", "SELECT x", "WAIT 0 10", "READONLY", "CLUSTER INFO", "CLIENT NONSENSE", "HELLO 9", "HELLO x", "SUBSCRIBE2"}},
	{"functions", []string{"FCALL none 0", "FCALL f", "FCALL echo x", "FCALL echo -1", "FCALL echo 5 a", "FCALL echo 1 k a b", "FCALL_RO echo 0", "FCALL_RO readonly 0", "FCALL fails 0", "FCALL types 0", "FCALL wrong 0",
		"FCALL caught 0", "FCALL unknown 0", "FCALL arity 0", "FCALL forbidden 0", "FCALL numbers 0", "HGETALL numbers", "FUNCTION DELETE none", "FUNCTION NONSENSE", "FUNCTION LOAD x", "FCALL double 0", "FCALL status 0"}},
	{"what functions read", []string{"HSET h a 1 b 2", "SADD s a b", "ZADD z 1 a 2.5 b", "XADD x 1-1 a 1 b 2", "SET t text", "FCALL reads 5 h s z x t"}},
	{"functions and databases", []string{"SELECT 3", "FCALL set 1 k v", "GET k", "SELECT 0", "GET k"}},
}

const conversationLibrary = `#!lua name=talk
redis.register_function('echo', function(keys, args) return {#keys, keys[1], #args, args[1], args[2]} end)
redis.register_function{function_name='readonly', callback=function() return redis.call('GET', 'none') end, flags={'no-writes'}}
redis.register_function('fails', function() error('boom') end)
redis.register_function('types', function() return {1, 2.9, 'x', true, {1, {2}}, {ok='FINE'}} end)
redis.register_function('wrong', function() redis.call('SET', 'w', 1) redis.call('HGET', 'w', 'f') end)
redis.register_function('caught', function() redis.call('SET', 'w', 1) local ok, e = pcall(redis.call, 'HGET', 'w', 'f') return {tostring(ok), e, redis.pcall('ZADD', 'w', 1, 1).err} end)
redis.register_function('unknown', function() redis.call('NOSUCH') end)
redis.register_function('arity', function() redis.call('GET') end)
redis.register_function('forbidden', function() redis.call('SUBSCRIBE', 'x') end)
redis.register_function('numbers', function() return redis.call('HSET', 'numbers', 'a', 1.5, 'b', 1e15, 'c', 0.1, 'd', 1e100, 'e', 2^53, 'f', 12345678901234567890, 'g', 1795485088272, 'h', -1e-7) end)
redis.register_function('double', function() return {double=3.25} end)
redis.register_function('status', function() return redis.call('SET', 'x', 1) end)
redis.register_function('set', function(keys, args) return redis.call('SET', keys[1], args[1]) end)
redis.register_function('reads', function(keys)
  local function show(v)
    if type(v) ~= 'table' then return type(v) .. ':' .. tostring(v) end
    if v.ok then return 'ok:' .. v.ok end
    if v.err then return 'err:' .. v.err end
    local out = {}
    for i = 1, #v do out[i] = show(v[i]) end
    return '[' .. table.concat(out, ' ') .. ']'
  end
  local h, s, z, x, t = unpack(keys)
  return {
    show(redis.call('HGETALL', h)), show(redis.call('HMGET', h, 'a', 'none', 'b')), show(redis.call('HGET', h, 'none')), show(redis.call('SMEMBERS', s)), show(redis.call('SISMEMBER', s, 'a')),
    show(redis.call('ZRANGE', z, 0, -1, 'WITHSCORES')), show(redis.call('ZSCORE', z, 'b')), show(redis.call('ZSCORE', z, 'none')), show(redis.call('ZRANGEBYSCORE', z, '-inf', '+inf', 'LIMIT', 0, 1)),
    show(redis.call('XRANGE', x, '-', '+')), show(redis.call('XREAD', 'STREAMS', x, '0')), show(redis.call('XREAD', 'BLOCK', 0, 'STREAMS', x, '$')), show(redis.call('TYPE', t)), show(redis.call('GET', t)), show(redis.call('EXISTS', t, 'none')),
    show(redis.call('SET', t, 1, 'NX')), show(redis.call('PTTL', t)), show(redis.call('ZADD', z, 'INCR', 1, 'a')), show(redis.call('SPOP', 'none')), show(redis.call('HKEYS', h)), show(redis.call('SMISMEMBER', s, 'a', 'z')),
    show(redis.call('SCAN', 0, 'MATCH', t, 'COUNT', 1000)), show(redis.call('XLEN', x)), show(redis.pcall('HGET', t, 'x')), show(redis.call('COPY', t, 'copied', 'REPLACE')), show(redis.call('PING')), show(redis.call('DEL', 'copied')),
  }
end)
`

func TestBothServersAnswerTheSame(t *testing.T) {
	child, inProcess := start(t, Options{}), start(t, Options{InProcess: true})
	for _, version := range []string{"2", "3"} {
		for _, talk := range conversations {
			t.Run(talk.name+", protocol "+version, func(t *testing.T) {
				want, got := converse(t, child, version, talk.commands), converse(t, inProcess, version, talk.commands)
				for i, command := range talk.commands {
					if got[i] != want[i] {
						t.Errorf("%s\n  gives %q\n   want %q", command, got[i], want[i])
					}
				}
			})
		}
	}
}

func converse(t *testing.T, s *Server, version string, commands []string) []string {
	t.Helper()
	c := connect(t, s)
	c.do("HELLO", version)
	c.do("FLUSHALL")
	c.do("FUNCTION", "LOAD", "REPLACE", conversationLibrary)
	replies := make([]string, len(commands))
	for i, command := range commands {
		args := strings.Fields(command)
		for j := range args {
			if args[j] == "_" {
				args[j] = ""
			}
		}
		reply := c.ask(args...)
		if unordered[args[0]] {
			sortReply(reply)
		}
		replies[i] = string(reply.Append(nil, 3))
	}
	return replies
}

var unordered = map[string]bool{"KEYS": true, "SCAN": true}

// sortReply puts a list, or the list in the second place of a scan's reply, in order.
func sortReply(v resp.Value) {
	items := v.Items
	if len(items) == 2 && items[1].Kind == resp.Array {
		items = items[1].Items
	}
	sort.Slice(items, func(i, j int) bool { return fmt.Sprint(items[i]) < fmt.Sprint(items[j]) })
}

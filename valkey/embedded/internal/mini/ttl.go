package mini

import (
	"strconv"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2/server"

	"ffboard/valkey/embedded/internal/resp"
)

// Miniredis counts times to live but lets them run down only when it is told how much time has passed, and then goes through all
// keys. So that is done now and then, the rarer the longer it takes but every second at least, and what is set or asked for in between is corrected by the
// time since.
const (
	shortestTick = 10 * time.Millisecond
	tickShare    = 20 // at most one part in so many of the time goes into it
	longestTick  = time.Second
)

// age makes all keys older by the time since it last did.
func (s *Server) age() {
	defer s.running.Done()
	pause := shortestTick
	for {
		select {
		case <-s.closing:
			return
		case <-time.After(pause):
		}
		now := time.Since(s.started)
		s.redis.FastForward(now - s.aged())
		s.agedTo.Store(int64(now))
		pause = min(max(shortestTick, tickShare*(time.Since(s.started)-now)), longestTick)
	}
}

// aged is the time, since the server's start, to which the keys have aged.
func (s *Server) aged() time.Duration { return time.Duration(s.agedTo.Load()) }

// lag is how many milliseconds the keys are behind.
func (s *Server) lag() int64 { return (time.Since(s.started) - s.aged()).Milliseconds() }

// agingCommands are those that set or tell a time to live.
func (s *Server) agingCommands() map[string]server.Cmd {
	return map[string]server.Cmd{
		"EXPIRE": s.expire("PEXPIRE"), "PEXPIRE": s.expire("PEXPIRE"), "EXPIREAT": s.expire("PEXPIREAT"), "PEXPIREAT": s.expire("PEXPIREAT"),
		"SETEX": s.expire("PSETEX"), "PSETEX": s.expire("PSETEX"), "SET": s.setWithExpiry, "GETEX": s.setWithExpiry,
		"TTL": s.timeToLive, "PTTL": s.timeToLive, "EXPIRETIME": s.timeToLive, "PEXPIRETIME": s.timeToLive,
	}
}

// expire carries out a command whose second argument is a time, as its sibling in milliseconds.
func (s *Server) expire(inMillis string) server.Cmd {
	return func(c *server.Peer, command string, args []string) {
		if len(args) > 1 {
			if ms, ok := s.lengthened(command, args[1]); ok {
				args = replaced(args, 1, ms)
				command = inMillis
			}
		}
		answer(c, s.original(c, command, args))
	}
}

// setWithExpiry is SET or GETEX; what follows the key, and the value of SET, are options.
func (s *Server) setWithExpiry(c *server.Peer, command string, args []string) {
	first := 1
	if command == "SET" {
		first = 2
	}
	for i := first; i+1 < len(args); i++ {
		option := strings.ToUpper(args[i])
		if option != "EX" && option != "PX" && option != "EXAT" && option != "PXAT" {
			continue
		}
		if ms, ok := s.lengthened(option, args[i+1]); ok {
			args = replaced(replaced(args, i, "PX"+strings.TrimPrefix(option[1:], "X")), i+1, ms)
		}
		break
	}
	answer(c, s.original(c, command, args))
}

// lengthened is a time in the future in milliseconds, longer by the lag. The name of a command or an option tells the unit, by its P,
// and whether it is a point in time, by its AT. What is no such time is left to miniredis.
func (s *Server) lengthened(name, text string) (ms string, ok bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return "", false
	}
	if !strings.HasPrefix(name, "P") {
		const most = int64(1) << 53
		if n > most {
			return "", false
		}
		n *= 1000
	}
	nothing := int64(0)
	if strings.HasSuffix(name, "AT") {
		nothing = time.Now().UnixMilli()
	}
	if n <= nothing {
		return "", false
	}
	return strconv.FormatInt(n+s.lag(), 10), true
}

func replaced(args []string, i int, with string) []string {
	out := append([]string(nil), args...)
	out[i] = with
	return out
}

// timeToLive answers what is left, or until when, less the lag.
func (s *Server) timeToLive(c *server.Peer, command string, args []string) {
	reply := s.original(c, "P"+strings.TrimPrefix(command, "P"), args)
	if reply.Kind == resp.Error {
		reply = s.original(c, command, args) // which names the command
	}
	if reply.Kind == resp.Integer && reply.Int >= 0 {
		reply.Int = max(0, reply.Int-s.lag())
		if !strings.HasPrefix(command, "P") {
			reply.Int = (reply.Int + 500) / 1000
		}
	}
	answer(c, reply)
}

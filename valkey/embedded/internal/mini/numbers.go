package mini

import (
	"math"
	"strconv"
	"strings"

	"github.com/alicebob/miniredis/v2/server"

	"ffboard/valkey/embedded/internal/number"
	"ffboard/valkey/embedded/internal/resp"
)

// numberCommands read scores and their bounds as C does, where miniredis takes what is not a number for one, and does not know
// hexadecimal.
func (s *Server) numberCommands() map[string]server.Cmd {
	return map[string]server.Cmd{
		"ZADD": s.sortedAdd, "ZINCRBY": s.sortedAdd,
		"ZRANGEBYSCORE": bounded(s.withScores), "ZREVRANGEBYSCORE": bounded(s.withScores), "ZRANGE": s.sortedRange,
		"ZCOUNT": bounded(s.firstReply), "ZREMRANGEBYSCORE": bounded(s.firstReply),
	}
}

// sortedAdd is ZADD and ZINCRBY.
func (s *Server) sortedAdd(c *server.Peer, command string, args []string) {
	first, increment := 1, command == "ZINCRBY"
	for command == "ZADD" && first < len(args) && addOptions[strings.ToUpper(args[first])] {
		increment = increment || strings.EqualFold(args[first], "INCR")
		first++
	}
	for i := first; i+1 < len(args); i += 2 {
		f, text, ok := decimal(args[i])
		switch {
		case !ok || isSpace(args[i][0]):
			answer(c, resp.Err("ERR value is not a valid float"))
			return
		case increment && math.IsInf(f, 0) && s.has(c, args[0], args[i+1], -f):
			answer(c, resp.Err("ERR resulting score is not a number (NaN)"))
			return
		}
		args = replaced(args, i, text)
	}
	answer(c, s.original(c, command, args))
}

// has says whether a member has a score.
func (s *Server) has(c *server.Peer, key, member string, score float64) bool {
	return !s.clients.of(c).inMulti && s.original(c, "ZSCORE", []string{key, member}).String() == number.Shortest(score)
}

var addOptions = map[string]bool{"NX": true, "XX": true, "GT": true, "LT": true, "CH": true, "INCR": true}

// sortedRange is ZRANGE, whose ends are bounds when it goes by score.
func (s *Server) sortedRange(c *server.Peer, command string, args []string) {
	for _, option := range args[min(3, len(args)):] {
		if strings.EqualFold(option, "BYSCORE") {
			bounded(s.withScores)(c, command, args)
			return
		}
	}
	s.withScores(c, command, args)
}

// bounded is a command whose second and third argument are bounds of scores.
func bounded(then server.Cmd) server.Cmd {
	return func(c *server.Peer, command string, args []string) {
		for i := 1; i <= 2 && i < len(args); i++ {
			text, exclusive := strings.CutPrefix(args[i], "(")
			_, text, ok := decimal(text)
			if !ok {
				answer(c, resp.Err("ERR min or max is not a float"))
				return
			}
			if exclusive {
				text = "(" + text
			}
			args = replaced(args, i, text)
		}
		then(c, command, args)
	}
}

// decimal reads a number and writes it as Go reads it.
func decimal(text string) (f float64, plain string, ok bool) {
	f, ok = number.Whole(text)
	if !ok || math.IsNaN(f) {
		return 0, "", false
	}
	return f, strconv.FormatFloat(f, 'g', -1, 64), true
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

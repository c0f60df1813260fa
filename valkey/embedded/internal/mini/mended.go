package mini

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2/server"

	"ffboard/valkey/embedded/internal/resp"
)

// mendedCommands are those that miniredis carries out but for a detail.
func (s *Server) mendedCommands() map[string]server.Cmd {
	return map[string]server.Cmd{
		"COPY": s.copyKey, "XLEN": s.firstReply, "XREAD": s.streamRead, "XADD": s.streamAdd, "FLUSHALL": s.flush, "FLUSHDB": s.flush, "ROLE": s.role,
		"HINCRBY": s.hashIncrement, "ZDIFF": s.sortedDifference,
	}
}

// firstReply is for commands of which miniredis sends a second reply after an error.
func (s *Server) firstReply(c *server.Peer, command string, args []string) {
	answer(c, s.original(c, command, args))
}

// copyKey clears the way for COPY with REPLACE: miniredis leaves what is there of another type, and its time to live.
func (s *Server) copyKey(c *server.Peer, command string, args []string) {
	replace := false
	for _, option := range args[min(2, len(args)):] {
		replace = replace || strings.EqualFold(option, "REPLACE")
	}
	if replace && len(args) == 3 && args[0] != args[1] && !s.clients.of(c).inMulti && s.original(c, "EXISTS", args[:1]).Int == 1 {
		s.original(c, "DEL", args[1:2])
	}
	answer(c, s.original(c, command, args))
}

func (s *Server) flush(c *server.Peer, command string, args []string) {
	if len(args) == 1 && strings.EqualFold(args[0], "SYNC") {
		args = nil
	}
	answer(c, s.original(c, command, args))
}

func (s *Server) role(c *server.Peer, _ string, _ []string) {
	answer(c, resp.List(resp.Text("master"), resp.Int(0), resp.List()))
}

// hashIncrement is HINCRBY, which miniredis lets overflow.
func (s *Server) hashIncrement(c *server.Peer, command string, args []string) {
	if len(args) == 3 && !s.clients.of(c).inMulti {
		if err := cannotAdd(s.original(c, "HGET", args[:2]), args[2]); err != "" {
			answer(c, resp.Err(err))
			return
		}
	}
	answer(c, s.original(c, command, args))
}

// cannotAdd says why a number cannot be added to a field's value; other errors are miniredis' to find.
func cannotAdd(field resp.Value, text string) string {
	more, err := strconv.ParseInt(text, 10, 64)
	if field.Kind != resp.Bulk || err != nil {
		return ""
	}
	have, err := strconv.ParseInt(field.Text, 10, 64)
	switch {
	case err != nil:
		return "ERR hash value is not an integer"
	case more > 0 && have > math.MaxInt64-more, more < 0 && have < math.MinInt64-more:
		return "ERR increment or decrement would overflow"
	}
	return ""
}

// streamAdd is XADD, of which miniredis leaves an empty stream when it refuses the first entry.
func (s *Server) streamAdd(c *server.Peer, command string, args []string) {
	reply := s.original(c, command, args)
	if reply.Kind == resp.Error && len(args) > 0 {
		about := s.original(c, "XINFO", []string{"STREAM", args[0]}).Strings()
		if i := slices.Index(about, "last-generated-id"); i >= 0 && about[i+1] == "" {
			s.original(c, "DEL", args[:1])
		}
	}
	answer(c, reply)
}

// blockedStep is how often a reader that waits looks whether its client is still there.
const blockedStep = 100 * time.Millisecond

// streamRead is XREAD, of which the third protocol answers a map.
func (s *Server) streamRead(c *server.Peer, command string, args []string) {
	block, at := blockTime(args)
	if s.clients.of(c).inMulti {
		answer(c, s.original(c, command, withoutBlock(args, at)))
		return
	}
	if wrong := s.notAStream(c, args); wrong.Kind == resp.Error {
		answer(c, wrong)
		return
	}
	if at < 0 || c == s.inner {
		answer(c, streamsReply(c, s.original(c, command, withoutBlock(args, at))))
		return
	}
	answer(c, streamsReply(c, s.awaitStreams(c, s.fromHere(c, args), at+1, block)))
}

// awaitStreams reads in steps until there is something, the time (0 for none) is over, or the client or the server goes.
func (s *Server) awaitStreams(c *server.Peer, args []string, at int, block time.Duration) resp.Value {
	s.blocked.Add(1)
	defer s.blocked.Add(-1)
	started := time.Now()
	for {
		step := blockedStep
		if block > 0 {
			step = min(step, max(block-time.Since(started), time.Millisecond))
		}
		reply := s.original(c, "XREAD", replaced(args, at, strconv.FormatInt(step.Milliseconds(), 10)))
		if !reply.IsNull() || c.Closed() || block > 0 && time.Since(started) >= block {
			return reply
		}
		select {
		case <-s.closing:
			return reply
		default:
		}
	}
}

// notAStream is the error of a key that holds something else; miniredis takes it for an empty stream.
func (s *Server) notAStream(c *server.Peer, args []string) resp.Value {
	keys, _ := streamKeys(args)
	for _, key := range keys {
		if reply := s.original(c, "XLEN", []string{key}); reply.Kind == resp.Error {
			return reply
		}
	}
	return resp.OK
}

// streamKeys finds the keys that XREAD reads and where their ids begin.
func streamKeys(args []string) (keys []string, ids int) {
	first := 1
	for first <= len(args) && !strings.EqualFold(args[first-1], "STREAMS") {
		first++
	}
	if first > len(args) || (len(args)-first)%2 != 0 {
		return nil, len(args)
	}
	ids = first + (len(args)-first)/2
	return args[first:ids], ids
}

// blockTime finds BLOCK and its time; at is -1 when there is none or it is not valid.
func blockTime(args []string) (block time.Duration, at int) {
	for i := 0; i+1 < len(args) && !strings.EqualFold(args[i], "STREAMS"); i++ {
		if !strings.EqualFold(args[i], "BLOCK") {
			continue
		}
		ms, err := strconv.ParseInt(args[i+1], 10, 64)
		if err != nil || ms < 0 {
			return 0, -1
		}
		return time.Duration(ms) * time.Millisecond, i
	}
	return 0, -1
}

// withoutBlock is for transactions and functions, where nothing waits.
func withoutBlock(args []string, at int) []string {
	if at < 0 {
		return args
	}
	return append(append([]string(nil), args[:at]...), args[at+2:]...)
}

// fromHere replaces each $ by the id that is the last one now.
func (s *Server) fromHere(c *server.Peer, args []string) []string {
	keys, ids := streamKeys(args)
	for i, key := range keys {
		if args[ids+i] != "$" {
			continue
		}
		id := "0-0"
		if newest := s.original(c, "XREVRANGE", []string{key, "+", "-", "COUNT", "1"}); len(newest.Items) == 1 {
			id = newest.Items[0].Items[0].Text
		}
		args = replaced(args, ids+i, id)
	}
	return args
}

// streamsReply makes the map of the third protocol of a list of pairs.
func streamsReply(c *server.Peer, reply resp.Value) resp.Value {
	if !c.Resp3 || reply.Kind != resp.Array {
		return reply
	}
	pairs := resp.Pairs()
	for _, stream := range reply.Items {
		pairs.Items = append(pairs.Items, stream.Items...)
	}
	return pairs
}

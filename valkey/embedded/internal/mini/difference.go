package mini

import (
	"strconv"

	"github.com/alicebob/miniredis/v2/server"

	"ffboard/valkey/embedded/internal/resp"
)

// sortedDifference is ZDIFF without scores, which miniredis does not have.
func (s *Server) sortedDifference(c *server.Peer, _ string, args []string) {
	if len(args) < 2 {
		answer(c, resp.Err("ERR wrong number of arguments for 'zdiff' command"))
		return
	}
	if n, err := strconv.Atoi(args[0]); err != nil || n != len(args)-1 {
		answer(c, resp.Err("ERR syntax error"))
		return
	}
	left := s.original(c, "ZRANGE", []string{args[1], "0", "-1"})
	for _, key := range args[2:] {
		if left.Kind != resp.Array {
			break
		}
		other := s.original(c, "ZRANGE", []string{key, "0", "-1"})
		if other.Kind != resp.Array {
			left = other
			break
		}
		left = without(left, other)
	}
	answer(c, left)
}

func without(list, other resp.Value) resp.Value {
	taken := make(map[string]bool, len(other.Items))
	for _, item := range other.Items {
		taken[item.Text] = true
	}
	kept := resp.List()
	for _, item := range list.Items {
		if !taken[item.Text] {
			kept.Items = append(kept.Items, item)
		}
	}
	return kept
}

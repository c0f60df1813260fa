package mini

import (
	"strconv"
	"strings"

	"github.com/alicebob/miniredis/v2/server"

	"ffboard/valkey/embedded/internal/resp"
)

// withScores mends the third protocol's replies of the range commands: pairs of member and number, where miniredis sends a flat list
// of texts.
func (s *Server) withScores(c *server.Peer, command string, args []string) {
	reply := s.original(c, command, args)
	if c.Resp3 && reply.Kind == resp.Array && asksForScores(args) && !paired(reply) {
		reply = pair(reply)
	}
	answer(c, reply)
}

func asksForScores(args []string) bool {
	for _, a := range args {
		if strings.EqualFold(a, "WITHSCORES") {
			return true
		}
	}
	return false
}

func paired(v resp.Value) bool { return len(v.Items) > 0 && v.Items[0].Kind == resp.Array }

func pair(flat resp.Value) resp.Value {
	pairs := resp.List()
	for i := 0; i+1 < len(flat.Items); i += 2 {
		score := flat.Items[i+1]
		if n, err := strconv.ParseFloat(score.Text, 64); err == nil && score.Kind == resp.Bulk {
			score = resp.Float(n)
		}
		pairs.Items = append(pairs.Items, resp.List(flat.Items[i], score))
	}
	return pairs
}

package mini

import (
	"bufio"
	"bytes"

	"github.com/alicebob/miniredis/v2/server"

	"ffboard/valkey/embedded/internal/resp"
)

// plain is the name of a peer whose commands go past our own handlers. No client can take it: it is not a valid name.
const plain = "\x00plain"

// replySize is room for a short reply.
const replySize = 256

// original runs a command as miniredis does and returns its reply, for a handler that mends it. In a transaction that is QUEUED,
// and the reply inside the EXEC is miniredis' own.
func (s *Server) original(c *server.Peer, command string, args []string) resp.Value {
	var out bytes.Buffer
	w := bufio.NewWriterSize(&out, replySize)
	p := server.NewPeer(w)
	p.Ctx, p.Resp3, p.ClientName = c.Ctx, c.Resp3, plain
	s.redis.Server().Dispatch(p, append([]string{command}, args...))
	c.Ctx = p.Ctx // made by a connection's first command
	_ = w.Flush()
	v, err := resp.ReadValue(bufio.NewReaderSize(&out, replySize))
	if err != nil {
		return resp.Err("ERR " + err.Error())
	}
	return v
}

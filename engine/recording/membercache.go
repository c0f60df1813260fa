package recording

import "sync"

// mostUnpacked is how many bytes of unpacked members are kept; the one that was asked for last is in any case.
const mostUnpacked = 12 << 20

// memberCache keeps the members that were asked for last.
type memberCache struct {
	mu      sync.Mutex
	members []unpackedMember // the one asked for last at the end
	bytes   int
}

type unpackedMember struct {
	at    int64
	lines []byte
}

func (c *memberCache) get(at int64) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, m := range c.members {
		if m.at == at {
			c.members = append(append(c.members[:i], c.members[i+1:]...), m)
			return m.lines, true
		}
	}
	return nil, false
}

func (c *memberCache) put(at int64, lines []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.members = append(c.members, unpackedMember{at, lines})
	c.bytes += len(lines)
	for len(c.members) > 1 && c.bytes > mostUnpacked {
		c.bytes -= len(c.members[0].lines)
		c.members = append(c.members[:0], c.members[1:]...)
	}
}

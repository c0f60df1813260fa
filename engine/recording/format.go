package recording

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"
)

// Version of the format that this program writes, and the only one that it reads.
const Version = 1

// formatName is how a recording's first line begins to tell what it is.
const formatName = "ffboard recording"

// Suffix is how the name of a recording ends, as a rule.
const Suffix = ".ffrec"

// Header is the first line of a recording.
type Header struct {
	Format  string
	Version int
	Program string // the version of the program that wrote it
	Began   int64  // milliseconds since the epoch, by the clock of the machine that recorded
	Start   string `json:",omitempty"` // the command of the palette that the board began with
}

// BeganAt is when the recording was begun.
func (h Header) BeganAt() time.Time { return time.UnixMilli(h.Began) }

// Bounds of what is written and believed.
const (
	mostAnswer    = 8 << 20         // bytes of one answer
	fullMember    = 512 << 10       // bytes after which a member is closed
	mostMember    = 2 * mostAnswer  // bytes of a member, unpacked
	mostIndexLine = 2 << 20         // bytes
	mostHeader    = 64 << 10        // bytes
	fullIndex     = 1000            // entries after which a member is closed
	mostEntries   = 2_000_000       // of a file: 80 MiB of index
	mostQuestions = 200_000         // of a file
	mostFile      = int64(64) << 30 // bytes of a file that is played
)

// memberIndex is the first line of a member.
type memberIndex struct {
	Questions []indexQuestion `json:",omitempty"` // those that are answered here
	Entries   []indexEntry    `json:",omitempty"` // in the order of time
	Dropped   int             `json:",omitempty"` // answers that came faster than they could be written
}

type indexQuestion struct{ Read, About string }

// indexEntry is one answer.
type indexEntry struct {
	At       int64  // milliseconds since the epoch
	Question int    // in the member's list
	Offset   int    `json:",omitempty"` // behind the index line
	Length   int    `json:",omitempty"` // 0: the same as the answer before it
	Note     string `json:",omitempty"` // what a player needs to know without reading the answer
}

// answerLine is one answer.
type answerLine struct {
	Answer json.RawMessage `json:",omitempty"`
	Error  json.RawMessage `json:",omitempty"`
}

// A member's gzip header is always this long: the fixed part, and the extra field with the length of the whole member.
const (
	memberHeader = 20
	lengthAt     = 16
)

// packer makes gzip members.
type packer struct{ z *gzip.Writer }

func (p *packer) pack(lines ...[]byte) ([]byte, error) {
	var b bytes.Buffer
	if p.z == nil {
		p.z, _ = gzip.NewWriterLevel(&b, gzip.BestSpeed) // of a level that there is
	} else {
		p.z.Reset(&b)
	}
	p.z.Extra = []byte{'F', 'F', 4, 0, 0, 0, 0, 0}
	for _, line := range lines {
		if _, err := p.z.Write(line); err != nil {
			return nil, err
		}
	}
	if err := p.z.Close(); err != nil {
		return nil, err
	}
	member := b.Bytes()
	binary.LittleEndian.PutUint32(member[lengthAt:], uint32(len(member)))
	return member, nil
}

var errNoMember = errors.New("no member of a recording")

// memberLength reads the header of a member.
func memberLength(header []byte) (int64, error) {
	const deflate, extra, extraLength = 8, 4, 8
	if len(header) < memberHeader || header[0] != 0x1f || header[1] != 0x8b || header[2] != deflate || header[3] != extra ||
		binary.LittleEndian.Uint16(header[10:]) != extraLength || string(header[12:16]) != "FF\x04\x00" {
		return 0, errNoMember
	}
	length := int64(binary.LittleEndian.Uint32(header[lengthAt:]))
	if length <= memberHeader {
		return 0, errNoMember
	}
	return length, nil
}

package resp

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Limits of what is read from a connection, as a real server has them.
const (
	maxLine     = 64 << 10
	maxBulk     = 512 << 20
	maxItems    = 1 << 20
	maxDepth    = 64
	bulkReserve = 64 << 10 // memory set aside on the word of a length alone
)

// ProtocolError says that the other side does not speak the protocol; the connection is of no more use.
type ProtocolError struct{ Reason string }

func (e *ProtocolError) Error() string { return "Protocol error: " + e.Reason }

func protocolError(format string, args ...any) error {
	return &ProtocolError{fmt.Sprintf(format, args...)}
}

// ReadValue reads one reply. Attributes are skipped.
func ReadValue(r *bufio.Reader) (Value, error) {
	return readValue(r, 0)
}

func readValue(r *bufio.Reader, depth int) (Value, error) {
	text, err := readLine(r)
	if err != nil {
		return Value{}, err
	}
	if text == "" || depth > maxDepth {
		return Value{}, protocolError("empty or too deep reply")
	}
	kind, rest := Kind(text[0]), text[1:]
	switch kind {
	case Status, Error:
		return Value{Kind: kind, Text: rest}, nil
	case '(':
		return Text(rest), nil
	case Null:
		return Nil(), nil
	case Boolean:
		v := Value{Kind: Boolean}
		if rest == "t" {
			v.Int = 1
		}
		return v, nil
	case Double:
		f, err := strconv.ParseFloat(rest, 64)
		if err != nil {
			return Value{}, protocolError("bad double %.32q", rest)
		}
		return Float(f), nil
	}
	n, err := strconv.ParseInt(rest, 10, 64)
	if err != nil {
		return Value{}, protocolError("bad number in reply %.32q", text)
	}
	switch kind {
	case Integer:
		return Int(n), nil
	case Bulk, Verbatim, '!':
		return readBulkValue(r, kind, n)
	case Array, Set, Push, Map, '|':
		return readAggregate(r, kind, n, depth)
	}
	return Value{}, protocolError("unknown reply type %.32q", text)
}

func readBulkValue(r *bufio.Reader, kind Kind, size int64) (Value, error) {
	if size < 0 {
		return Nil(), nil
	}
	if size > maxBulk {
		return Value{}, protocolError("invalid bulk length")
	}
	s, err := readBulk(r, int(size))
	switch {
	case err != nil:
		return Value{}, err
	case kind == '!':
		return Err(s), nil
	case kind == Verbatim && len(s) >= 4:
		return Value{Kind: Verbatim, Text: s[4:]}, nil
	}
	return Value{Kind: kind, Text: s}, nil
}

func readAggregate(r *bufio.Reader, kind Kind, n int64, depth int) (Value, error) {
	if n < 0 {
		return NilList(), nil
	}
	if kind == Map || kind == '|' {
		n *= 2
	}
	if n > maxItems*2 {
		return Value{}, protocolError("invalid multibulk length")
	}
	items := make([]Value, 0, min(n, 64))
	for range n {
		item, err := readValue(r, depth+1)
		if err != nil {
			return Value{}, unexpected(err)
		}
		items = append(items, item)
	}
	if kind == '|' {
		return readValue(r, depth+1)
	}
	return Value{Kind: kind, Items: items}, nil
}

// readLine reads up to a line break and takes it off.
func readLine(r *bufio.Reader) (string, error) {
	var whole []byte
	for {
		part, err := r.ReadSlice('\n')
		whole = append(whole, part...)
		if len(whole) > maxLine {
			return "", protocolError("too big inline request")
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return "", err
		}
		whole = whole[:len(whole)-1]
		if n := len(whole); n > 0 && whole[n-1] == '\r' {
			whole = whole[:n-1]
		}
		return string(whole), nil
	}
}

// readBulk reads size bytes and the line break after them, without trusting size for more memory than arrives.
func readBulk(r *bufio.Reader, size int) (string, error) {
	if size <= bulkReserve {
		return readExactly(r, size)
	}
	var b strings.Builder
	for left := size; left > 0; left -= bulkReserve {
		part, err := readPart(r, min(left, bulkReserve))
		if err != nil {
			return "", err
		}
		b.Write(part)
	}
	_, err := readExactly(r, 0)
	return b.String(), err
}

// readExactly reads size bytes that a line break ends.
func readExactly(r *bufio.Reader, size int) (string, error) {
	b, err := readPart(r, size+2)
	if err != nil {
		return "", err
	}
	if b[size] != '\r' || b[size+1] != '\n' {
		return "", protocolError("bulk string is not followed by a line break")
	}
	return string(b[:size]), nil
}

func readPart(r *bufio.Reader, size int) ([]byte, error) {
	b := make([]byte, size)
	_, err := io.ReadFull(r, b)
	return b, unexpected(err)
}

// unexpected turns an end of input inside of a value into what it is.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

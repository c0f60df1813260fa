package valkey

import (
	"bufio"
	"context"
	"fmt"
	"hash/maphash"
	"io"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// listening makes batches of what a MONITOR says: the writes of the functions that were called in one round trip, one after the other.
type listening struct {
	f       *FloorRecorder
	writes  map[string]bool
	end     string // the words that end it
	batches [][][]any
	byTrip  map[int]int // round trip -> batch
	current int         // the batch of the function that runs
}

const monitorBuffer = 1 << 20

func (l *listening) listen(from io.Reader) error {
	in := bufio.NewReaderSize(from, monitorBuffer)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return err
		}
		inside, words, err := monitorLine(line)
		if err != nil {
			return err
		}
		switch name := strings.ToLower(words[0]); {
		case name == "echo" && len(words) == 2 && words[1] == l.end:
			return nil
		case inside:
			if l.writes[name] {
				l.add(l.current, words)
			}
		case name == "fcall":
			l.current = l.batchOf(words)
		case l.writes[name]:
			l.add(l.newBatch(), words)
		}
	}
}

// batchOf is the batch of the round trip in which a function call went.
func (l *listening) batchOf(words []string) int {
	trip, known := l.f.tripOf(words)
	if !known {
		return l.newBatch()
	}
	batch, begun := l.byTrip[trip]
	if !begun {
		batch = l.newBatch()
		l.byTrip[trip] = batch
	}
	return batch
}

func (l *listening) newBatch() int {
	l.batches = append(l.batches, nil)
	return len(l.batches) - 1
}

func (l *listening) add(batch int, words []string) {
	command := make([]any, len(words))
	for i, w := range words {
		command[i] = w
	}
	l.batches[batch] = append(l.batches[batch], command)
}

// monitorLine takes a line apart: +1700000000.000001 [0 127.0.0.1:5000] "SET" "a" "b", with "lua" as the address of what a function did.
func monitorLine(line string) (inside bool, words []string, err error) {
	head, rest, found := strings.Cut(line, "] ")
	if !found {
		return false, nil, fmt.Errorf("no line of a MONITOR: %.80q", line)
	}
	for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimLeft(rest, " ") {
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return false, nil, fmt.Errorf("no word of a MONITOR: %.80q", rest)
		}
		word, err := strconv.Unquote(quoted)
		if err != nil {
			return false, nil, fmt.Errorf("no word of a MONITOR: %.80q", quoted)
		}
		words, rest = append(words, word), rest[len(quoted):]
	}
	if len(words) == 0 {
		return false, nil, fmt.Errorf("no command of a MONITOR: %.80q", line)
	}
	return strings.HasSuffix(head, " lua"), words, nil
}

// tripOf is the round trip in which a call went that the server heard, each call once.
func (f *FloorRecorder) tripOf(words []string) (trip int, known bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := f.key(words)
	trips := f.sent[key]
	if len(trips) == 0 {
		return 0, false
	}
	f.sent[key] = trips[1:]
	return trips[0], true
}

func (f *FloorRecorder) key(words []string) uint64 {
	var h maphash.Hash
	h.SetSeed(f.seed)
	for i, w := range words {
		if i == 0 {
			w = strings.ToLower(w)
		}
		h.WriteString(w)
		h.WriteByte(0)
	}
	return h.Sum64()
}

// heard notes the function calls of one round trip.
func (f *FloorRecorder) heard(cmds ...redis.Cmder) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.trips++
	for _, cmd := range cmds {
		if cmd.Name() != "fcall" {
			continue
		}
		words := make([]string, len(cmd.Args()))
		for i, a := range cmd.Args() {
			if text, raw := a.([]byte); raw {
				words[i] = string(text)
				continue
			}
			words[i] = fmt.Sprint(a)
		}
		key := f.key(words)
		f.sent[key] = append(f.sent[key], f.trips)
	}
}

// The hook's part.

func (f *FloorRecorder) DialHook(next redis.DialHook) redis.DialHook { return next }

func (f *FloorRecorder) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		f.heard(cmd)
		return next(ctx, cmd)
	}
}

func (f *FloorRecorder) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		f.heard(cmds...)
		return next(ctx, cmds)
	}
}

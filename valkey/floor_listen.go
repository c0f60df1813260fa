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

// listening takes what a MONITOR says: of each round trip the functions that were called in it, and of each what it wrote.
type listening struct {
	f       *FloorRecorder
	writes  map[string]bool
	end     string // the words that end it
	trips   [][][][]any
	places  map[int]int // round trip -> place in trips
	current int         // place of the function that runs: it is the last one there
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
			if l.writes[name] && len(l.trips) > 0 { // otherwise it began before one listened
				l.add(words)
			}
		case name == "fcall":
			l.begin(l.placeOf(words))
		case l.writes[name]:
			l.begin(l.newPlace())
			l.add(words)
		}
	}
}

// placeOf is the place of the round trip in which a function call went.
func (l *listening) placeOf(words []string) int {
	trip, known := l.f.tripOf(words)
	if !known {
		return l.newPlace()
	}
	place, begun := l.places[trip]
	if !begun {
		place = l.newPlace()
		l.places[trip] = place
	}
	return place
}

func (l *listening) newPlace() int {
	l.trips = append(l.trips, nil)
	return len(l.trips) - 1
}

// begin makes room for the writes of one more call.
func (l *listening) begin(place int) {
	l.current = place
	l.trips[place] = append(l.trips[place], nil)
}

func (l *listening) add(words []string) {
	command := make([]any, len(words))
	for i, w := range words {
		command[i] = w
	}
	calls := l.trips[l.current]
	calls[len(calls)-1] = append(calls[len(calls)-1], command)
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

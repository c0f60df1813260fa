package recording

import (
	"encoding/json"
	"errors"
	"hash/maphash"
	"os"
	"slices"
)

// ErrLimit ends a recording that has become as large as it may.
var ErrLimit = errors.New("the recording is as large as it may become")

// mostRemembered is how many questions the writer remembers the last answer of, to tell whether the next one is the same.
const mostRemembered = 20_000

// writer writes members to a file. What it has written stands: after an error the file is cut back to the last whole member.
type writer struct {
	file    *os.File
	limit   int64
	written int64
	packer  packer

	index  memberIndex
	places map[question]int // in the index
	lines  []byte

	seed maphash.Seed
	last map[question]uint64 // digests of the last answers
}

// newWriter begins a recording with its header.
func newWriter(file *os.File, limit int64, h Header) (*writer, error) {
	w := &writer{file: file, limit: limit, places: map[question]int{}, seed: maphash.MakeSeed(), last: map[question]uint64{}}
	line, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	member, err := w.packer.pack(append(line, '\n'))
	if err != nil {
		return nil, err
	}
	return w, w.put(member)
}

// add takes an answer into the member that is being made.
func (w *writer) add(h heard) {
	place, ok := w.places[h.question]
	if !ok {
		place = len(w.index.Questions)
		w.places[h.question] = place
		w.index.Questions = append(w.index.Questions, indexQuestion{h.question.read, h.question.about})
	}
	entry := indexEntry{At: h.at, Question: place, Note: h.note}
	digest := maphash.Bytes(w.seed, h.line)
	if was, ok := w.last[h.question]; !ok || was != digest {
		entry.Offset, entry.Length = len(w.lines), len(h.line)
		w.lines = append(w.lines, h.line...)
		if len(w.last) >= mostRemembered {
			clear(w.last)
		}
		w.last[h.question] = digest
	}
	w.index.Entries = append(w.index.Entries, entry)
}

func (w *writer) full() bool { return len(w.lines) >= fullMember || len(w.index.Entries) >= fullIndex }

// flush writes the member, if there is anything in it.
func (w *writer) flush() error {
	if len(w.index.Entries) == 0 && w.index.Dropped == 0 {
		return nil
	}
	index, err := json.Marshal(w.index)
	if err != nil {
		return err
	}
	member, err := w.packer.pack(append(index, '\n'), w.lines)
	if err != nil {
		return err
	}
	w.index = memberIndex{}
	clear(w.places)
	if w.lines = w.lines[:0]; cap(w.lines) > 2*fullMember {
		w.lines = slices.Clip(w.lines[:0])
	}
	if w.limit > 0 && w.written+int64(len(member)) > w.limit {
		return ErrLimit
	}
	return w.put(member)
}

func (w *writer) put(member []byte) error {
	if _, err := w.file.Write(member); err != nil {
		// What is left of the member would hide nothing, but a reader would call the file cut off.
		_ = w.file.Truncate(w.written)
		return err
	}
	w.written += int64(len(member))
	return nil
}

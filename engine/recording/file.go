package recording

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// file is a recording that is read: where each answer is. The answers stay in the file.
type file struct {
	header  Header
	data    io.ReaderAt
	size    int64
	closing io.Closer

	answers map[question][]place // in the order of time
	seconds []int64              // in which anything was heard, each once, in order
	drops   []int64              // milliseconds at which answers were dropped
	dropped int
	first   int64 // milliseconds
	last    int64
	entries int
	fault   error // why the rest of the file is not read; nil: all of it was

	unpacked memberCache
}

// place is where an answer is. It was given at a time, perhaps once more as it was before.
type place struct {
	at     int64 // milliseconds
	member int64 // offset of the member in the file
	offset int32 // of the line, behind the index
	length int32
	note   string
}

// openFile reads the indexes of a recording.
func openFile(path string) (*file, error) {
	opened, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := opened.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no regular file")
	}
	var f *file
	if err == nil {
		f, err = readFile(opened, info.Size())
	}
	if err != nil {
		_ = opened.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	f.closing = opened
	return f, nil
}

func readFile(data io.ReaderAt, size int64) (*file, error) {
	f := &file{data: data, size: min(size, mostFile), answers: map[question][]place{}}
	next, err := f.readHeader()
	if err != nil {
		return nil, err
	}
	f.first, f.last = f.header.Began, f.header.Began
	for next < f.size && f.fault == nil {
		next, f.fault = f.readMember(next)
	}
	if f.entries == 0 {
		return nil, errors.New("nothing was recorded in it")
	}
	slices.Sort(f.seconds)
	f.seconds = slices.Compact(f.seconds)
	for _, places := range f.answers {
		slices.SortStableFunc(places, func(a, b place) int { return cmp.Compare(a.at, b.at) })
	}
	return f, nil
}

// readHeader reads the first member and returns where the next one is.
func (f *file) readHeader() (next int64, err error) {
	notOurs := errors.New("it is no recording of ffboard")
	length, err := f.memberAt(0)
	if err != nil {
		return 0, notOurs
	}
	line, _, err := f.firstLine(0, length, mostHeader)
	if err != nil {
		return 0, notOurs
	}
	if json.Unmarshal(line, &f.header) != nil || f.header.Format != formatName || f.header.Began < 0 || f.header.Began > lastMoment {
		return 0, notOurs
	}
	switch v := f.header.Version; {
	case v > Version:
		return 0, fmt.Errorf("it was recorded by a newer ffboard (format %d, this one reads %d): replay it with that", v, Version)
	case v < Version:
		return 0, fmt.Errorf("it was recorded by an older ffboard (format %d, this one reads %d): replay it with that", v, Version)
	}
	return length, nil
}

var errCutOff = errors.New("the file ends in the middle: what was recorded before that is shown")

// memberAt is the length of the member at an offset.
func (f *file) memberAt(at int64) (int64, error) {
	var header [memberHeader]byte
	if _, err := f.data.ReadAt(header[:], at); err != nil {
		if errors.Is(err, io.EOF) {
			return 0, errCutOff
		}
		return 0, err
	}
	length, err := memberLength(header[:])
	if err != nil {
		return 0, err
	}
	if at+length > f.size {
		return 0, errCutOff
	}
	return length, nil
}

// firstLine unpacks the first line of a member, and no more than most bytes of it. rest is what follows.
func (f *file) firstLine(at, length int64, most int) (line []byte, rest io.Reader, err error) {
	z, err := gzip.NewReader(bufio.NewReaderSize(io.NewSectionReader(f.data, at, length), 32<<10))
	if err != nil {
		return nil, nil, err
	}
	z.Multistream(false)
	r := bufio.NewReaderSize(z, 32<<10)
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > most:
			return nil, nil, errors.New("a line is longer than any of a recording")
		case err == nil:
			return line, r, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, nil, err
		}
	}
}

// readMember takes in the index of a member and returns where the next one is.
func (f *file) readMember(at int64) (next int64, err error) {
	damaged := func(err error) error {
		return fmt.Errorf("the file is damaged at byte %d: what was recorded before that is shown: %w", at, err)
	}
	length, err := f.memberAt(at)
	if err != nil {
		if errors.Is(err, errCutOff) {
			return 0, err
		}
		return 0, damaged(err)
	}
	line, _, err := f.firstLine(at, length, mostIndexLine)
	if err != nil {
		return 0, damaged(err)
	}
	var index memberIndex
	if err := json.Unmarshal(line, &index); err != nil {
		return 0, damaged(err)
	}
	for _, e := range index.Entries {
		if f.entries >= mostEntries || len(f.answers) >= mostQuestions {
			return 0, errors.New("the recording is longer than can be shown: its beginning is")
		}
		if err := f.take(at, e, index.Questions); err != nil {
			return 0, damaged(err)
		}
	}
	if index.Dropped > 0 {
		f.dropped += index.Dropped
		f.drops = append(f.drops, f.last)
	}
	return at + length, nil
}

// lastMoment is the end of the last year with four digits, in milliseconds.
const lastMoment = int64(253402300799999)

// longestSpan is how long a recording may go on. A time beyond that is none.
const longestSpan = int64(10 * 365 * 24 * 3600 * 1000)

var errNoEntry = errors.New("its index is not one")

func (f *file) take(member int64, e indexEntry, questions []indexQuestion) error {
	if e.Question < 0 || e.Question >= len(questions) || e.At < f.header.Began || e.At-f.header.Began > longestSpan ||
		e.Offset < 0 || e.Length < 0 || e.Offset+e.Length > mostMember || len(e.Note) > longestAbout {
		return errNoEntry
	}
	asked := questions[e.Question]
	if len(asked.Read) > longestAbout || len(asked.About) > longestAbout {
		return errNoEntry
	}
	q := question{asked.Read, asked.About}
	p := place{e.At, member, int32(e.Offset), int32(e.Length), e.Note}
	if e.Length == 0 {
		before := f.answers[q]
		if len(before) == 0 {
			return errNoEntry
		}
		was := before[len(before)-1]
		p.member, p.offset, p.length = was.member, was.offset, was.length
	}
	f.answers[q] = append(f.answers[q], p)
	f.entries++
	f.last = max(f.last, e.At)
	if second := e.At / 1000; len(f.seconds) == 0 || f.seconds[len(f.seconds)-1] != second {
		f.seconds = append(f.seconds, second)
	}
	return nil
}

// read fills in the answer at a place, or returns the error that was the answer.
func (f *file) read(p place, into any) error {
	lines, err := f.linesOf(p.member)
	if err != nil {
		return fmt.Errorf("%w: %w", errUnreadable, err)
	}
	if int(p.offset)+int(p.length) > len(lines) {
		return fmt.Errorf("%w: the answer is not where it should be", errUnreadable)
	}
	var line answerLine
	if err := json.Unmarshal(bytes.TrimRight(lines[p.offset:][:p.length], "\n"), &line); err != nil {
		return fmt.Errorf("%w: %w", errUnreadable, err)
	}
	if len(line.Error) > 0 {
		var failed error
		if err := decode(line.Error, &failed); err != nil {
			return err
		}
		return failed
	}
	return decode(line.Answer, into)
}

// linesOf unpacks the answers of a member.
func (f *file) linesOf(member int64) ([]byte, error) {
	if lines, ok := f.unpacked.get(member); ok {
		return lines, nil
	}
	length, err := f.memberAt(member)
	if err != nil {
		return nil, err
	}
	_, rest, err := f.firstLine(member, length, mostIndexLine)
	if err != nil {
		return nil, err
	}
	lines, err := io.ReadAll(io.LimitReader(rest, mostMember))
	if err != nil {
		return nil, err
	}
	f.unpacked.put(member, lines)
	return lines, nil
}

package recording

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// question is a read and what it is about. How many rows are wanted, or which of them are looked at, is no part of it: that depends on
// the size of a terminal.
type question struct{ read, about string }

// longestAbout is how long a subject may be; of a longer one the digest stands for it.
const longestAbout = 200

func ask(read string, about ...any) question {
	words := make([]string, len(about))
	for i, each := range about {
		words[i] = fmt.Sprint(each)
	}
	q := question{read, strings.ToValidUTF8(strings.Join(words, " "), "\ufffd")}
	if len(q.about) > longestAbout {
		digest := sha256.Sum256([]byte(q.about))
		q.about = hex.EncodeToString(digest[:])
	}
	return q
}

// source answers questions: with what a backend says, which it notes, or with what was noted.
type source interface {
	// answer fills in what into points to. live asks the backend, of which there is none in a replay.
	answer(ctx context.Context, q question, into any, live func() error) error
}

// told is the answer to one question.
func told[T any](ctx context.Context, s source, q question, live func() (T, error)) (T, error) {
	var answer T
	err := s.answer(ctx, q, &answer, func() (err error) {
		answer, err = live()
		return err
	})
	return answer, err
}

// found is an answer of two values.
type found[T any] struct {
	Value T
	Found bool
}

func toldFound[T any](ctx context.Context, s source, q question, live func() (T, bool, error)) (T, bool, error) {
	f, err := told(ctx, s, q, func() (f found[T], err error) {
		f.Value, f.Found, err = live()
		return f, err
	})
	return f.Value, f.Found, err
}

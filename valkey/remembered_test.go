package valkey

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"

	"ffboard/engine"
)

// numberList is a list of numbers, of which each look tells what it reads.
type numberList struct {
	kept  remembered[int, int]
	how   recall[int, int]
	read  []int // by the last look
	shift int   // what the numbers have become
}

func newNumberList(how recall[int, int]) *numberList {
	r := &numberList{how: how}
	r.how.shown = strconv.Itoa
	r.how.fetch = func(keys []int) ([]int, error) {
		r.read = append(r.read, keys...)
		values := make([]int, len(keys))
		for i, key := range keys {
			values[i] = key + r.shift
		}
		return values, nil
	}
	return r
}

func (r *numberList) look(t *testing.T, turns *engine.Turns, keys ...int) (values []int, known []bool) {
	t.Helper()
	ctx := t.Context()
	if turns != nil {
		ctx = engine.WithTurns(ctx, turns)
	}
	r.read = nil
	values, known, err := r.kept.read(ctx, keys, r.how)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(r.read)
	return values, known
}

func (r *numberList) wantRead(t *testing.T, want ...int) {
	t.Helper()
	if !slices.Equal(r.read, want) {
		t.Errorf("read %v, want %v", r.read, want)
	}
}

func TestWithoutTurnsEverythingIsReadEachTime(t *testing.T) {
	r := newNumberList(recall[int, int]{again: 1})
	for range 2 {
		r.look(t, nil, 1, 2, 3)
		r.wantRead(t, 1, 2, 3)
	}
}

func TestInTurnsWhatIsShownIsReadAndOneOfTheOthers(t *testing.T) {
	r := newNumberList(recall[int, int]{again: 1, beside: true})
	shown := &engine.Turns{Shown: map[string]bool{"4": true, "5": true}}
	r.look(t, shown, 1, 2, 3, 4, 5)
	r.wantRead(t, 1, 2, 3, 4, 5)
	had := map[int]bool{}
	for range 3 {
		r.shift++
		values, _ := r.look(t, shown, 1, 2, 3, 4, 5)
		if len(r.read) != 3 || values[3] != 4+r.shift || values[4] != 5+r.shift {
			t.Errorf("read %v, got %v", r.read, values)
		}
		had[r.read[0]] = true
	}
	if len(had) != 3 {
		t.Errorf("three turns had %v", had)
	}
	if shown.Oldest().IsZero() {
		t.Error("nobody knows how old it is")
	}
}

func TestWhoeverDoesNotWantToWaitGetsEverythingAnew(t *testing.T) {
	r := newNumberList(recall[int, int]{again: 1})
	r.look(t, new(engine.Turns), 1, 2, 3)
	r.look(t, &engine.Turns{Anew: true}, 1, 2, 3)
	r.wantRead(t, 1, 2, 3)
}

func TestWhatIsKnownToHaveChangedIsReadOutOfTurn(t *testing.T) {
	r := newNumberList(recall[int, int]{again: 0, stale: func(key, _ int) bool { return key == 2 }})
	r.look(t, new(engine.Turns), 1, 2, 3)
	r.look(t, new(engine.Turns), 1, 2, 3)
	r.wantRead(t, 2)
}

func TestTheFirstLookMayLeaveSomeForLater(t *testing.T) {
	r := newNumberList(recall[int, int]{first: 2})
	_, known := r.look(t, new(engine.Turns), 1, 2, 3)
	if r.wantRead(t, 1, 2); !slices.Equal(known, []bool{true, true, false}) {
		t.Errorf("known %v", known)
	}
	r.look(t, new(engine.Turns), 1, 2, 3)
	r.wantRead(t, 3)
}

func TestALookThatFailsForgetsNothing(t *testing.T) {
	r := newNumberList(recall[int, int]{again: 9})
	r.look(t, new(engine.Turns), 1)
	fetch := r.how.fetch
	r.how.fetch = func([]int) ([]int, error) { return nil, errors.New("gone") }
	if _, _, err := r.kept.read(engine.WithTurns(context.Background(), new(engine.Turns)), []int{1}, r.how); err == nil {
		t.Error("no error")
	}
	r.how.fetch, r.how.again = fetch, 0
	if values, known := r.look(t, new(engine.Turns), 1); values[0] != 1 || !known[0] {
		t.Errorf("%v, %v", values, known)
	}
}

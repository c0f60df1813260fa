package hostile

import (
	"errors"
	"math"
	"reflect"
	"time"

	"ffboard/engine"
)

// Filler makes records with hostile text in all their strings, and numbers and times from the ends of what they can be. Beside that it
// uses what it has seen in sound records, so that there are active executions with a lease, and edges with two ends.
type Filler struct {
	*Strings
	// Text makes the text of a field; nil is Next.
	Text func() string

	sound map[reflect.Type][]reflect.Value
	Set   map[string]int // how often each string field was set to hostile text, as "Struct.Field"
}

// NewFiller is a filler that knows what the sound values, pointers or structs, hold.
func NewFiller(seed uint64, sound ...any) *Filler {
	f := &Filler{Strings: New(seed), sound: map[reflect.Type][]reflect.Value{}, Set: map[string]int{}}
	for _, v := range sound {
		f.learn(reflect.ValueOf(v))
	}
	return f
}

// mostSound is how many values of a type are remembered.
const mostSound = 64

func (f *Filler) learn(v reflect.Value) {
	if !v.IsValid() || v.Type() == timeType && !v.CanInterface() {
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			f.learn(v.Elem())
		}
	case reflect.Struct:
		f.remember(v)
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && v.Type() != timeType {
				f.learn(v.Field(i))
			}
		}
	case reflect.String:
		if v.Type() != stringType {
			f.remember(v)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			f.learn(v.Index(i))
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			f.learn(k)
			f.learn(v.MapIndex(k))
		}
	}
}

func (f *Filler) remember(v reflect.Value) {
	if known := f.sound[v.Type()]; len(known) < mostSound {
		f.sound[v.Type()] = append(known, v)
	}
}

var (
	stringType = reflect.TypeFor[string]()
	timeType   = reflect.TypeFor[time.Time]()
	errorType  = reflect.TypeFor[error]()
)

// Fill fills what v points to.
func (f *Filler) Fill(v any) { f.fill(reflect.ValueOf(v).Elem(), "", 0) }

// deepest is how far records go into each other.
const deepest = 8

func (f *Filler) fill(v reflect.Value, name string, depth int) {
	if !v.CanSet() {
		return
	}
	switch v.Kind() {
	case reflect.String:
		f.fillText(v, name)
	case reflect.Bool:
		v.SetBool(f.rng.IntN(2) == 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(f.integer(v.Type().Bits()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(f.integer(v.Type().Bits())))
	case reflect.Float32, reflect.Float64:
		v.SetFloat([]float64{0, 0.5, -1, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, 1e9}[f.rng.IntN(8)])
	case reflect.Struct:
		f.fillStruct(v, depth)
	case reflect.Pointer:
		if depth > deepest || f.rng.IntN(5) == 0 {
			v.SetZero()
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem(), name, depth+1)
	case reflect.Slice:
		f.fillSlice(v, name, depth)
	case reflect.Map:
		f.fillMap(v, name, depth)
	case reflect.Interface:
		f.fillInterface(v, name)
	}
}

// fillText sets hostile text, or, of what has words of its own, half of the time one of those.
func (f *Filler) fillText(v reflect.Value, name string) {
	if known := f.sound[v.Type()]; len(known) > 0 && f.rng.IntN(2) == 0 {
		v.SetString(known[f.rng.IntN(len(known))].String())
		return
	}
	f.Set[name]++
	v.SetString(f.text())
}

func (f *Filler) text() string {
	if f.Text != nil {
		f.drawn++
		return f.Text()
	}
	return f.Next()
}

// integer is mostly small and otherwise at an end of what so many bits hold.
func (f *Filler) integer(bits int) int64 {
	if f.rng.IntN(3) > 0 {
		return f.rng.Int64N(120)
	}
	most := int64(math.MaxInt64) >> (64 - bits)
	return []int64{0, -1, 1, most, -most - 1, most - 1, most / 1000, -most / 2}[f.rng.IntN(8)]
}

func (f *Filler) fillStruct(v reflect.Value, depth int) {
	t := v.Type()
	if t == timeType {
		v.Set(reflect.ValueOf(f.time()))
		return
	}
	known := f.sound[t]
	sound := len(known) > 0 && f.rng.IntN(2) == 0
	if sound {
		v.Set(known[f.rng.IntN(len(known))])
	}
	for i := range v.NumField() {
		field := v.Field(i)
		if sound && plain(field.Type()) && f.rng.IntN(2) == 0 {
			continue
		}
		f.fill(field, t.Name()+"."+t.Field(i).Name, depth+1)
	}
}

// plain tells types whose values share nothing with what they were copied from.
func plain(t reflect.Type) bool {
	return t.Kind() <= reflect.Float64 || t.Kind() == reflect.String || t == timeType
}

// noon is a time like any other.
var noon = time.Date(2025, 3, 14, 9, 26, 53, 0, time.UTC)

func (f *Filler) time() time.Time {
	switch f.rng.IntN(8) {
	case 0:
		return time.Time{}
	case 1:
		return time.UnixMilli(math.MaxInt64)
	case 2:
		return time.UnixMilli(math.MinInt64)
	case 3:
		return time.UnixMilli(f.integer(64))
	default:
		return noon.Add(time.Duration(f.rng.Int64N(int64(48*time.Hour))) - 24*time.Hour)
	}
}

func (f *Filler) fillSlice(v reflect.Value, name string, depth int) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		f.Set[name]++
		v.SetBytes([]byte(f.text()))
		return
	}
	n := f.rng.IntN(6)
	if depth > deepest {
		n = 0
	}
	if depth <= 3 && n > 0 { // a list of the answer itself
		n += f.rng.IntN(24)
	}
	v.Set(reflect.MakeSlice(v.Type(), n, n))
	for i := range n {
		f.fill(v.Index(i), name, depth+1)
	}
}

func (f *Filler) fillMap(v reflect.Value, name string, depth int) {
	v.Set(reflect.MakeMap(v.Type()))
	if depth > deepest {
		return
	}
	for range f.rng.IntN(5) {
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		f.fill(key, name, depth+1)
		f.fill(value, name, depth+1)
		v.SetMapIndex(key, value)
	}
}

func (f *Filler) fillInterface(v reflect.Value, name string) {
	if v.Type() != errorType || f.rng.IntN(2) == 0 {
		return
	}
	f.Set[name]++
	v.Set(reflect.ValueOf(f.Error("op")))
}

// Error is a failure that says something hostile.
func (f *Filler) Error(op string) error {
	switch f.rng.IntN(3) {
	case 0:
		return errors.New(f.text())
	case 1:
		return engine.Uncertain(op, errors.New(f.text()))
	default:
		e := &engine.Error{}
		f.fill(reflect.ValueOf(e).Elem(), "", deepest-1)
		return e
	}
}

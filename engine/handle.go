package engine

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"
)

// HandleKind says which call gave a handle out. It is no part of the handle's bytes; only Suspend looks at it.
type HandleKind string

const (
	HandleFresh     HandleKind = "Fresh"
	HandleResumed   HandleKind = "Resumed"
	HandleSuspended HandleKind = "Suspended"
	HandleReclaimed HandleKind = "Reclaimed"
)

func (k HandleKind) Valid() bool {
	return k == HandleFresh || k == HandleResumed || k == HandleSuspended || k == HandleReclaimed
}

// Handle is what a worker holds for a claimed attempt (spec 04a §1.3). Lane and WorkerInstance only name index keys; the fence is
// what proves ownership.
type Handle struct {
	Kind           HandleKind
	ExecutionID    ExecutionID
	AttemptIndex   uint32
	AttemptID      AttemptID
	LeaseID        LeaseID
	LeaseEpoch     uint64
	LeaseTTL       time.Duration // whole milliseconds on the wire
	Lane           LaneID
	WorkerInstance WorkerInstanceID
}

// LeaseFence is the triple that fences every call of a lease holder (spec 01 §1.6).
type LeaseFence struct {
	LeaseID    LeaseID   `json:"lease_id"`
	LeaseEpoch uint64    `json:"lease_epoch"`
	AttemptID  AttemptID `json:"attempt_id"`
}

// Fence is the handle's fence triple.
func (h Handle) Fence() LeaseFence {
	return LeaseFence{LeaseID: h.LeaseID, LeaseEpoch: h.LeaseEpoch, AttemptID: h.AttemptID}
}

// Layout of the opaque bytes (spec 03e §20.1).
const (
	handleMagicV1     = 0x01
	handleMagicV2     = 0x02
	handleWireVersion = 0x01

	backendValkey   = 0x01
	backendPostgres = 0x02
	backendSqlite   = 0x03
)

const backendName = "Valkey"

func backendNameOf(tag byte) string {
	switch tag {
	case backendValkey:
		return backendName
	case backendPostgres:
		return "Postgres"
	case backendSqlite:
		return "Sqlite"
	default:
		return ""
	}
}

// Encode gives the opaque bytes, version 2. The kind is not in them.
func (h Handle) Encode() []byte {
	b := make([]byte, 0, 192)
	b = append(b, handleMagicV2, handleWireVersion, backendValkey)
	b = appendHandleString(b, string(h.ExecutionID))
	b = binary.LittleEndian.AppendUint32(b, h.AttemptIndex)
	b = appendHandleString(b, string(h.AttemptID))
	b = appendHandleString(b, string(h.LeaseID))
	b = binary.LittleEndian.AppendUint64(b, h.LeaseEpoch)
	b = binary.LittleEndian.AppendUint64(b, toMilliseconds(h.LeaseTTL))
	b = appendHandleString(b, string(h.Lane))
	return appendHandleString(b, string(h.WorkerInstance))
}

func appendHandleString(b []byte, s string) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
	return append(b, s...)
}

// DecodeHandle reads opaque bytes of version 2 or 1. The kind is not in them and stays empty. Errors: ClassCorruption with a
// detail that begins `handle_codec: `, CodeHandleFromOtherBackend for a handle of another backend (spec 03e §20.2).
func DecodeHandle(opaque []byte) (Handle, error) {
	r := handleReader{rest: opaque}
	tag := r.header()
	h := Handle{
		ExecutionID:    handleField(&r, "execution_id", ParseExecutionID),
		AttemptIndex:   r.uint32(),
		AttemptID:      handleField(&r, "attempt_id", ParseAttemptID),
		LeaseID:        handleField(&r, "lease_id", ParseLeaseID),
		LeaseEpoch:     r.uint64(),
		LeaseTTL:       fromMilliseconds(r.uint64()),
		Lane:           LaneID(r.text("lane_id")),
		WorkerInstance: WorkerInstanceID(r.text("worker_instance_id")),
	}
	if len(r.rest) > 0 {
		r.fail("TrailingBytes: %d bytes after the last field", len(r.rest))
	}
	if r.problem != "" {
		return Handle{}, corruptHandle(r.problem)
	}
	if tag != backendValkey {
		return Handle{}, foreignHandle(backendNameOf(tag), " (embedded tag)")
	}
	return h, nil
}

func corruptHandle(problem string) *Error {
	return Corrupt("handle", "", "handle_codec: "+problem)
}

func foreignHandle(actual, suffix string) *Error {
	return &Error{
		Class:  ClassValidation,
		Code:   CodeHandleFromOtherBackend,
		Detail: "expected=" + backendName + " actual=" + actual + suffix,
	}
}

// handleReader takes fields off the front. After the first problem every read gives a zero value, so that the caller can read all
// fields and look once.
type handleReader struct {
	rest    []byte
	problem string
}

func (r *handleReader) fail(format string, args ...any) {
	if r.problem == "" {
		r.problem = fmt.Sprintf(format, args...)
	}
	r.rest = nil
}

func (r *handleReader) take(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.fail("Truncated: %d bytes wanted, %d left", n, len(r.rest))
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

// header reads up to the fields and gives the backend's tag. Version 1 has none and is Valkey's.
func (r *handleReader) header() (tag byte) {
	switch magic := r.byte(); magic {
	case handleMagicV1:
		return backendValkey
	case handleMagicV2:
	default:
		r.fail("BadV1Version: first byte %#02x", magic)
		return 0
	}
	if version := r.byte(); version != handleWireVersion {
		r.fail("BadWireVersion: %#02x", version)
	}
	tag = r.byte()
	if backendNameOf(tag) == "" {
		r.fail("BadBackendTag: %#02x", tag)
	}
	return tag
}

func (r *handleReader) byte() byte {
	b := r.take(1)
	if b == nil {
		return 0
	}
	return b[0]
}

func (r *handleReader) uint32() uint32 {
	b := r.take(4)
	if b == nil {
		return 0
	}
	return binary.LittleEndian.Uint32(b)
}

func (r *handleReader) uint64() uint64 {
	b := r.take(8)
	if b == nil {
		return 0
	}
	return binary.LittleEndian.Uint64(b)
}

func (r *handleReader) text(field string) string {
	b := r.take(uint64(r.uint32()))
	if !utf8.Valid(b) {
		r.fail("InvalidUtf8: %s", field)
		return ""
	}
	return string(b)
}

func handleField[T ~string](r *handleReader, field string, parse func(string) (T, error)) T {
	text := r.text(field)
	if r.problem != "" {
		return ""
	}
	id, err := parse(text)
	if err != nil {
		r.fail("ParseField: %s: %q", field, text)
	}
	return id
}

// handleJSON is the wrapper around the opaque bytes, which are an array of numbers there and no base64 text.
type handleJSON struct {
	Backend string     `json:"backend"`
	Kind    HandleKind `json:"kind"`
	Opaque  []uint16   `json:"opaque"`
}

// MarshalJSON gives {"backend":"Valkey","kind":…,"opaque":[…]} (spec 03e §20).
func (h Handle) MarshalJSON() ([]byte, error) {
	encoded := h.Encode()
	opaque := make([]uint16, len(encoded))
	for i, b := range encoded {
		opaque[i] = uint16(b)
	}
	return json.Marshal(handleJSON{Backend: backendName, Kind: h.Kind, Opaque: opaque})
}

// UnmarshalJSON reads what MarshalJSON writes; errors as DecodeHandle's. The wrapper's backend is looked at before the bytes.
func (h *Handle) UnmarshalJSON(data []byte) error {
	var wrapped handleJSON
	if err := json.Unmarshal(data, &wrapped); err != nil {
		return fmt.Errorf("handle: %w", err)
	}
	if wrapped.Backend != backendName {
		return foreignHandle(wrapped.Backend, "")
	}
	var opaque bytes.Buffer
	for i, n := range wrapped.Opaque {
		if n > 0xff {
			return corruptHandle(fmt.Sprintf("opaque[%d] is %d, no byte", i, n))
		}
		opaque.WriteByte(byte(n))
	}
	if !wrapped.Kind.Valid() {
		return corruptHandle(fmt.Sprintf("unknown kind %q", wrapped.Kind))
	}
	decoded, err := DecodeHandle(opaque.Bytes())
	if err != nil {
		return err
	}
	decoded.Kind = wrapped.Kind
	*h = decoded
	return nil
}

package engine

import "time"

// StreamMode is how a frame is kept (spec 03e §5).
type StreamMode string

const (
	ModeDurable    StreamMode = "durable"
	ModeSummary    StreamMode = "summary"
	ModeBestEffort StreamMode = "best_effort"
)

// Frame is the input of AppendFrame (spec 04a §6.4).
type Frame struct {
	Type                       string // frame_type; "" means stdout
	Payload                    []byte // at most 65,536 bytes
	CorrelationID              string
	Mode                       StreamMode    // "" means durable
	TTL                        time.Duration // best effort only
	MaxLenFloor, MaxLenCeiling int           // best effort only; 0 means 64 and 16384
	EMAAlpha                   float64       // best effort only; 0 means 0.2
}

// Appended is the result of AppendFrame.
type Appended struct {
	ID             string // stream entry id
	FrameCount     uint64 // lifetime appends to this attempt's stream
	SummaryVersion uint64 // summary frames only
}

// StreamFrame is one stored frame. Fields beyond the named ones are in Extra. Everything but ID is a stranger's text.
type StreamFrame struct {
	ID             string
	Type           string
	At             time.Time // of the entry id: the server's clock
	SentAt         time.Time // the producer's clock; zero when unparsable
	Payload        []byte
	Encoding       string
	Source         string
	Mode           StreamMode
	CorrelationID  string
	SummaryVersion uint64
	TTL            time.Duration
	Extra          map[string]string
}

// StreamPage is a run of frames and whether the stream has ended. ClosedAt zero means it is open.
type StreamPage struct {
	Frames       []StreamFrame
	ClosedAt     time.Time
	ClosedReason string
	// LastID is the id of the last entry read, filtered ones included: the position to go on from. "" when nothing was read.
	LastID string
}

// Closed tells whether the stream has ended.
func (p StreamPage) Closed() bool { return !p.ClosedAt.IsZero() || p.ClosedReason != "" }

// TailVisibility filters what a tail returns (spec 03e §14).
type TailVisibility int

const (
	TailAll TailVisibility = iota
	TailExcludeBestEffort
)

// TailQuery is the input of TailStream. After is exclusive; "" begins at the start. Block 0 does not wait.
type TailQuery struct {
	Execution    ExecutionID
	AttemptIndex uint32
	After        string
	Block        time.Duration
	Limit        int // 1…10000
	Visibility   TailVisibility
}

// SummaryDocument is the rolling document of summary frames (spec 03e §15).
type SummaryDocument struct {
	JSON                      []byte
	Version                   uint64
	PatchKind                 string
	FirstAppliedAt, UpdatedAt time.Time
}

// StreamMeta is the bookkeeping of one attempt's stream (spec 01 §3.2.6).
type StreamMeta struct {
	Execution    ExecutionID
	AttemptIndex uint32
	CreatedAt    time.Time
	ClosedAt     time.Time
	ClosedReason string
	LastID       string
	FrameCount   uint64
	TotalBytes   uint64
	LastFrameAt  time.Time
	HasDurable   bool
	RateHz       float64 // measured for best effort; 0 when not
	Malformed    []FieldError
}

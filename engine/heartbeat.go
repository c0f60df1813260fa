package engine

import (
	"context"
	"time"
)

// EngineRegistry is where background engines tell that they are there. FlowFabric's server leaves no such sign (spec 06 §12.8).
type EngineRegistry interface {
	// BeatEngine says that an engine runs and how its scanners do. Unless it says so again the engine counts as gone after ttl.
	BeatEngine(ctx context.Context, beat EngineBeat, ttl time.Duration) error
	// ForgetEngine takes an engine that stops off the registry.
	ForgetEngine(ctx context.Context, name string) error
}

// EngineBeat is what a running background engine says of itself. All times are the server's.
type EngineBeat struct {
	Name, Host, Version string
	PID                 int
	StartedAt           time.Time
	At                  time.Time     // of this beat
	Every               time.Duration // until the next one
	Shares              []string      // of the background work that it holds
	ShareCount          int           // into how many the work is divided
	Scanners            []ScannerBeat // by name

	Gone      bool // its time is over: At is the last that was heard of it
	Malformed []FieldError
}

// ScannerBeat is how one scanner of an engine does.
type ScannerBeat struct {
	Name       string
	Every      time.Duration // its interval
	LastPassAt time.Time     // when its last pass ended; zero before the first
	Took       time.Duration
	NextDue    time.Time // when something is known to be due; zero when nothing is
	Problem    string    // why the last pass was broken off; "" when it was not

	Examined, Done, Failed     int    // in the last pass
	Passes, AllDone, AllFailed uint64 // since the engine began
}

package bench

import (
	"context"
	"time"

	"ffboard/engine"
)

// Backend is what scenarios run on.
type Backend = engine.Attached

// Usage is what was sent and what the server spent, since some beginning.
type Usage struct {
	Commands, Trips int64         // commands sent, and round trips they went in
	CPU             time.Duration // the server's, user and system; 0 where it does not say
	Calls           map[string]Calls
}

// Calls are the server's calls of one command, those from inside of functions included.
type Calls struct {
	N    int64
	Took time.Duration
}

// Since is what came after an earlier reading.
func (u Usage) Since(before Usage) Usage {
	spent := Usage{Commands: u.Commands - before.Commands, Trips: u.Trips - before.Trips, CPU: u.CPU - before.CPU, Calls: map[string]Calls{}}
	for name, c := range u.Calls {
		c.N, c.Took = c.N-before.Calls[name].N, c.Took-before.Calls[name].Took
		if c.N > 0 {
			spent.Calls[name] = c
		}
	}
	return spent
}

// Meter reads usage. Its own commands do not count.
type Meter interface {
	Read(ctx context.Context) (Usage, error)
}

// Recorder hears what a server is told to write.
type Recorder interface {
	// Record returns what was written while do ran.
	Record(ctx context.Context, do func() error) (Writes, error)
}

// Writes is a recording, ready to be sent again.
type Writes interface {
	// Replay sends it to an empty deployment from so many connections; scripted, what one call wrote is done by a script that does
	// nothing else.
	Replay(ctx context.Context, b Backend, connections int, scripted bool) error
	// Parts tells how many round trips and commands it has.
	Parts() (trips, commands int)
}

// Filler makes a deployment larger without running anything.
type Filler interface {
	// Fill adds executions in every state and so many flows to which most of them belong.
	Fill(ctx context.Context, executions, flows int, lanes []engine.LaneID) error
	// Held is how many executions there are.
	Held(ctx context.Context) (int, error)
}

// Deployment is one run's.
type Deployment struct {
	Backend  Backend
	Meter    Meter
	Filler   Filler
	Recorder Recorder // nil: this server cannot be listened to
	Close    func() error
}

// Open gives an empty deployment, the same one again or another.
type Open func(ctx context.Context) (*Deployment, error)

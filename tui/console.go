package tui

import (
	"context"
	"io"
	"sync"

	tea "github.com/charmbracelet/bubbletea"
)

// Console is a user's terminal on another machine, at the other end of a connection.
type Console struct {
	In     io.Reader // ends with the connection
	Out    io.Writer
	Getenv func(string) string      // of that terminal
	Sizes  <-chan tea.WindowSizeMsg // the first one to begin with; closed with the connection
}

// RunOn is Run for a user elsewhere: nothing of this process's own terminal, environment, files and programs is used.
func RunOn(ctx context.Context, o Options, c Console) error {
	o.Remote = true
	o.Terminal = DetectRemote(c.Getenv)
	o.getenv = c.Getenv
	o.sizes = c.Sizes
	frames := wholeFrames{c.Out, &sync.Mutex{}, &painted{}}
	return o.run(ctx, frames, tea.WithInput(c.In), tea.WithOutput(frames))
}

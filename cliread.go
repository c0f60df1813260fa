package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"ffboard/engine"
	"ffboard/theme"
	"ffboard/valkey"
	"ffboard/views"
)

// reader is what a command that reads one thing from a deployment is told: where it is and how to print it.
type reader struct {
	connection
	printing
}

func (r *reader) flags(cmd *cobra.Command) {
	r.connection.flags(cmd)
	r.printing.flags(cmd)
}

// open connects with what the command may do at most: nothing is written through it.
func (r *reader) open(cmd *cobra.Command) (e engine.Attached, done func(), err error) {
	if err := r.printing.check(); err != nil {
		return nil, nil, err
	}
	backend, err := r.connect(cmd)
	if err != nil {
		return nil, nil, err
	}
	return engine.ReadOnlyGate(backend), func() { backend.Close() }, nil
}

// connect reaches the deployment that flags, environment and configuration name.
func (c *connection) connect(cmd *cobra.Command) (*valkey.Backend, error) {
	ch, err := loadChoices(cmd.Flags(), lookupOS)
	if err != nil {
		return nil, err
	}
	target, err := c.target(ch)
	if err != nil {
		return nil, err
	}
	return valkey.Connect(cmd.Context(), target)
}

// newCommon is what the board's views need where there is no board: no colours, the server's clock.
func newCommon(ctx context.Context, e engine.Attached) (*views.Common, error) {
	sent := time.Now()
	server, err := e.ServerTime(ctx)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	return &views.Common{Engine: e, Theme: theme.Bare(), ReadOnly: true, Skew: server.Sub(sent.Add(now.Sub(sent) / 2))}, nil
}

// show connects, makes a view, and prints what is fetched for it, once or again and again.
func (r *reader) show(cmd *cobra.Command, make func(c *views.Common) (views.View, error), print func(v views.View, value any) error) error {
	e, done, err := r.open(cmd)
	if err != nil {
		return err
	}
	defer done()
	c, err := newCommon(cmd.Context(), e)
	if err != nil {
		return err
	}
	view, err := make(c)
	if err != nil {
		return err
	}
	return r.again(cmd, func() error {
		value, err := fetch(cmd.Context(), e, view)
		if err != nil {
			return err
		}
		return print(view, value)
	})
}

// covering is a view that may need several fetches until it has seen everything.
type covering interface{ Covered() (done, of int) }

// mostFetches bounds how often a view is fetched that never says that it is done.
const mostFetches = 1000

// fetch gets a view what it needs, as the board does, and returns its record.
func fetch(ctx context.Context, e engine.Attached, v views.View) (any, error) {
	value, err := fetchAll(ctx, e, v)
	if d, ok := v.(views.Documented); ok && err == nil {
		return d.Document(), nil
	}
	return value, err
}

// fetchAll fetches until the view has seen everything, and returns the last answer.
func fetchAll(ctx context.Context, e engine.Attached, v views.View) (value any, err error) {
	for range mostFetches {
		need := v.Need()
		if need.Fetch == nil {
			return nil, errors.New("there is nothing to fetch")
		}
		value, err = need.Fetch(ctx, e)
		if err != nil {
			return nil, err
		}
		v.Update(views.Data{Key: need.Key, Value: value, At: time.Now()})
		c, partial := v.(covering)
		if !partial {
			return value, nil
		}
		if done, of := c.Covered(); done >= of {
			return value, nil
		}
	}
	return value, fmt.Errorf("not all could be read in %d rounds", mostFetches)
}

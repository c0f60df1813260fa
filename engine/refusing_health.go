package engine

import (
	"context"
	"time"
)

// EngineRegistry

func (r Refusing) BeatEngine(context.Context, EngineBeat, time.Duration) error {
	return r.Refuse("BeatEngine")
}

func (r Refusing) ForgetEngine(context.Context, string) error {
	return r.Refuse("ForgetEngine")
}

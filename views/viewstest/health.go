package viewstest

import (
	"context"

	"ffboard/engine"
)

func (e *Engine) Checkup(context.Context) (engine.Checkup, error) {
	e.Lock()
	defer e.Unlock()
	return e.Checked, e.record("Checkup")
}

package engine

import "context"

// HealthBoard

func (g *readOnly) Checkup(ctx context.Context) (Checkup, error) {
	return g.b.Checkup(ctx)
}

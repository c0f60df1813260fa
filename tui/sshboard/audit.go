package sshboard

import (
	"log/slog"

	"ffboard/theme"
)

// Audit notes in a user's log what he did, as engine.Audited tells it.
func Audit(log *slog.Logger) func(op, target string, err error) {
	return func(op, target string, err error) {
		log := log.With("op", op, "target", string(theme.CleanTo(target, 200)))
		if err != nil {
			log.Warn("action failed", "error", string(theme.CleanTo(err.Error(), 200)))
			return
		}
		log.Info("action")
	}
}

package embedded

import (
	"io"

	"ffboard/valkey/embedded/internal/mini"
)

// startInProcess runs the server inside of this process.
func startInProcess(socket string) (io.Closer, error) { return mini.Listen(socket) }

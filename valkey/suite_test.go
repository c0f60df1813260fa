package valkey

import (
	"testing"

	"ffboard/engine/enginetest"
)

func TestConformanceOnTheInProcessServer(t *testing.T) {
	enginetest.Run(t, func(t *testing.T) enginetest.Subject { return newDeployment(t, inProcessServer(t)) })
}

func TestConformanceOnARealServer(t *testing.T) {
	enginetest.Run(t, func(t *testing.T) enginetest.Subject { return newDeployment(t, realServer(t)) })
}

//go:build !unix

package embedded

// processRuns cannot tell here, so nothing is taken for left behind.
func processRuns(int) bool { return true }

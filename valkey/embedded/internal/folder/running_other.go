//go:build !unix

package folder

// Runs cannot tell here, so nothing is taken for left behind.
func Runs(int) bool { return true }

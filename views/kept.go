package views

// Kept is what the program keeps from one run to the next: words by name. Neither call waits for a disk.
type Kept interface {
	// Get is nil when nothing was ever put there.
	Get(name string) []string
	Put(name string, words []string)
}

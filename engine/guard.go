package engine

import "fmt"

// Guard runs do and makes a panic in it an error: a record that nobody thought of must not end a program that serves others. A
// goroutine that reads or changes a stranger's records runs through it.
func Guard(what string, do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: panic: %v", what, p)
		}
	}()
	return do()
}

package script

import "fmt"

// failure is an error in the words of a real server, which clients and tests look at.
func failure(format string, args ...any) error {
	return serverError(fmt.Sprintf(format, args...))
}

type serverError string

func (e serverError) Error() string { return string(e) }

package engine

// Hindrance is why a server that answers takes no writes for now. It passes without this program doing anything.
type Hindrance string

const (
	MemoryFull  Hindrance = "its memory is full"
	BusyScript  Hindrance = "a script keeps it busy"
	IsReplica   Hindrance = "it is a replica"
	DiskFailing Hindrance = "it cannot write to its disk"
	TooLonely   Hindrance = "too few replicas follow it"
)

var hindranceSentences = map[Hindrance]string{
	MemoryFull:  "The server's memory is full: nothing was done. Raise its maxmemory, or shorten the retention.",
	BusyScript:  "A script keeps the server busy: nothing was done. Wait for it, or end it with SCRIPT KILL or FUNCTION KILL.",
	IsReplica:   "The server is a replica now, which takes no writes: nothing was done. Connect to the primary.",
	DiskFailing: "The server cannot write to its disk and takes no writes: nothing was done. Make room on its disk.",
	TooLonely:   "Too few replicas follow the server for it to take writes: nothing was done. Look after its replicas.",
}

// Known tells the words above from any others.
func (h Hindrance) Known() bool {
	_, known := hindranceSentences[h]
	return known
}

// Hindered says that the server would not do it now: nothing happened, and it may be asked again.
func Hindered(op string, by Hindrance, err error) *Error {
	return &Error{Class: ClassTransport, Op: op, Detail: string(by), Err: err}
}

// Package worker runs handlers on executions: it claims work of its lanes, keeps the leases alive, and ends each attempt with what
// the handler returned (spec 03d §13).
//
// A handler owns its attempt for as long as its context lives. When the lease is lost, whatever took it, the context ends with a
// cause that is ErrLeaseLost and the task sends nothing any more: somebody else owns the execution now. A handler that waits returns
// what Suspend, Delay or WaitChildren gave it; it runs again from its beginning, with Resumed set, when the wait is over.
//
// Work is delivered at least once. A worker that dies in the middle of a handler leaves a lease behind that runs out; another worker
// takes it over and runs the handler again, as another attempt.
package worker

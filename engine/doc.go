// Package engine is the domain of ffboard: executions, flows, lanes, leases, waitpoints and streams, and the operations a backend
// offers on them. It knows neither Valkey nor a terminal.
//
// The words are the wire's (spec 00). Times are time.Time and time.Duration; milliseconds exist on the wire only. A zero
// time.Time means "not set". Errors are *Error; compare with errors.Is against a Code or a Class.
package engine

// Package bench measures what an engine does in a second and what that costs its server. A scenario is a kind of work, done by the workers
// and the background engine that users run; each of its runs has a deployment of its own. Beside a scenario stands its floor: the writes
// of the same work sent by hand, in the same batches and from as many connections, by nobody who decides anything.
package bench

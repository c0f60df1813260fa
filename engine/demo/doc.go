// Package demo makes sample work for a dashboard to look at: flows that advance, lanes that fill and drain, executions that wait for a
// person, streams that scroll, leases that are lost. It runs on the engine's interfaces as any program of a user would.
package demo

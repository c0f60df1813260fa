// Package httpapi is the HTTP API of a deployment (spec 06 §4–6), on the engine's interfaces: what FlowFabric's own client library and
// tools speak.
//
// A route is one line of the table in routes.go and one method of API: it reads a call and returns an answer or an error. Everything
// that all routes share is around them: authentication, cross-origin rules, size limits, the projection of errors, the log line and
// the measurement.
//
// The calls that FlowFabric leaves untyped are typed here as the others are: a rejection is a 4xx, never a 500 that asks to be
// repeated. Since a client of such a route has to look for the wire code in the text, the text begins with it there.
package httpapi

// Package viewstest is what tests of the dashboard stand on: a fake engine with canned data that records its calls, a fixed clock,
// keys by name, hostile text, golden frames and the check that a frame is what a terminal may be given.
//
// It does not import package views, so that tests inside that package may use it.
package viewstest

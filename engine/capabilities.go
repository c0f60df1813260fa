package engine

// Capabilities tells which backend answers, and what it offers (spec 04a §20.4).
type Capabilities struct {
	Family  string          // valkey
	Version string          // of this program's build
	Stage   string          // how much of the contract there is: E-shipped is all
	Offers  map[string]bool // operations by their names in spec 04a
}

// Package audit judges a deployment: what was read of each record, index entry and key is held against what spec 01 says of it. It
// reads nothing itself. Facts of one subject come in, findings go out; nothing is kept from one subject to the next, so that whoever
// reads decides how much is held at a time.
package audit

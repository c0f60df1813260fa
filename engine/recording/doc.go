// Package recording keeps what a board was told in a file, and plays it again.
//
// A Recorder stands between a board and its backend, passes every call on, and writes down what the reads answered. A Player opens the
// file and is a backend in turn: it answers each question as it was answered at the player's time, and refuses to write.
//
// # The file
//
// A recording is a gzip file of lines of JSON, so that zcat shows it. It is made of gzip members, one for each second or so in which
// anything was heard. The header of each member says how long it is (the extra field "FF"), so that a reader goes from one to the next
// without unpacking them, and a file that was cut off is good up to its last whole member.
//
// The first member is one line, the Header. Each other one begins with a line that is its index: which questions are answered in it,
// when, and where in the member; the lines behind it are the answers. An answer that is the same as the one before it to the same
// question is in the index alone.
//
// Waitpoint tokens are never written: the one read that gives them out is not recorded, and a token anywhere else is written redacted.
package recording

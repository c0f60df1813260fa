// Package plain writes what the views show for programs and pipes: documents as JSON and YAML, lists as tables without a terminal. What
// strangers stored cannot act on a terminal in any of the three: it is escaped as the format allows.
package plain

// Package sshboard serves the dashboard over SSH: a program of its own for each user, and nothing else. Nobody gets a shell, a command,
// a file or a port of the machine that it runs on.
package sshboard

// Package action is what an operator does to a deployment: each action with the things it is for, what it needs of them, and how it
// is done. A dialog and a command line are forms on top of it, so that both say and do the same.
package action

// Package tui is the dashboard's program: it keeps the stack of views, brings data to the one on top, draws header, footer, help,
// palette and dialogs around it, and answers the keys that mean the same everywhere. What a view may rely on is written in package
// views.
//
//	program.go   the model: messages come in here and are told apart
//	screen.go    a view on the stack, guarded against its own panics
//	route.go     results of commands find back to the view that gave the command
//	feed.go      fetches what the view on top needs
//	status.go    what the header knows of the deployment
//	header.go, footer.go, help.go, palette.go, dialogs.go, overlay.go   what is drawn
//	keys.go, commands.go   the global keys and the palette's commands, each declared once
//	log.go       the outcomes of this session's actions
//	run.go, terminal.go   the terminal
package tui

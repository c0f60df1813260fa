// Package views holds the screens of the dashboard and its dialogs, one subject a file. A view knows the engine's interfaces and
// the theme; it draws nothing but its own body and does no I/O in Update.
//
// # What the program does for a view
//
//   - It keeps the stack, draws header and footer, answers the global keys (1…4, `:`, `?`, esc, q, ctrl-r) and hands everything else
//     to the view on top. While the view is Capturing all keys are its own; otherwise esc asks Unwind before it goes back.
//   - Mouse messages come with X and Y relative to the view's top left corner.
//   - It asks for Need after every message, fetches, and hands the result over as Data. A view never starts its own polling.
//   - The result of a command goes back to the view or dialog that gave the command, wherever on the stack that is. (Not so the
//     results of tea.Sequence, which go to the top.)
//   - A disabled binding is one that read-only mode forbids (Common.Write): it is drawn dimmed, and pressing it says why.
//
// # Making a screen
//
// A list is a Table, which brings selection by id, scrolling, sorting, filtering, wheel and clicks:
//
//	v.table = Table[engine.FlowRow]{
//		Columns: []Column[engine.FlowRow]{
//			{Title: "FLOW", Width: 8, Cell: func(r *engine.FlowRow) Cell { return Cell{Text: ShortFlow(r.ID)} }},
//			{Title: "KIND", Width: 8, Flex: 1, Cell: …, SortKey: "K", Compare: …},
//			{Title: "AGE", Width: 4, Align: theme.Right, Drop: 1, Cell: …},
//		},
//		ID:    func(r *engine.FlowRow) string { return string(r.ID) },
//		Text:  func(r *engine.FlowRow) string { return string(r.ID) + " " + r.Kind },
//		Empty: "no flows",
//	}
//
// In Update: Data → table.SetRows; own keys unless table.Capturing(); table.Update(msg) for the rest. Capturing, Unwind,
// Bindings, SetSize and View are passed on. Cell functions run for rows on the screen only and may read Common.Theme and Common.Now.
//
// A detail is made of Panel (facts in two columns), Text (a stranger's lines), Rule and Beside, scrolled by a Viewport. A dialog is
// a Box around lines made with theme.Line, with Input for what the user types. Every block is a []string of lines of one width.
//
// Numbers, ages, sizes and ids come from format.go, states from StateCell and FlowCell. All other text goes through theme.Clean.
//
// # Tests
//
// Package viewstest has the fake engine, the fixed clock, golden frames and the check of a frame. It does not import views, so tests
// may stand in either package.
package views

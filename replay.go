package main

import (
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"ffboard/engine"
	"ffboard/engine/recording"
	"ffboard/tui"
)

// replayName is the verb that has two meanings: an execution is replayed as everywhere in FlowFabric, a recording is shown again.
const replayName = "replay"

const replayHelp = `

With the name of a file that --record has made, it opens the dashboard on that recording instead: read-only, on no server, and with a
time bar. ctrl+p plays and pauses, < and > step, { and } step further, ( and ) change the speed; a click on the bar, or ":at 03:12" in
the palette, goes to a moment.`

// withReplay lets the verb open a recording as well.
func withReplay(cmd *cobra.Command) *cobra.Command {
	var b board
	b.appearance(cmd)
	act, check := cmd.RunE, cmd.Args
	cmd.Use += " | <recording>"
	cmd.Short += "; or show a recording again"
	cmd.Long += replayHelp
	cmd.Example = "  ffboard replay '{fp:3}:…'\n  ffboard replay incident" + recording.Suffix
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if isRecording(args) {
			return nil
		}
		return check(cmd, args)
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if isRecording(args) {
			return b.replay(cmd, args[0])
		}
		return act(cmd, args)
	}
	return cmd
}

// isRecording tells whether the arguments name a recording. Nothing that is an execution's id does.
func isRecording(args []string) bool {
	if len(args) != 1 || args[0] == "-" {
		return false
	}
	if _, err := engine.ParseExecutionID(args[0]); err == nil {
		return false
	}
	if strings.HasSuffix(args[0], recording.Suffix) {
		return true
	}
	info, err := os.Stat(args[0])
	return err == nil && info.Mode().IsRegular()
}

// replay shows the dashboard on a recording until the user leaves.
func (b *board) replay(cmd *cobra.Command, path string) error {
	ch, err := loadChoices(cmd.Flags(), lookupOS)
	if err != nil {
		return err
	}
	if err := b.resolve(ch); err != nil {
		return err
	}
	player, err := recording.Open(path, nil)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return errors.New("there is no recording " + path)
		}
		return err
	}
	defer player.Close()
	if err := needTerminal(); err != nil {
		return err
	}
	if b.start == "" {
		b.start = viewOf(player.Header().Start)
	}
	player.Play()
	o := b.options(player, "replay")
	o.ReadOnly, o.Replay, o.Kept = true, player, openKept("", b.file.presets())
	return tui.Run(cmd.Context(), o)
}

// viewOf is the view that a recording began with. Anything else that stands there is a stranger's command: it is not run.
func viewOf(start string) string {
	name, _, _ := strings.Cut(start, " ")
	for _, v := range tui.Starts() {
		if v.Name == name {
			return start
		}
	}
	return ""
}

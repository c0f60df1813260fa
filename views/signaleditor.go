package views

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// mostEdited is how much is read back from an editor: payloads are limited to less.
const mostEdited = 256 << 10

var errNoEditor = errors.New("the editor did not work: set VISUAL or EDITOR")

// signalEdited is the payload as it came back from the editor.
type signalEdited struct {
	text string
	err  error
}

// edit opens the payload in the user's editor.
func (d *signalDialog) edit() tea.Cmd {
	text, name := d.payload.Value(), "payload."+string(d.encoding.chosen().word)
	return func() tea.Msg {
		folder, file, err := PrivateFile(name, text)
		if err != nil {
			return signalEdited{err: fmt.Errorf("%w: %w", errNoEditor, err)}
		}
		return Exec{Command: append(EditorCommand(), file), Done: func(err error) tea.Msg {
			defer os.RemoveAll(folder)
			if err != nil {
				return signalEdited{err: fmt.Errorf("%w: %w", errNoEditor, err)}
			}
			return readBack(file)
		}}
	}
}

// PrivateFile puts text into a file that nobody else can read, in a folder of its own.
func PrivateFile(name, text string) (folder, file string, err error) {
	folder, err = os.MkdirTemp("", "ffboard-") // mode 0700
	if err != nil {
		return "", "", err
	}
	file = filepath.Join(folder, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		os.RemoveAll(folder)
		return "", "", err
	}
	return folder, file, nil
}

func readBack(file string) signalEdited {
	f, err := os.Open(file)
	if err != nil {
		return signalEdited{err: fmt.Errorf("%w: %w", errNoEditor, err)}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mostEdited))
	if err != nil {
		return signalEdited{err: fmt.Errorf("%w: %w", errNoEditor, err)}
	}
	return signalEdited{text: strings.TrimSuffix(string(text), "\n")} // editors end the last line
}

// EditorCommand is the user's editor with its arguments.
func EditorCommand() []string {
	for _, name := range []string{"VISUAL", "EDITOR"} {
		if words := strings.Fields(os.Getenv(name)); len(words) > 0 {
			return words
		}
	}
	return []string{"vi"}
}

func (d *signalDialog) edited(msg signalEdited) {
	d.err = msg.err
	if msg.err == nil {
		d.payload.SetValue(msg.text)
		d.focus = fieldPayload
	}
}

// Package terminal runs a program in a pseudo terminal with an emulated screen, so that tests and pictures see what a person sees.
package terminal

import (
	"bytes"
	"errors"
	"fmt"
	"image/color"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// Terminal is a running program and its screen. It is safe for concurrent use.
type Terminal struct {
	cmd *exec.Cmd
	tty *os.File

	mu      sync.Mutex
	screen  *vt.Emulator
	changed chan struct{} // closed and renewed whenever the screen may have changed
	output  int           // bytes the program has written
	drawing bool          // a synchronized update has begun and not ended
	carry   []byte        // the end of the last read: a mark may be cut in two
	raw     func([]byte)

	exited chan struct{}
	err    error
}

// Options of Start.
type Options struct {
	Cols, Rows int
	Light      bool         // a light background: what the terminal answers when asked
	Raw        func([]byte) // sees every byte that the program writes, in order
}

// Start runs a command in a terminal of the given size.
func Start(cmd *exec.Cmd, o Options) (*Terminal, error) {
	t := &Terminal{
		cmd: cmd, screen: vt.NewEmulator(o.Cols, o.Rows), raw: o.Raw,
		changed: make(chan struct{}), exited: make(chan struct{}),
	}
	t.screen.SetDefaultBackgroundColor(color.RGBA{0x12, 0x13, 0x1a, 0xff})
	t.screen.SetDefaultForegroundColor(color.RGBA{0xd8, 0xda, 0xe2, 0xff})
	if o.Light {
		t.screen.SetDefaultBackgroundColor(color.RGBA{0xfb, 0xfb, 0xf8, 0xff})
		t.screen.SetDefaultForegroundColor(color.RGBA{0x20, 0x22, 0x2a, 0xff})
	}
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(cmd.Env, "TERM=xterm-256color", "COLORTERM=truecolor")
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: uint16(o.Cols), Rows: uint16(o.Rows)})
	if err != nil {
		return nil, fmt.Errorf("start %s in a terminal: %w", cmd.Path, err)
	}
	t.tty = tty
	go t.answer()
	go t.watch()
	return t, nil
}

// answer carries the terminal's own replies (its colours, its position) back to the program.
func (t *Terminal) answer() {
	_, _ = io.Copy(t.tty, t.screen)
}

func (t *Terminal) watch() {
	buf := make([]byte, 32<<10)
	for {
		n, err := t.tty.Read(buf)
		if n > 0 {
			t.mu.Lock()
			_, _ = t.screen.Write(buf[:n])
			t.output += n
			t.follow(buf[:n])
			if t.raw != nil {
				t.raw(buf[:n])
			}
			t.wake()
			t.mu.Unlock()
		}
		if err != nil {
			break
		}
	}
	t.err = t.cmd.Wait()
	close(t.exited)
	t.mu.Lock()
	t.wake()
	t.mu.Unlock()
}

// The marks of a synchronized update: between them the screen is half drawn.
var beginUpdate, endUpdate = []byte("\x1b[?2026h"), []byte("\x1b[?2026l")

// follow notes whether the program is in the middle of a frame.
func (t *Terminal) follow(p []byte) {
	t.carry = append(t.carry, p...)
	if begin, end := bytes.LastIndex(t.carry, beginUpdate), bytes.LastIndex(t.carry, endUpdate); begin != end {
		t.drawing = begin > end
	}
	if keep := len(endUpdate) - 1; len(t.carry) > keep {
		t.carry = append(t.carry[:0], t.carry[len(t.carry)-keep:]...)
	}
}

func (t *Terminal) wake() {
	close(t.changed)
	t.changed = make(chan struct{})
}

// Type sends keys as the terminal would: text as it is, and names in angle brackets such as <enter>, <esc>, <up>, <ctrl-c>.
func (t *Terminal) Type(keys string) error {
	for keys != "" {
		if name, rest, ok := strings.Cut(strings.TrimPrefix(keys, "<"), ">"); ok && keys[0] == '<' && named[name] != "" {
			if _, err := t.tty.WriteString(named[name]); err != nil {
				return err
			}
			keys = rest
			continue
		}
		if _, err := t.tty.WriteString(keys[:1]); err != nil {
			return err
		}
		keys = keys[1:]
	}
	return nil
}

var named = map[string]string{
	"enter": "\r", "esc": "\x1b", "tab": "\t", "backspace": "\x7f", "space": " ", "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C",
	"left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F", "pgup": "\x1b[5~", "pgdown": "\x1b[6~", "shift-tab": "\x1b[Z", "lt": "<",
	"ctrl-a": "\x01", "ctrl-c": "\x03", "ctrl-e": "\x05", "ctrl-r": "\x12", "ctrl-d": "\x04", "ctrl-u": "\x15", "ctrl-s": "\x13",
	"wheel-up": "\x1b[<64;10;10M", "wheel-down": "\x1b[<65;10;10M",
}

// Click presses and releases the left button on a cell, counted from 0.
func (t *Terminal) Click(x, y int) error {
	_, err := fmt.Fprintf(t.tty, "\x1b[<0;%d;%dM\x1b[<0;%d;%dm", x+1, y+1, x+1, y+1)
	return err
}

// Text is the screen as lines of text without styles.
func (t *Terminal) Text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.screen.String()
}

// Output counts the bytes that the program has written so far.
func (t *Terminal) Output() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.output
}

// Cells is the screen with styles, row by row. A cell of width 0 is the second half of a wide one.
func (t *Terminal) Cells() [][]uv.Cell {
	t.mu.Lock()
	defer t.mu.Unlock()
	rows := make([][]uv.Cell, t.screen.Height())
	for y := range rows {
		rows[y] = make([]uv.Cell, t.screen.Width())
		for x := range rows[y] {
			if c := t.screen.CellAt(x, y); c != nil {
				rows[y][x] = *c
			}
		}
	}
	return rows
}

// Colors are the terminal's own foreground and background.
func (t *Terminal) Colors() (fg, bg color.Color) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.screen.ForegroundColor(), t.screen.BackgroundColor()
}

// Resize changes the size of the window.
func (t *Terminal) Resize(cols, rows int) error {
	t.mu.Lock()
	t.screen.Resize(cols, rows)
	t.mu.Unlock()
	return pty.Setsize(t.tty, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)})
}

// ErrNever is what WaitFor answers when the screen never showed what it was waiting for.
var ErrNever = errors.New("the screen never showed it")

// WaitFor returns once the screen's text satisfies the condition.
func (t *Terminal) WaitFor(limit time.Duration, condition func(text string) bool) error {
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	for {
		t.mu.Lock()
		changed, text := t.changed, t.screen.String()
		t.mu.Unlock()
		if condition(text) {
			return nil
		}
		select {
		case <-changed:
		case <-t.exited:
			if condition(t.Text()) {
				return nil
			}
			return fmt.Errorf("the program ended: %w", ErrNever)
		case <-deadline.C:
			return ErrNever
		}
	}
}

// frameGap is how long a program is silent between two frames: a screen that is read sooner may be half drawn.
const frameGap = 15 * time.Millisecond

// WaitForFrame is WaitFor on whole frames only: it looks when the program has been silent for a moment.
func (t *Terminal) WaitForFrame(limit time.Duration, condition func(text string) bool) error {
	deadline := time.Now().Add(limit)
	for {
		before := t.Output()
		select {
		case <-t.exited:
		case <-time.After(frameGap):
		}
		t.mu.Lock()
		settled, text := t.output == before && !t.drawing, t.screen.String()
		t.mu.Unlock()
		if settled && condition(text) {
			return nil
		}
		if time.Now().After(deadline) {
			return ErrNever
		}
	}
}

// Exited is closed when the program has ended.
func (t *Terminal) Exited() <-chan struct{} { return t.exited }

// Wait waits for the program's end and returns what its Wait returned.
func (t *Terminal) Wait(limit time.Duration) error {
	select {
	case <-t.exited:
		return t.err
	case <-time.After(limit):
		return errors.New("the program did not end")
	}
}

// Close ends the program if it still runs, and frees the terminal.
func (t *Terminal) Close() error {
	if t.cmd.Process != nil {
		_ = t.cmd.Process.Kill()
	}
	<-t.exited
	// The emulator's own Close is not safe beside a Read; the end of its pipe ends answer as well.
	if replies, ok := t.screen.InputPipe().(io.Closer); ok {
		_ = replies.Close()
	}
	return t.tty.Close()
}

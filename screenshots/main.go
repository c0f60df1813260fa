// Command screenshots makes the pictures in this folder again, from the real program in a real terminal:
//
//	go run ./screenshots
//
// It builds ffboard, runs its demo in a pseudo terminal of 120 columns and 36 rows, presses keys, and saves what is on the screen.
// With -size 80x24 or -light the pictures show another terminal; -dir puts them elsewhere.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"ffboard/tui/terminal"
)

func main() {
	log.SetFlags(0)
	dir := flag.String("dir", "screenshots", "`folder` to put the pictures in")
	size := flag.String("size", "120x36", "columns `x` rows")
	light := flag.Bool("light", false, "a terminal with a light background")
	program := flag.String("program", "", "`path` of an ffboard to run instead of building one")
	flag.Parse()
	var o terminal.Options
	if _, err := fmt.Sscanf(*size, "%dx%d", &o.Cols, &o.Rows); err != nil {
		log.Fatalf("screenshots: -size %s: write it like 120x36", *size)
	}
	o.Light = *light
	if err := run(*program, *dir, o); err != nil {
		log.Fatal("screenshots: ", err)
	}
}

// settle is how long a frame may take to come to rest after a key.
const settle = 5 * time.Second

func run(program, dir string, o terminal.Options) error {
	if program == "" {
		tmp, err := os.MkdirTemp("", "ffboard-screenshots-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(tmp)
		program = filepath.Join(tmp, "ffboard")
		build := exec.Command("go", "build", "-o", program, ".")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return fmt.Errorf("build ffboard: %w", err)
		}
	}
	p, err := newPainter()
	if err != nil {
		return err
	}
	t, err := terminal.Start(exec.Command(program, "demo", "--seed", "7"), o)
	if err != nil {
		return err
	}
	defer t.Close()
	for _, s := range shots {
		for _, keys := range []string{s.keys, s.then} {
			if err := t.Type(keys); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			if err := t.WaitForFrame(settle, func(string) bool { return true }); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
		if err := t.WaitForFrame(s.patience(), s.ready); err != nil {
			return fmt.Errorf("%s: %w; the screen is:\n%s", s.name, err, t.Text())
		}
		path := filepath.Join(dir, s.name+".png")
		if err := p.save(t, path); err != nil {
			return err
		}
		fmt.Println(path)
	}
	return t.Type("<esc><esc><esc>q")
}

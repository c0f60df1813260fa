package main

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/go-fonts/dejavu/dejavusansmono"
	"github.com/go-fonts/dejavu/dejavusansmonobold"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"ffboard/tui/terminal"
)

// The size of one cell in pixels, and where its baseline is.
const (
	cellWidth, cellHeight = 9, 17
	baseline              = 13
	margin                = 12
	fontSize              = 15
)

// painter draws screens.
type painter struct{ regular, bold font.Face }

func newPainter() (*painter, error) {
	regular, err := face(dejavusansmono.TTF)
	if err != nil {
		return nil, err
	}
	bold, err := face(dejavusansmonobold.TTF)
	if err != nil {
		return nil, err
	}
	return &painter{regular: regular, bold: bold}, nil
}

func face(ttf []byte) (font.Face, error) {
	f, err := opentype.Parse(ttf)
	if err != nil {
		return nil, err
	}
	return opentype.NewFace(f, &opentype.FaceOptions{Size: fontSize, DPI: 72, Hinting: font.HintingFull})
}

// save writes the terminal's screen as a PNG.
func (p *painter) save(t *terminal.Terminal, path string) error {
	fg, bg := t.Colors()
	img := p.paint(t.Cells(), fg, bg)
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(f, img); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

func (p *painter) paint(rows [][]uv.Cell, fg, bg color.Color) image.Image {
	width := 2*margin + len(rows[0])*cellWidth
	height := 2*margin + len(rows)*cellHeight
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(img, img.Bounds(), image.NewUniform(bg), image.Point{}, draw.Src)
	for y, row := range rows {
		for x := range row {
			p.cell(img, x, y, &row[x], fg, bg)
		}
	}
	return img
}

func (p *painter) cell(img *image.RGBA, x, y int, c *uv.Cell, fg, bg color.Color) {
	if c.Style.Fg != nil {
		fg = c.Style.Fg
	}
	if c.Style.Bg != nil {
		bg = c.Style.Bg
	}
	if c.Style.Attrs&uv.AttrReverse != 0 {
		fg, bg = bg, fg
	}
	if c.Style.Attrs&uv.AttrFaint != 0 {
		fg = blend(fg, bg)
	}
	left, top := margin+x*cellWidth, margin+y*cellHeight
	box := image.Rect(left, top, left+max(c.Width, 1)*cellWidth, top+cellHeight)
	if c.Width == 0 && c.Content == "" && x > 0 {
		return // the second half of a wide one
	}
	draw.Draw(img, box, image.NewUniform(bg), image.Point{}, draw.Src)
	face := p.regular
	if c.Style.Attrs&uv.AttrBold != 0 {
		face = p.bold
	}
	d := font.Drawer{Dst: img, Src: image.NewUniform(fg), Face: face, Dot: fixed.P(left, top+baseline)}
	d.DrawString(c.Content)
	if c.Style.Underline != 0 {
		line := image.Rect(left, top+baseline+2, box.Max.X, top+baseline+3)
		draw.Draw(img, line, image.NewUniform(fg), image.Point{}, draw.Src)
	}
}

func blend(a, b color.Color) color.Color {
	r1, g1, b1, _ := a.RGBA()
	r2, g2, b2, _ := b.RGBA()
	mix := func(x, y uint32) uint8 { return uint8((x*6 + y*4) / 10 >> 8) }
	return color.RGBA{mix(r1, r2), mix(g1, g2), mix(b1, b2), 0xff}
}

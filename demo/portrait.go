package demo

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
)

// Portraits is how many different ones there are.
const Portraits = 6

// Portrait draws the n-th face, flat as a paper cut: nobody takes it for a
// photograph. It is a JPEG of the shape that visas ask for.
func Portrait(n int) ([]byte, error) {
	const w, h = 490, 630
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	skin := []color.RGBA{{224, 172, 130, 255}, {172, 116, 78, 255}, {236, 188, 160, 255}}[n%3]
	hair := []color.RGBA{{58, 40, 30, 255}, {150, 95, 40, 255}}[n%2]
	coat := []color.RGBA{{40, 70, 120, 255}, {120, 40, 60, 255}, {50, 100, 70, 255}}[(n/2)%3]
	in := func(x, y, cx, cy, rx, ry float64) bool {
		dx, dy := (x-cx)/rx, (y-cy)/ry
		return dx*dx+dy*dy <= 1
	}
	for py := range h {
		for px := range w {
			x, y := float64(px), float64(py)
			c := color.RGBA{214, 220, 226, 255}
			switch {
			case in(x, y, 205, 265, 13, 9), in(x, y, 285, 265, 13, 9):
				c = color.RGBA{30, 30, 30, 255}
			case in(x, y, 205, 240, 26, 5), in(x, y, 285, 240, 26, 5):
				c = hair
			case in(x, y, 245, 318, 13, 18):
				c = color.RGBA{skin.R - 30, skin.G - 30, skin.B - 26, 255}
			case in(x, y, 245, 375, 38, 9):
				c = color.RGBA{160, 60, 60, 255}
			case in(x, y, 245, 285, 108, 150) && !in(x, y, 245, 130, 150, 70):
				c = skin
			case in(x, y, 245, 235, 128, 140) && (n >= 3 && n < 6 || y < 260):
				c = hair
			case in(x, y, 245, 450, 52, 90) && y < 530:
				c = color.RGBA{skin.R - 16, skin.G - 16, skin.B - 14, 255}
			case in(x, y, 245, 660, 235, 170):
				c = coat
			}
			img.SetRGBA(px, py, c)
		}
	}
	return encode(img)
}

// Scan draws the page of an invented passport: frames and bars where text would
// be.
func Scan() ([]byte, error) {
	const w, h = 720, 500
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{235, 230, 214, 255}
			switch {
			case x < 12 || y < 12 || x >= w-12 || y >= h-12:
				c = color.RGBA{110, 40, 50, 255}
			case x > 40 && x < 240 && y > 60 && y < 330:
				c = color.RGBA{180, 190, 200, 255}
			case x > 270 && x < 650 && y > 70 && y < 330 && y%44 < 12:
				c = color.RGBA{90, 90, 90, 255}
			case x > 40 && x < 680 && (y > 380 && y < 400 || y > 425 && y < 445) && x%18 < 11:
				c = color.RGBA{20, 20, 20, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return encode(img)
}

func encode(img image.Image) ([]byte, error) {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 85}); err != nil {
		return nil, fmt.Errorf("demo: draw a picture: %w", err)
	}
	return out.Bytes(), nil
}

package upload_test

import (
	"image"
	"image/color"
	"math"
	"testing"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form/upload"
	"github.com/chancery/chancery/internal/locale"
)

// portrait draws something as light, coloured and sharp as a face before a wall.
func portrait(w, h int, wall func(x, y int) color.RGBA, face func(x, y int) color.RGBA) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			dx, dy := float64(x-w/2)/float64(w)*3.2, float64(y)/float64(h)*2.6-1.15
			if dx*dx+dy*dy < 1 || y > h*3/4 && math.Abs(dx) < 1.5 {
				img.SetRGBA(x, y, face(x, y))
			} else {
				img.SetRGBA(x, y, wall(x, y))
			}
		}
	}
	return img
}

func one(r, g, b uint8) func(x, y int) color.RGBA {
	return func(int, int) color.RGBA { return color.RGBA{r, g, b, 255} }
}

// skin has details of a few pixels.
func skin(x, y int) color.RGBA {
	d := uint8((x/5 + y/7) % 2 * 90)
	return color.RGBA{210 - d, 160 - d, 130 - d, 255}
}

func measure(t *testing.T, img image.Image) map[string]upload.Finding {
	t.Helper()
	findings, err := upload.Measure(&upload.File{Kind: upload.JPEG, Data: asJPEG(t, img)})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]upload.Finding{}
	for _, f := range findings {
		all[f.ID] = f
		for _, lang := range locale.Languages {
			if key := "form.photo." + f.ID; locale.For(lang).T(key, f.Args()) == key {
				t.Errorf("%s has no words in %s", f.ID, lang)
			}
		}
	}
	return all
}

// Each fault of a picture is found as what it is.
func TestPortraits(t *testing.T) {
	wall := one(225, 225, 230)
	flat := func(c color.RGBA) func(x, y int) color.RGBA { return func(int, int) color.RGBA { return c } }
	good := portrait(700, 900, wall, skin)
	for name, c := range map[string]struct {
		img image.Image
		bad []string
	}{
		"good":               {good, nil},
		"of the least size":  {portrait(413, 531, wall, skin), nil},
		"too small":          {portrait(210, 270, wall, skin), []string{"width", "height"}},
		"too wide":           {portrait(900, 900, wall, skin), []string{"ratio"}},
		"before a dark wall": {portrait(700, 900, one(60, 60, 70), skin), []string{"background"}},
		"before a pattern": {portrait(700, 900, func(x, y int) color.RGBA {
			return color.RGBA{uint8(140 + (x/40+y/40)%2*110), 200, 200, 255}
		}, skin), []string{"plain"}},
		"blurred": {portrait(700, 900, wall, func(x, y int) color.RGBA {
			d := uint8(math.Sin(float64(x)/60)*45 + 45)
			return color.RGBA{210 - d, 160 - d, 130 - d, 255}
		}), []string{"sharpness"}},
		"black and white": {portrait(700, 900, wall, func(x, y int) color.RGBA { s := skin(x, y); return color.RGBA{s.R, s.R, s.R, 255} }), []string{"colour"}},
		"too dark": {portrait(700, 900, wall, func(x, y int) color.RGBA {
			s := skin(x, y)
			return color.RGBA{s.R / 3, s.G / 3, s.B / 3, 255}
		}), []string{"brightness", "contrast"}},
		"without contrast": {portrait(700, 900, wall, flat(color.RGBA{200, 150, 120, 255})), []string{"contrast", "sharpness"}},
		"over-exposed":     {portrait(700, 900, wall, flat(color.RGBA{255, 255, 255, 255})), []string{"brightness", "glare", "contrast", "sharpness", "colour"}},
		"black":            {portrait(700, 900, wall, flat(color.RGBA{5, 5, 5, 255})), []string{"shadow", "brightness"}},
	} {
		found := measure(t, c.img)
		bad := map[string]bool{}
		for _, id := range c.bad {
			bad[id] = true
			if found[id].Good {
				t.Errorf("%s: %s is %v, which passes for good", name, id, found[id].Measured)
			}
		}
		if name == "black" || name == "over-exposed" {
			continue // what else is wrong with these does not matter
		}
		for id, f := range found {
			if !f.Good && !bad[id] {
				t.Errorf("%s: %s is %v, not within %v and %v", name, id, f.Measured, f.Least, f.Most)
			}
		}
	}
}

// Only what a person can see and mend refuses a picture.
func TestOnlyShapeRefuses(t *testing.T) {
	findings, err := upload.Measure(&upload.File{Kind: upload.JPEG, Data: asJPEG(t, image.NewGray(image.Rect(0, 0, 700, 900)))})
	if err != nil {
		t.Fatal(err)
	}
	if err := upload.Refused(findings); err != nil {
		t.Errorf("a black picture of the right shape is refused: %v", err)
	}
	findings, err = upload.Measure(&upload.File{Kind: upload.JPEG, Data: asJPEG(t, squares(900, 300))})
	if err != nil {
		t.Fatal(err)
	}
	f := fault.As(upload.Refused(findings))
	if f == nil || len(f.Fields) != 2 || f.Fields[0].Key != "form.photo.height" || f.Fields[1].Args["Measured"] != "3.00" {
		t.Errorf("a wide picture: %v", f)
	}
}

func TestCrop(t *testing.T) {
	for _, size := range [][2]int{{4000, 3000}, {3000, 4000}, {700, 900}, {500, 5000}, {531, 531}} {
		w, h := size[0], size[1]
		part := upload.CropOf(w, h)
		if ratio := float64(part.Dx()) / float64(part.Dy()); !part.In(image.Rect(0, 0, w, h)) || math.Abs(ratio-upload.PortraitRatio) > 0.01 || part.Dx() != w && part.Dy() != h {
			t.Errorf("of %v: %v", size, part)
		}
	}
	whole := &upload.File{Name: "me.png", Kind: upload.PNG, Data: asPNG(t, squares(900, 900))}
	cut, err := upload.Crop(whole, upload.CropOf(900, 900))
	if err != nil || cut.Kind != upload.JPEG || cut.Width != 700 || cut.Height != 900 || cut.Name != "me.jpg" {
		t.Fatalf("%+v: %v", cut, err)
	}
	if findings, err := upload.Measure(cut); err != nil || upload.Refused(findings) != nil {
		t.Errorf("what was cropped is refused: %v %v", upload.Refused(findings), err)
	}
	for _, part := range []image.Rectangle{{}, image.Rect(-1, 0, 100, 100), image.Rect(0, 0, 901, 100), image.Rect(5, 5, 10, 10)} {
		if _, err := upload.Crop(whole, part); keyOf(err) != "upload.crop" {
			t.Errorf("the part %v: %v", part, err)
		}
	}
}

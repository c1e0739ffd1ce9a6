package upload

import (
	"fmt"
	"image"
	"math"
	"slices"

	scale "golang.org/x/image/draw"

	"github.com/chancery/chancery/internal/fault"
)

// Finding is one measurement of a portrait.
type Finding struct {
	// ID names what was measured: the sentence is "form.photo.<ID>", with the
	// placeholders Measured, Least and Most.
	ID string
	// Measured, and the bounds within which it is good. Most is +Inf where there
	// is no upper bound.
	Measured, Least, Most float64
	Good                  bool
	// Refuses says whether a bad finding refuses the picture; others are advice
	// to the person and a remark to the officer.
	Refuses bool
}

// Args are the placeholders of the finding's sentence.
func (f Finding) Args() fault.Args {
	return fault.Args{"Measured": short(f.Measured), "Least": short(f.Least), "Most": short(f.Most)}
}

func short(x float64) string {
	switch {
	case math.IsInf(x, 0):
		return "∞"
	case math.Abs(x) >= 10:
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.2f", x)
}

// Shape of a portrait: 35 × 45 mm, as ISO/IEC 19794-5 and ICAO Doc 9303-3 have
// it, at 300 dots an inch at least.
const (
	ratioWidth, ratioHeight = 35, 45
	minWidth, minHeight     = 413, 531
	ratioSlack              = 0.03 // of the ratio
)

// PortraitRatio is width by height.
const PortraitRatio = float64(ratioWidth) / ratioHeight

// Measure looks at a portrait that Take has given. It finds no face and judges
// none; what it measures is:
//
//	width, height   pixels
//	ratio           width by height
//	brightness      mean luma (0–255) of the middle, where the face is
//	contrast        span of luma from the 5th to the 95th percentile of the middle
//	glare           share of the middle that is as good as white, in percent
//	shadow          share of the middle that is as good as black, in percent
//	background      mean luma of the strips at the top and, above the shoulders, at the sides
//	plain           mean difference of those strips from their own middle colour (0–255)
//	sharpness       mean square of the Laplacian of luma in the middle, at 413 pixels of width
//	colour          mean difference of the colour channels in the middle (0–255)
//
// The error is a fault as Take gives it.
func Measure(f *File) ([]Finding, error) {
	img, err := decode(f.Kind, f.Data, Portraits())
	if err != nil {
		return nil, err
	}
	w, h := float64(img.Bounds().Dx()), float64(img.Bounds().Dy())
	m := measured(img)
	endless := math.Inf(1)
	all := []Finding{
		{ID: "width", Measured: w, Least: minWidth, Most: endless, Refuses: true},
		{ID: "height", Measured: h, Least: minHeight, Most: endless, Refuses: true},
		{ID: "ratio", Measured: w / h, Least: PortraitRatio - ratioSlack, Most: PortraitRatio + ratioSlack, Refuses: true},
		{ID: "brightness", Measured: m.brightness, Least: 70, Most: 215},
		{ID: "contrast", Measured: m.contrast, Least: 50, Most: endless},
		{ID: "glare", Measured: m.glare, Least: 0, Most: 15},
		{ID: "shadow", Measured: m.shadow, Least: 0, Most: 35},
		{ID: "background", Measured: m.background, Least: 150, Most: endless},
		{ID: "plain", Measured: m.plain, Least: 0, Most: 18},
		{ID: "sharpness", Measured: m.sharpness, Least: 40, Most: endless},
		{ID: "colour", Measured: m.colour, Least: 4, Most: endless},
	}
	for i := range all {
		all[i].Good = all[i].Measured >= all[i].Least && all[i].Measured <= all[i].Most
	}
	return all, nil
}

// Refused gives the fault for findings that refuse a portrait, with all of them;
// nil when there is none.
func Refused(findings []Finding) error {
	var fields fault.Fields
	for _, f := range findings {
		if !f.Good && f.Refuses {
			fields = append(fields, fault.Field{Path: "file", Key: "form.photo." + f.ID, Args: f.Args()})
		}
	}
	return fields.Err()
}

type measurements struct {
	brightness, contrast, glare, shadow, background, plain, sharpness, colour float64
}

// measured measures at one size, so that numbers compare.
func measured(img image.Image) measurements {
	b := img.Bounds()
	w := minWidth
	h := max(3, min(4*w, w*b.Dy()/max(1, b.Dx())))
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	scale.BiLinear.Scale(small, small.Bounds(), img, b, scale.Src, nil)

	var m measurements
	// The middle: half of the width, and from a fifth to two thirds of the height.
	middle := image.Rect(w/4, h/5, w*3/4, max(h/5+3, h*2/3))
	var lumas []float64
	for y := middle.Min.Y; y < middle.Max.Y; y++ {
		for x := middle.Min.X; x < middle.Max.X; x++ {
			r, g, bl := rgb(small, x, y)
			l := luma(r, g, bl)
			lumas = append(lumas, l)
			m.brightness += l
			m.colour += max(r, g, bl) - min(r, g, bl)
			switch {
			case l >= 250:
				m.glare++
			case l <= 20:
				m.shadow++
			}
			lap := lumaAt(small, x-1, y) + lumaAt(small, x+1, y) + lumaAt(small, x, y-1) + lumaAt(small, x, y+1) - 4*l
			m.sharpness += lap * lap
		}
	}
	n := float64(len(lumas))
	m.brightness /= n
	m.colour /= n
	m.sharpness /= n
	m.glare *= 100 / n
	m.shadow *= 100 / n
	slices.Sort(lumas)
	m.contrast = lumas[len(lumas)*95/100] - lumas[len(lumas)*5/100]
	m.background, m.plain = behind(small)
	return m
}

// behind measures the background: how light it is, and how far from one colour.
func behind(img *image.RGBA) (light, plain float64) {
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	var channels [3][]float64
	for y := range h {
		for x := range w {
			// A twelfth at the top, and at the sides above the shoulders.
			if y >= h/12 && (y >= h/2 || x >= w/12 && x < w-w/12) {
				continue
			}
			r, g, b := rgb(img, x, y)
			light += luma(r, g, b)
			for i, v := range []float64{r, g, b} {
				channels[i] = append(channels[i], v)
			}
		}
	}
	n := float64(len(channels[0]))
	for _, values := range channels {
		sorted := slices.Sorted(slices.Values(values))
		middle := sorted[len(sorted)/2]
		for _, v := range values {
			plain += math.Abs(v-middle) / (3 * n)
		}
	}
	return light / n, plain
}

func rgb(img *image.RGBA, x, y int) (r, g, b float64) {
	p := img.Pix[img.PixOffset(x, y):]
	return float64(p[0]), float64(p[1]), float64(p[2])
}

// luma is that of ITU-R BT.601.
func luma(r, g, b float64) float64 { return 0.299*r + 0.587*g + 0.114*b }

func lumaAt(img *image.RGBA, x, y int) float64 { return luma(rgb(img, x, y)) }

// CropOf proposes the largest part of a picture that has a portrait's shape: in
// the middle from left to right, and nearer to the top, where heads are.
func CropOf(width, height int) image.Rectangle {
	w, h := width, width*ratioHeight/ratioWidth
	if h > height {
		w, h = height*ratioWidth/ratioHeight, height
	}
	x, y := (width-w)/2, (height-h)/3
	return image.Rect(x, y, x+w, y+h)
}

// Crop keeps the part of a portrait that the person chose, in pixels from its top
// left corner, as a JPEG. The fault is Invalid when the part is not within the
// picture.
func Crop(f *File, part image.Rectangle) (*File, error) {
	img, err := decode(f.Kind, f.Data, Portraits())
	if err != nil {
		return nil, err
	}
	b := img.Bounds()
	part = part.Add(b.Min)
	if part.Empty() || !part.In(b) || part.Dx() < minSide || part.Dy() < minSide {
		return nil, refuse("crop", nil)
	}
	to := image.NewRGBA(image.Rect(0, 0, part.Dx(), part.Dy()))
	scale.Draw(to, to.Bounds(), img, part.Min, scale.Src)
	out := &File{Name: cleanName(f.Name, JPEG), Kind: JPEG, Width: part.Dx(), Height: part.Dy()}
	out.Data, err = encode(JPEG, to)
	return out, err
}

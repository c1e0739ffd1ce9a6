package upload

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"

	scale "golang.org/x/image/draw"
	xwebp "golang.org/x/image/webp"

	"github.com/chancery/chancery/internal/fault"
)

const (
	// quality of kept JPEG files: no loss that an eye sees, and no larger than
	// what cameras write.
	quality = 90
	// maxScans bounds the passes of a progressive JPEG, each of which goes over
	// the whole picture; programs write about ten.
	maxScans = 64
	// minSide is the least that can be a picture of anything.
	minSide = 16
)

// picture decodes a picture within the rules and keeps it encoded anew.
func (f *File) picture(data []byte, rules Rules) error {
	img, err := decode(f.Kind, data, rules)
	if err != nil {
		return err
	}
	if f.Kind == webp {
		f.Kind = JPEG
	}
	img = smaller(turned(img, orientation(f.Kind, data)), rules.Side)
	f.Width, f.Height = img.Bounds().Dx(), img.Bounds().Dy()
	f.Data, err = encode(f.Kind, img)
	return err
}

// decode looks at the size that a picture says it has before it unfolds it.
func decode(kind Kind, data []byte, rules Rules) (image.Image, error) {
	config, read := jpeg.DecodeConfig, jpeg.Decode
	switch kind {
	case PNG:
		config, read = png.DecodeConfig, png.Decode
	case webp:
		config, read = xwebp.DecodeConfig, xwebp.Decode
	}
	head, err := config(bytes.NewReader(data))
	if err != nil {
		return nil, refuse("broken", nil)
	}
	switch {
	case head.Width < minSide || head.Height < minSide:
		return nil, refuse("tiny", fault.Args{"Width": head.Width, "Height": head.Height})
	case int64(head.Width)*int64(head.Height) > int64(rules.Pixels):
		return nil, refuse("pixels", fault.Args{"Width": head.Width, "Height": head.Height, "Millions": rules.Pixels / 1_000_000})
	case kind == JPEG && count(data, "\xff\xda") > maxScans:
		return nil, refuse("broken", nil)
	}
	img, err := read(bytes.NewReader(data))
	if err != nil || img.Bounds().Dx() != head.Width || img.Bounds().Dy() != head.Height {
		return nil, refuse("broken", nil)
	}
	return img, nil
}

// encode writes a picture; what is transparent becomes white in a JPEG.
func encode(kind Kind, img image.Image) ([]byte, error) {
	var b bytes.Buffer
	if kind == PNG {
		if err := png.Encode(&b, img); err != nil {
			return nil, refuse("broken", nil)
		}
		return b.Bytes(), nil
	}
	if o, ok := img.(interface{ Opaque() bool }); ok && !o.Opaque() {
		flat := image.NewRGBA(img.Bounds())
		draw.Draw(flat, flat.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
		draw.Draw(flat, flat.Bounds(), img, img.Bounds().Min, draw.Over)
		img = flat
	}
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		return nil, refuse("broken", nil)
	}
	return b.Bytes(), nil
}

// smaller brings the longest side to at most side pixels.
func smaller(img image.Image, side int) image.Image {
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	long := max(w, h)
	if side <= 0 || long <= side {
		return img
	}
	to := image.NewRGBA(image.Rect(0, 0, max(1, w*side/long), max(1, h*side/long)))
	scale.ApproxBiLinear.Scale(to, to.Bounds(), img, img.Bounds(), scale.Src, nil)
	return to
}

// turned turns a picture as EXIF's orientation (1 to 8) asks, for that is lost
// with the rest of the metadata.
func turned(img image.Image, orientation int) image.Image {
	if orientation < 2 || orientation > 8 {
		return img
	}
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	from := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(from, from.Bounds(), img, b.Min, draw.Src)
	tw, th := w, h
	if orientation >= 5 {
		tw, th = h, w
	}
	to := image.NewRGBA(image.Rect(0, 0, tw, th))
	for y := range th {
		for x := range tw {
			sx, sy := x, y
			switch orientation {
			case 2:
				sx = w - 1 - x
			case 3:
				sx, sy = w-1-x, h-1-y
			case 4:
				sy = h - 1 - y
			case 5:
				sx, sy = y, x
			case 6:
				sx, sy = y, h-1-x
			case 7:
				sx, sy = w-1-y, h-1-x
			case 8:
				sx, sy = w-1-y, x
			}
			copy(to.Pix[to.PixOffset(x, y):][:4], from.Pix[from.PixOffset(sx, sy):][:4])
		}
	}
	return to
}

// orientation reads EXIF's tag 0x0112 of a JPEG; 1 when it has none.
func orientation(kind Kind, data []byte) int {
	if kind != JPEG {
		return 1
	}
	found := 1
	segments(data, func(marker byte, body []byte) {
		if marker != 0xe1 || len(body) < 14 || string(body[:6]) != "Exif\x00\x00" {
			return
		}
		tiff := body[6:]
		var order binary.ByteOrder = binary.LittleEndian
		if string(tiff[:2]) == "MM" {
			order = binary.BigEndian
		}
		at := int64(order.Uint32(tiff[4:8]))
		if at+2 > int64(len(tiff)) {
			return
		}
		entries := tiff[at+2:]
		for range order.Uint16(tiff[at : at+2]) {
			if len(entries) < 12 {
				return
			}
			if order.Uint16(entries) == 0x0112 {
				found = int(order.Uint16(entries[8:]))
				return
			}
			entries = entries[12:]
		}
	})
	return found
}

// segments calls visit for each segment of a JPEG before its first scan, and
// gives the offset at which that begins, or -1 when the file is no JPEG.
func segments(data []byte, visit func(marker byte, body []byte)) int {
	if len(data) < 4 || data[0] != 0xff || data[1] != 0xd8 {
		return -1
	}
	at := 2
	for at+4 <= len(data) && data[at] == 0xff {
		marker := data[at+1]
		switch {
		case marker == 0xff: // fill
			at++
			continue
		case marker == 0xda:
			return at
		}
		length := int(binary.BigEndian.Uint16(data[at+2:]))
		if length < 2 || at+2+length > len(data) {
			return -1
		}
		visit(marker, data[at+4:at+2+length])
		at += 2 + length
	}
	return -1
}

// withoutMetadata takes EXIF, XMP, IPTC and comments out of a JPEG that is part
// of another file, and leaves its picture as it is; nil when it is none.
func withoutMetadata(data []byte) []byte {
	out := []byte{0xff, 0xd8}
	scan := segments(data, func(marker byte, body []byte) {
		// APP0 is JFIF, APP2 may be a colour profile, APP14 says how colours are
		// coded: the picture looks wrong without them.
		if marker >= 0xe1 && marker <= 0xef && marker != 0xee && (marker != 0xe2 || !bytes.HasPrefix(body, []byte("ICC_PROFILE"))) || marker == 0xfe {
			return
		}
		out = append(out, 0xff, marker)
		out = binary.BigEndian.AppendUint16(out, uint16(len(body)+2))
		out = append(out, body...)
	})
	if scan < 0 {
		return nil
	}
	return append(out, data[scan:]...)
}

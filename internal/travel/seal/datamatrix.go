package seal

import (
	"fmt"

	"github.com/makiuchi-d/gozxing/datamatrix/encoder"
)

// Codewords of ISO/IEC 16022.
const (
	latchBase256 = 231
	pad          = 129
)

// dataMatrix lays data out as a square Data Matrix ECC 200 (ISO/IEC 16022),
// true for dark modules. All of it stands in one Base 256 segment, because
// readers of seals take the bytes from there. An internal error when data is too
// long for the largest symbol.
func dataMatrix(data []byte) ([][]bool, error) {
	words := []byte{latchBase256}
	if n := len(data); n < 250 {
		words = append(words, byte(n))
	} else {
		words = append(words, byte(n/250+249), byte(n%250))
	}
	words = append(words, data...)
	for i := 1; i < len(words); i++ {
		words[i] += byte(149*(i+1)%255 + 1) // the 255-state randomising of 5.2.9
	}
	info, err := encoder.SymbolInfo_Lookup(len(words), encoder.SymbolShapeHint_FORCE_SQUARE, nil, nil, true)
	if err != nil {
		return nil, fmt.Errorf("draw a Data Matrix of %d bytes: %w", len(data), err)
	}
	for first := true; len(words) < info.GetDataCapacity(); first = false {
		if first {
			words = append(words, pad)
			continue
		}
		padded := pad + 149*(len(words)+1)%253 + 1 // the 253-state randomising of 5.2.3
		if padded > 254 {
			padded -= 254
		}
		words = append(words, byte(padded))
	}
	all, err := encoder.ErrorCorrection_EncodeECC200(words, info)
	if err != nil {
		return nil, fmt.Errorf("draw a Data Matrix: %w", err)
	}
	placed := encoder.NewDefaultPlacement(all, info.GetSymbolDataWidth(), info.GetSymbolDataHeight())
	placed.Place()

	// Each region has a solid border left and below, a dotted one above and right.
	region := info.GetMatrixWidth()
	side := info.GetSymbolWidth()
	rows := make([][]bool, side)
	for y := range rows {
		rows[y] = make([]bool, side)
		for x := range rows[y] {
			inX, inY := x%(region+2), y%(region+2)
			switch {
			case inX == 0 || inY == region+1:
				rows[y][x] = true
			case inY == 0:
				rows[y][x] = inX%2 == 0
			case inX == region+1:
				rows[y][x] = inY%2 == 1
			default:
				rows[y][x] = placed.GetBit(x/(region+2)*region+inX-1, y/(region+2)*region+inY-1)
			}
		}
	}
	return rows, nil
}

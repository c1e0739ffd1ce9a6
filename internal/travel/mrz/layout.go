package mrz

import "strings"

// Format is one of the five shapes of a zone.
type Format uint8

// The formats of Doc 9303 parts 4 to 7.
const (
	TD1 Format = iota + 1
	TD2
	TD3
	MRVA
	MRVB
)

var formatNames = [...]string{"", "TD1", "TD2", "TD3", "MRV-A", "MRV-B"}

// String gives the name that Doc 9303 uses.
func (f Format) String() string { return formatNames[f] }

// span is a run of characters: a line and a half-open range of columns, from 0.
type span struct{ line, from, to int }

func (s span) of(lines []string) string { return lines[s.line][s.from:s.to] }
func (s span) width() int               { return s.to - s.from }

// at is a single character.
func at(line, column int) span { return span{line, column, column + 1} }

// layout says where everything stands. A span of width 0 is one that the
// format does not have.
type layout struct {
	format       Format
	lines, width int

	code, issuer, names, number, numberCheck, nationality span
	birth, birthCheck, sex, expiry, expiryCheck           span
	optional, optionalCheck, optional2                    span
	composite                                             []span
	compositeCheck                                        span
	// overflow is set where the rest of a long document number may stand at the
	// start of the optional data (9303-5 note j, 9303-6 note j).
	overflow bool
	// open are the lines whose end is free of check digits, so that missing
	// fillers can be put back.
	open []int
}

// twoLines is what TD2, TD3 and both visas have in common.
func twoLines(format Format, width, optionalEnd int) layout {
	return layout{
		format: format, lines: 2, width: width,
		code: span{0, 0, 2}, issuer: span{0, 2, 5}, names: span{0, 5, width},
		number: span{1, 0, 9}, numberCheck: at(1, 9), nationality: span{1, 10, 13},
		birth: span{1, 13, 19}, birthCheck: at(1, 19), sex: at(1, 20),
		expiry: span{1, 21, 27}, expiryCheck: at(1, 27), optional: span{1, 28, optionalEnd},
		open: []int{0},
	}
}

var layouts = func() map[Format]layout {
	td3 := twoLines(TD3, 44, 42)
	td3.optionalCheck = at(1, 42)
	td3.composite = []span{{1, 0, 10}, {1, 13, 20}, {1, 21, 43}}
	td3.compositeCheck = at(1, 43)

	td2 := twoLines(TD2, 36, 35)
	td2.composite = []span{{1, 0, 10}, {1, 13, 20}, {1, 21, 35}}
	td2.compositeCheck = at(1, 35)
	td2.overflow = true

	mrva, mrvb := twoLines(MRVA, 44, 44), twoLines(MRVB, 36, 36)
	mrva.open, mrvb.open = []int{0, 1}, []int{0, 1}

	td1 := layout{
		format: TD1, lines: 3, width: 30,
		code: span{0, 0, 2}, issuer: span{0, 2, 5}, number: span{0, 5, 14}, numberCheck: at(0, 14), optional: span{0, 15, 30},
		birth: span{1, 0, 6}, birthCheck: at(1, 6), sex: at(1, 7), expiry: span{1, 8, 14}, expiryCheck: at(1, 14),
		nationality: span{1, 15, 18}, optional2: span{1, 18, 29},
		names:          span{2, 0, 30},
		composite:      []span{{0, 5, 30}, {1, 0, 7}, {1, 8, 15}, {1, 18, 29}},
		compositeCheck: at(1, 29),
		overflow:       true,
		open:           []int{0, 2},
	}
	return map[Format]layout{TD1: td1, TD2: td2, TD3: td3, MRVA: mrva, MRVB: mrvb}
}()

// joined gives the characters that the composite check digit covers.
func (l layout) joined(lines []string) string {
	var b strings.Builder
	for _, s := range l.composite {
		b.WriteString(s.of(lines))
	}
	return b.String()
}

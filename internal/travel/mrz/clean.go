package mrz

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/chancery/chancery/internal/fault"
)

// maxTyped bounds what is read, in bytes: far more than any zone.
const maxTyped = 2000

// fillerSigns are what programs and people put for the filler.
var fillerSigns = map[rune]string{'«': "<<", '‹': "<", '＜': "<", '〈': "<", '⟨': "<", '《': "<<", '≪': "<<", '˂': "<"}

// foreign are capital letters of other scripts that look like Latin ones, as
// keyboards and recognition programs produce them. (Both cases are looked up
// after capitalisation.)
var foreign = map[rune]rune{
	'А': 'A', 'В': 'B', 'Е': 'E', 'К': 'K', 'М': 'M', 'Н': 'H', 'О': 'O', 'Р': 'P', 'С': 'C', 'Т': 'T', 'Х': 'X', 'У': 'Y', 'І': 'I', 'Ѕ': 'S', 'Ј': 'J',
	'Α': 'A', 'Β': 'B', 'Ε': 'E', 'Ζ': 'Z', 'Η': 'H', 'Ι': 'I', 'Κ': 'K', 'Μ': 'M', 'Ν': 'N', 'Ο': 'O', 'Ρ': 'P', 'Τ': 'T', 'Υ': 'Y', 'Χ': 'X',
	'İ': 'I',
}

// clean brings what was typed into zone characters, line by line. The fault is
// Invalid and names the lines with other characters.
func clean(typed []string) (lines []string, notes []Note, err error) {
	var bad fault.Fields
	size := 0
	for _, block := range typed {
		size += len(block)
	}
	if size > maxTyped {
		bad.Add("lines", "travel.mrz.too_long")
		return nil, nil, bad.Err()
	}
	for i, block := range typed {
		for line := range strings.Lines(block) {
			text, found, wrong := cleanLine(line, len(lines)+1)
			if wrong >= 0 {
				bad.AddWith(fmt.Sprintf("lines[%d]", i), "travel.mrz.character", fault.Args{"Character": string(wrong)})
				continue
			}
			if text != "" {
				lines, notes = append(lines, text), append(notes, found...)
			}
		}
	}
	return lines, notes, bad.Err()
}

// cleanLine gives the line in zone characters, and the first rune that cannot be
// read as one, or -1.
func cleanLine(line string, number int) (text string, notes []Note, wrong rune) {
	var b strings.Builder
	spaces, small := false, false
	for _, r := range strings.TrimSpace(line) {
		if unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' {
			spaces = true
			continue
		}
		column := b.Len() + 1
		if sign, ok := fillerSigns[r]; ok {
			b.WriteString(sign)
			notes = append(notes, Note{Kind: NoteFiller, Line: number, Column: column, From: string(r), To: sign})
			continue
		}
		upper := r
		if r == 'ı' {
			upper = 'I'
		} else if unicode.IsLower(r) {
			upper = unicode.ToUpper(r)
		}
		small = small || upper != r
		if latin, ok := foreign[upper]; ok {
			b.WriteRune(latin)
			notes = append(notes, Note{Kind: NoteLookAlike, Line: number, Column: column, From: string(r), To: string(latin)})
			continue
		}
		if upper > 'Z' || value(byte(upper)) < 0 {
			return "", nil, r
		}
		b.WriteRune(upper)
	}
	if spaces {
		notes = append(notes, Note{Kind: NoteSpaces, Line: number})
	}
	if small {
		notes = append(notes, Note{Kind: NoteCase, Line: number})
	}
	return b.String(), notes, -1
}

// shape tells the format and brings each line to its width. The fault is
// Invalid at "lines".
func shape(lines []string) (layout, []string, []Note, error) {
	var notes []Note
	if len(lines) == 1 {
		if cut := map[int]int{90: 30, 88: 44, 72: 36}[len(lines[0])]; cut != 0 {
			whole := lines[0]
			lines = nil
			for ; whole != ""; whole = whole[cut:] {
				lines = append(lines, whole[:cut])
			}
			notes = append(notes, Note{Kind: NoteSplit, Line: 1})
		}
	}
	l, ok := formatOf(lines)
	if ok {
		lines = append([]string{}, lines...)
		for _, i := range l.open {
			short := len(lines[i])
			switch {
			case short < l.width && short >= 5:
				lines[i] = fill(lines[i], l.width)
				notes = append(notes, Note{Kind: NotePadded, Line: i + 1, Column: short + 1})
			case short > l.width && bare(lines[i][l.width:]) == "":
				lines[i] = lines[i][:l.width]
				notes = append(notes, Note{Kind: NoteTrimmed, Line: i + 1, Column: l.width + 1})
			}
		}
		for _, line := range lines {
			ok = ok && len(line) == l.width
		}
	}
	if !ok {
		var bad fault.Fields
		lengths := make([]string, len(lines))
		for i, line := range lines {
			lengths[i] = fmt.Sprint(len(line))
		}
		if len(lines) == 0 {
			bad.Add("lines", "travel.mrz.empty")
		} else {
			bad.AddWith("lines", "travel.mrz.shape", fault.Args{"Lengths": strings.Join(lengths, ", ")})
		}
		return layout{}, nil, nil, bad.Err()
	}
	return l, lines, notes, nil
}

// formatOf decides by the number of lines, the first letter, and the length of
// a line whose end is not open.
func formatOf(lines []string) (layout, bool) {
	switch {
	case len(lines) == 3:
		return layouts[TD1], true
	case len(lines) != 2:
		return layout{}, false
	}
	visa := lines[0][0] == 'V'
	switch first, second := len(lines[0]), len(lines[1]); {
	case visa && second == 44, visa && second != 36 && first == 44:
		return layouts[MRVA], true
	case visa && second >= 28 && second <= 36:
		return layouts[MRVB], true
	case !visa && second == 44:
		return layouts[TD3], true
	case !visa && second == 36:
		return layouts[TD2], true
	}
	return layout{}, false
}

package match

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/chancery/chancery/internal/travel/translit"
)

// Bounds of what a name may have; lists and forms have less.
const (
	maxNameBytes = 600
	maxWords     = 12
	maxWordLen   = 28
)

// word is one word of a name in letters A–Z.
type word struct {
	text string
	// bare says that the script writes no short vowels (Arabic), so that only
	// the consonants can be compared.
	bare bool
	// particle says that the word tells little about who somebody is.
	particle bool
}

// arabicLetters are read as people's names are usually romanised, not as
// Doc 9303 encodes them: MUHAMMAD, not MXHMD. Long vowels are letters there and
// vowels here.
var arabicLetters = map[rune]string{
	'ء': "", 'آ': "A", 'أ': "A", 'ؤ': "U", 'إ': "I", 'ئ': "I", 'ا': "A", 'ب': "B", 'ة': "A", 'ت': "T", 'ث': "TH", 'ج': "J", 'ح': "H",
	'خ': "KH", 'د': "D", 'ذ': "DH", 'ر': "R", 'ز': "Z", 'س': "S", 'ش': "SH", 'ص': "S", 'ض': "D", 'ط': "T", 'ظ': "Z", 'ع': "A", 'غ': "GH",
	'ف': "F", 'ق': "Q", 'ك': "K", 'ل': "L", 'م': "M", 'ن': "N", 'ه': "H", 'و': "U", 'ى': "A", 'ي': "I", 'ٱ': "A",
	'پ': "P", 'چ': "CH", 'ژ': "ZH", 'ک': "K", 'گ': "G", 'ی': "I", 'ۀ': "H", 'ې': "I", 'ے': "I", 'ں': "N", 'ہ': "H", 'ھ': "H", 'ٹ': "T", 'ڈ': "D", 'ڑ': "R",
}

// latinSounds are letters of Azerbaijani, Turkish and others by their sound;
// translit, which follows passports, makes C of Ç and S of Ş.
var latinSounds = map[rune]string{'Ç': "CH", 'Ş': "SH", 'Ș': "SH", 'Š': "SH", 'Č': "CH", 'Ž': "ZH", 'Ə': "A", 'Ö': "O", 'Ü': "U", 'Ä': "A", 'Ñ': "N", 'Ğ': "GH"}

// joined are particles that are written apart, hyphenated or together.
var joined = map[string]bool{"AL": true, "EL": true, "UL": true, "AD": true, "AS": true, "AR": true, "AN": true, "ASH": true, "ABD": true, "ABDU": true, "ABDUL": true, "ABDEL": true, "ABDAL": true,
	"ABDOL": true, "ABDIL": true, "ABDUR": true, "ABDAR": true, "ABDER": true, "ABDOR": true, "ABDUS": true, "ABDUN": true}

// particles say little about who somebody is.
var particles = map[string]bool{
	"AL": true, "EL": true, "UL": true, "UD": true, "AD": true, "AS": true, "AR": true, "AN": true, "ASH": true, "BIN": true, "BEN": true, "IBN": true, "BINT": true,
	"DE": true, "DA": true, "DO": true, "DOS": true, "DES": true, "DI": true, "DU": true, "LA": true, "LE": true, "VON": true, "VAN": true, "DER": true, "DEN": true,
	"OGLU": true, "OGHLU": true, "OGLI": true, "OGLY": true, "QIZI": true, "GIZI": true, "KIZI": true, "KYZY": true, "Y": true, "E": true, "MR": true, "MRS": true, "DR": true, "HAJI": true, "HAJJI": true,
}

// words takes a name apart.
func words(name string) []word {
	if len(name) > maxNameBytes {
		name = name[:maxNameBytes]
	}
	var out []word
	var b strings.Builder
	bare, cyrillic := false, strings.ContainsFunc(name, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) })
	end := func() {
		text := b.String()
		b.Reset()
		if len(text) > maxWordLen {
			text = text[:maxWordLen]
		}
		if text != "" && len(out) < maxWords {
			out = append(out, split(word{text: text, bare: bare})...)
		}
		bare = false
	}
	for _, r := range norm.NFKC.String(name) {
		if r == utf8.RuneError {
			continue
		}
		r = unicode.ToUpper(r)
		if r == 'ı' {
			r = 'I'
		}
		if r >= 'A' && r <= 'Z' {
			b.WriteRune(r)
			continue
		}
		if text, ok := latinSounds[r]; ok {
			b.WriteString(text)
			continue
		}
		if unicode.Is(unicode.Arabic, r) {
			if text, ok := arabicLetters[r]; ok {
				bare = true
				b.WriteString(text)
			}
			continue // vowel signs, tatweel
		}
		switch {
		case strings.ContainsRune("'’‘ʼ`´ʻʹ\u200c\u200d", r) || unicode.IsMark(r):
			continue
		case unicode.IsLetter(r):
			zone, unknown := translit.Zone(string(r), "")
			if len(unknown) > 0 {
				// A script that we do not read is compared letter by letter.
				b.WriteRune(r)
				continue
			}
			b.WriteString(zone)
		case cyrillic && (r == 'Ь' || r == 'Ъ'):
		case unicode.IsDigit(r):
			b.WriteRune(r)
		default:
			end()
		}
	}
	end()
	if len(out) > maxWords {
		out = out[:maxWords]
	}
	return mark(join(out))
}

// mark marks the particles, unless a name is made of nothing else: Le Van De is
// somebody's name.
func mark(in []word) []word {
	if !slices.ContainsFunc(in, func(w word) bool { return !particles[w.text] }) {
		return in
	}
	for i := range in {
		in[i].particle = particles[in[i].text]
	}
	return in
}

// split takes the Arabic article off: ALRASHID, which scripts write together.
func split(w word) []word {
	if w.bare && strings.HasPrefix(w.text, "AL") && len(w.text) > 4 {
		return []word{{text: "AL"}, {text: w.text[2:], bare: true}}
	}
	return []word{w}
}

// join writes ABD AL RAHMAN, ABDEL RAHMAN, ABDURRAHMAN and ABDALRAHMAN alike:
// what follows ABD… is joined to it as ABDUL…, articles in between vanish.
func join(in []word) []word {
	var out []word
	for i := 0; i < len(in); i++ {
		w := in[i]
		if strings.HasPrefix(w.text, "ABD") && joined[w.text] && i+1 < len(in) {
			i++
			if joined[in[i].text] && i+1 < len(in) {
				i++
			}
			w = word{text: "ABDUL" + in[i].text, bare: in[i].bare}
		} else if len(w.text) > 6 && strings.HasPrefix(w.text, "ABD") && strings.IndexByte("AEIOU", w.text[3]) >= 0 {
			if w.text[4] == 'L' || w.text[4] == w.text[5] {
				w.text = "ABDUL" + w.text[5:]
			}
		}
		out = append(out, w)
	}
	return out
}

// Fold gives the name as the comparison sees it: letters A–Z and single
// blanks, in the order given.
func Fold(name string) string {
	var texts []string
	for _, w := range words(name) {
		texts = append(texts, w.text)
	}
	return strings.Join(texts, " ")
}

// FoldNumber gives a document number without blanks and marks, in capitals.
func FoldNumber(number string) string {
	return strings.Map(func(r rune) rune {
		r = unicode.ToUpper(r)
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, number)
}

// confusable writes letters and digits that are taken for each other alike.
func confusable(number string) string {
	return strings.NewReplacer("O", "0", "I", "1", "L", "1", "S", "5", "B", "8", "Z", "2").Replace(number)
}

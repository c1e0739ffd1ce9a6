package translit

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Zone brings a name into letters A–Z, spaces between components. Hyphens and
// commas become spaces, apostrophes and other punctuation vanish (Doc 9303-3,
// 4.6). lang is the ISO 639-1 code of the name's language and matters for
// Cyrillic; "" is read as Russian, which has no exceptions. unknown are the
// characters that no table has, each once; they are left out of the result.
func Zone(name, lang string) (zone string, unknown []rune) {
	var b strings.Builder
	for _, p := range pieces(name, lang, &unknown) {
		b.WriteString(p[0])
	}
	return strings.Join(strings.Fields(b.String()), " "), unknown
}

// maxVariants bounds what Variants gives; a name with nine umlauts has more.
const maxVariants = 64

// Variants gives every way in which the tables allow the name to be written,
// the one of Zone first, at most 64.
func Variants(name, lang string) []string {
	var unknown []rune
	all := []string{""}
	for _, p := range pieces(name, lang, &unknown) {
		var next []string
		for _, choice := range p {
			for _, v := range all {
				if len(next) < maxVariants {
					next = append(next, v+choice)
				}
			}
		}
		all = next
	}
	for i, v := range all {
		all[i] = strings.Join(strings.Fields(v), " ")
	}
	// Neighbouring letters can give one text in two ways.
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(v string) bool {
		again := seen[v]
		seen[v] = true
		return again
	})
}

// pieces gives the choices for each character in turn.
func pieces(name, lang string, unknown *[]rune) [][]string {
	// Letters and their marks in one character, as the tables have them.
	runes := []rune(norm.NFC.String(name))
	var out [][]string
	for i, r := range runes {
		first := i == 0 || !unicode.IsLetter(runes[i-1]) && !unicode.IsMark(runes[i-1]) && !apostrophe(runes[i-1])
		last := true
		for _, after := range runes[i+1:] {
			if unicode.IsMark(after) {
				continue // a vowel sign after the last letter
			}
			last = !unicode.IsLetter(after)
			break
		}
		if r == shadda {
			// The letter that it doubles may have a vowel sign in between; the X
			// that escapes a sequence is not repeated (note 3 of table C).
			for j := len(out) - 1; j >= 0; j-- {
				if out[j][0] != "" {
					out = append(out, []string{strings.TrimLeft(out[j][0], "X")})
					break
				}
			}
			continue
		}
		choice, ok := letter(r, lang, first, last)
		if !ok {
			if !slices.Contains(*unknown, r) {
				*unknown = append(*unknown, r)
			}
			continue
		}
		out = append(out, strings.Split(choice, "|"))
	}
	return out
}

func apostrophe(r rune) bool { return strings.ContainsRune("'’‘ʼ`´ʻʹ", r) }

// letter looks a character up. first and last say where in its component it
// stands.
func letter(r rune, lang string, first, last bool) (choice string, ok bool) {
	upper := r
	switch {
	case r == 'ß':
		upper = 'ẞ'
	case r == 'ı':
	default:
		upper = unicode.ToUpper(r)
	}
	if upper >= 'A' && upper <= 'Z' {
		return string(upper), true
	}
	if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || strings.ContainsRune(",،<", r) {
		return " ", true
	}
	if apostrophe(r) || unicode.IsPunct(r) || unicode.Is(unicode.Cf, r) {
		return "", true
	}
	if choice, ok = latin[upper]; ok {
		return choice, true
	}
	if lang == "uk" && first {
		if choice, ok = firstInUkrainian[upper]; ok {
			return choice, true
		}
	}
	if choice, ok = byLanguage[lang][upper]; ok {
		return choice, true
	}
	if choice, ok = cyrillic[upper]; ok {
		return choice, true
	}
	if r == tehMarbuta && last {
		return "XAH", true
	}
	if choice, ok = arabic[r]; ok {
		return choice, true
	}
	// A mark that no letter of the tables has, on one that stays without it.
	if parts := []rune(norm.NFD.String(string(r))); len(parts) > 1 && unicode.IsMark(parts[1]) && unicode.Is(unicode.Latin, parts[0]) {
		return letter(parts[0], lang, first, last)
	}
	if unicode.IsMark(r) {
		return "", unicode.Is(unicode.Inherited, r)
	}
	return "", false
}

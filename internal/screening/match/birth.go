package match

import (
	"strconv"
	"strings"
	"time"
)

// Birth is a birth date as precisely as it is known: the days from From to To,
// both included, YYYY-MM-DD. About says that the list itself calls it
// approximate.
type Birth struct {
	From  string `json:"from"`
	To    string `json:"to"`
	About bool   `json:"about,omitempty"`
}

// ParseBirth reads 1971-05-02, 1971-05, 1971, 1970/1972, and any of them with ~
// behind for about (a part of EDTF level 1). ok is false for anything else.
func ParseBirth(text string) (b Birth, ok bool) {
	text, b.About = strings.CutSuffix(strings.TrimSpace(text), "~")
	first, second, ranged := strings.Cut(text, "/")
	var end string
	if b.From, end, ok = span(first); !ok {
		return Birth{}, false
	}
	b.To = end
	if ranged {
		if _, b.To, ok = span(second); !ok || b.To < b.From {
			return Birth{}, false
		}
	}
	return b, true
}

// span gives the first and last day of a day, month or year.
func span(text string) (from, to string, ok bool) {
	for _, layout := range []string{"2006-01-02", "2006-01", "2006"} {
		if len(text) != len(layout) {
			continue
		}
		first, err := time.Parse(layout, text)
		if err != nil || first.Year() < 1850 || first.Year() > 2200 {
			return "", "", false
		}
		last := first
		switch layout {
		case "2006-01":
			last = first.AddDate(0, 1, -1)
		case "2006":
			last = first.AddDate(1, 0, -1)
		}
		return first.Format(time.DateOnly), last.Format(time.DateOnly), true
	}
	return "", "", false
}

// Exact says whether one day is meant.
func (b Birth) Exact() bool { return b.From == b.To && b.From != "" && !b.About }

// String writes the date back as ParseBirth reads it.
func (b Birth) String() string {
	text := b.From + "/" + b.To
	switch {
	case len(b.From) != 10 || len(b.To) != 10:
		return ""
	case b.From == b.To:
		text = b.From
	case b.From[:7] == b.To[:7] && whole(b, b.From[:7]):
		text = b.From[:7]
	case b.From[:4] == b.To[:4] && whole(b, b.From[:4]):
		text = b.From[:4]
	case whole(b, b.From[:4]+"/"+b.To[:4]):
		text = b.From[:4] + "/" + b.To[:4]
	}
	if b.About {
		text += "~"
	}
	return text
}

func whole(b Birth, text string) bool {
	read, ok := ParseBirth(text)
	return ok && read.From == b.From && read.To == b.To
}

// agreement says how two birth dates go together; the greater, the better.
type agreement int

const (
	dateDifferent agreement = iota
	dateUnknown
	dateNear       // within two years, or about
	dateSlip       // one digit, or day and month, changed
	dateCompatible // the same as far as it is known
	dateSame
)

var agreementNames = [...]string{"different", "unknown", "near", "slip", "compatible", "same"}

// agree compares two birth dates.
func agree(a, b Birth) agreement {
	switch {
	case a.Exact() && b.Exact() && a.From == b.From:
		return dateSame
	case a.From <= b.To && b.From <= a.To:
		return dateCompatible
	case a.Exact() && b.Exact() && slipped(a.From, b.From):
		return dateSlip
	}
	gap := year(b.From) - year(a.To)
	if a.From > b.To {
		gap = year(a.From) - year(b.To)
	}
	if gap <= 2 {
		return dateNear
	}
	return dateDifferent
}

func year(day string) int {
	n, _ := strconv.Atoi(day[:4])
	return n
}

// slipped says whether one typing slip makes the one date of the other: day
// and month swapped, one digit wrong, or two neighbouring digits swapped.
func slipped(a, b string) bool {
	if len(a) != 10 || len(b) != 10 {
		return false
	}
	if a[:4] == b[:4] && a[5:7] == b[8:] && a[8:] == b[5:7] {
		return true
	}
	var at []int
	for i := range a {
		if a[i] != b[i] {
			at = append(at, i)
		}
	}
	return len(at) == 1 || len(at) == 2 && at[1] == at[0]+1 && a[at[0]] == b[at[1]] && a[at[1]] == b[at[0]]
}

// bestAgreement is that of the pair that agrees best.
func bestAgreement(a, b []Birth) agreement {
	if len(a) == 0 || len(b) == 0 {
		return dateUnknown
	}
	best := dateDifferent
	for _, x := range a {
		for _, y := range b {
			if one := agree(x, y); one != dateUnknown && one > best {
				best = one
			}
		}
	}
	return best
}

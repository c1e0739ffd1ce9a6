package draw

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery/chancery/internal/locale"
)

// Format names the version of the published file.
const Format = "chancery-draw/1"

// Any is the wish for whatever slot comes first.
const Any = "any"

// Limits of a published file: beyond them it is refused unread.
const (
	MaxBytes   = 64 << 20
	MaxEntries = 200_000
	MaxPlaces  = 50_000
	MaxWants   = 20
	MaxParty   = 50
	// MaxCapacity bounds the places of one slot.
	MaxCapacity = 100_000
)

// State is how far a ballot is.
type State string

// The states of a ballot, in order.
const (
	Announced State = "announced"
	Open      State = "open"
	Closed    State = "closed"
	Drawn     State = "drawn"
)

// File is the published draw file. It holds no personal data: an entrant
// knows the own entry number, and nobody else does. Instants are RFC 3339 in
// UTC with seconds; Place.Start carries the post's offset.
type File struct {
	Format  string      `json:"format"`
	ID      string      `json:"id"`
	Post    string      `json:"post"`
	Service string      `json:"service"`
	Title   locale.Text `json:"title"`
	Stage   State       `json:"stage"`
	// Rules says in plain sentences how order and outcome follow.
	Rules    []string `json:"rules"`
	OpensAt  string   `json:"opens_at"`
	ClosesAt string   `json:"closes_at"`
	DrawsAt  string   `json:"draws_at"`
	// Commitment is SHA-256(seed), published with the announcement.
	Commitment string      `json:"commitment"`
	Randomness *Randomness `json:"randomness,omitzero"`
	// MerkleRoot and ClosingDigest are published at close.
	MerkleRoot    string `json:"merkle_root,omitzero"`
	ClosingDigest string `json:"closing_digest,omitzero"`
	// Seed is 64 hexadecimal digits, published at RevealedAt.
	Seed       string     `json:"seed,omitzero"`
	RevealedAt string     `json:"revealed_at,omitzero"`
	Entries    []Entry    `json:"entries"`
	Places     []Place    `json:"places"`
	Order      []string   `json:"order"`
	Outcome    []Outcome  `json:"outcome"`
	Leftover   []Leftover `json:"leftover"`
}

// Randomness is a public source whose value nobody can know before the
// entries close; it is named at announcement and its value filled in later.
type Randomness struct {
	Source string `json:"source"`
	// When the source brings forth the value; not before the close.
	When string `json:"when"`
	// Value is either 16 to 128 lower-case hexadecimal digits, or whole
	// numbers without leading zeros joined by dots, in the order in which the
	// source gives them.
	Value string `json:"value,omitzero"`
}

// Entry is one entrant or family.
type Entry struct {
	// ID is the entry number, such as E-7K2M-9QXD.
	ID string `json:"id"`
	// Party is how many places the entry needs, all in one slot.
	Party int `json:"party"`
	// Wants are slots, local dates (2026-11-25) or Any, most wanted first.
	Wants []string `json:"wants"`
}

// Place is one slot with the number of places to give out.
type Place struct {
	Slot   string `json:"slot"`
	Start  string `json:"start"`
	Places int    `json:"places"`
}

// Date is the slot's local day.
func (p Place) Date() string { return p.Start[:min(len(p.Start), len(time.DateOnly))] }

// comparePlaces orders by instant, then by slot identifier.
func comparePlaces(a, b Place) int {
	// A start that cannot be read sorts first; the reader has refused it before.
	at, _ := time.Parse(time.RFC3339, a.Start)
	bt, _ := time.Parse(time.RFC3339, b.Start)
	return cmp.Or(at.Compare(bt), cmp.Compare(a.Slot, b.Slot))
}

// Outcome is what an entry got: a slot, or nil.
type Outcome struct {
	Entry string  `json:"entry"`
	Slot  *string `json:"slot"`
}

// Leftover is a slot that still has places after the draw.
type Leftover struct {
	Slot   string `json:"slot"`
	Places int    `json:"places"`
}

// Rules are the sentences in every file that say how to run the draw again.
func Rules() []string {
	return []string{
		"commitment = SHA-256(seed); seed is 32 bytes, written as 64 hexadecimal digits.",
		"merkle_root = RFC 9162 section 2.1 Merkle tree hash (SHA-256) over the entry numbers in ascending byte order, as UTF-8 text.",
		"closing_digest = SHA-256 over these lines, each ended by a line feed: 'chancery-draw/1 closing'; 'draw ID'; 'commitment HEX'; when there is randomness 'randomness WHEN SOURCE'; for each entry in ascending order 'entry NUMBER PARTY WANT WANT …'; for each place as listed 'place SLOT START PLACES'.",
		"order = entry numbers by ascending HMAC-SHA-256(key = seed bytes followed by the bytes of randomness.value, message = entry number); equal values by entry number.",
		"places are listed by start instant, then by slot identifier.",
		"outcome: entries in that order get the first slot that they want and that still has places for the whole party. Wants are tried as listed; a date means all places of that local date as listed, 'any' means all places as listed. An entry for which nothing fits gets null.",
		"leftover: the slots that still have places, as listed.",
	}
}

// Parse reads a published file strictly: unknown or repeated members, numbers
// that are not whole, and anything beyond the limits are refused. It checks
// the form only; what the file claims is Verify's to check.
func Parse(r io.Reader) (*File, error) {
	limited := &io.LimitedReader{R: r, N: MaxBytes + 1}
	var f File
	err := json.UnmarshalRead(limited, &f, json.RejectUnknownMembers(true))
	if limited.N <= 0 {
		return nil, fmt.Errorf("the file is larger than %d MiB", MaxBytes>>20)
	}
	if err != nil {
		return nil, fmt.Errorf("not a draw file: %w", err)
	}
	if f.Format != Format {
		return nil, fmt.Errorf("not a draw file: format is %q, this program reads %q", f.Format, Format)
	}
	if err := f.check(); err != nil {
		return nil, fmt.Errorf("not a draw file: %w", err)
	}
	return &f, nil
}

// Write writes the file as it is published: the same file always gives the
// same bytes.
func (f *File) Write() ([]byte, error) {
	text, err := json.Marshal(f, json.Deterministic(true), jsontext.WithIndent("  "))
	if err != nil {
		return nil, fmt.Errorf("write the draw file: %w", err)
	}
	return append(bytes.TrimSpace(text), '\n'), nil
}

var (
	hexPattern   = regexp.MustCompile(`^[0-9a-f]{64}$`)
	namePattern  = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z._+-]{0,99}$`)
	valuePattern = regexp.MustCompile(`^([0-9a-f]{16,128}|(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*)$`)
	datePattern  = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)
)

// maxValue bounds the length of a value of public randomness.
const maxValue = 1000

func validValue(value string) bool { return len(value) <= maxValue && valuePattern.MatchString(value) }

func isDate(want string) bool { return datePattern.MatchString(want) }

// instant reads an RFC 3339 instant in its one canonical spelling.
func instant(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.Format(time.RFC3339) != text {
		return time.Time{}, fmt.Errorf("%.40q is not an instant such as 2026-11-25T09:00:00Z", text)
	}
	return t, nil
}

func (f *File) check() error {
	switch {
	case len(f.Entries) > MaxEntries || len(f.Order) > MaxEntries || len(f.Outcome) > MaxEntries:
		return fmt.Errorf("it has more than %d entries", MaxEntries)
	case len(f.Places) > MaxPlaces || len(f.Leftover) > MaxPlaces:
		return fmt.Errorf("it has more than %d slots", MaxPlaces)
	case f.Stage != Announced && f.Stage != Open && f.Stage != Closed && f.Stage != Drawn:
		return fmt.Errorf("stage %.40q is unknown", f.Stage)
	}
	for member, name := range map[string]string{"id": f.ID, "post": f.Post, "service": f.Service} {
		if !namePattern.MatchString(name) {
			return fmt.Errorf("%s %.40q is not an identifier", member, name)
		}
	}
	for _, at := range []string{f.OpensAt, f.ClosesAt, f.DrawsAt} {
		if _, err := instant(at); err != nil {
			return err
		}
	}
	if f.RevealedAt != "" {
		if _, err := instant(f.RevealedAt); err != nil {
			return err
		}
	}
	if !hexPattern.MatchString(f.Commitment) {
		return errors.New("commitment is not 64 lower-case hexadecimal digits")
	}
	for member, value := range map[string]string{"merkle_root": f.MerkleRoot, "closing_digest": f.ClosingDigest, "seed": f.Seed} {
		if value != "" && !hexPattern.MatchString(value) {
			return fmt.Errorf("%s is not 64 lower-case hexadecimal digits", member)
		}
	}
	if err := f.Randomness.check(); err != nil {
		return err
	}
	for _, e := range f.Entries {
		if err := e.check(); err != nil {
			return err
		}
	}
	for _, p := range f.Places {
		if err := p.check(); err != nil {
			return err
		}
	}
	return nil
}

func (r *Randomness) check() error {
	if r == nil {
		return nil
	}
	if _, err := instant(r.When); err != nil {
		return err
	}
	if r.Source == "" || len(r.Source) > 300 || strings.ContainsFunc(r.Source, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		return errors.New("the source of randomness must be one line of at most 300 bytes")
	}
	if r.Value != "" && !validValue(r.Value) {
		return fmt.Errorf("randomness %.40q is neither hexadecimal nor numbers joined by dots", r.Value)
	}
	return nil
}

func (e Entry) check() error {
	switch {
	case !numberPattern.MatchString(e.ID):
		return fmt.Errorf("%.40q is not an entry number", e.ID)
	case e.Party < 1 || e.Party > MaxParty:
		return fmt.Errorf("entry %s: a party of %d", e.ID, e.Party)
	case len(e.Wants) == 0 || len(e.Wants) > MaxWants:
		return fmt.Errorf("entry %s has %d wishes", e.ID, len(e.Wants))
	}
	for _, want := range e.Wants {
		if !namePattern.MatchString(want) {
			return fmt.Errorf("entry %s: %.40q is no slot, date or %q", e.ID, want, Any)
		}
	}
	return nil
}

func (p Place) check() error {
	if !namePattern.MatchString(p.Slot) || isDate(p.Slot) || p.Slot == Any {
		return fmt.Errorf("%.40q is not a slot identifier", p.Slot)
	}
	if p.Places < 1 || p.Places > MaxCapacity {
		return fmt.Errorf("slot %s: %d places", p.Slot, p.Places)
	}
	_, err := instant(p.Start)
	return err
}

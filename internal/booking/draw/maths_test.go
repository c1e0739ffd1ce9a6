package draw

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// fixedSeed is 32 bytes that follow from n.
func fixedSeed(n int) []byte {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("test seed"), uint64(n)))
	return sum[:]
}

// drawn makes the file of a whole draw, as the service would publish it.
func drawn(t interface{ Fatal(...any) }, seed []byte, entries []Entry, places []Place, random *Randomness) *File {
	sortedEntries := slices.SortedFunc(slices.Values(entries), func(a, b Entry) int { return bytes.Compare([]byte(a.ID), []byte(b.ID)) })
	sortedPlaces := slices.SortedFunc(slices.Values(places), comparePlaces)
	f := &File{
		Format: Format, ID: "0197-draw", Post: "berlin", Service: "passport-renewal", Stage: Drawn, Rules: Rules(),
		Title:   map[string]string{"en": "Passports in December", "az": "Dekabrda pasportlar"},
		OpensAt: "2026-11-20T08:00:00Z", ClosesAt: "2026-11-24T08:00:00Z", DrawsAt: "2026-11-24T12:00:00Z", RevealedAt: "2026-11-24T12:00:03Z",
		Commitment: Commitment(seed), Seed: hex.EncodeToString(seed), Randomness: random,
		Entries: append([]Entry{}, sortedEntries...), Places: append([]Place{}, sortedPlaces...),
	}
	numbers := make([]string, len(entries))
	for i, e := range entries {
		numbers[i] = e.ID
	}
	var err error
	if f.MerkleRoot, err = Root(numbers); err != nil {
		t.Fatal(err)
	}
	f.ClosingDigest = ClosingDigest(f)
	f.Order = Order(seed, f.randomness(), numbers)
	f.Outcome, f.Leftover = Allocate(f.Order, f.Entries, f.Places)
	return f
}

func entriesOf(n int) []Entry {
	entries := make([]Entry, n)
	for i := range entries {
		number, err := newNumber(bytes.NewReader(fixedSeed(i)))
		if err != nil {
			panic(err)
		}
		entries[i] = Entry{ID: number, Party: 1 + i%3, Wants: [][]string{{"slot-b", Any}, {"2026-12-02", "slot-a"}, {Any}, {"slot-none", "2026-12-01"}}[i%4]}
	}
	return entries
}

var threePlaces = []Place{
	{Slot: "slot-c", Start: "2026-12-02T09:00:00+01:00", Places: 4},
	{Slot: "slot-a", Start: "2026-12-01T09:00:00+01:00", Places: 3},
	{Slot: "slot-b", Start: "2026-12-01T09:00:00+01:00", Places: 5},
}

// Computed from the definitions, written out, so that a change of the format
// does not pass unseen.
func TestKnownValues(t *testing.T) {
	seed := make([]byte, SeedSize)
	for i := range seed {
		seed[i] = byte(i)
	}
	if got, want := Commitment(seed), "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"; got != want {
		t.Errorf("commitment %s, want %s", got, want)
	}
	empty := sha256.Sum256(nil)
	if got, err := Root(nil); err != nil || got != hex.EncodeToString(empty[:]) {
		t.Errorf("root of no entries: %s, %v", got, err)
	}
	one := sha256.Sum256([]byte("\x00E-7K2M-9QXD"))
	if got, err := Root([]string{"E-7K2M-9QXD"}); err != nil || got != hex.EncodeToString(one[:]) {
		t.Errorf("root of one entry: %s, %v", got, err)
	}
	leaves := []string{"E-0000-0001", "E-0000-0002", "E-0000-0003"}
	if got, err := Root([]string{leaves[2], leaves[0], leaves[1]}); err != nil || got != hex.EncodeToString(plainRoot(leaves)) {
		t.Errorf("root of three entries: %s, %v", got, err)
	}
	mac := func(number string) []byte {
		m := hmac.New(sha256.New, append(slices.Clone(seed), "4.8.15"...))
		m.Write([]byte(number))
		return m.Sum(nil)
	}
	want := slices.SortedFunc(slices.Values(leaves), func(a, b string) int { return bytes.Compare(mac(a), mac(b)) })
	if got := Order(seed, "4.8.15", leaves); !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}

// plainRoot is the definition of RFC 9162 written down.
func plainRoot(leaves []string) []byte {
	if len(leaves) == 1 {
		sum := sha256.Sum256([]byte("\x00" + leaves[0]))
		return sum[:]
	}
	split := 1
	for split*2 < len(leaves) {
		split *= 2
	}
	sum := sha256.Sum256(slices.Concat([]byte{1}, plainRoot(leaves[:split]), plainRoot(leaves[split:])))
	return sum[:]
}

func TestRootFollowsTheStandardForAnySize(t *testing.T) {
	var numbers []string
	for i := 1; i <= 70; i++ {
		numbers = append(numbers, fmt.Sprintf("E-0000-%04d", i))
		if got, err := Root(numbers); err != nil || got != hex.EncodeToString(plainRoot(numbers)) {
			t.Fatalf("root of %d entries: %s, %v", i, got, err)
		}
	}
}

func TestAllocationByHand(t *testing.T) {
	entries := []Entry{
		{ID: "E-0000-0001", Party: 4, Wants: []string{"2026-12-01"}},  // slot-b: slot-a has too few
		{ID: "E-0000-0002", Party: 2, Wants: []string{"slot-b", Any}}, // slot-b has 1 left; any → slot-a
		{ID: "E-0000-0003", Party: 5, Wants: []string{Any}},           // nothing holds five any more
		{ID: "E-0000-0004", Party: 1, Wants: []string{"slot-c", "slot-a"}},
	}
	order := []string{"E-0000-0001", "E-0000-0002", "E-0000-0003", "E-0000-0004"}
	outcome, leftover := Allocate(order, entries, threePlaces)
	var got []string
	for _, o := range outcome {
		got = append(got, o.text())
	}
	want := []string{"E-0000-0001 gets slot-b", "E-0000-0002 gets slot-a", "E-0000-0003 gets nothing", "E-0000-0004 gets slot-c"}
	if !slices.Equal(got, want) {
		t.Errorf("outcome %q, want %q", got, want)
	}
	if want := []Leftover{{"slot-a", 1}, {"slot-b", 1}, {"slot-c", 3}}; !slices.Equal(leftover, want) {
		t.Errorf("leftover %v, want %v", leftover, want)
	}
}

func genFile(t *rapid.T) ([]byte, []Entry, []Place) {
	seed := rapid.SliceOfN(rapid.Byte(), SeedSize, SeedSize).Draw(t, "seed")
	ids := rapid.SliceOfNDistinct(rapid.StringMatching(`E-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}`), 0, 30, rapid.ID[string]).Draw(t, "ids")
	var places []Place
	for i := range rapid.IntRange(0, 6).Draw(t, "slots") {
		places = append(places, Place{Slot: fmt.Sprintf("slot-%d", i), Places: rapid.IntRange(1, 6).Draw(t, "places"),
			Start: fmt.Sprintf("2026-12-%02dT09:00:00+01:00", rapid.IntRange(1, 3).Draw(t, "day"))})
	}
	wish := rapid.SampledFrom([]string{Any, "2026-12-01", "2026-12-02", "slot-0", "slot-3", "slot-9"})
	var entries []Entry
	for _, id := range ids {
		entries = append(entries, Entry{ID: id, Party: rapid.IntRange(1, 4).Draw(t, "party"),
			Wants: rapid.SliceOfNDistinct(wish, 1, 3, rapid.ID[string]).Draw(t, "wants")})
	}
	return seed, entries, places
}

func TestADrawHoldsWhatItPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, entries, places := genFile(t)
		f := drawn(t, seed, entries, places, nil)
		if _, err := Verify(f); err != nil {
			t.Fatalf("an honest draw does not verify: %v", err)
		}
		shuffled := drawn(t, seed, rapid.Permutation(entries).Draw(t, "shuffled"), rapid.Permutation(places).Draw(t, "shuffled places"), nil)
		if !slices.Equal(f.Order, shuffled.Order) || f.MerkleRoot != shuffled.MerkleRoot || !slices.EqualFunc(f.Outcome, shuffled.Outcome, func(a, b Outcome) bool { return a.text() == b.text() }) {
			t.Fatal("the outcome depends on the order in which entries came")
		}
		if len(f.Order) != len(entries) || len(slices.Compact(slices.Sorted(slices.Values(f.Order)))) != len(entries) {
			t.Fatal("the order is not a permutation of the entries")
		}
		given := map[string]int{}
		wants := map[string]Entry{}
		starts := map[string]Place{}
		for _, p := range places {
			starts[p.Slot] = p
		}
		for _, e := range entries {
			wants[e.ID] = e
		}
		for _, o := range f.Outcome {
			if o.Slot == nil {
				continue
			}
			e := wants[o.Entry]
			given[*o.Slot] += e.Party
			if !slices.ContainsFunc(e.Wants, func(w string) bool { return w == Any || w == *o.Slot || w == starts[*o.Slot].Date() }) {
				t.Fatalf("%s got %s, wanted %v", o.Entry, *o.Slot, e.Wants)
			}
		}
		left := map[string]int{}
		for _, l := range f.Leftover {
			left[l.Slot] = l.Places
		}
		for _, p := range places {
			if given[p.Slot]+left[p.Slot] != p.Places {
				t.Fatalf("%s: %d given and %d left of %d", p.Slot, given[p.Slot], left[p.Slot], p.Places)
			}
		}
		// Nobody stays without a place who could still have been served.
		for _, o := range f.Outcome {
			if o.Slot != nil {
				continue
			}
			e := wants[o.Entry]
			for _, p := range places {
				if left[p.Slot] >= e.Party && slices.ContainsFunc(e.Wants, func(w string) bool { return w == Any || w == p.Slot || w == p.Date() }) {
					t.Fatalf("%s got nothing, though %s has %d left", o.Entry, p.Slot, left[p.Slot])
				}
			}
		}
		other := slices.Clone(seed)
		other[rapid.IntRange(0, SeedSize-1).Draw(t, "byte")] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		f.Seed = hex.EncodeToString(other)
		if _, err := Verify(f); err == nil {
			t.Fatal("another seed passes for the one committed to")
		}
	})
}

// Over many draws with other seeds, each entry stands at each place about
// equally often. 15 degrees of freedom; 37.7 is passed by 999 of 1000 fair
// draws, and the seeds are fixed, so this is no matter of luck.
func TestEveryEntryHasTheSameChance(t *testing.T) {
	const entries, draws = 16, 8000
	var numbers []string
	for _, e := range entriesOf(entries) {
		numbers = append(numbers, e.ID)
	}
	counts := make(map[string][]int)
	for n := range draws {
		for place, number := range Order(fixedSeed(n), "", numbers) {
			if counts[number] == nil {
				counts[number] = make([]int, entries)
			}
			counts[number][place]++
		}
	}
	const expected = float64(draws) / entries
	total := 0.0
	for number, places := range counts {
		chi := 0.0
		for _, seen := range places {
			chi += (float64(seen) - expected) * (float64(seen) - expected) / expected
		}
		total += chi
		if chi > 45 {
			t.Errorf("%s: chi-square %.1f over its places", number, chi)
		}
	}
	// 225 degrees of freedom in all: mean 225·16/15, far from 320 when fair.
	if total > 320 || total < 160 {
		t.Errorf("chi-square over all entries and places is %.1f", total)
	}
}

func TestNumbers(t *testing.T) {
	number, err := newNumber(bytes.NewReader([]byte{0xff, 0xff, 0xff, 0xff, 0xff}))
	if err != nil || number != "E-ZZZZ-ZZZZ" {
		t.Errorf("got %s, %v", number, err)
	}
	if _, err := newNumber(bytes.NewReader([]byte{1, 2})); err == nil {
		t.Error("a number without enough random bytes")
	}
	for typed, want := range map[string]string{
		"E-7K2M-9QXD": "E-7K2M-9QXD", " e7k2m9qxd ": "E-7K2M-9QXD", "7k2m 9qxd": "E-7K2M-9QXD", "E-OOIL-0000": "E-0011-0000", "EEEE-EEEE": "E-EEEE-EEEE",
	} {
		if got, ok := ParseNumber(typed); !ok || got != want {
			t.Errorf("%q: %s, %v", typed, got, ok)
		}
	}
	for _, typed := range []string{"", "E-", "E-7K2M-9QX", "E-7K2M-9QXU", "E-7K2M-9QXD1", "Ə-7K2M-9QXD"} {
		if got, ok := ParseNumber(typed); ok {
			t.Errorf("%q passes as %s", typed, got)
		}
	}
}

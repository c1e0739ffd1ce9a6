package draw

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// SeedSize is the length of a seed in bytes.
const SeedSize = 32

// Commitment is what the post publishes before entries open: SHA-256 of the
// seed's 32 bytes, in lower-case hexadecimal.
func Commitment(seed []byte) string {
	sum := sha256.Sum256(seed)
	return hex.EncodeToString(sum[:])
}

// Root is the Merkle tree hash (RFC 9162, section 2.1: SHA-256, leaves and
// nodes told apart by a leading byte) over the entry numbers in ascending
// order, in lower-case hexadecimal. The order of numbers does not matter.
func Root(numbers []string) (string, error) {
	sorted := slices.Sorted(slices.Values(numbers))
	var stored []tlog.Hash
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, at := range indexes {
			found[i] = stored[at]
		}
		return found, nil
	})
	for i, number := range sorted {
		hashes, err := tlog.StoredHashes(int64(i), []byte(number), read)
		if err != nil {
			return "", fmt.Errorf("hash entry %s: %w", number, err)
		}
		stored = append(stored, hashes...)
	}
	root, err := tlog.TreeHash(int64(len(sorted)), read)
	if err != nil {
		return "", fmt.Errorf("hash the tree of entries: %w", err)
	}
	return hex.EncodeToString(root[:]), nil
}

// ClosingDigest binds everything else that is settled at close and on which
// the outcome depends, so that none of it can be changed once the seed is
// known: each entry's places and wishes, the places to give out and the named
// source of randomness. It is SHA-256 over lines of text, in lower-case
// hexadecimal; docs of the format say which lines.
func ClosingDigest(f *File) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s closing\ndraw %s\ncommitment %s\n", Format, f.ID, f.Commitment)
	if f.Randomness != nil {
		fmt.Fprintf(h, "randomness %s %s\n", f.Randomness.When, f.Randomness.Source)
	}
	entries := slices.SortedFunc(slices.Values(f.Entries), func(a, b Entry) int { return cmp.Compare(a.ID, b.ID) })
	for _, e := range entries {
		fmt.Fprintf(h, "entry %s %d %s\n", e.ID, e.Party, strings.Join(e.Wants, " "))
	}
	for _, p := range f.Places {
		fmt.Fprintf(h, "place %s %s %d\n", p.Slot, p.Start, p.Places)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Order is the order of the draw: ascending HMAC-SHA-256 with key
// seed || randomness and the entry number as message, ties by entry number.
// The order in which numbers are given does not matter. randomness is the
// published value's bytes, empty when the ballot has none.
func Order(seed []byte, randomness string, numbers []string) []string {
	type ticket struct {
		number string
		mac    []byte
	}
	mac := hmac.New(sha256.New, append(slices.Clone(seed), randomness...))
	tickets := make([]ticket, len(numbers))
	for i, number := range numbers {
		mac.Reset()
		mac.Write([]byte(number))
		tickets[i] = ticket{number, mac.Sum(nil)}
	}
	slices.SortFunc(tickets, func(a, b ticket) int {
		return cmp.Or(bytes.Compare(a.mac, b.mac), cmp.Compare(a.number, b.number))
	})
	order := make([]string, len(tickets))
	for i, t := range tickets {
		order[i] = t.number
	}
	return order
}

// Allocate walks the entries in the order of the draw. Each gets the first
// slot that it wants and that still has places for the whole party: wishes are
// tried as listed; a date stands for all slots of that local day, and Any for
// all slots, by start. An entry for which nothing fits gets none, and later,
// smaller entries may still get what is left. entries and places may come in
// any order.
func Allocate(order []string, entries []Entry, places []Place) ([]Outcome, []Leftover) {
	byNumber := make(map[string]Entry, len(entries))
	for _, e := range entries {
		byNumber[e.ID] = e
	}
	sorted := slices.SortedStableFunc(slices.Values(places), comparePlaces)
	free := make([]int, len(sorted))
	bySlot, byDate := map[string][]int{}, map[string][]int{}
	all := make([]int, len(sorted))
	for i, p := range sorted {
		free[i], all[i] = p.Places, i
		bySlot[p.Slot] = append(bySlot[p.Slot], i)
		byDate[p.Date()] = append(byDate[p.Date()], i)
	}
	candidates := func(want string) []int {
		if want == Any {
			return all
		}
		if isDate(want) {
			return byDate[want]
		}
		return bySlot[want]
	}
	outcome := make([]Outcome, 0, len(order))
	for _, number := range order {
		result := Outcome{Entry: number}
		entry := byNumber[number]
		for _, want := range entry.Wants {
			if at := firstWith(free, candidates(want), entry.Party); at >= 0 {
				free[at] -= entry.Party
				result.Slot = &sorted[at].Slot
				break
			}
		}
		outcome = append(outcome, result)
	}
	leftover := []Leftover{}
	for i, p := range sorted {
		if free[i] > 0 {
			leftover = append(leftover, Leftover{Slot: p.Slot, Places: free[i]})
		}
	}
	return outcome, leftover
}

// firstWith finds the first candidate slot with enough free places, or -1.
func firstWith(free, candidates []int, party int) int {
	for _, at := range candidates {
		if free[at] >= party {
			return at
		}
	}
	return -1
}

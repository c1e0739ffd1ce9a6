package paper

import (
	"bytes"
	"fmt"

	"github.com/chancery/chancery/internal/document/pades"
)

// Part says what of a file somebody changed.
type Part string

// The parts. What is said of each is "verifyweb.change." and its name.
const (
	PagePart      Part = "page"      // what is printed
	PicturePart   Part = "picture"   // the portrait
	DataPart      Part = "data"      // what is attached for machines
	SignaturePart Part = "signature" // the signature's own object
	AddedPart     Part = "added"     // what stands after the end
	OtherPart     Part = "rest"      // fonts, tables, what the file says of itself
)

// Change is a part of a file that is not as it was issued.
type Change struct {
	Part Part
	// From is where the first difference begins, and To where the last ends, in
	// bytes from the beginning of the file; they are one where something was
	// taken out.
	From, To int
}

// changes says what somebody changed, in the order in which it stands in the file.
func changes(issued, given []byte) []Change {
	if len(given) > len(issued) && bytes.HasPrefix(given, issued) {
		return []Change{{AddedPart, len(issued), len(given)}}
	}
	var all []Change
	at := map[Part]int{}
	for _, d := range pades.Differences(issued, given) {
		part := partOf(issued, d.Object)
		i, seen := at[part]
		if !seen {
			i, at[part] = len(all), len(all)
			all = append(all, Change{part, d.From, 0})
		}
		all[i].To = d.From + d.Length
	}
	return all
}

// partOf says what an object of a file of ours is, by how it begins.
func partOf(issued []byte, object int) Part {
	if object == 0 {
		return OtherPart
	}
	head := fmt.Appendf(nil, "\n%d 0 obj\n", object)
	at := bytes.LastIndex(issued, head) // the latest is the one that readers show
	if at < 0 {
		return OtherPart
	}
	body := issued[at+len(head):]
	body, _, _ = bytes.Cut(body, []byte("endobj"))
	begin, _, _ := bytes.Cut(body, []byte("stream\n"))
	has := func(word string) bool { return bytes.Contains(begin, []byte(word)) }
	switch {
	case has("/Type /Sig "):
		return SignaturePart
	case has("/Subtype /Image"):
		return PicturePart
	case has("/Type /EmbeddedFile"), has("/Type /Filespec"):
		return DataPart
	case has("/Type /Page\n"), bytes.Contains(issued, fmt.Appendf(nil, "/Contents %d 0 R", object)):
		return PagePart
	}
	return OtherPart
}

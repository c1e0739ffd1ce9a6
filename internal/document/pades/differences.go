package pades

import "bytes"

// Difference is a piece of a file that is not as it was issued.
type Difference struct {
	// From is where it begins, in bytes from the beginning of the given file;
	// Length is 0 where something was taken out.
	From, Length int
	// Object is the number of the PDF object in which it lies, 0 outside of all.
	Object int
}

// maxDifferences bounds the list: somebody who saved the file anew changed all.
const maxDifferences = 100

// Differences says where a file differs from the one that was issued. A signature
// alone says only that there is a difference. Files of one length are compared
// byte by byte; otherwise what lies between the same beginning and the same end
// is one difference.
func Differences(issued, given []byte) []Difference {
	if len(issued) != len(given) {
		head := 0
		for head < min(len(issued), len(given)) && issued[head] == given[head] {
			head++
		}
		tail := 0
		for tail < min(len(issued), len(given))-head && issued[len(issued)-1-tail] == given[len(given)-1-tail] {
			tail++
		}
		return []Difference{{From: head, Length: len(given) - tail - head, Object: enclosing(given, head)}}
	}
	var all []Difference
	for i := 0; i < len(given) && len(all) < maxDifferences; i++ {
		if issued[i] == given[i] {
			continue
		}
		from := i
		for i < len(given) && issued[i] != given[i] {
			i++
		}
		all = append(all, Difference{From: from, Length: i - from, Object: enclosing(issued, from)})
	}
	return all
}

// enclosing gives the number of the object in which a place lies.
func enclosing(pdf []byte, at int) int {
	before := pdf[:min(at, len(pdf))]
	begin, end := bytes.LastIndex(before, []byte(" obj")), bytes.LastIndex(before, []byte("endobj"))
	if begin < 0 || end > begin {
		return 0
	}
	if numbers := objects(pdf[max(0, begin-22) : begin+len(" obj")]); len(numbers) > 0 {
		return numbers[len(numbers)-1]
	}
	return 0
}

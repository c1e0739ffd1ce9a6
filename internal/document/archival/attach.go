package archival

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"codeberg.org/go-pdf/fpdf"
)

// Data is a file in JSON that says for machines what the document says.
type Data struct {
	Name  string // letters, digits and a full stop
	About string
	JSON  []byte
}

// errShape is that of a file that fpdf does not write so any more.
var errShape = errors.New("archival: the PDF is not written as expected")

var (
	tail = regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n?$`)
	used = regexp.MustCompile(`(?m)^(\d{10}) 00000 n `)
)

// Write gives the bytes of a prepared PDF. It says what fpdf leaves out: that
// links are printed (ISO 19005-2, 6.3.2), and how attached data belong to the
// document (ISO 19005-3, 6.8). Errors are internal.
func Write(pdf *fpdf.Fpdf, d Details) ([]byte, error) {
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("write a PDF: %w", err)
	}
	return complete(out.Bytes(), d.Data)
}

// complete writes every object anew, in the same order, and the table of where
// they are.
func complete(pdf []byte, data *Data) ([]byte, error) {
	found := tail.FindSubmatch(pdf[max(0, len(pdf)-64):])
	if found == nil {
		return nil, errShape
	}
	table, err := strconv.Atoi(string(found[1]))
	if err != nil || table > len(pdf) {
		return nil, errShape
	}
	all := used.FindAllSubmatch(pdf[table:], -1)
	offsets := make([]int, len(all)) // of object 1 and so on
	for i, m := range all {
		if offsets[i], err = strconv.Atoi(string(m[1])); err != nil || offsets[i] >= table {
			return nil, errShape
		}
	}
	numbers := inOrder(offsets)
	if len(numbers) == 0 {
		return nil, errShape
	}
	w := writer{data: data}
	out, moved := slices.Grow([]byte(nil), len(pdf)+1024), map[int]int{}
	out = append(out, pdf[:offsets[numbers[0]-1]]...)
	for i, n := range numbers {
		end := table
		if i+1 < len(numbers) {
			end = offsets[numbers[i+1]-1]
		}
		head, body, ok := bytes.Cut(pdf[offsets[n-1]:end], []byte("\n"))
		if !ok || string(head) != fmt.Sprintf("%d 0 obj", n) {
			return nil, errShape
		}
		moved[n] = len(out)
		out = append(append(append(out, head...), '\n'), w.object(n, body)...)
	}
	if data != nil && w.done != 3 {
		return nil, errShape
	}
	start, n := len(out), 0
	out = append(out, used.ReplaceAllFunc(pdf[table:], func([]byte) []byte {
		n++
		return fmt.Appendf(nil, "%010d 00000 n ", moved[n])
	})...)
	return append(out[:bytes.LastIndex(out, []byte("startxref"))], fmt.Sprintf("startxref\n%d\n%%%%EOF\n", start)...), nil
}

// writer completes objects. fpdf writes an attached file's content, then what
// describes it, and the catalog last.
type writer struct {
	data      *Data
	described int // the object that describes the data
	done      int // of the three objects that say where the data belong
}

func (w *writer) object(n int, body []byte) []byte {
	if bytes.HasPrefix(body, []byte("<</Type /Page\n")) {
		return bytes.ReplaceAll(body, []byte("<</Type /Annot /Subtype /Link "), []byte("<</Type /Annot /Subtype /Link /F 4 "))
	}
	if w.data == nil {
		return body
	}
	for from, to := range map[string]string{
		"<< /Type /EmbeddedFile ":   "<< /Type /EmbeddedFile /Subtype /application#2Fjson ",
		"<< /Type /Filespec /F () ": "<< /Type /Filespec /AFRelationship /Data /F (" + w.data.Name + ") ",
		"<<\n/Type /Catalog\n":      fmt.Sprintf("<<\n/Type /Catalog\n/AF [%d 0 R]\n", w.described),
	} {
		if rest, is := bytes.CutPrefix(body, []byte(from)); is {
			if from == "<< /Type /Filespec /F () " {
				w.described = n
			}
			w.done++
			return append([]byte(to), rest...)
		}
	}
	return body
}

// inOrder gives the numbers of objects in the order in which they stand.
func inOrder(offsets []int) []int {
	numbers := make([]int, len(offsets))
	for i := range numbers {
		numbers[i] = i + 1
	}
	slices.SortFunc(numbers, func(a, b int) int { return offsets[a-1] - offsets[b-1] })
	return numbers
}

package pades

import (
	"bytes"
	"fmt"
	"strings"
)

// maxPageDepth bounds how deep the tree of pages may be.
const maxPageDepth = 16

// file is a PDF as typesetting writes it: with tables of cross-references.
type file struct {
	data    []byte
	offsets map[int]int // of each object
	trailer []entry
	xref    int
	size    int
}

// read finds the objects of a PDF. Files with cross-reference streams, and such
// as are encrypted, are not read.
func read(data []byte) (*file, error) {
	f := &file{data: data, offsets: map[int]int{}}
	at := bytes.LastIndex(data, []byte("startxref"))
	if at < 0 || !bytes.HasPrefix(data, []byte("%PDF-")) {
		return nil, errSyntax
	}
	var ok bool
	if f.xref, _, ok = number(data, at+len("startxref")); !ok {
		return nil, errSyntax
	}
	end, err := f.table(f.xref)
	if err != nil {
		return nil, err
	}
	if f.trailer, _, err = dictionary(data, end); err != nil {
		return nil, err
	}
	if _, there := find(f.trailer, "/Prev"); there {
		return nil, ErrSigned
	}
	for _, key := range []string{"/XRefStm", "/Encrypt"} {
		if _, there := find(f.trailer, key); there {
			return nil, fmt.Errorf("%w: its trailer has %s", errSyntax, key)
		}
	}
	size, there := find(f.trailer, "/Size")
	if f.size, _, ok = number(data, size.from); !there || !ok {
		return nil, errSyntax
	}
	return f, nil
}

// table reads the cross-references at at and gives where the trailer's
// dictionary begins.
func (f *file) table(at int) (int, error) {
	b := f.data
	at = space(b, at)
	if !bytes.HasPrefix(b[min(at, len(b)):], []byte("xref")) {
		return 0, errSyntax
	}
	at += len("xref")
	for {
		if at = space(b, at); bytes.HasPrefix(b[min(at, len(b)):], []byte("trailer")) {
			return at + len("trailer"), nil
		}
		first, end, ok1 := number(b, at)
		count, end, ok2 := number(b, end)
		if !ok1 || !ok2 {
			return 0, errSyntax
		}
		at = end
		for i := range count {
			offset, end, ok := number(b, at)
			_, end, ok2 := number(b, end)
			end = space(b, end)
			if !ok || !ok2 || end >= len(b) {
				return 0, errSyntax
			}
			if b[end] == 'n' {
				f.offsets[first+i] = offset
			}
			at = end + 1
		}
	}
}

// object gives the entries of a dictionary object.
func (f *file) object(n int) ([]entry, error) {
	at, there := f.offsets[n]
	got, end, ok1 := number(f.data, at)
	_, end, ok2 := number(f.data, end)
	end = space(f.data, end)
	if !there || !ok1 || !ok2 || got != n || !bytes.HasPrefix(f.data[min(end, len(f.data)):], []byte("obj")) {
		return nil, fmt.Errorf("%w: object %d", errSyntax, n)
	}
	all, _, err := dictionary(f.data, end+len("obj"))
	return all, err
}

// refers gives the object to which an entry points.
func (f *file) refers(all []entry, key string) (int, error) {
	e, there := find(all, key)
	n, _, _, ok := reference(f.data, e.from)
	if !there || !ok {
		return 0, fmt.Errorf("%w: no reference %s", errSyntax, key)
	}
	return n, nil
}

// firstPage finds the first page below the root of the pages.
func (f *file) firstPage(root int) (int, []entry, error) {
	for range maxPageDepth {
		all, err := f.object(root)
		if err != nil {
			return 0, nil, err
		}
		kids, there := find(all, "/Kids")
		if !there {
			return root, all, nil
		}
		next, _, _, ok := reference(f.data, kids.from+1)
		if f.data[kids.from] != '[' || !ok {
			return 0, nil, errSyntax
		}
		root = next
	}
	return 0, nil, errSyntax
}

// rewrite writes a dictionary anew, without the given keys and with more at its
// end.
func (f *file) rewrite(all []entry, without []string, more string) string {
	var out strings.Builder
	out.WriteString("<<")
next:
	for _, e := range all {
		for _, key := range without {
			if e.key == key {
				continue next
			}
		}
		fmt.Fprintf(&out, "\n%s %s", e.key, f.data[e.from:e.to])
	}
	out.WriteString("\n" + more + "\n>>")
	return out.String()
}

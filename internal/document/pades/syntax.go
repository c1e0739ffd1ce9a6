package pades

import (
	"bytes"
	"errors"
	"strconv"
)

// errSyntax is that of a file that is no PDF, or not one of the simple kind that
// is read here.
var errSyntax = errors.New("pades: the file is not a PDF of the kind that can be read")

// maxDepth bounds how deep arrays and dictionaries may lie in each other.
const maxDepth = 32

func white(c byte) bool {
	return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' '
}

func delimiter(c byte) bool { return bytes.IndexByte([]byte("()<>[]{}/%"), c) >= 0 }

// space gives the place of the first byte from at on that is neither white space
// nor in a comment.
func space(b []byte, at int) int {
	for at < len(b) {
		switch {
		case white(b[at]):
			at++
		case b[at] == '%':
			for at < len(b) && b[at] != '\n' && b[at] != '\r' {
				at++
			}
		default:
			return at
		}
	}
	return at
}

// word gives the end of the regular characters from at on.
func word(b []byte, at int) int {
	for at < len(b) && !white(b[at]) && !delimiter(b[at]) {
		at++
	}
	return at
}

// object gives where one object begins and ends (ISO 32000-1, 7.3); streams are
// not objects here.
func object(b []byte, at, depth int) (from, to int, err error) {
	from = space(b, at)
	if from >= len(b) || depth > maxDepth {
		return 0, 0, errSyntax
	}
	switch c := b[from]; {
	case c == '/':
		return from, word(b, from+1), nil
	case c == '(':
		to, err = text(b, from)
		return from, to, err
	case c == '<' && from+1 < len(b) && b[from+1] == '<':
		to, err = until(b, from+2, ">>", depth)
		return from, to, err
	case c == '<':
		end := bytes.IndexByte(b[from:], '>')
		if end < 0 {
			return 0, 0, errSyntax
		}
		return from, from + end + 1, nil
	case c == '[':
		to, err = until(b, from+1, "]", depth)
		return from, to, err
	case delimiter(c):
		return 0, 0, errSyntax
	}
	to = word(b, from)
	if _, _, end, ok := reference(b, from); ok {
		to = end
	}
	return from, to, nil
}

// text gives the end of a literal string.
func text(b []byte, at int) (int, error) {
	open := 0
	for ; at < len(b); at++ {
		switch b[at] {
		case '\\':
			at++
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				return at + 1, nil
			}
		}
	}
	return 0, errSyntax
}

// until gives the end of the objects before close, and of close.
func until(b []byte, at int, end string, depth int) (int, error) {
	for {
		at = space(b, at)
		if bytes.HasPrefix(b[min(at, len(b)):], []byte(end)) {
			return at + len(end), nil
		}
		var err error
		if _, at, err = object(b, at, depth+1); err != nil {
			return 0, err
		}
	}
}

// number reads an integer without a sign.
func number(b []byte, at int) (n, end int, ok bool) {
	if at = space(b, at); at >= len(b) {
		return 0, 0, false
	}
	end = word(b, at)
	if end-at > 10 || b[at] < '0' || b[at] > '9' {
		return 0, 0, false
	}
	n, err := strconv.Atoi(string(b[at:end]))
	return n, end, err == nil
}

// reference reads "12 0 R".
func reference(b []byte, at int) (object, generation, end int, ok bool) {
	object, end, ok = number(b, at)
	if !ok {
		return 0, 0, 0, false
	}
	generation, end, ok = number(b, end)
	if !ok {
		return 0, 0, 0, false
	}
	end = space(b, end)
	if end >= len(b) || b[end] != 'R' || word(b, end) != end+1 {
		return 0, 0, 0, false
	}
	return object, generation, end + 1, true
}

// entry is one of a dictionary, with the place of its value in the file.
type entry struct {
	key      string // with its slash
	from, to int
}

// dictionary reads the entries of the dictionary that begins at at.
func dictionary(b []byte, at int) (all []entry, end int, err error) {
	at = space(b, at)
	if !bytes.HasPrefix(b[min(at, len(b)):], []byte("<<")) {
		return nil, 0, errSyntax
	}
	at += 2
	for {
		at = space(b, at)
		if bytes.HasPrefix(b[min(at, len(b)):], []byte(">>")) {
			return all, at + 2, nil
		}
		from, to, err := object(b, at, 1)
		if err != nil || b[from] != '/' {
			return nil, 0, errSyntax
		}
		one := entry{key: string(b[from:to])}
		if one.from, one.to, err = object(b, to, 1); err != nil {
			return nil, 0, err
		}
		at = one.to
		all = append(all, one)
	}
}

// find gives the entry of a key. A key that stands twice is not found: readers
// differ in which one they take.
func find(all []entry, key string) (found entry, ok bool) {
	for _, e := range all {
		if e.key == key {
			if ok {
				return entry{}, false
			}
			found, ok = e, true
		}
	}
	return found, ok
}

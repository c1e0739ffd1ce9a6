package api

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// depthOf counts with the decoder's own eyes how deep a valid document nests.
func depthOf(t *testing.T, data []byte) int {
	decoder := json.NewDecoder(bytes.NewReader(data))
	depth, deepest := 0, 0
	for decoder.More() || depth > 0 {
		token, err := decoder.Token()
		if err != nil {
			t.Fatal(err)
		}
		if d, ok := token.(json.Delim); ok {
			if d == '{' || d == '[' {
				depth++
			} else {
				depth--
			}
		}
		deepest = max(deepest, depth)
		if depth == 0 {
			break
		}
	}
	return deepest
}

// A document is too deep exactly when it is: brackets in strings do not count,
// and no escape hides one.
func FuzzDeeper(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[]`, `1`, `"[[[["`, `"\"[[["`, `"\\"`, `{"a\\":[[["]"]]]}`, `]]]][[[[`, `"`, `\"[`, `["\u005b\u0022["]`,
		strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth),
		strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1),
		strings.Repeat(`{"a":`, maxDepth+1) + "1" + strings.Repeat("}", maxDepth+1),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var value any
		err := unmarshal(data, &value)
		if !json.Valid(data) {
			if err == nil {
				t.Errorf("%q is no JSON, but is read as %v", data, value)
			}
			return
		}
		if depth := depthOf(t, data); (err != nil) != (depth > maxDepth) {
			t.Errorf("%q nests %d deep: %v", data, depth, err)
		}
	})
}

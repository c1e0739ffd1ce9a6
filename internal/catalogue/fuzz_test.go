package catalogue_test

import (
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/chancery/chancery/internal/catalogue"
)

var problemLine = regexp.MustCompile(`^services/(passport-renewal|other)\.yaml:[1-9][0-9]*: \S`)

// Whatever two files hold, both load, or each line of the error says which
// file and line is to be mended.
func FuzzLoad(f *testing.F) {
	text := good(f)
	f.Add(text, strings.Replace(text, "id: passport-renewal", "id: other", 1))
	f.Add(text, "id: other\ntitle: [")
	f.Add(text[:len(text)/2], "")
	f.Add("id: passport-renewal\n\tid: x", "id: other\nfee: {amount: 1, amount: 2}")
	f.Add("!!binary x", "? {a: b}\n: \"\\x0a\\n\"")
	f.Fuzz(func(t *testing.T, first, second string) {
		c, err := catalogue.Load(fstest.MapFS{
			"services/passport-renewal.yaml": {Data: []byte(first)}, "services/other.yaml": {Data: []byte(second)},
		})
		if err != nil {
			for _, line := range strings.Split(err.Error(), "\n") {
				if !problemLine.MatchString(line) {
					t.Errorf("a line that does not say what is wrong where: %q of %q", line, err)
				}
			}
			return
		}
		if len(c.Services()) != 2 || !c.Known("passport-renewal") || !c.Known("other") {
			t.Errorf("loaded %v", c.Services())
		}
	})
}

package locale

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
)

// keysOf flattens one language's files to message identifiers with the names
// of the placeholders that each uses.
func keysOf(t *testing.T, lang string) map[string]string {
	t.Helper()
	paths, err := fs.Glob(files, "strings/*."+lang+".yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no strings for %s: %v", lang, err)
	}
	keys := map[string]string{}
	for _, path := range paths {
		text, err := fs.ReadFile(files, path)
		if err != nil {
			t.Fatal(err)
		}
		var tree map[string]any
		if err := yaml.Unmarshal(text, &tree); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		flatten(t, path, "", tree, keys)
	}
	return keys
}

var placeholder = regexp.MustCompile(`\{\{\s*\.(\w+)`)

func flatten(t *testing.T, path, prefix string, tree map[string]any, keys map[string]string) {
	t.Helper()
	for name, value := range tree {
		key := strings.TrimPrefix(prefix+"."+name, ".")
		switch v := value.(type) {
		case map[string]any:
			if other, plural := v["other"].(string); plural {
				keys[key] = names(other)
				continue
			}
			flatten(t, path, key, v, keys)
		case string:
			if strings.TrimSpace(v) == "" {
				t.Errorf("%s: %s says nothing", path, key)
			}
			if keys[key] != "" {
				t.Errorf("%s: %s is there twice", path, key)
			}
			keys[key] = names(v)
		default:
			t.Errorf("%s: %s is a %T, not a text", path, key, value)
		}
	}
}

func names(text string) string {
	found := map[string]bool{}
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		found[m[1]] = true
	}
	return strings.Join(slices.Sorted(maps.Keys(found)), " ")
}

func TestEveryStringIsThereInEveryLanguage(t *testing.T) {
	source := keysOf(t, Languages[0])
	for _, lang := range Languages[1:] {
		other := keysOf(t, lang)
		for key, names := range source {
			switch got, ok := other[key]; {
			case !ok:
				t.Errorf("%s lacks %s", lang, key)
			case got != names:
				t.Errorf("%s: %s uses placeholders %q, English uses %q", lang, key, got, names)
			}
		}
		for key := range other {
			if _, ok := source[key]; !ok {
				t.Errorf("%s has %s, which English lacks", lang, key)
			}
		}
	}
}

// In templates: {{t "key"}}; in Go: T("key"), fault.NewConflict("key"),
// Add("path", "key") and so on.
var uses = map[string]*regexp.Regexp{
	".html": regexp.MustCompile(`[({ ]t "([a-z0-9_.-]+)"`),
	".txt":  regexp.MustCompile(`[({ ]t "([a-z0-9_.-]+)"`),
	".go": regexp.MustCompile(`(?:\.T\(|fault\.New(?:NotFound|Conflict|Forbidden|Unauthenticated|Busy)\(|` +
		`\.Add(?:With)?\([^,()]+(?:\([^()]*\))?, |fault\.Field\{Path: [^,]+, Key: )"([a-z0-9_]+\.[a-z0-9_.-]+)"`),
}

func TestEveryUsedStringExists(t *testing.T) {
	source := keysOf(t, Languages[0])
	seen := 0
	for _, root := range []string{"../../internal", "../../cmd"} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || strings.HasSuffix(path, "_test.go") {
				return err
			}
			pattern := uses[filepath.Ext(path)]
			if pattern == nil {
				return nil
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, m := range pattern.FindAllStringSubmatch(string(text), -1) {
				seen++
				if _, ok := source[m[1]]; !ok && !strings.HasSuffix(m[1], ".") {
					t.Errorf("%s uses %s, which has no text", path, m[1])
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen == 0 {
		t.Error("found no use of any string: the pattern does not fit the code any more")
	}
}

func TestFormats(t *testing.T) {
	day := time.Date(2026, 11, 25, 9, 5, 0, 0, time.UTC)
	for _, c := range []struct{ got, want string }{
		{For("en").LongDate(day), "Wednesday, 25 November 2026"},
		{For("az").LongDate(day), "çərşənbə, 25 noyabr 2026"},
		{For("en").Number(20000), "20,000"},
		{For("az").Number(20000), "20.000"},
		{For("xx").Lang(), "en"},
		{Match("az-Latn-AZ,az;q=0.9,en;q=0.8"), "az"},
		{Match("%%%"), "en"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

package internal_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/chancery/chancery/"

// room is one package below this folder, without its tests.
type room struct {
	doc     string          // its package comment, in one line
	imports map[string]bool // of this module, without "internal/"
}

// rooms reads every package's imports and comment from its source.
func rooms(t *testing.T) map[string]*room {
	t.Helper()
	found := map[string]*room{}
	err := filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		source, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		name := path.Dir(filepath.ToSlash(file))
		if found[name] == nil {
			found[name] = &room{imports: map[string]bool{}}
		}
		if source.Doc != nil {
			found[name].doc += strings.Join(strings.Fields(source.Doc.Text()), " ")
		}
		for _, one := range source.Imports {
			of, err := strconv.Unquote(one.Path.Value)
			if err != nil {
				return err
			}
			if of, ours := strings.CutPrefix(of, module); ours {
				found[name].imports[strings.TrimPrefix(of, "internal/")] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 20 {
		t.Fatalf("only %d packages were found", len(found))
	}
	return found
}

// under says whether a package is that room or part of it.
func under(name, room string) bool { return name == room || strings.HasPrefix(name, room+"/") }

// What tests are made of; no program has it in it.
var forTests = []string{"store/storetest", "outsidetest"}

// Arrows point one way: web, then the rooms, then the ground.
func TestArrowsPointOneWay(t *testing.T) {
	all := rooms(t)
	for name, r := range all {
		for of := range r.imports {
			switch {
			case slices.Contains(forTests, of):
				t.Errorf("%s imports %s, which is for tests only", name, of)
			case of == "cmd" || strings.HasPrefix(of, "cmd/"):
				t.Errorf("%s imports the command", name)
			case under(of, "web") && !under(name, "web"):
				t.Errorf("%s imports %s: a room does not know its pages", name, of)
			case under(name, "web") && under(of, "web") && !slices.Contains([]string{"web", "web/api", "web/applicant", "web/identityweb"}, of):
				t.Errorf("%s imports %s: pages of one room do not know those of another", name, of)
			case all[of] == nil && !under(name, "web"):
				t.Errorf("%s imports %s, which is outside of internal", name, of)
			}
		}
	}
}

// mayImport is the sentence that ends a room's package comment.
var mayImport = regexp.MustCompile(`\bIt (?:may import|imports) ([^.]+)\.(?: |$)`)

// A room imports what its doc.go says, and nothing else.
func TestRoomsKeepTheirWord(t *testing.T) {
	all := rooms(t)
	for name, r := range all {
		if name != "web" && under(name, "web") || slices.Contains(forTests, name) {
			continue // TestArrowsPointOneWay bounds the pages
		}
		allowed := []string{"fault", "keyring", "locale", "store"}
		if name != "web" {
			sentence := mayImport.FindStringSubmatch(r.doc)
			if sentence == nil {
				t.Errorf("%s/doc.go does not end with \"It may import a, b and c.\" or \"It imports nothing of Chancery.\"", name)
				continue
			}
			allowed = strings.Split(strings.ReplaceAll(sentence[1], " and ", ", "), ", ")
			if sentence[1] == "nothing of Chancery" {
				allowed = nil
			}
		}
		for _, of := range allowed {
			if all[of] == nil {
				t.Errorf("%s/doc.go allows %q, which is no package here", name, of)
			}
		}
		for of := range r.imports {
			if !slices.Contains(allowed, of) {
				t.Errorf("%s imports %s, which its doc.go does not allow", name, of)
			}
		}
	}
}

func TestEveryPackageHasADocFile(t *testing.T) {
	for name := range rooms(t) {
		if slices.Contains(forTests, name) {
			continue
		}
		source, err := parser.ParseFile(token.NewFileSet(), filepath.Join(name, "doc.go"), nil, parser.ParseComments)
		if err != nil || source.Doc == nil {
			t.Errorf("%s has no doc.go that says what lives there: %v", name, err)
		}
	}
}

// The map for newcomers shows every room, and none that is gone.
func TestTheMapIsComplete(t *testing.T) {
	text, err := os.ReadFile("../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z/]+)` \\| ").FindAllStringSubmatch(string(text), -1) {
		shown[row[1]] = true
	}
	all := rooms(t)
	for name := range all {
		if !shown[name] {
			t.Errorf("docs/architecture.md has no row for %s: add one line that says what lives there", name)
		}
	}
	for name := range shown {
		if all[name] == nil && !strings.HasPrefix(name, "test/") && !strings.HasPrefix(name, "internal/") {
			t.Errorf("docs/architecture.md shows %s, which is not there", name)
		}
	}
	for _, file := range regexp.MustCompile("`((?:internal|cmd|catalogue|assets|test|demo|booking|bookingweb|identity|web)/[a-z_./]+)`").FindAllStringSubmatch(string(text), -1) {
		found := false
		for _, folder := range []string{"..", ".", "web"} {
			_, err := os.Stat(filepath.Join(folder, file[1]))
			found = found || err == nil
		}
		if !found {
			t.Errorf("docs/architecture.md names %s, which is not there", file[1])
		}
	}
}

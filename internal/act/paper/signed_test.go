package paper_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery/chancery/internal/act"
	"github.com/chancery/chancery/internal/outsidetest"
	"github.com/chancery/chancery/internal/store/storetest"
)

// veraPDF finds the papers to be PDF/A-3b, and poppler the signature to be good
// until a bit is another.
func TestOthersBelieveTheFiles(t *testing.T) {
	o, dir := open(t, storetest.SQLite(t)), t.TempDir()
	var files []string
	for _, layout := range []string{act.EVisa, act.StickerA, act.StickerB} {
		_, _, file := issue(t, o, layout)
		path := filepath.Join(dir, layout+".pdf")
		files = append(files, path)
		changed := filepath.Join(dir, layout+"-changed.pdf")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		file[len(file)/2] ^= 1
		if err := os.WriteFile(changed, file, 0o600); err != nil {
			t.Fatal(err)
		}
		if said := run(t, poppler, "pdfsig", "-nocert", path); !strings.Contains(said, "Signature is Valid.") || !strings.Contains(said, "Total document signed") || !strings.Contains(said, "ETSI.CAdES.detached") {
			t.Errorf("%s: %s", layout, said)
		}
		if said := run(t, poppler, "pdfsig", "-nocert", changed); strings.Contains(said, "Signature is Valid.") {
			t.Errorf("%s, changed: %s", layout, said)
		}
	}
	said := outsidetest.VeraPDF(t, "3b", files...)
	for _, path := range files {
		if !strings.Contains(said, "PASS "+path) {
			t.Errorf("veraPDF: %s", said)
		}
	}
}

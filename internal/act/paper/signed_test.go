package paper_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chancery/chancery/internal/act"
	"github.com/chancery/chancery/internal/act/paper"
	"github.com/chancery/chancery/internal/document/pades"
	"github.com/chancery/chancery/internal/document/verify"
	"github.com/chancery/chancery/internal/outsidetest"
	"github.com/chancery/chancery/internal/store"
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

// Of a file that somebody changed it is said what was changed.
func TestWhatWasChanged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, ctx := open(t, db), context.Background()
		_, d, file := issue(t, o, act.EVisa)
		after := func(mark string) int {
			t.Helper()
			at := bytes.Index(file, []byte(mark))
			if at < 0 {
				t.Fatalf("the file lacks %q", mark)
			}
			return at + bytes.Index(file[at:], []byte("stream\n")) + len("stream\n") + 40
		}
		contents := regexp.MustCompile(`/Contents (\d+) 0 R`).FindSubmatch(file)
		flips := map[paper.Part]int{
			paper.PicturePart: after("/Subtype /Image"), paper.DataPart: after("/Type /EmbeddedFile"), paper.PagePart: after("\n" + string(contents[1]) + " 0 obj\n"),
			paper.SignaturePart: bytes.LastIndex(file, []byte("/Contents <")) + 400, paper.OtherPart: 12,
		}
		for part, at := range flips {
			changed := bytes.Clone(file)
			changed[at] ^= 1
			answer, err := o.CheckFile(ctx, changed)
			if err != nil || answer.Outcome != verify.Altered || answer.Document == nil || answer.Signature == pades.Genuine ||
				len(answer.Changes) != 1 || answer.Changes[0] != (paper.Change{Part: part, From: at, To: at + 1}) {
				t.Errorf("%s at %d: %+v, %v", part, at, answer, err)
			}
		}
		more := append(bytes.Clone(file), "% and two children\n"...)
		answer, err := o.CheckFile(ctx, more)
		if err != nil || answer.Outcome != verify.Altered || len(answer.Changes) != 1 || answer.Changes[0] != (paper.Change{Part: paper.AddedPart, From: len(file), To: len(more)}) {
			t.Errorf("%+v, %v", answer, err)
		}
		// Without the code the signature still says whose it was.
		nameless := bytes.ReplaceAll(file, []byte("/v/"+d.Code), []byte("/v/"+strings.Repeat("0", len(d.Code))))
		if answer, err := o.CheckFile(ctx, nameless); err != nil || answer.Outcome != verify.Altered || answer.Document != nil || answer.Signature != pades.Altered {
			t.Errorf("%+v, %v", answer, err)
		}
		if answer, err := o.CheckFile(ctx, []byte("%PDF-1.7 of others")); err != nil || answer.Outcome != verify.Unknown || answer.Signature != pades.Unsigned {
			t.Errorf("%+v, %v", answer, err)
		}
		// A register that lost its copy believes its key.
		if err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE document SET file = NULL, file_key = '' WHERE id = $1`, d.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if answer, err := o.CheckFile(ctx, file); err != nil || answer.Outcome != verify.Genuine {
			t.Errorf("%+v, %v", answer, err)
		}
		if answer, err := o.CheckFile(ctx, more); err != nil || answer.Outcome != verify.Altered || len(answer.Changes) != 1 || answer.Changes[0].Part != paper.AddedPart {
			t.Errorf("%+v, %v", answer, err)
		}
	})
}

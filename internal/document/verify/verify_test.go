package verify_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/document/verify"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, db *store.DB) *verify.Ledger {
	t.Helper()
	ring, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	return verify.New(db, ring, func() time.Time { return noon })
}

func enter(t *testing.T, db *store.DB, l *verify.Ledger, act string) *verify.Document {
	t.Helper()
	var d *verify.Document
	if err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		var err error
		d, err = l.EnterIn(ctx, tx, verify.Document{Kind: "visa", Layout: "e-visa", ActID: act, ActLabel: "V-1", Zone: "Asia/Baku", Shown: []verify.Line{{Label: "act.label.surname", Value: "YILMAZ"}}})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return d
}

func check(t *testing.T, l *verify.Ledger, code string, want verify.Outcome) *verify.Result {
	t.Helper()
	r, err := l.Check(context.Background(), code)
	if err != nil || r.Outcome != want {
		t.Fatalf("%q: %+v, %v; want %s", code, r, err, want)
	}
	return r
}

func TestCodesAsPeopleTypeThem(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := open(t, db)
		d := enter(t, db, l, "a1")
		for _, typed := range []string{d.Code, strings.ToLower(d.Code), strings.ReplaceAll(d.Code, "-", ""), " " + strings.ReplaceAll(d.Code, "-", " "),
			strings.NewReplacer("0", "o", "1", "l").Replace(d.Code)} {
			if r := check(t, l, typed, verify.Genuine); !r.Good() || r.Document.Shown[0].Value != "YILMAZ" {
				t.Errorf("%+v", r)
			}
		}
		for _, typed := range []string{"", "K7QX", d.Code + "0", "UUUU-UUUU-UUUU-UUUU", "../../etc/passwd"} {
			check(t, l, typed, verify.Mistyped)
		}
		// Every single wrong character is caught as a slip, never taken for another code.
		plain := []byte(strings.ReplaceAll(d.Code, "-", ""))
		for i := range plain {
			for _, c := range []byte("0123456789ABCDEFGHJKMNPQRSTVWXYZ") {
				if c == plain[i] {
					continue
				}
				wrong := bytes.Clone(plain)
				wrong[i] = c
				if _, looks, right := verify.ParseCode(string(wrong)); !looks || right {
					t.Fatalf("%s for %s is not seen", wrong, plain)
				}
			}
		}
		check(t, l, "0000-0000-0000-0000", verify.Unknown)
	})
}

func TestFilesAndCounts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l, ctx := open(t, db), context.Background()
		d := enter(t, db, l, "a1")
		pdf := []byte("%PDF-1.7 /URI (https://example.org/v/" + d.Code + ") the rest")
		if kept, err := l.File(ctx, d.ID); err != nil || kept != nil {
			t.Fatalf("%q, %v", kept, err)
		}
		if kept, err := l.KeepFile(ctx, d.ID, pdf); err != nil || !bytes.Equal(kept, pdf) {
			t.Fatalf("%q, %v", kept, err)
		}
		if kept, err := l.KeepFile(ctx, d.ID, []byte("%PDF another")); err != nil || !bytes.Equal(kept, pdf) {
			t.Errorf("the file was replaced: %q, %v", kept, err)
		}
		changed := bytes.Replace(pdf, []byte("rest"), []byte("rust"), 1)
		for _, c := range []struct {
			file []byte
			want verify.Outcome
		}{{pdf, verify.Genuine}, {changed, verify.Altered}, {[]byte("%PDF-1.7 of others"), verify.Unknown}, {[]byte("GIF89a"), verify.UnreadableFile}, {nil, verify.UnreadableFile},
			{[]byte("%PDF-1.7 /v/0000-0000-0000-0000"), verify.Unknown}} {
			if r, err := l.CheckFile(ctx, c.file); err != nil || r.Outcome != c.want {
				t.Errorf("%.20q: %+v, %v; want %s", c.file, r, err, c.want)
			}
		}
		check(t, l, d.Code, verify.Genuine)
		for range 2 { // what was flushed is not counted again
			if err := l.Flush(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := l.Checks(ctx, "a1"); err != nil || n[d.ID] != 3 {
			t.Errorf("%v, %v", n, err)
		}
		if err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return l.EndIn(ctx, tx, "a1", verify.Revoked, "") }); err != nil {
			t.Fatal(err)
		}
		if r, err := l.CheckFile(ctx, pdf); err != nil || r.Outcome != verify.WasRevoked || r.Good() || !r.Since.Equal(noon) {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// Whoever changes what a document shows in the database is not believed.
func TestTamperingIsSeen(t *testing.T) {
	db := storetest.SQLite(t)
	l, ctx := open(t, db), context.Background()
	a, b := enter(t, db, l, "a1"), enter(t, db, l, "a2")
	if err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE document SET shown = (SELECT shown FROM document WHERE id = $1) WHERE id = $2`, a.ID, b.ID)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if r, err := l.Check(ctx, b.Code); err == nil {
		t.Errorf("%+v", r)
	}
}

func FuzzParseCode(f *testing.F) {
	for _, seed := range []string{"K7QX-2M9D-4F6T-8WPA", "", "oooo-llll-iiii-0000", "ıııı", "\xff\x00", strings.Repeat("A", 1000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		code, looks, right := verify.ParseCode(text)
		if right && !looks || looks != (code != "") {
			t.Fatalf("%q: %q %v %v", text, code, looks, right)
		}
		if again, _, same := verify.ParseCode(code); looks && (again != code || same != right) {
			t.Fatalf("%q is read as %q and that as %q", text, code, again)
		}
	})
}

package paper_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/act"
	"github.com/chancery/chancery/internal/act/paper"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/document/signkeys"
	"github.com/chancery/chancery/internal/document/verify"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/outsidetest"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/travel/sealkeys"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

type cases struct{}

func (cases) IssueIn(context.Context, *store.Tx, string, string, string) error { return nil }

type posts struct{}

func (posts) Today(_ context.Context, _ string, t time.Time) (string, error) {
	return t.Format(time.DateOnly), nil
}
func (posts) Zone() string { return "Asia/Baku" }

func open(t testing.TB, db *store.DB) *paper.Office {
	t.Helper()
	now := func() time.Time { return noon }
	ring, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	ledger := verify.New(db, ring, now)
	acts := act.New(act.Config{DB: db, Ring: ring, Trail: audit.New(now), Outbox: notify.NewOutbox(db, now), Cases: cases{}, Posts: posts{}, Documents: ledger, Now: now})
	return &paper.Office{Acts: acts, Ledger: ledger, Keys: sealkeys.New(db, ring, "AZ", "Trial authority", now), Signing: signkeys.New(db, ring, audit.New(now), "AZ", "Trial authority", now), Issuer: "AZE",
		Ministry: locale.Text{"en": "Ministry of Foreign Affairs", "az": "Xarici İşlər Nazirliyi"}, BaseURL: "https://visa.mfa.example", Demo: true, Now: now}
}

// portrait is a face-like picture.
func portrait(t *testing.T) []byte {
	t.Helper()
	p := image.NewRGBA(image.Rect(0, 0, 350, 450))
	for y := range 450 {
		for x := range 350 {
			c := color.RGBA{226, 230, 234, 255}
			if dx, dy := float64(x-175)/95, float64(y-190)/125; dx*dx+dy*dy < 1 {
				c = color.RGBA{214, 170, 140, 255}
			} else if y > 330 && dx*dx < 2.2 {
				c = color.RGBA{40, 60, 110, 255}
			}
			p.SetRGBA(x, y, c)
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, p, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func issue(t *testing.T, o *paper.Office, layout string) (*act.Act, *verify.Document, []byte) {
	t.Helper()
	v := act.Visa{Type: "ordinary", Entries: 0, From: "2026-11-25", Until: "2027-02-22", Days: 30, Surname: "Şıxəliyev-Petrović", GivenNames: "Ülvi Aleksandar Maria", SurnameLatin: "SHIKHALIYEV PETROVIC", GivenNamesLatin: "ULVI ALEKSANDAR MARIA",
		DocumentNumber: "C01X00T478", Nationality: "DEU", Sex: "M", Birth: "1990-02-03", Remarks: "Accompanied by two children", Lang: "en"}
	a, d, err := o.Acts.Issue(context.Background(), act.Issue{StaffID: "ann", ApplicationID: "a-" + layout, PostID: "berlin", PostName: "Embassy in Berlin", Visa: v, Photo: portrait(t), Layout: layout})
	if err != nil {
		t.Fatal(err)
	}
	file, err := o.File(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	return a, d, file
}

func run(t *testing.T, install, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(outsidetest.Program(t, name, install), args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", name, err, stderr.String())
	}
	return string(out)
}

const poppler = "install poppler-utils"

// seals is where the seal stands, in points: left, top, width and height.
var seals = map[string][4]int{act.EVisa: {50, 495, 120, 125}, act.StickerA: {262, 67, 76, 61}, act.StickerB: {220, 67, 76, 61}}

// Programs of others read text, sizes, codes, data and signature of the papers.
func TestOthersReadThePapers(t *testing.T) {
	o, ctx := open(t, storetest.SQLite(t)), context.Background()
	script, err := filepath.Abs("../../../test/sealcheck/sealcheck.py")
	if err != nil {
		t.Fatal(err)
	}
	for layout, size := range map[string]string{act.EVisa: "595.28 x 841.89 pts (A4)", act.StickerA: "340.16 x 226.77 pts", act.StickerB: "297.64 x 209.76 pts"} {
		a, d, file := issue(t, o, layout)
		dir := t.TempDir()
		if keep := os.Getenv("CHANCERY_KEEP"); keep != "" {
			dir = keep
		}
		pdf := filepath.Join(dir, layout+".pdf")
		if err := os.WriteFile(pdf, file, 0o600); err != nil {
			t.Fatal(err)
		}
		if info := run(t, poppler, "pdfinfo", pdf); !strings.Contains(info, size) || !strings.Contains(info, "Pages:           1\n") {
			t.Errorf("%s: %s", layout, info)
		}
		zone, err := a.Visa.Zone(layout, "AZE", a.SerialText())
		if err != nil {
			t.Fatal(err)
		}
		text := run(t, poppler, "pdftotext", "-raw", pdf, "-")
		for _, want := range append(zone, d.Code, a.Label(), "SHIKHALIYEV", "C01X00T478", "Soyad", "Surname", "03.02.1990", "Məhdudiyyətsiz") {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q:\n%s", layout, want, text)
			}
		}
		picture := strings.TrimSuffix(pdf, ".pdf")
		run(t, poppler, "pdftoppm", "-r", "300", "-png", "-singlefile", pdf, picture)
		if got := run(t, "install zbar-tools", "zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", picture+".png"); strings.TrimSpace(got) != o.URL(d.Code) {
			t.Errorf("%s: the QR code says %q", layout, got)
		}
		// A reader is pointed at the seal; points to pixels of 600 to the inch.
		var crop []string
		for i, points := range seals[layout] {
			crop = append(crop, []string{"-x", "-y", "-W", "-H"}[i], strconv.Itoa(points*600/72))
		}
		run(t, poppler, "pdftoppm", append(append([]string{"-r", "600", "-png", "-singlefile"}, crop...), pdf, picture+"-seal")...)
		stamp := run(t, "install dmtx-utils", "dmtxread", "-N1", "-m60000", picture+"-seal.png")
		seal, signer, authority := filepath.Join(dir, "seal"), filepath.Join(dir, "signer.pem"), filepath.Join(dir, "authority.pem")
		keys, err := o.Keys.All(ctx)
		if err != nil || len(keys) != 2 {
			t.Fatal(keys, err)
		}
		for name, content := range map[string][]byte{seal: []byte(stamp), authority: keys[0].PEM(), signer: keys[1].PEM()} {
			if err := os.WriteFile(name, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var said map[string]any
		if err := json.Unmarshal([]byte(run(t, "install python3", "python3", script, seal, signer, authority)), &said); err != nil || said["signature"] != true || said["chain"] != true || said["passport"] != "C01X00T47" {
			t.Errorf("%s: %v %v", layout, said, err)
		}
		if out := run(t, "install openssl", "openssl", "verify", "-CAfile", authority, signer); !strings.Contains(out, "OK") {
			t.Errorf("%s: %s", layout, out)
		}
		attached := filepath.Join(dir, "visa.json")
		run(t, poppler, "pdfdetach", "-save", "1", "-o", attached, pdf)
		raw, err := os.ReadFile(attached)
		if err != nil {
			t.Fatal(err)
		}
		var data paper.Data
		if err := json.Unmarshal(raw, &data); err != nil || data.Code != d.Code || data.Shown["surname"] != "SHIKHALIYEV PETROVIC" || string(data.Seal) != stamp {
			t.Errorf("%s: %s %v", layout, raw, err)
		}
		for _, asked := range []string{d.Code, o.URL(d.Code), hex.EncodeToString([]byte(stamp)), base64.StdEncoding.EncodeToString([]byte(stamp)), base64.RawURLEncoding.EncodeToString([]byte(stamp))} {
			if answer, err := o.Check(ctx, asked); err != nil || answer.Outcome != verify.Genuine || answer.Document.ActID != a.ID || answer.SealFault != "" {
				t.Errorf("%s: %.30s: %+v, %v", layout, asked, answer, err)
			}
		}
		forged := []byte(stamp)
		forged[len(forged)-1] ^= 1
		if answer, err := o.Check(ctx, hex.EncodeToString(forged)); err != nil || answer.Good() || answer.SealFault != "travel.seal.signature" {
			t.Errorf("%s: a forged seal gives %+v, %v", layout, answer, err)
		}
		if again, err := o.File(ctx, d); err != nil || !bytes.Equal(again, file) {
			t.Errorf("%s: the file changes from one download to the next: %v", layout, err)
		}
		if answer, err := o.CheckFile(ctx, file); err != nil || answer.Outcome != verify.Genuine {
			t.Errorf("%s: %+v, %v", layout, answer, err)
		}
		file[len(file)/2] ^= 1
		if answer, err := o.CheckFile(ctx, file); err != nil || answer.Outcome != verify.Altered || answer.Document.ID != d.ID {
			t.Errorf("%s: %+v, %v", layout, answer, err)
		}
	}
}

// A revoked visa is revoked whatever one holds of it.
func TestRevokedAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, ctx := open(t, db), context.Background()
		a, d, file := issue(t, o, act.EVisa)
		stamp := sealOf(t, file)
		p, err := o.Acts.Propose(ctx, "ann", a.ID, act.Proposal{Kind: act.Revoke, Ground: "security", Authority: "Article 9", Reason: "Reason."})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Acts.Carry(ctx, "ben", p.ID, ""); err != nil {
			t.Fatal(err)
		}
		for _, asked := range []string{d.Code, o.URL(d.Code), hex.EncodeToString(stamp)} {
			if answer, err := o.Check(ctx, asked); err != nil || answer.Outcome != verify.WasRevoked || answer.Since.IsZero() {
				t.Errorf("%.30s: %+v, %v", asked, answer, err)
			}
		}
		if answer, err := o.CheckFile(ctx, file); err != nil || answer.Outcome != verify.WasRevoked {
			t.Errorf("%+v, %v", answer, err)
		}
		// Seals of a retired signer are read as before.
		if _, err := o.Keys.Rotate(ctx); err != nil {
			t.Fatal(err)
		}
		if answer, err := o.Check(ctx, hex.EncodeToString(stamp)); err != nil || answer.Outcome != verify.WasRevoked || answer.SealFault != "" {
			t.Errorf("%+v, %v", answer, err)
		}
	})
}

// sealOf takes the seal out of the data that is attached to a visa.
func sealOf(t *testing.T, file []byte) []byte {
	t.Helper()
	dir := t.TempDir()
	pdf, attached := filepath.Join(dir, "v.pdf"), filepath.Join(dir, "visa.json")
	if err := os.WriteFile(pdf, file, 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, poppler, "pdfdetach", "-save", "1", "-o", attached, pdf)
	raw, err := os.ReadFile(attached)
	if err != nil {
		t.Fatal(err)
	}
	var data paper.Data
	if err := json.Unmarshal(raw, &data); err != nil {
		t.Fatal(err)
	}
	return data.Seal
}

// Whatever somebody pastes, there is an answer and no good one.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{"", "dc03", "DC" + strings.Repeat("00", 60), "3AMDAAAA", "https://x/v/K7QX", "\x00", strings.Repeat("DC", 9000), "0xdc 03:6a-"} {
		f.Add(seed)
	}
	o := open(f, storetest.SQLite(f))
	f.Fuzz(func(t *testing.T, text string) {
		if answer, err := o.Check(context.Background(), text); err != nil || answer.Good() {
			t.Fatalf("%q: %+v, %v", text, answer, err)
		}
	})
}

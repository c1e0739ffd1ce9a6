package pades_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/document"
	"github.com/chancery/chancery/internal/document/pades"
)

func verdict(t testing.TB, trust pades.Trust, pdf []byte, want pades.Verdict) pades.Report {
	t.Helper()
	r := trust.Verify(pdf, time.Time{})
	if r.Verdict != want {
		t.Errorf("the file is %s, want %s", r.Verdict, want)
	}
	return r
}

func TestGenuine(t *testing.T) {
	a := newAuthority(t, "Authority")
	receipt, err := document.Receipt{Lang: "az", Ministry: "Xarici İşlər Nazirliyi", Number: "1", Amount: "30 AZN", Issued: day}.PDF()
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]crypto.Signer{"P-256": p256(t), "RSA": rsa2048(t)} {
		for kind, plain := range map[string][]byte{"paper": paper(t), "receipt": receipt} {
			t.Run(name+" "+kind, func(t *testing.T) {
				by := a.signer(t, key, day.AddDate(0, -1, 0))
				pdf := sign(t, plain, by, pades.Details{Name: "Xarici İşlər Nazirliyi", Reason: "Çıxarış", Place: "Berlin"})
				if !bytes.HasPrefix(pdf, plain) {
					t.Error("the bytes of the file itself changed")
				}
				r := verdict(t, a.trust(), pdf, pades.Genuine)
				s := r.Signature
				if !s.Claimed.Equal(day) || !s.Stamped.IsZero() || !s.Certificate.Equal(by.Certificate) || s.Covered[2] != len(pdf) || len(r.All) != 1 {
					t.Errorf("got %+v", s)
				}
				if _, err := pades.Sign(context.Background(), pdf, by, pades.Details{At: day}); !errors.Is(err, pades.ErrSigned) {
					t.Errorf("signed twice: %v", err)
				}
				verdict(t, a.trust(), plain, pades.Unsigned)
			})
		}
	}
}

// Every change of one byte in what is signed is noticed.
func TestOneByteChanged(t *testing.T) {
	a := newAuthority(t, "Authority")
	pdf := sign(t, paper(t), a.signer(t, p256(t), day), pades.Details{})
	covered := verdict(t, a.trust(), pdf, pades.Genuine).Signature.Covered
	random := mathrand.New(mathrand.NewPCG(5, 2026))
	signed := covered[0] + covered[2] - covered[1]
	counts := map[pades.Verdict]int{}
	for i := range signed + 500 { // each byte once, and some at random
		at := i
		if i >= signed {
			at = random.IntN(signed)
		}
		if at >= covered[0] {
			at += covered[1] - covered[0]
		}
		changed := bytes.Clone(pdf)
		changed[at] ^= byte(1 + random.IntN(255))
		r := a.trust().Verify(changed, time.Time{})
		counts[r.Verdict]++
		if r.Verdict == pades.Genuine {
			t.Fatalf("byte %d of %d: %q for %q and still genuine", at, len(pdf), changed[at], pdf[at])
		}
		if d := pades.Differences(pdf, changed); len(d) != 1 || d[0].From != at || d[0].Length != 1 {
			t.Fatalf("byte %d: differences %+v", at, d)
		}
	}
	if counts[pades.Altered] < signed*9/10 {
		t.Errorf("verdicts %v: most should be altered", counts)
	}
}

// A file that was cut, or to which something was added, is not genuine either.
func TestAppendedAndCut(t *testing.T) {
	a := newAuthority(t, "Authority")
	pdf := sign(t, paper(t), a.signer(t, p256(t), day), pades.Details{})
	update := fmt.Sprintf("3 0 obj\n<</Type /Page>>\nendobj\n7 0 obj\nnull\nendobj\nxref\n3 1\n%010d 00000 n \ntrailer\n<</Size 20 /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(pdf), len(pdf)+50)
	r := verdict(t, a.trust(), append(bytes.Clone(pdf), update...), pades.Altered)
	if r.Appended == nil || r.Appended.From != len(pdf) || r.Appended.Length != len(update) || fmt.Sprint(r.Appended.Objects) != "[3 7]" {
		t.Errorf("appended %+v", r.Appended)
	}
	if r := verdict(t, a.trust(), append(bytes.Clone(pdf), '\n'), pades.Altered); r.Appended.Length != 1 {
		t.Errorf("appended %+v", r.Appended)
	}
	for cut := 1; cut < len(pdf); cut += 37 {
		if r := a.trust().Verify(pdf[:len(pdf)-cut], time.Time{}); r.Verdict == pades.Genuine {
			t.Fatalf("without its last %d bytes it is genuine", cut)
		}
	}
}

// What is not a signature over the whole file does not count, however good its
// mathematics: the known ways of moving signed bytes aside.
func TestTricks(t *testing.T) {
	a := newAuthority(t, "Authority")
	pdf := sign(t, paper(t), a.signer(t, p256(t), day), pades.Details{})
	c := a.trust().Verify(pdf, time.Time{}).Signature.Covered
	old := fmt.Sprintf("/ByteRange [0 %-10d %-10d %-10d]", c[0], c[1], c[2]-c[1])
	if bytes.Count(pdf, []byte(old)) != 1 {
		t.Fatal("the ranges are not where they were thought")
	}
	swap := func(with string) []byte {
		return bytes.Replace(pdf, []byte(old), []byte(fmt.Sprintf("%-*s", len(old), with)), 1)
	}
	for name, changed := range map[string][]byte{
		"no range":        swap(""),
		"negative":        swap("/ByteRange [0 -1 0 0]"),
		"three numbers":   swap("/ByteRange [0 1 2]"),
		"nothing":         swap("/ByteRange [0 0 0 0]"),
		"a larger gap":    swap(fmt.Sprintf("/ByteRange [0 %d %d %d]", c[0]-20, c[1], c[2]-c[1])),
		"past the end":    swap(fmt.Sprintf("/ByteRange [0 %d %d %d]", c[0], c[1], c[2])),
		"huge":            swap("/ByteRange [0 9999999999 9999999999 99]"),
		"two of them":     bytes.Replace(pdf, []byte("/Type /Sig /"), []byte("/ByteRange [0 1 2 3] /"), 1),
		"value elsewhere": bytes.Replace(pdf, []byte("/Contents <"), []byte("/Content\n <"), 1),
		"no hexadecimal":  bytes.Replace(pdf, []byte("/Contents <30"), []byte("/Contents <zz"), 1),
		"padded":          append(append(bytes.Clone(pdf[:c[1]-3]), "41"...), pdf[c[1]-1:]...),
	} {
		if r := a.trust().Verify(changed, time.Time{}); r.Verdict == pades.Genuine || bytes.Equal(changed, pdf) {
			t.Errorf("%s: %s", name, r.Verdict)
		}
	}
}

func TestWhoSignedAndWhen(t *testing.T) {
	a, other := newAuthority(t, "Authority"), newAuthority(t, "Authority")
	key := p256(t)
	good := a.signer(t, key, day)
	pdf := sign(t, paper(t), good, pades.Details{})
	verdict(t, other.trust(), pdf, pades.Stranger)
	verdict(t, pades.Trust{}, pdf, pades.Stranger)
	verdict(t, a.trust(), sign(t, paper(t), other.signer(t, key, day), pades.Details{}), pades.Stranger)
	// A certificate of ours must not sign as an authority, nor an authority documents.
	verdict(t, a.trust(), sign(t, paper(t), pades.Signer{Certificate: a.certificate, Key: a.key}, pades.Details{}), pades.Stranger)

	late := sign(t, paper(t), good, pades.Details{At: day.AddDate(1, 0, 1)})
	verdict(t, a.trust(), late, pades.Expired)
	verdict(t, a.trust(), sign(t, paper(t), good, pades.Details{At: day.Add(-time.Second)}), pades.Expired)
	// Who holds an old key can claim any day; whoever saw the file knows better.
	if r := a.trust().Verify(pdf, day.AddDate(1, 0, 1)); r.Verdict != pades.Expired {
		t.Errorf("first seen after the certificate's time: %s", r.Verdict)
	}

	revoked := a.trust()
	revoked.Revocations = append(revoked.Revocations, a.revoke(t, day.AddDate(0, 1, 0), good.Certificate))
	verdict(t, revoked, pdf, pades.Revoked) // only the signer says that it was before
	if r := revoked.Verify(pdf, day); r.Verdict != pades.Genuine {
		t.Errorf("seen before the certificate was revoked: %s", r.Verdict)
	}
	if r := revoked.Verify(pdf, day.AddDate(0, 1, 0)); r.Verdict != pades.Revoked {
		t.Errorf("seen after the certificate was revoked: %s", r.Verdict)
	}
	withdrawn := a.trust()
	withdrawn.Withdrawn = map[[32]byte]time.Time{sha256.Sum256(good.Certificate.Raw): day.AddDate(0, 1, 0)}
	verdict(t, withdrawn, pdf, pades.Revoked)
	if r := withdrawn.Verify(pdf, day); r.Verdict != pades.Genuine {
		t.Errorf("seen before the certificate was withdrawn: %s", r.Verdict)
	}
	// A list that another authority signed is not heard.
	false1 := a.trust()
	false1.Revocations = append(false1.Revocations, other.revoke(t, day, good.Certificate))
	verdict(t, false1, pdf, pades.Genuine)

	// After a rotation both keys' documents stand.
	next := sign(t, paper(t), a.signer(t, p256(t), day.AddDate(0, 6, 0)), pades.Details{At: day.AddDate(0, 7, 0)})
	verdict(t, a.trust(), next, pades.Genuine)
	verdict(t, a.trust(), pdf, pades.Genuine)

	if _, err := pades.Sign(context.Background(), paper(t), pades.Signer{Certificate: good.Certificate, Key: p256(t)}, pades.Details{At: day}); err == nil {
		t.Error("signed with the key of another certificate")
	}
}

func FuzzVerify(f *testing.F) {
	a := newAuthority(f, "Authority")
	by := a.signer(f, p256(f), day)
	pdf := sign(f, paper(f), by, pades.Details{})
	f.Add(pdf)
	f.Add(paper(f))
	f.Add(pdf[len(pdf)/2:])
	f.Add([]byte("%PDF-1.7\n1 0 obj<</ByteRange[0 1 2 3]/Contents<30>>>endobj startxref 9999999999"))
	trust := a.trust()
	f.Fuzz(func(t *testing.T, given []byte) {
		if r := trust.Verify(given, time.Time{}); r.Verdict == pades.Genuine && len(given) != len(pdf) {
			t.Errorf("genuine: %q", given)
		}
		// Whatever can be signed is genuine then.
		out, err := pades.Sign(context.Background(), given, by, pades.Details{At: day})
		if err != nil {
			return
		}
		if r := trust.Verify(out, time.Time{}); r.Verdict != pades.Genuine {
			t.Errorf("signed and %s: %q", r.Verdict, given)
		}
		pades.Differences(pdf, given)
	})
}

package seal_test

import (
	"bytes"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"image"
	_ "image/png"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/datamatrix"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/travel/mrz"
	"github.com/chancery/chancery/internal/travel/seal"
)

var now = time.Date(2026, 11, 25, 14, 30, 0, 0, time.UTC)

func date(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }

// made is an authority with a signer.
func made(t testing.TB) (*seal.Authority, *seal.Signer, seal.Trust) {
	t.Helper()
	a, err := seal.NewAuthority("AZ", "Demonstration authority", now)
	if err != nil {
		t.Fatal(err)
	}
	g, err := a.NewSigner("V1", 0x2A, now)
	if err != nil {
		t.Fatal(err)
	}
	return a, g, seal.Trust{Authorities: []*x509.Certificate{a.Certificate}, Signers: []*x509.Certificate{g.Certificate}}
}

func visa(t testing.TB, format mrz.Format) seal.Visa {
	t.Helper()
	lines, err := mrz.Compose(mrz.Fields{Format: format, Code: "VC", Issuer: "AZE", Nationality: "D", Surname: "ERIKSSON", GivenNames: "ANNA MARIA", Number: "C01X00T47",
		Birth: mrz.Date{Year: 1974, Month: 8, Day: 12}, Sex: "F", Expiry: mrz.Date{Year: 2027, Month: 5, Day: 24}, Optional: "ZE184226"})
	if err != nil {
		t.Fatal(err)
	}
	return seal.Visa{Issuer: "AZE", Issued: now, Signed: now, Zone: lines, Entries: 2, Stay: seal.Stay{Days: 30}, Passport: "C01X00T47", Type: []byte{7}}
}

func TestSealAndRead(t *testing.T) {
	_, g, trust := made(t)
	for _, format := range []mrz.Format{mrz.MRVA, mrz.MRVB} {
		want := visa(t, format)
		s, err := g.Seal(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := seal.Decode(s.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if h := got.Header; h.Version != 4 || h.Issuer != "AZE" || h.Signer != "AZV1" || h.Certificate != "2A" || !h.Issued.Equal(date(2026, 11, 25)) || h.Definition != 0x5D || h.Category != 1 {
			t.Errorf("%+v", h)
		}
		v, err := got.Visa()
		if err != nil {
			t.Fatal(err)
		}
		// The optional data of the zone is not in the seal.
		width := len(want.Zone[0])
		if v.Zone[0] != want.Zone[0] || v.Zone[1] != want.Zone[1][:28]+strings.Repeat("<", width-28) {
			t.Errorf("%v", v.Zone)
		}
		if v.Entries != 2 || v.Stay != want.Stay || v.Passport != want.Passport || !bytes.Equal(v.Type, want.Type) || v.Issuer != "AZE" {
			t.Errorf("%+v", v)
		}
		if z, err := mrz.Parse(v.Zone, now); err != nil || !z.Right() || z.Surname != "ERIKSSON" || z.Nationality != "D" {
			t.Errorf("%+v, %v", z, err)
		}
		if c, err := trust.Verify(got); err != nil || c != g.Certificate {
			t.Errorf("%v", err)
		}
		if len(got.Signature) != 64 {
			t.Errorf("a signature of %d bytes", len(got.Signature))
		}
	}
}

// A seal that another program made (the test vectors of tsenger/vdstools), so
// that our reading is not only the mirror of our writing.
func TestSealOfAnotherProgram(t *testing.T) {
	data, err := hex.DecodeString("dc03d9c5d9cac8a73a990f7134b834595d01022cdd52134a74da1347c6fed95cb89f9fce133c133c133c133c203833734aaf47f0c32f1a1e20eb2625393afe310403a00000050633be1fed20c603010c0601aa0701bb" +
		"ff400b276b4522526b723e2140f14bef1c25048cfed9223268c24337e7a6b5b9f02b1e15c86734ef7101d983869278ce1066694dd80e8b842b82b592db6fd56c10ae")
	if err != nil {
		t.Fatal(err)
	}
	s, err := seal.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if s.Issuer != "UTO" || s.Signer != "UTTS" || s.Certificate != "5B" || s.Version != 4 || !s.Issued.Equal(date(2020, 1, 1)) || !s.Signed.Equal(date(2025, 12, 7)) {
		t.Errorf("%+v", s.Header)
	}
	v, err := s.Visa()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(v.Zone, "\n") != "VCD<<DENT<<ARTHUR<PHILIP<<<<<<<<<<<<\n1234567XY7GBR5203116M2005250<<<<<<<<" || v.Entries != 12 || v.Stay != (seal.Stay{Days: 160}) || v.Passport != "47110815P" || !bytes.Equal(v.Type, []byte{0xAA}) {
		t.Errorf("%+v", v)
	}
	if !bytes.Equal(s.Bytes(), data) {
		t.Error("written again it is another")
	}
	// Nobody here knows its signer.
	_, _, trust := made(t)
	if _, err := trust.Verify(s); key(err) != "travel.seal.unknown_signer" {
		t.Error(err)
	}
}

// Version 3: a reference of nine characters and lengths of one byte.
func TestVersion3(t *testing.T) {
	data, err := hex.DecodeString("dc02d9c5d9cac8a51a780f7134b83459fd020230a56213535bd4caecc87ca4ccaeb4133c133c133c133c133c3fef3a2938ee43f1593d1ae52dbb26751fe64b7c133c136b030859e9203833736d24" + "ff40" + strings.Repeat("11", 64))
	if err != nil {
		t.Fatal(err)
	}
	s, err := seal.Decode(data)
	if err != nil || s.Version != 3 || s.Signer != "UTTS" || s.Certificate != "0005B" || len(s.Features) != 2 {
		t.Fatalf("%+v, %v", s, err)
	}
	if _, err := s.Visa(); key(err) != "fault.invalid" {
		t.Error(err)
	}
}

func key(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return ""
	}
	return f.Key
}

func TestEveryChangedByteIsSeen(t *testing.T) {
	_, g, trust := made(t)
	s, err := g.Seal(visa(t, mrz.MRVB))
	if err != nil {
		t.Fatal(err)
	}
	data := s.Bytes()
	for i := range data {
		for _, flip := range []byte{0x01, 0x80, 0xFF} {
			changed := bytes.Clone(data)
			changed[i] ^= flip
			got, err := seal.Decode(changed)
			if err != nil {
				continue
			}
			if _, err := trust.Verify(got); err == nil {
				t.Errorf("byte %d of %d changed by %#x is taken for genuine", i, len(data), flip)
			}
		}
	}
	for n := range data {
		if _, err := seal.Decode(data[:n]); err == nil {
			t.Errorf("%d of %d bytes were read", n, len(data))
		}
	}
	if _, err := seal.Decode(append(bytes.Clone(data), 0)); err == nil {
		t.Error("a byte too many was read")
	}
}

func TestWhomToTrust(t *testing.T) {
	a, g, trust := made(t)
	s, err := g.Seal(visa(t, mrz.MRVA))
	if err != nil {
		t.Fatal(err)
	}
	other, otherSigner, _ := made(t)
	foreign, err := seal.NewAuthority("GE", "Another country", now)
	if err != nil {
		t.Fatal(err)
	}
	// A foreign authority that issues for our country code is not ours.
	foreign.Certificate.Subject.Country = []string{"AZ"}
	forged, err := foreign.NewSigner("V1", 0x2A, now)
	if err != nil {
		t.Fatal(err)
	}
	later := visa(t, mrz.MRVA)
	later.Signed = now.AddDate(13, 0, 0)
	expired, err := g.Seal(later)
	if err != nil {
		t.Fatal(err)
	}
	early := visa(t, mrz.MRVA)
	early.Signed = now.AddDate(0, 0, -2)
	before, err := g.Seal(early)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		seal  *seal.Seal
		trust seal.Trust
		want  string
	}{
		{"genuine", s, trust, ""},
		{"nobody known", s, seal.Trust{}, "unknown_signer"},
		{"no authority", s, seal.Trust{Signers: trust.Signers}, "untrusted"},
		{"another authority", s, seal.Trust{Authorities: []*x509.Certificate{other.Certificate}, Signers: trust.Signers}, "untrusted"},
		{"another key of the same name", s, seal.Trust{Authorities: []*x509.Certificate{other.Certificate}, Signers: []*x509.Certificate{otherSigner.Certificate}}, "signature"},
		{"a forged signer", s, seal.Trust{Authorities: trust.Authorities, Signers: []*x509.Certificate{forged.Certificate}}, "untrusted"},
		{"a signer as authority", s, seal.Trust{Authorities: []*x509.Certificate{g.Certificate}, Signers: trust.Signers}, "untrusted"},
		{"revoked", s, seal.Trust{Authorities: trust.Authorities, Signers: trust.Signers, Revoked: map[string]bool{"AZV12A": true}}, "revoked"},
		{"after the certificate", expired, trust, "expired"},
		{"before the certificate", before, trust, "expired"},
	} {
		_, err := c.trust.Verify(c.seal)
		if got := strings.TrimPrefix(key(err), "travel.seal."); got != c.want || (err == nil) != (c.want == "") {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if a.Certificate.KeyUsage&x509.KeyUsageDigitalSignature != 0 || g.Certificate.IsCA {
		t.Error("an authority that signs seals, or a signer that issues certificates")
	}
}

func TestWhatIsNotSealed(t *testing.T) {
	_, g, _ := made(t)
	passport := []string{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"}
	for path, spoil := range map[string]func(*seal.Visa){
		"zone":     func(v *seal.Visa) { v.Zone = passport },
		"zone ":    func(v *seal.Visa) { v.Zone = []string{v.Zone[0], "X" + v.Zone[1][1:]} },
		"passport": func(v *seal.Visa) { v.Passport = "" }, "passport ": func(v *seal.Visa) { v.Passport = "0123456789" }, "passport  ": func(v *seal.Visa) { v.Passport = "ab" },
		"entries": func(v *seal.Visa) { v.Entries = 256 }, "type": func(v *seal.Visa) { v.Type = make([]byte, 5) }, "issuer": func(v *seal.Visa) { v.Issuer = "" },
	} {
		v := visa(t, mrz.MRVA)
		spoil(&v)
		_, err := g.Seal(v)
		if f := fault.As(err); f == nil || len(f.Fields) != 1 || f.Fields[0].Path != strings.TrimSpace(path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestPicture(t *testing.T) {
	_, g, trust := made(t)
	s, err := g.Seal(visa(t, mrz.MRVA))
	if err != nil {
		t.Fatal(err)
	}
	data, err := s.PNG(4)
	if err != nil {
		t.Fatal(err)
	}
	picture, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		t.Fatal(err)
	}
	result, err := datamatrix.NewDataMatrixReader().Decode(bitmap, nil)
	if err != nil {
		t.Fatal(err)
	}
	// The whole seal is one segment of bytes.
	segments, _ := result.GetResultMetadata()[gozxing.ResultMetadataType_BYTE_SEGMENTS].([][]byte)
	if len(segments) != 1 {
		t.Fatalf("%d segments", len(segments))
	}
	got, err := seal.Decode(segments[0])
	if err != nil {
		t.Fatalf("%v: %x, want %x", err, segments[0], s.Bytes())
	}
	if _, err := trust.Verify(got); err != nil {
		t.Error(err)
	}
	svg, err := s.SVG()
	if err != nil || !strings.HasPrefix(svg, "<svg") || strings.Count(svg, "h1v1h-1z") < 50 {
		t.Errorf("%v: %s", err, svg)
	}
}

func FuzzDecode(f *testing.F) {
	_, g, trust := made(f)
	for _, format := range []mrz.Format{mrz.MRVA, mrz.MRVB} {
		s, err := g.Seal(visa(f, format))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(s.Bytes())
	}
	f.Add([]byte{0xDC, 0x03})
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := seal.Decode(data)
		if err != nil {
			if key(err) != "fault.invalid" {
				t.Fatal(err)
			}
			return
		}
		if v, err := s.Visa(); err == nil && (len(v.Zone) != 2 || v.Passport == "" && len(v.Zone[0]) == 0) {
			t.Fatalf("%+v", v)
		}
		_, _ = trust.Verify(s)
		again, err := seal.Decode(s.Bytes())
		if s.Version == 4 && (err != nil || again.Header != s.Header) {
			t.Fatalf("%+v, then %+v, %v", s, again, err)
		}
	})
}

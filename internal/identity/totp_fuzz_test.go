package identity

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// A code is accepted when its six digits, however spaced, are those of the app
// within a step, later than the one used last, and never otherwise.
func FuzzTOTPMatch(f *testing.F) {
	const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
	now := time.Date(2026, 11, 25, 9, 0, 10, 0, time.UTC)
	var codes []string // of the steps around the present one
	for offset := time.Duration(-2); offset <= 2; offset++ {
		code, err := TOTPCode(secret, now.Add(offset*totpPeriod))
		if err != nil {
			f.Fatal(err)
		}
		codes = append(codes, code)
		for used := int64(-3); used <= 1; used++ {
			f.Add(code, used)
		}
	}
	for _, seed := range []string{"", "000000", codes[2][:5], codes[2] + "0", codes[2][:3] + " " + codes[2][3:], "\u00a0" + codes[2], "-" + codes[2], "\x00" + codes[2], "１２３４５６", strings.Repeat("1", 5000)} {
		f.Add(seed, int64(-9))
	}
	f.Fuzz(func(t *testing.T, typed string, usedBefore int64) {
		used := totpStep(now) + usedBefore%8
		step, ok, err := totpMatch(secret, typed, now, used)
		if err != nil {
			t.Fatal(err)
		}
		at := slices.Index(codes, strings.Join(strings.Fields(typed), ""))
		if want := at >= 1 && at <= 3 && totpStep(now)+int64(at-2) > used; ok != want || ok && step != totpStep(now)+int64(at-2) {
			t.Errorf("%q, after step %d: %v at step %d", typed, used, ok, step)
		}
	})
}

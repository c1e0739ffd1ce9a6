package identity

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

// totpPeriod is RFC 6238's default, the only one that all apps understand.
const totpPeriod = 30 * time.Second

var totpOptions = totp.ValidateOpts{Period: uint(totpPeriod / time.Second), Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

// newTOTPSecret gives 160 random bits in base32 (RFC 4226, section 4).
func newTOTPSecret() string {
	var b [20]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:])
}

// TOTPCode gives the one-time code of a secret at an instant; the
// demonstration shows it to visitors. It fails on a secret that is not base32.
func TOTPCode(secret string, at time.Time) (string, error) {
	code, err := totp.GenerateCodeCustom(secret, at, totpOptions)
	if err != nil {
		return "", fmt.Errorf("make a one-time code: %w", err)
	}
	return code, nil
}

func totpStep(at time.Time) int64 { return at.Unix() / int64(totpPeriod/time.Second) }

// totpMatch finds the step, later than used, whose code was given: the present
// one, or one on either side for a clock that is a little off. It compares
// with all of them, so its time tells nothing.
func totpMatch(secret, code string, at time.Time, used int64) (step int64, ok bool, err error) {
	code = strings.Join(strings.Fields(code), "")
	for _, offset := range []int64{-1, 0, 1} {
		candidate := totpStep(at) + offset
		want, err := TOTPCode(secret, at.Add(time.Duration(offset)*totpPeriod))
		if err != nil {
			return 0, false, err
		}
		if subtle.ConstantTimeCompare([]byte(code), []byte(want)) == 1 && candidate > used {
			step, ok = candidate, true
		}
	}
	return step, ok, nil
}

// totpURI is what the QR code of an enrolment holds (Key URI Format of
// Google Authenticator).
func (s *Service) totpURI(userName, secret string) string {
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + s.issuer + ":" + userName}
	u.RawQuery = "secret=" + secret + "&issuer=" + url.QueryEscape(s.issuer)
	return u.String()
}

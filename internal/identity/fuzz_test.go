package identity_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/store/storetest"
)

// No made-up token opens anything, and none is a failure: a session's, an
// enrolment link's, or that of a sign-in under way.
func FuzzTokens(f *testing.F) {
	r := open(f, storetest.SQLite(f))
	id := r.account("ann")
	enrolment, _ := r.issue(id)
	for _, seed := range []string{"", "x", enrolment[:42], enrolment + "A", strings.ToLower(enrolment), "\x00", "\xff", strings.Repeat("A", 43), "' OR '1'='1", "%"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if token == enrolment {
			return
		}
		_, _, err := r.Authenticate(ctx, token)
		wantKind(t, err, fault.Unauthenticated)
		_, err = r.Enrolment(ctx, token)
		wantKind(t, err, fault.NotFound)
		_, err = r.EnrolPassword(ctx, token, "copper meadow twelve", "123456", token)
		wantKind(t, err, fault.NotFound)
		_, _, err = r.BeginEnrolPasskey(ctx, token)
		wantKind(t, err, fault.NotFound)
		_, err = r.CheckCode(ctx, token, "123456", network, token)
		wantKind(t, err, fault.Unauthenticated)
		_, err = r.FinishPasskeySignIn(ctx, token, []byte("{}"), token)
		wantKind(t, err, fault.Unauthenticated)
		if err := r.SignOut(ctx, token); err != nil {
			t.Errorf("sign out with %q: %v", token, err)
		}
	})
}

// A code is accepted when its six digits, however spaced, are those of the app
// within a step, and never otherwise.
func FuzzCode(f *testing.F) {
	r := open(f, storetest.SQLite(f))
	id := r.account("ann")
	token, enrolment := r.issue(id)
	var codes []string // of the steps around the present one
	for _, offset := range []time.Duration{-2, -1, 0, 1, 2} {
		code, err := identity.TOTPCode(strings.ReplaceAll(enrolment.Secret, " ", ""), r.clock.now().Add(offset*30*time.Second))
		must(f, err)
		codes = append(codes, code)
		f.Add(code)
	}
	now := codes[2]
	for _, seed := range []string{"", "000000", now[:5], now + "0", now[:3] + " " + now[3:], "\u00a0" + now, "-" + now, "\x00" + now, "１２３４５６", strings.Repeat("1", 5000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		right := slices.Contains(codes[1:4], strings.Join(strings.Fields(typed), ""))
		// The password is refused as well, so that the link stays.
		_, err := r.EnrolPassword(ctx, token, "short", typed, "")
		refusal := fault.As(err)
		if refusal == nil || refusal.Kind != fault.Invalid {
			t.Fatalf("%q: %v", typed, err)
		}
		refused := false
		for _, field := range refusal.Fields {
			refused = refused || field.Path == "code"
		}
		if refused == right {
			t.Errorf("%q: refused is %v, the codes are %v", typed, refused, codes[1:4])
		}
	})
}

// Whatever a browser sends in the name of a passkey, it is a refusal: the
// answers are JSON around CBOR around a certificate, read by a library.
func FuzzPasskeyAnswer(f *testing.F) {
	r := open(f, storetest.SQLite(f))
	id := r.account("ann")
	token, _ := r.issue(id)
	a := newAuthenticator(f)
	options, _, err := r.BeginEnrolPasskey(ctx, token)
	must(f, err)
	created := a.create(f, options)
	options, _, err = r.BeginPasskeySignIn(ctx)
	must(f, err)
	for _, answer := range [][]byte{created, a.get(f, options), created[:len(created)/2], {}, []byte("null"), []byte("[]"), []byte(`{"id":"","rawId":"","type":"public-key"}`),
		[]byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"oA","authenticatorData":"AA","signature":"AA","userHandle":"AA"}}`)} {
		f.Add(answer)
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		_, ceremony, err := r.BeginEnrolPasskey(ctx, token)
		must(t, err)
		_, err = r.FinishEnrolPasskey(ctx, token, ceremony, "x", answer, "")
		wantKind(t, err, fault.Forbidden)
		_, ceremony, err = r.BeginPasskeySignIn(ctx)
		must(t, err)
		_, err = r.FinishPasskeySignIn(ctx, ceremony, answer, "")
		wantKind(t, err, fault.Forbidden)
	})
}

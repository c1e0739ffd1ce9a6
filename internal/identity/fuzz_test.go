package identity_test

import (
	"strings"
	"testing"

	"github.com/go-webauthn/webauthn/protocol"

	"github.com/chancery/chancery/internal/fault"
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
		_, created := protocol.ParseCredentialCreationResponseBytes(answer)
		_, asserted := protocol.ParseCredentialRequestResponseBytes(answer)
		if created != nil && asserted != nil {
			return // most are: without the database there is time for many more
		}
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

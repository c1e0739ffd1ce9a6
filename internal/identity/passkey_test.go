package identity_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

// authenticator is a passkey in software: ES256, no attestation (WebAuthn
// level 3, sections 6.1 and 6.5).
type authenticator struct {
	key     *ecdsa.PrivateKey
	id      []byte
	handle  []byte
	counter uint32
	origin  string
	rpID    string
	flags   byte // user present 0x01, user verified 0x04
}

func newAuthenticator(t testing.TB) *authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	id := make([]byte, 32)
	_, _ = rand.Read(id)
	return &authenticator{key: key, id: id, origin: "http://localhost:8080", rpID: "localhost", flags: 0x05}
}

var b64 = base64.RawURLEncoding.EncodeToString

func (a *authenticator) clientData(kind, challenge string) []byte {
	text, _ := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.origin, "crossOrigin": false})
	return text
}

func (a *authenticator) data(extra byte) []byte {
	sum := sha256.Sum256([]byte(a.rpID))
	return binary.BigEndian.AppendUint32(append(sum[:], a.flags|extra), a.counter)
}

func challengeOf(t testing.TB, options []byte) string {
	t.Helper()
	var o struct {
		PublicKey struct {
			Challenge string `json:"challenge"`
		} `json:"publicKey"`
	}
	must(t, json.Unmarshal(options, &o))
	return o.PublicKey.Challenge
}

// create answers navigator.credentials.create.
func (a *authenticator) create(t testing.TB, options []byte) []byte {
	t.Helper()
	var o struct {
		PublicKey struct {
			User struct {
				ID string `json:"id"`
			} `json:"user"`
		} `json:"publicKey"`
	}
	must(t, json.Unmarshal(options, &o))
	handle, err := base64.RawURLEncoding.DecodeString(o.PublicKey.User.ID)
	must(t, err)
	a.handle = handle
	public, err := a.key.PublicKey.Bytes()
	must(t, err)
	cose, err := cbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: public[1:33], -3: public[33:]})
	must(t, err)
	data := append(a.data(0x40), make([]byte, 16)...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.id)))
	data = append(append(data, a.id...), cose...)
	object, err := cbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data})
	must(t, err)
	answer, err := json.Marshal(map[string]any{"id": b64(a.id), "rawId": b64(a.id), "type": "public-key",
		"response": map[string]any{
			"clientDataJSON":    b64(a.clientData("webauthn.create", challengeOf(t, options))),
			"attestationObject": b64(object),
		}})
	must(t, err)
	return answer
}

// get answers navigator.credentials.get.
func (a *authenticator) get(t testing.TB, options []byte) []byte {
	t.Helper()
	a.counter++
	client := a.clientData("webauthn.get", challengeOf(t, options))
	sum := sha256.Sum256(client)
	data := a.data(0)
	digest := sha256.Sum256(append(slices.Clone(data), sum[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	must(t, err)
	answer, err := json.Marshal(map[string]any{"id": b64(a.id), "rawId": b64(a.id), "type": "public-key",
		"response": map[string]any{
			"clientDataJSON": b64(client), "authenticatorData": b64(data),
			"signature": b64(signature), "userHandle": b64(a.handle),
		}})
	must(t, err)
	return answer
}

// register adds a passkey to the account that signed in with in.
func (r *room) register(in identity.SignedIn, a *authenticator) error {
	r.t.Helper()
	who, session, err := r.Authenticate(ctx, in.Token)
	must(r.t, err)
	options, token, err := r.BeginPasskey(ctx, who, session)
	if err != nil {
		return err
	}
	return r.FinishPasskey(ctx, who, token, " my\x00 key ", a.create(r.t, options))
}

func (r *room) passkeyIn(a *authenticator) (identity.SignedIn, error) {
	r.t.Helper()
	options, token, err := r.BeginPasskeySignIn(ctx)
	must(r.t, err)
	return r.FinishPasskeySignIn(ctx, token, a.get(r.t, options), "")
}

func TestPasskeys(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		id := r.account("ann")
		in := r.signIn("ann")
		a := newAuthenticator(t)
		must(t, r.register(in, a))
		wantKind(t, r.register(in, a), fault.Conflict) // the same one again

		for range 2 {
			got, err := r.passkeyIn(a)
			must(t, err)
			who, session, err := r.Authenticate(ctx, got.Token)
			if err != nil || who.ID != id || session.Method != identity.ByPasskey {
				t.Fatalf("got %+v, %+v, %v", who, session, err)
			}
		}
		keys, err := r.Passkeys(ctx, r.person(id))
		if err != nil || len(keys) != 1 || keys[0].Label != "my key" || keys[0].UsedAt.IsZero() {
			t.Fatalf("got %+v, %v", keys, err)
		}
		must(t, r.SetDisabled(ctx, identity.System(), id, true))
		_, err = r.passkeyIn(a)
		wantKind(t, err, fault.Forbidden)
		must(t, r.SetDisabled(ctx, identity.System(), id, false))

		other := r.person(r.account("bob"))
		wantKind(t, r.RemovePasskey(ctx, other, keys[0].ID), fault.NotFound)
		must(t, r.RemovePasskey(ctx, r.person(id), keys[0].ID))
		_, err = r.passkeyIn(a)
		wantKind(t, err, fault.Forbidden)
	})
}

func TestAPasskeyAnswerWorksOnce(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.account("ann")
		a := newAuthenticator(t)
		must(t, r.register(r.signIn("ann"), a))
		options, token, err := r.BeginPasskeySignIn(ctx)
		must(t, err)
		answer := a.get(t, options)
		if _, err := r.FinishPasskeySignIn(ctx, token, answer, ""); err != nil {
			t.Fatal(err)
		}
		_, err = r.FinishPasskeySignIn(ctx, token, answer, "")
		wantKind(t, err, fault.Unauthenticated)
		// The same answer to another challenge.
		_, token, err = r.BeginPasskeySignIn(ctx)
		must(t, err)
		_, err = r.FinishPasskeySignIn(ctx, token, answer, "")
		wantKind(t, err, fault.Forbidden)
		// An answer that comes too late.
		options, token, err = r.BeginPasskeySignIn(ctx)
		must(t, err)
		r.clock.pass(identity.CeremonyLife)
		_, err = r.FinishPasskeySignIn(ctx, token, a.get(t, options), "")
		wantKind(t, err, fault.Unauthenticated)
	})
}

func TestBadPasskeyAnswers(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.account("ann")
		bob := r.account("bob")
		good := newAuthenticator(t)
		must(t, r.register(r.signIn("ann"), good))
		for name, change := range map[string]func(*authenticator){
			"another site":          func(a *authenticator) { a.origin = "http://localhost.evil.example" },
			"another relying party": func(a *authenticator) { a.rpID = "evil.example" },
			"person not verified":   func(a *authenticator) { a.flags = 0x01 },
			"person not present":    func(a *authenticator) { a.flags = 0x04 },
			"somebody else's name":  func(a *authenticator) { a.handle = []byte(bob) },
			"nobody's name":         func(a *authenticator) { a.handle = []byte("nobody") },
			"a name that is no text": func(a *authenticator) {
				a.handle = []byte{0, 0xff}
			},
			"no name":         func(a *authenticator) { a.handle = nil },
			"another key":     func(a *authenticator) { a.key = newAuthenticator(t).key },
			"unknown passkey": func(a *authenticator) { a.id = []byte("unknown") },
			"a copy of the device": func(a *authenticator) {
				_, err := r.passkeyIn(good)
				must(t, err)
				a.counter = 0
			},
		} {
			bad := *good
			change(&bad)
			if _, err := r.passkeyIn(&bad); fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, answer := range []string{"", "{}", "null", `{"id":1}`, "[", "\x00"} {
			_, token, err := r.BeginPasskeySignIn(ctx)
			must(t, err)
			_, err = r.FinishPasskeySignIn(ctx, token, []byte(answer), "")
			wantKind(t, err, fault.Forbidden)
		}
		if _, err := r.passkeyIn(good); err != nil {
			t.Errorf("afterwards the good one: %v", err)
		}
	})
}

func TestAddingPasskeysIsGuarded(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.account("ann")
		r.account("bob")
		ann, bob := r.signIn("ann"), r.signIn("bob")
		who, session, err := r.Authenticate(ctx, ann.Token)
		must(t, err)
		other, _, err := r.Authenticate(ctx, bob.Token)
		must(t, err)
		// What was begun for one person does not finish for another.
		options, token, err := r.BeginPasskey(ctx, who, session)
		must(t, err)
		wantKind(t, r.FinishPasskey(ctx, other, token, "x", newAuthenticator(t).create(t, options)), fault.Forbidden)
		// Nor without verification of the person, nor with rubbish.
		weak := newAuthenticator(t)
		weak.flags = 0x01
		wantKind(t, r.register(ann, weak), fault.Forbidden)
		_, token, err = r.BeginPasskey(ctx, who, session)
		must(t, err)
		wantKind(t, r.FinishPasskey(ctx, who, token, "x", []byte("{")), fault.Forbidden)
		for range 10 {
			must(t, r.register(ann, newAuthenticator(t)))
		}
		wantKind(t, r.register(ann, newAuthenticator(t)), fault.Forbidden)
		// A session left open is not enough.
		r.clock.pass(identity.FreshLimit)
		wantKind(t, r.register(bob, newAuthenticator(t)), fault.Forbidden)
	})
}

func TestEnrolWithPasskey(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		id := r.account("ann")
		old := newAuthenticator(t)
		must(t, r.register(r.signIn("ann"), old))
		token, _ := r.issue(id)
		a := newAuthenticator(t)
		options, ceremony, err := r.BeginEnrolPasskey(ctx, token)
		must(t, err)
		answer := a.create(t, options)
		_, err = r.FinishEnrolPasskey(ctx, "made-up", ceremony, "x", answer, "")
		wantKind(t, err, fault.NotFound)
		in, err := r.FinishEnrolPasskey(ctx, token, ceremony, "x", answer, "")
		must(t, err)
		r.wantIn(in.Token, true)
		_, err = r.FinishEnrolPasskey(ctx, token, ceremony, "x", answer, "")
		wantKind(t, err, fault.NotFound)

		_, err = r.passkeyIn(old)
		wantKind(t, err, fault.Forbidden)
		_, err = r.CheckPassword(ctx, "ann", password, network)
		wantKind(t, err, fault.Invalid)
		if _, err := r.passkeyIn(a); err != nil {
			t.Error(err)
		}
		keys, err := r.Passkeys(ctx, r.person(id))
		must(t, err)
		wantKind(t, r.RemovePasskey(ctx, r.person(id), keys[0].ID), fault.Conflict)
		if keys, err := r.Passkeys(ctx, r.person(id)); err != nil || len(keys) != 1 {
			t.Error("the only way to sign in is gone")
		}
	})
}

func TestPasskeysNeedAHostName(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := open(t, db, func(o *identity.Options) { o.BaseURL = "http://127.0.0.1:8080" })
		if r.HasPasskeys() {
			t.Error("passkeys for an IP address")
		}
		_, _, err := r.BeginPasskeySignIn(ctx)
		wantKind(t, err, fault.NotFound)
		_, err = r.FinishPasskeySignIn(ctx, "x", nil, "")
		wantKind(t, err, fault.NotFound)
		r.account("ann")
		wantKind(t, r.register(r.signIn("ann"), nil), fault.NotFound)
	})
}

package identity_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

// idp is an OpenID Connect provider that signs real tokens, checks what a
// provider checks (client, redirect, PKCE), and can be told to misbehave.
type idp struct {
	*httptest.Server
	t   *testing.T
	key *rsa.PrivateKey
	now func() time.Time

	mu      sync.Mutex
	codes   map[string]url.Values // what came with the authorization request
	email   string
	subject string
	// change spoils the claims or the key, before signing.
	change func(claims map[string]any) *rsa.PrivateKey
}

func newIDP(t *testing.T) *idp {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	p := &idp{t: t, key: key, codes: map[string]url.Values{}, email: "ann@example.org", subject: "subject-1"}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"issuer":%q,"authorization_endpoint":"%[1]s/auth","token_endpoint":"%[1]s/token","jwks_uri":"%[1]s/keys",
			"id_token_signing_alg_values_supported":["RS256"]}`, p.URL)
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", p.token)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

// visit is the person's browser at the provider: the answer to the callback.
func (p *idp) visit(address string) url.Values {
	p.t.Helper()
	u, err := url.Parse(address)
	must(p.t, err)
	q := u.Query()
	for name, want := range map[string]string{"response_type": "code", "client_id": "chancery", "code_challenge_method": "S256",
		"redirect_uri": "http://localhost:8080" + identity.OIDCCallback} {
		if q.Get(name) != want {
			p.t.Errorf("%s is %q", name, q.Get(name))
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	code := fmt.Sprint("code-", len(p.codes))
	p.codes[code] = q
	return url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {p.URL}}
}

func (p *idp) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id, clientSecret, _ := r.BasicAuth()
	asked, ok := p.codes[r.FormValue("code")]
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if !ok || id != "chancery" || clientSecret != "s3cret" || r.FormValue("redirect_uri") != asked.Get("redirect_uri") ||
		base64.RawURLEncoding.EncodeToString(sum[:]) != asked.Get("code_challenge") {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error":"invalid_grant"}`)
		return
	}
	now := p.now()
	claims := map[string]any{"iss": p.URL, "aud": "chancery", "sub": p.subject, "email": p.email, "email_verified": true,
		"nonce": asked.Get("nonce"), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}
	key := p.key
	if p.change != nil {
		if k := p.change(claims); k != nil {
			key = k
		}
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", "k"))
	must(p.t, err)
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	must(p.t, err)
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"access_token":"a","token_type":"Bearer","id_token":%q}`, token)
}

func eachOIDC(t *testing.T, test func(t *testing.T, r *room, p *idp)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		p := newIDP(t)
		r := open(t, db, func(o *identity.Options) {
			o.OIDC = identity.OIDCConfig{Issuer: p.URL, ClientID: "chancery", ClientSecret: "s3cret"}
		})
		p.now = r.clock.now
		test(t, r, p)
	})
}

func (r *room) through(p *idp) (identity.SignedIn, error) {
	r.t.Helper()
	address, token, err := r.BeginOIDC(ctx, "/staff/today")
	must(r.t, err)
	in, next, err := r.FinishOIDC(ctx, token, p.visit(address), "")
	if err == nil && next != "/staff/today" {
		r.t.Errorf("sent on to %q", next)
	}
	return in, err
}

func TestOIDC(t *testing.T) {
	eachOIDC(t, func(t *testing.T, r *room, p *idp) {
		id := r.account("ann")
		p.email = "Ann@Example.org"
		in, err := r.through(p)
		must(t, err)
		who, session, err := r.Authenticate(ctx, in.Token)
		if err != nil || who.ID != id || session.Method != identity.ByOIDC {
			t.Fatalf("got %+v, %+v, %v", who, session, err)
		}
		if _, err := r.through(p); err != nil {
			t.Errorf("a second time: %v", err)
		}
		// The address was given to another person at the provider.
		p.subject = "subject-2"
		_, err = r.through(p)
		wantKind(t, err, fault.Forbidden)
		p.subject = "subject-1"
		must(t, r.SetDisabled(ctx, identity.System(), id, true))
		_, err = r.through(p)
		wantKind(t, err, fault.Forbidden)
	})
}

func TestOIDCNeverMakesAnAccount(t *testing.T) {
	eachOIDC(t, func(t *testing.T, r *room, p *idp) {
		_, err := r.through(p)
		wantKind(t, err, fault.Forbidden)
		var n int
		must(t, r.db.Read().QueryRowContext(ctx, `SELECT count(*) FROM staff`).Scan(&n))
		if n != 0 {
			t.Errorf("%d accounts", n)
		}
	})
}

func TestBadOIDCTokens(t *testing.T) {
	eachOIDC(t, func(t *testing.T, r *room, p *idp) {
		r.account("ann")
		other, err := rsa.GenerateKey(rand.Reader, 2048)
		must(t, err)
		set := func(name string, value any) func(map[string]any) *rsa.PrivateKey {
			return func(c map[string]any) *rsa.PrivateKey { c[name] = value; return nil }
		}
		for name, change := range map[string]func(map[string]any) *rsa.PrivateKey{
			"another nonce":     set("nonce", "x"),
			"no nonce":          set("nonce", ""),
			"another issuer":    set("iss", "https://evil.example"),
			"another audience":  set("aud", "somebody-else"),
			"expired":           set("exp", r.clock.now().Add(-time.Second).Unix()),
			"not verified":      set("email_verified", false),
			"verified unsaid":   func(c map[string]any) *rsa.PrivateKey { delete(c, "email_verified"); return nil },
			"no address":        set("email", ""),
			"address no text":   set("email", "ann@example.org\x00"),
			"no subject":        set("sub", ""),
			"another key":       func(map[string]any) *rsa.PrivateKey { return other },
			"claims of no kind": set("email", 7),
		} {
			p.change = change
			if _, err := r.through(p); fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%s: %v", name, err)
			}
		}
		p.change = nil
		if _, err := r.through(p); err != nil {
			t.Errorf("afterwards a good one: %v", err)
		}
	})
}

func TestBadOIDCAnswers(t *testing.T) {
	eachOIDC(t, func(t *testing.T, r *room, p *idp) {
		r.account("ann")
		for name, change := range map[string]func(url.Values){
			"another state":  func(v url.Values) { v.Set("state", "x") },
			"no state":       func(v url.Values) { v.Del("state") },
			"another issuer": func(v url.Values) { v.Set("iss", "https://evil.example") },
			"an error":       func(v url.Values) { v.Set("error", "access_denied") },
			"a made-up code": func(v url.Values) { v.Set("code", "made-up") },
			"no code":        func(v url.Values) { v.Del("code") },
		} {
			address, token, err := r.BeginOIDC(ctx, "")
			must(t, err)
			answer := p.visit(address)
			change(answer)
			if _, _, err := r.FinishOIDC(ctx, token, answer, ""); fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%s: %v", name, err)
			}
			// The visit is used up, even with the right answer.
			if _, _, err := r.FinishOIDC(ctx, token, p.visit(address), ""); fault.KindOf(err) != fault.Unauthenticated {
				t.Errorf("%s, then again: %v", name, err)
			}
		}
		// An attacker's own answer, in a browser that began another visit: the
		// code belongs to the attacker's PKCE verifier and state.
		theirs, _, err := r.BeginOIDC(ctx, "")
		must(t, err)
		ours, token, err := r.BeginOIDC(ctx, "")
		must(t, err)
		answer := p.visit(theirs)
		answer.Set("state", p.visit(ours).Get("state"))
		_, _, err = r.FinishOIDC(ctx, token, answer, "")
		wantKind(t, err, fault.Forbidden)
		// A browser that began none.
		_, _, err = r.FinishOIDC(ctx, "", p.visit(theirs), "")
		wantKind(t, err, fault.Unauthenticated)
	})
}

func TestOIDCProviderIsDown(t *testing.T) {
	eachOIDC(t, func(t *testing.T, r *room, p *idp) {
		p.Close()
		_, _, err := r.BeginOIDC(ctx, "")
		wantKind(t, err, fault.Busy)
	})
}

func TestOIDCConfiguration(t *testing.T) {
	db := storetest.SQLite(t)
	r := open(t, db)
	_, _, err := r.BeginOIDC(ctx, "")
	wantKind(t, err, fault.NotFound)
	_, _, err = r.FinishOIDC(ctx, "", nil, "")
	wantKind(t, err, fault.NotFound)
}

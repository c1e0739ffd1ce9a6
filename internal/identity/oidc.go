package identity

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/store"
)

// OIDCCallback is the path to which the provider sends people back; register
// it there under the base URL.
const OIDCCallback = "/staff/sign-in/oidc/callback"

// OIDCConfig names the ministry's OpenID Connect provider. It is off when
// Issuer is empty. The provider is trusted with the second factor.
type OIDCConfig struct {
	Issuer       string
	ClientID     string
	ClientSecret string
}

var errOIDC = fault.NewForbidden("identity.error.oidc")

const oidcRetry = 30 * time.Second

// provider is asked for its addresses and keys at the first sign-in, so that
// the server starts without it.
type provider struct {
	config   OIDCConfig
	redirect string
	client   *http.Client

	mu    sync.Mutex
	found *oidc.Provider
}

func newProvider(config OIDCConfig, base *url.URL, client *http.Client) (*provider, error) {
	if config.Issuer == "" {
		return nil, nil
	}
	issuer, err := url.Parse(config.Issuer)
	if err != nil || issuer.Host == "" || (issuer.Scheme != "https" && !loopback(issuer.Hostname())) {
		return nil, fmt.Errorf("identity: the OIDC issuer %q must be an https address", config.Issuer)
	}
	if config.ClientID == "" {
		return nil, errors.New("identity: the OIDC client id is missing")
	}
	if client == nil {
		client = &http.Client{Timeout: 10 * time.Second}
	}
	return &provider{config: config, redirect: base.Scheme + "://" + base.Host + OIDCCallback, client: client}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

func (p *provider) discover(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.config.Issuer)
	if err != nil {
		return nil, fault.NewBusy("identity.error.oidc_down", oidcRetry).Because(err)
	}
	p.found = found
	return found, nil
}

func (p *provider) oauth(found *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.config.ClientID, ClientSecret: p.config.ClientSecret, RedirectURL: p.redirect,
		Endpoint: found.Endpoint(), Scopes: []string{oidc.ScopeOpenID, "email"},
	}
}

// visit is kept while the person is at the provider.
type visit struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
	Next     string `json:"next"`
}

// BeginOIDC gives the provider's address to send the browser to, and the token
// for its cookie. next is handed back by FinishOIDC. NotFound when no provider
// is configured, Busy when it does not answer.
func (s *Service) BeginOIDC(ctx context.Context, next string) (address, token string, err error) {
	if s.oidc == nil {
		return "", "", fault.NewNotFound("identity.error.no_oidc")
	}
	found, err := s.oidc.discover(ctx)
	if err != nil {
		return "", "", err
	}
	v := visit{State: newToken(), Nonce: newToken(), Verifier: oauth2.GenerateVerifier(), Next: next}
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		token, err = s.begin(ctx, tx, ceremonyOIDC, v)
		return err
	})
	if err != nil {
		return "", "", err
	}
	return s.oidc.oauth(found).AuthCodeURL(v.State, oidc.Nonce(v.Nonce), oauth2.S256ChallengeOption(v.Verifier)), token, nil
}

// FinishOIDC takes the provider's answer, the query of the callback, and opens
// a session for the account with the verified e-mail address; it never makes
// an account. The provider's name for the person is remembered at the first
// time, and from then on must be the same. It returns Forbidden for an answer
// that does not fit, whatever the reason, and Unauthenticated when the visit
// was too long ago or did not begin in this browser.
func (s *Service) FinishOIDC(ctx context.Context, token string, answer url.Values, previous string) (in SignedIn, next string, err error) {
	if s.oidc == nil {
		return SignedIn{}, "", fault.NewNotFound("identity.error.no_oidc")
	}
	var v visit
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return s.end(ctx, tx, ceremonyOIDC, token, &v) })
	if err != nil {
		return SignedIn{}, "", err
	}
	subject, email, err := s.claims(ctx, v, answer)
	if err != nil {
		return SignedIn{}, "", err
	}
	err = s.write(ctx, func(ctx context.Context, tx *store.Tx) ([]audit.Entry, error) {
		account, err := load(ctx, tx, `email = $1`, fold(email))
		if err != nil {
			return nil, err
		}
		if account == nil || account.Disabled {
			return nil, errOIDC.Because(errUnknownHolder)
		}
		n, err := exec(ctx, tx, "note who signs in", `UPDATE staff SET oidc_subject = $1 WHERE id = $2 AND (oidc_subject = '' OR oidc_subject = $1)`,
			subject, account.ID)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, errOIDC.Because(errors.New("the address belongs to another person at the provider now"))
		}
		opened, entries, err := s.open(ctx, tx, account, ByOIDC, previous)
		in = SignedIn{Token: opened, Staff: account}
		return entries, err
	})
	if err != nil {
		return SignedIn{}, "", err
	}
	return in, v.Next, nil
}

// claims exchanges the code and checks the ID token (OpenID Connect Core 1.0,
// section 3.1.3.7).
func (s *Service) claims(ctx context.Context, v visit, answer url.Values) (subject, email string, err error) {
	switch {
	case !keyring.Equal(answer.Get("state"), v.State):
		return "", "", errOIDC.Because(errors.New("the state differs"))
	case answer.Get("error") != "":
		return "", "", errOIDC.Because(fmt.Errorf("the provider refused: %.100q", answer.Get("error")))
	case answer.Get("iss") != "" && answer.Get("iss") != s.oidc.config.Issuer:
		// RFC 9207: an answer from another provider, mixed up on purpose.
		return "", "", errOIDC.Because(errors.New("the answer comes from another issuer"))
	}
	found, err := s.oidc.discover(ctx)
	if err != nil {
		return "", "", err
	}
	clientCtx := oidc.ClientContext(ctx, s.oidc.client)
	tokens, err := s.oidc.oauth(found).Exchange(clientCtx, answer.Get("code"), oauth2.VerifierOption(v.Verifier))
	if err != nil {
		return "", "", errOIDC.Because(err)
	}
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return "", "", errOIDC.Because(errors.New("the provider sent no ID token"))
	}
	id, err := found.Verifier(&oidc.Config{ClientID: s.oidc.config.ClientID, Now: s.now}).Verify(clientCtx, raw)
	if err != nil {
		return "", "", errOIDC.Because(err)
	}
	var c struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
	}
	if err := id.Claims(&c); err != nil {
		return "", "", errOIDC.Because(err)
	}
	switch {
	case !keyring.Equal(id.Nonce, v.Nonce):
		return "", "", errOIDC.Because(errors.New("the nonce differs"))
	case id.Subject == "" || c.Email == "" || !c.Verified || !isText(c.Email) || !isText(id.Subject):
		return "", "", errOIDC.Because(errors.New("the provider vouches for no e-mail address"))
	}
	return id.Subject, c.Email, nil
}

package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math"
	"net/http"

	"github.com/chancery/chancery/internal/fault"
)

// cookieName gives the name with the prefix that keeps other hosts of the
// domain from setting it (RFC 6265bis, section 4.1.3.2), which needs https.
func (s *Server) cookieName(name string) string {
	if s.secure() {
		return "__Host-" + name
	}
	return name
}

func (s *Server) secure() bool { return s.base.Scheme == "https" }

// SetCookie sets a cookie that scripts cannot read and other sites do not
// send. maxAge is in seconds: 0 until the browser closes, below 0 deletes.
// CookieValue reads it back.
func (s *Server) SetCookie(w http.ResponseWriter, name, value string, maxAge int) {
	s.setCookie(w, name, value, maxAge)
}

func (s *Server) setCookie(w http.ResponseWriter, name, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: s.cookieName(name), Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode,
	})
}

// CookieValue gives the value that SetCookie set, "" when there is none.
func (s *Server) CookieValue(r *http.Request, name string) string {
	c, err := r.Cookie(s.cookieName(name))
	if err != nil {
		return ""
	}
	return c.Value
}

// BrowserKey is a random 128-bit secret that only one browser holds: it shows
// that a hold's page is opened by whoever made the hold.
type BrowserKey string

const browserCookie = "browser"

// Hash is what to store of the key: 64 hexadecimal digits of its SHA-256. The
// empty key hashes to "", which matches nothing that was stored.
func (k BrowserKey) Hash() string {
	if k == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(k))
	return hex.EncodeToString(sum[:])
}

// BrowserKey gives the browser's key and hands out a new one, for the time
// until the browser closes, when it has none.
func (s *Server) BrowserKey(w http.ResponseWriter, r *http.Request) BrowserKey {
	if key := s.BrowserKeyOf(r); key != "" {
		return key
	}
	key := BrowserKey(randomToken())
	s.setCookie(w, browserCookie, string(key), 0)
	return key
}

// BrowserKeyOf gives the browser's key, "" when it has none.
func (s *Server) BrowserKeyOf(r *http.Request) BrowserKey {
	value := s.CookieValue(r, browserCookie)
	if raw, err := base64.RawURLEncoding.DecodeString(value); err != nil || len(raw) != 16 {
		return ""
	}
	return BrowserKey(value)
}

func randomToken() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Flash is a sentence shown once, on the next page.
type Flash struct {
	// Kind is "success" or "info".
	Kind string `json:"k"`
	// Key is the translation key. Args must hold no personal data: they
	// travel in a cookie.
	Key  string     `json:"m"`
	Args fault.Args `json:"a,omitempty"`
}

const flashCookie = "flash"

// Flash keeps f for the next page that this browser opens.
func (s *Server) Flash(w http.ResponseWriter, f Flash) {
	text, err := json.Marshal(f)
	if err != nil {
		s.opt.Logger.Error("flash message", "key", f.Key, "error", err)
		return
	}
	s.setCookie(w, flashCookie, base64.RawURLEncoding.EncodeToString(text), 300)
}

func (s *Server) takeFlash(w http.ResponseWriter, r *http.Request) *Flash {
	value := s.CookieValue(r, flashCookie)
	if value == "" {
		return nil
	}
	s.setCookie(w, flashCookie, "", -1)
	text, err := base64.RawURLEncoding.DecodeString(value)
	var f Flash
	if err != nil || json.Unmarshal(text, &f) != nil || f.Key == "" {
		return nil
	}
	for name, value := range f.Args { // JSON knows no integers, plural forms nothing else
		if n, ok := value.(float64); ok && n == math.Trunc(n) {
			f.Args[name] = int(n)
		}
	}
	return &f
}

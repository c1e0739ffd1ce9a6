package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/web"
)

func TestFlashIsShownOnce(t *testing.T) {
	s := newServer(t, storetest.SQLite(t), nil)
	s.Handle("POST /do", web.Public, func(w http.ResponseWriter, r *http.Request) error {
		s.Flash(w, web.Flash{Kind: "success", Key: "web.error.too_large", Args: fault.Args{"KiB": "<b>7"}})
		web.SeeOther(w, r, "/")
		return nil
	})
	res := do(t, s, httptest.NewRequest(http.MethodPost, "/do", nil))
	cookie := res.Cookies()[0]
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || res.StatusCode != 303 {
		t.Errorf("%d with %+v", res.StatusCode, cookie)
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(cookie)
	res = do(t, s, r)
	if text := body(t, res); !strings.Contains(text, "than the &lt;b&gt;7 KiB") {
		t.Errorf("the message is not there, or not escaped: %s", text)
	}
	if c := res.Cookies(); len(c) != 1 || c[0].MaxAge >= 0 {
		t.Errorf("the cookie stays: %+v", c)
	}
	r.Header.Set("Cookie", "flash=!!!")
	if res := do(t, s, r); res.StatusCode != 200 {
		t.Errorf("a cookie that cannot be read gave %d", res.StatusCode)
	}
}

func TestBrowserKey(t *testing.T) {
	s := newServer(t, storetest.SQLite(t), func(o *web.Options) { o.BaseURL = "https://example.org" })
	var key web.BrowserKey
	s.Handle("GET /key", web.Public, func(w http.ResponseWriter, r *http.Request) error { key = s.BrowserKey(w, r); return nil })
	res := do(t, s, httptest.NewRequest(http.MethodGet, "/key", nil))
	first := key
	if c := res.Cookies()[0]; c.Name != "__Host-browser" || !c.Secure || !c.HttpOnly || len(first) != 22 || len(first.Hash()) != 64 || strings.Contains(first.Hash(), string(first)) {
		t.Errorf("key %q in %+v", first, c)
	}
	for _, c := range []struct {
		value string
		same  bool
	}{{string(first), true}, {"short", false}, {"", false}} {
		r := httptest.NewRequest(http.MethodGet, "/key", nil)
		r.AddCookie(&http.Cookie{Name: "__Host-browser", Value: c.value})
		do(t, s, r)
		if (key == first) != c.same {
			t.Errorf("cookie %q: key %q, first was %q", c.value, key, first)
		}
	}
	if web.BrowserKey("").Hash() != "" {
		t.Error("no key has a hash that could match")
	}
}

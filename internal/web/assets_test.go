package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/web"
)

func TestAssets(t *testing.T) {
	files := fstest.MapFS{"app.css": {Data: []byte(strings.Repeat("a{color:red}", 100))}, "fonts/text.woff2": {Data: []byte("woff")}, ".gitkeep": {}}
	s := newServer(t, storetest.SQLite(t), func(o *web.Options) { o.Assets = files })
	for _, c := range []struct {
		path, accept, kind, encoding, cache string
		status                              int
	}{
		{s.Asset("app.css"), "gzip", "text/css; charset=utf-8", "gzip", "public, max-age=31536000, immutable", 200},
		{s.Asset("app.css"), "gzip;q=0, br", "text/css; charset=utf-8", "", "public, max-age=31536000, immutable", 200},
		{s.Asset("fonts/text.woff2"), "gzip", "font/woff2", "", "public, max-age=31536000, immutable", 200},
		{"/assets/before/app.css", "", "text/css; charset=utf-8", "", "no-cache", 200},
		{s.Asset(".gitkeep"), "", "text/html; charset=utf-8", "", "no-store", 404},
		{s.Asset("../doc.go"), "", "", "", "", 307},
	} {
		r := httptest.NewRequest(http.MethodGet, "http://x"+c.path, nil)
		r.Header.Set("Accept-Encoding", c.accept)
		h := do(t, s, r)
		if h.StatusCode == http.StatusMovedPermanently {
			h.StatusCode = http.StatusTemporaryRedirect
		}
		if h.StatusCode != c.status {
			t.Errorf("%s: %d, want %d", c.path, h.StatusCode, c.status)
		}
		if c.status != 307 && (h.Header.Get("Content-Type") != c.kind || h.Header.Get("Content-Encoding") != c.encoding || h.Header.Get("Cache-Control") != c.cache) {
			t.Errorf("%s: %v", c.path, h.Header)
		}
	}
}

func TestPagesAreCompressed(t *testing.T) {
	s := newServer(t, storetest.SQLite(t), nil)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	if res := do(t, s, r); res.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("Content-Encoding %q", res.Header.Get("Content-Encoding"))
	}
}

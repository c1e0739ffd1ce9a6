package logweb_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/transparency"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/logweb"
)

func TestServed(t *testing.T) {
	db := storetest.SQLite(t)
	ring, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	server, err := web.New(web.Options{DB: db, Keys: ring, Now: time.Now, BaseURL: "https://example.org"})
	if err != nil {
		t.Fatal(err)
	}
	log := transparency.New(db, ring, "example.org/log", time.Now)
	(&logweb.Pages{Log: log}).Register(server)
	handler, err := server.Handler()
	if err != nil {
		t.Fatal(err)
	}
	ask := func(path string, status int, cache string) string {
		t.Helper()
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://example.org"+path, nil))
		body, _ := io.ReadAll(w.Body)
		if w.Code != status || cache != "" && w.Header().Get("Cache-Control") != cache {
			t.Errorf("%s: %d, %q", path, w.Code, w.Header().Get("Cache-Control"))
		}
		return string(body)
	}
	ask("/log/checkpoint", http.StatusNotFound, "")
	ask("/log/key", http.StatusNotFound, "")
	err = db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		for i := range 300 {
			if _, err := log.Append(ctx, tx, transparency.Hash("issued", []byte("salt"), []byte(fmt.Sprint(i)))); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	ask("/log/tile/0/000", http.StatusNotFound, "") // before it is signed
	made, err := log.Publish(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	key := ask("/log/key", http.StatusOK, "public, max-age=3600")
	verifier, err := note.NewVerifier(key[:len(key)-1])
	if err != nil {
		t.Fatal(err)
	}
	opened, err := note.Open([]byte(ask("/log/checkpoint", http.StatusOK, "no-cache")), note.VerifierList(verifier))
	if err != nil || opened.Text != fmt.Sprintf("example.org/log\n300\n%s\n", made.Root) {
		t.Errorf("%v: %+v", err, opened)
	}
	const forEver = "public, max-age=31536000, immutable"
	for path, length := range map[string]int{
		"/log/tile/0/000": 256 * 32, "/log/tile/0/001.p/44": 44 * 32, "/log/tile/0/001.p/9": 9 * 32, "/log/tile/1/000.p/1": 32,
		"/log/tile/entries/000": 256 * 34, "/log/tile/entries/001.p/44": 44 * 34,
	} {
		if got := ask(path, http.StatusOK, forEver); len(got) != length {
			t.Errorf("%s has %d bytes, want %d", path, len(got), length)
		}
	}
	for _, path := range []string{"/log/tile/0/001", "/log/tile/0/001.p/45", "/log/tile/0/0", "/log/tile/8/0/000", "/log/tile/x", "/log/tile/"} {
		ask(path, http.StatusNotFound, "")
	}
}

//go:build browser

package assets_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"github.com/chancery/chancery/assets"
)

// site serves the built files and one page for each test, under the content
// policy of the real server.
type site struct {
	*httptest.Server
	mux *http.ServeMux
}

func newSite(t *testing.T) *site {
	t.Helper()
	built, err := assets.Built()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{mux: http.NewServeMux()}
	s.mux.Handle("GET /assets/", http.StripPrefix("/assets/", http.FileServerFS(built)))
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'")
		s.mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *site) page(path string, body func(r *http.Request) string) {
	s.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><html lang="en"><head><title>t</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/assets/app.css">`+
			`<script src="/assets/start.js"></script><script type="module" src="/assets/app.js"></script></head><body>%s</body></html>`, body(r))
	})
}

// tab is one page of a Chromium.
type tab struct {
	t   *testing.T
	ctx context.Context
}

// open starts Chromium; an error that the page's script does not catch fails
// the test.
func open(t *testing.T) tab {
	t.Helper()
	limited, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.Flag("lang", "en"))
	allocated, cancel := chromedp.NewExecAllocator(limited, options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(cancel)
	if err := chromedp.Listen(ctx, func(event any) {
		if e, ok := event.(*runtime.EventExceptionThrown); ok {
			t.Errorf("the page's script failed: %+v", e.ExceptionDetails)
		}
	}); err != nil {
		t.Fatal(err)
	}
	return tab{t, ctx}
}

func (b tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// until waits for a JavaScript condition.
func until(condition string) chromedp.Action[chromedp.Void] {
	return chromedp.Poll[chromedp.Void](condition)
}

// text gives the visible text of the first element of a CSS selector.
func (b tab) text(selector string) string {
	b.t.Helper()
	text, err := chromedp.Run(b.ctx, chromedp.Text(selector))
	if err != nil {
		b.t.Fatal(err)
	}
	return text
}

func call[P, R any](b tab, command cdp.Command[P, R], params P) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, command, params); err != nil {
		b.t.Fatal(err)
	}
}

func TestClock(t *testing.T) {
	s := newSite(t)
	s.page("/", func(*http.Request) string {
		clock := func(id string, ms int) string {
			return fmt.Sprintf(`<div id="%s" class="ch-clock" data-now="0" data-ends="%d" data-running="kept for {time}" data-five="five minutes" data-one="one minute" data-over="over">kept until 14:35</div>`, id, ms)
		}
		return clock("long", 900_000) + clock("five", 301_500) + clock("one", 61_500) + clock("over", 0)
	})
	b := open(t)
	b.do(chromedp.Navigate(s.URL),
		until(`document.querySelector('#five [aria-live]').textContent === 'five minutes'`),
		until(`document.querySelector('#one [aria-live]').textContent === 'one minute' && document.querySelector('#one').classList.contains('ch-clock--last')`))
	long, over := b.text(`#long .ch-clock__text`), b.text(`#over .ch-clock__text`)
	if !strings.HasPrefix(long, "kept for 14:5") && long != "kept for 15:00" || over != "over" {
		t.Errorf("the clocks say %q and %q", long, over)
	}
}

func TestProofOfWork(t *testing.T) {
	s := newSite(t)
	const salt, number = "abc?expires=4102444800", 1234
	sum := sha256.Sum256([]byte(fmt.Sprint(salt, number)))
	challenge := hex.EncodeToString(sum[:])
	s.page("/", func(*http.Request) string {
		return `<form method="post" action="/send" data-altcha-challenge="/challenge" data-altcha-wait="wait"><input type="hidden" name="altcha"><input name="a" value="1"><button id="go" name="b" value="2">Go</button></form>`
	})
	s.mux.HandleFunc("GET /challenge", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"algorithm": "SHA-256", "challenge": challenge, "salt": salt, "signature": "sig", "maxnumber": 5000})
	})
	sent := make(chan map[string]string, 2)
	s.mux.HandleFunc("POST /send", func(w http.ResponseWriter, r *http.Request) {
		sent <- map[string]string{"altcha": r.PostFormValue("altcha"), "a": r.PostFormValue("a"), "b": r.PostFormValue("b")}
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<p id=done>done</p>")
	})
	b := open(t)
	b.do(chromedp.Navigate(s.URL), chromedp.Click("#go"), chromedp.WaitVisible("#done"))
	first := <-sent
	// Again, now with the solution ready before the click.
	b.do(chromedp.Navigate(s.URL), until(`performance.getEntriesByName(location.origin + '/assets/proof-worker.js').length > 0`),
		chromedp.Sleep(500*time.Millisecond), chromedp.Click("#go"), chromedp.WaitVisible("#done"))
	if second := <-sent; second["altcha"] != first["altcha"] {
		t.Errorf("the two solutions differ: %v and %v", first, second)
	}
	got := first
	text, err := base64.StdEncoding.DecodeString(got["altcha"])
	if err != nil {
		t.Fatal(err)
	}
	var solution struct {
		Algorithm, Challenge, Salt, Signature string
		Number                                int
	}
	if err := json.Unmarshal(text, &solution); err != nil || solution.Number != number || solution.Challenge != challenge ||
		solution.Salt != salt || solution.Signature != "sig" || solution.Algorithm != "SHA-256" {
		t.Errorf("solution %s, %v", text, err)
	}
	if got["a"] != "1" || got["b"] != "2" {
		t.Errorf("the rest of the form is %v: the button must be sent too", got)
	}
	if len(sent) != 0 {
		t.Error("the form was sent twice")
	}
}

func TestFormIsSentWithoutProofWhenThereIsNone(t *testing.T) {
	s := newSite(t)
	s.page("/", func(*http.Request) string {
		return `<form method="post" action="/send" data-altcha-challenge="/nowhere"><input type="hidden" name="altcha"><button id="go">Go</button></form>`
	})
	s.mux.HandleFunc("POST /send", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<p id=done>[%s]</p>", r.PostFormValue("altcha"))
	})
	b := open(t)
	b.do(chromedp.Navigate(s.URL), chromedp.Click("#go"))
	if text := b.text("#done"); text != "[]" {
		t.Errorf("sent %s", text)
	}
}

func TestStreamKeepsThePageFresh(t *testing.T) {
	s := newSite(t)
	var mu sync.Mutex
	ticket := "A 16"
	change := make(chan struct{})
	s.page("/", func(r *http.Request) string {
		mu.Lock()
		defer mu.Unlock()
		if ticket == "" {
			if r.Header.Get("X-Refresh") == "" {
				t.Error("a page that asks by itself does not say so")
			}
			return "sign in again"
		}
		return fmt.Sprintf(`<button data-sound aria-pressed="false" hidden>Sound</button><div id="queue" data-stream="/events"><b data-chime="%s">%s</b></div><p data-stream-lost hidden>lost</p>`, ticket, ticket)
	})
	s.mux.HandleFunc("GET /events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_ = http.NewResponseController(w).Flush()
		for {
			select {
			case <-change:
				_, _ = io.WriteString(w, "event: change\ndata: 1\n\n")
				_ = http.NewResponseController(w).Flush()
			case <-r.Context().Done():
				return
			}
		}
	})
	b := open(t)
	b.do(chromedp.Navigate(s.URL), chromedp.WaitVisible("[data-sound]"), chromedp.Click("[data-sound]"),
		until(`document.querySelector('[data-sound]').getAttribute('aria-pressed') === 'true'`))
	mu.Lock()
	ticket = "A 17"
	mu.Unlock()
	change <- struct{}{}
	b.do(until(`document.querySelector('#queue b').textContent === 'A 17'`), until(`document.querySelector('[data-stream-lost]').hidden`))
	// Another page in its place, such as the one to sign in, is no news.
	mu.Lock()
	ticket = ""
	mu.Unlock()
	change <- struct{}{}
	b.do(until(`!document.querySelector('[data-stream-lost]').hidden`), until(`document.querySelector('#queue b').textContent === 'A 17'`))
}

func TestLocalTime(t *testing.T) {
	s := newSite(t)
	s.page("/", func(*http.Request) string {
		return `<span id="same" data-local-time="2026-11-25T09:30:00+04:00" data-text="yours: {time}" hidden></span>` +
			`<span id="other" data-local-time="2026-11-25T09:30:00-03:00" data-text="yours: {time}" hidden></span>`
	})
	b := open(t)
	call(b, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Asia/Baku"})
	b.do(chromedp.Navigate(s.URL), chromedp.WaitVisible("#other"))
	other := b.text("#other")
	same, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`document.querySelector('#same').hidden`))
	if err != nil {
		t.Fatal(err)
	}
	if other != "yours: Wednesday 16:30" && other != "yours: Wednesday, 16:30" {
		t.Errorf("the other zone's time reads %q", other)
	}
	if !same {
		t.Error("a time in the reader's own zone is said twice")
	}
}

func TestNearest(t *testing.T) {
	s := newSite(t)
	s.page("/", func(*http.Request) string {
		return `<button id="near" data-nearest="/posts?near=" data-failed="no" hidden>Nearest</button>`
	})
	s.page("/posts", func(r *http.Request) string { return `<p id="near">` + r.FormValue("near") + `</p>` })
	b := open(t)
	latitude, longitude, accuracy := 40.3777, 49.8920, 5.0
	if _, err := chromedp.CallBrowser(b.ctx, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: "geolocation"}, Setting: browser.PermissionSettingGranted, Origin: s.URL,
	}); err != nil {
		t.Fatal(err)
	}
	call(b, emulation.SetGeolocationOverride, emulation.SetGeolocationOverrideParams{Latitude: &latitude, Longitude: &longitude, Accuracy: &accuracy})
	b.do(chromedp.Navigate(s.URL), chromedp.Click("button#near"))
	near := b.text("p#near")
	if near != "40.4,49.9" {
		t.Errorf("the place is %q; one decimal is all that may be sent", near)
	}
}

func TestPasskey(t *testing.T) {
	s := newSite(t)
	s.page("/", func(*http.Request) string {
		return `<form><input name="name" value="My key"><input name="password" value="swordfish"><button type="button" data-passkey="create" data-begin="/begin" data-finish="/finish" data-failed="no" hidden>Add</button></form>`
	})
	s.page("/done", func(*http.Request) string { return `<p id="done">done</p>` })
	s.mux.HandleFunc("POST /begin", func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		if strings.Contains(string(text), "swordfish") || !strings.Contains(string(text), "My key") {
			t.Errorf("begin got %s", text)
		}
		_, _ = io.WriteString(w, `{"publicKey":{"rp":{"id":"localhost","name":"Chancery"},"user":{"id":"AQ","name":"leyla","displayName":"Leyla"},"challenge":"AQIDBAUGBwgJCgsMDQ4PEA","pubKeyCredParams":[{"type":"public-key","alg":-7}]}}`)
	})
	s.mux.HandleFunc("POST /finish", func(w http.ResponseWriter, r *http.Request) {
		var credential struct{ ID, Name, Type string }
		if err := json.NewDecoder(r.Body).Decode(&credential); err != nil || credential.ID == "" || credential.Name != "My key" {
			t.Errorf("finish got %+v, %v", credential, err)
		}
		_, _ = io.WriteString(w, `{"next":"/done"}`)
	})
	b := open(t)
	call(b, webauthn.Enable, webauthn.EnableParams{})
	call(b, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
	b.do(chromedp.Navigate(strings.Replace(s.URL, "127.0.0.1", "localhost", 1)), chromedp.Click("[data-passkey]"), chromedp.WaitVisible("#done"))
}

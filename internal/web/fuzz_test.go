package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/web"
)

// What a form gives is text that both databases can keep; all else is refused,
// never a failure.
func FuzzReadForm(f *testing.F) {
	for _, seed := range []string{"a=1&b=2", "applicants[0].surname=%C6%8Fliyeva", "a=%", "a=%00", "a=%ff", "%ff=a", "a;b", "&&==", strings.Repeat("a&", 501)} {
		f.Add("application/x-www-form-urlencoded", seed)
	}
	f.Add("application/x-www-form-urlencoded; charset=\xff", "a=1")
	f.Add("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n\x00\r\n--x--")
	f.Add("application/json", "{}")
	f.Add("", "a=1")
	s := newServer(f, storetest.SQLite(f), nil)
	f.Fuzz(func(t *testing.T, kind, body string) {
		r := httptest.NewRequest(http.MethodPost, "/appointments", strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		form, err := web.ReadForm(r)
		if err != nil {
			if problem := s.ProblemOf(r.Context(), err); problem.Status != http.StatusBadRequest && problem.Status != http.StatusUnsupportedMediaType {
				t.Errorf("refused with %d: %v", problem.Status, err)
			}
			return
		}
		count := 0
		for name, values := range form.Values {
			for _, text := range append(values, name) {
				if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
					t.Errorf("accepted %q", text)
				}
			}
			count += len(values)
		}
		if count > 500 {
			t.Errorf("accepted %d values", count)
		}
	})
}

// Three boxes are a date only when they hold its numbers, and a date fills the
// boxes so that they give it again.
func FuzzFormDate(f *testing.F) {
	for _, seed := range [][3]string{{"2026", "2", "7"}, {" 2026 ", "02", "07"}, {"", "", ""}, {"26", "2", "7"}, {"2026", "2-0", "7"}, {"-26", "2", "7"},
		{"2026-02-07", "", ""}, {"+2026", "2", "7"}, {"２０２６", "2", "7"}, {"0", "1", "1"}, {"1", "1", "1"}, {"02026", "2", "7"}} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, year, month, day string) {
		form := web.NewForm(url.Values{"d.year": {year}, "d.month": {month}, "d.day": {day}})
		date := form.Date("d")
		at, err := time.Parse(time.DateOnly, date)
		if err != nil || at.Year() == 0 {
			return
		}
		for _, box := range []string{year, month, day} {
			if digits := strings.TrimSpace(box); digits == "" || strings.Trim(digits, "0123456789") != "" {
				t.Errorf("%q, %q, %q give %s", year, month, day, date)
			}
		}
		again := &web.Form{}
		again.SetDate("d", date)
		if got := again.Date("d"); got != date {
			t.Errorf("%s fills the boxes so that they give %q", date, got)
		}
	})
}

// A sign-in leads to a staff page of this server, as a browser reads it.
func FuzzSafeNext(f *testing.F) {
	for _, seed := range []string{"/staff/baku/today?day=1&x=%26", "//evil.example/staff", "/staff/../", "/staff/%2e%2e/x", "/staff\\@evil", "/staff?//evil",
		"/staff/%2F%2Fevil", "https:/staff/x", "/staff/sign-in", "/staff#//evil", "\x01//evil/staff/", "/staff/x\u2028"} {
		f.Add(seed)
	}
	home, err := url.Parse("https://chancery.example/staff/sign-in")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, next string) {
		got := web.SafeNext(next, "")
		if got == "" {
			return
		}
		// Browsers drop tabs and line ends, and take \ for /.
		read := strings.NewReplacer("\t", "", "\r", "", "\n", "", `\`, "/").Replace(strings.TrimFunc(got, func(r rune) bool { return r <= ' ' }))
		u, err := home.Parse(read)
		if err != nil {
			t.Fatalf("%q leads to %q, which is no address: %v", next, got, err)
		}
		if u.Host != home.Host || u.Scheme != home.Scheme || u.Path != "/staff" && !strings.HasPrefix(u.Path, "/staff/") {
			t.Errorf("%q leads to %q, that is %s", next, got, u)
		}
		if again := web.SafeNext(got, ""); again != got {
			t.Errorf("%q leads to %q, which leads to %q", next, got, again)
		}
	})
}

// Whatever an address, a language and a proxy's header hold: an answer, no
// failure, and no way to another site.
func FuzzRequest(f *testing.F) {
	f.Add("/", "lang=az", "az", "")
	f.Add("//evil.example/", "lang=en", "en;q=0.1", "1.2.3.4, ::1")
	f.Add("/\\evil.example", "lang=en&next=%0d%0a", "*", "fe80::1%eth0")
	f.Add("/api/v1/x", "lang=az", "xx", "1.2.3.4:5")
	f.Add("/assets/../../etc/passwd", "%", "\x00", ",")
	f.Add("/staff/x\x00", "lang=%ff", "", "")
	s := newServer(f, storetest.SQLite(f), func(o *web.Options) {
		o.Gate, o.TrustedProxies = gate{}, []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	})
	h, err := s.Handler()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path, query, languages, forwarded string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL = &url.URL{Path: path, RawQuery: query}
		r.RequestURI = r.URL.RequestURI()
		r.Header.Set("Accept-Language", languages)
		r.Header.Set("X-Forwarded-For", forwarded)
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		if rec.Code >= 500 || rec.Code < 200 {
			t.Errorf("%q %q: %d", path, query, rec.Code)
		}
		if to := rec.Header().Get("Location"); to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.HasPrefix(to, "/\\") || strings.ContainsAny(to, "\r\n\t\x00")) {
			t.Errorf("%q %q leads to %q", path, query, to)
		}
		if rec.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("%q %q: an answer without a content policy", path, query)
		}
	})
}

// A key is either refused, or works as one: the second answer is the first.
func FuzzIdempotencyKey(f *testing.F) {
	for _, seed := range []string{"a", "", " ", "8e03978e-40d5-43dd-bc93-6894a57f9324", strings.Repeat("k", 255), strings.Repeat("k", 256), "a b", "a\x00", "é", "\"q\"", "\x7f"} {
		f.Add(seed, "{}")
	}
	s := newServer(f, storetest.SQLite(f), nil)
	var c counter
	s.Handle("POST /api/v1/things", web.Public, s.Idempotent(c.answer))
	h, err := s.Handler()
	if err != nil {
		f.Fatal(err)
	}
	send := func(key, text string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/api/v1/things", strings.NewReader(text))
		r.Header["Idempotency-Key"] = []string{key}
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		return rec
	}
	f.Fuzz(func(t *testing.T, key, text string) {
		first := send(key, text)
		if first.Code == http.StatusUnprocessableEntity {
			// Refused for itself, or for another body that came with it before.
			if again := send(key, text); again.Code != first.Code {
				t.Errorf("%q is refused and then %d", key, again.Code)
			}
			return
		}
		second := send(key, text)
		if first.Code != http.StatusCreated || second.Code != first.Code || second.Body.String() != first.Body.String() ||
			second.Header().Get("Idempotency-Replayed") != "true" {
			t.Errorf("%q: %d %s, then %d %s", key, first.Code, first.Body, second.Code, second.Body)
		}
		if other := send(key, text+" "); other.Code != http.StatusUnprocessableEntity {
			t.Errorf("%q with another body: %d", key, other.Code)
		}
	})
}

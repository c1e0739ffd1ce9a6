package demoweb_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/demoweb"
)

// open gives a server with one mail in its mailbox.
func open(t *testing.T) (get func(path string) *http.Response) {
	t.Helper()
	db := storetest.SQLite(t)
	keys, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC) }
	s, err := web.New(web.Options{DB: db, Keys: keys, Now: now, Demo: true, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	box := notify.NewMailbox(db, keys, now)
	signIn := func(time.Time) (demoweb.SignIn, error) {
		return demoweb.SignIn{Password: "open sesame", Code: "042117", Accounts: []demoweb.Account{{User: "berlin.head", Name: "Samir", Roles: []string{"head"}}}}, nil
	}
	if err := demoweb.Register(s, box, signIn); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	mail, err := notify.BookingMail(notify.KindConfirmed, "az", notify.BookingData{
		Service: "Passport", Reference: "K7QX-2M9D", ManageURL: "https://mfa.example/appointments/manage/K7QX-2M9D?token=abc",
	})
	if err != nil {
		t.Fatal(err)
	}
	mail.ID, mail.To = "m1", "aysel@example.com"
	mail.Attachments = []notify.Attachment{{Name: "qəbul.ics", Type: "text/calendar; charset=utf-8", Data: []byte("BEGIN:VCALENDAR")}}
	session, err := box.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := session.Send(t.Context(), mail); err != nil {
		t.Fatal(err)
	}
	h, err := s.Handler()
	if err != nil {
		t.Fatal(err)
	}
	return func(path string) *http.Response {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w.Result()
	}
}

func text(t *testing.T, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s, %v: %s", res.Status, err, b)
	}
	return string(b)
}

func TestTheStrangerFindsAccountsAndMail(t *testing.T) {
	get := open(t)
	page := text(t, get("/demo"))
	for _, want := range []string{"open sesame", "042117", "berlin.head", "/demo/mail/m1", "K7QX-2M9D", "aysel@example.com"} {
		if !strings.Contains(page, want) {
			t.Errorf("/demo does not show %q", want)
		}
	}
	res := get("/demo/mail/m1")
	page = text(t, res)
	for _, want := range []string{`href="https://mfa.example/appointments/manage/K7QX-2M9D?token=abc"`, "qəbul.ics",
		`<iframe src="/demo/mail/m1/html"`, locale.For("az").T("notify.booking-confirmed.heading")} {
		if !strings.Contains(page, want) {
			t.Errorf("the mail's page does not show %q:\n%s", want, page)
		}
	}
	if policy := res.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-src 'self'") || strings.Contains(policy, "unsafe") {
		t.Errorf("the page's policy is %q", policy)
	}
}

func TestMailCannotDoAnythingInItsFrame(t *testing.T) {
	res := open(t)("/demo/mail/m1/html")
	page := text(t, res)
	policy := res.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "sandbox", "frame-ancestors 'self'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %q lacks %q", policy, want)
		}
	}
	if strings.Contains(policy, "allow-scripts") || strings.Contains(policy, "allow-same-origin") || strings.Contains(policy, "script-src") {
		t.Errorf("the policy lets scripts run: %q", policy)
	}
	if !strings.Contains(page, `target="_top"`) {
		t.Error("a link would open inside the frame, where it is refused")
	}
}

func TestAttachmentsAreDownloaded(t *testing.T) {
	get := open(t)
	res := get("/demo/mail/m1/attachments/0")
	if got := text(t, res); got != "BEGIN:VCALENDAR" {
		t.Errorf("got %q", got)
	}
	if d := res.Header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment;") || !strings.Contains(d, "filename*=utf-8''q") {
		t.Errorf("Content-Disposition %q", d)
	}
	for _, path := range []string{"/demo/mail/m1/attachments/1", "/demo/mail/m1/attachments/-1", "/demo/mail/m1/attachments/x", "/demo/mail/none", "/demo/mail/none/html"} {
		if res := get(path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
}

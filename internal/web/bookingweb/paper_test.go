package bookingweb_test

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/outsidetest"
)

// kept writes a paper to a file.
func kept(t *testing.T, name, data string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func output(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := exec.Command(program, args...).Output()
	if err != nil {
		t.Fatalf("%s: %v", program, err)
	}
	return string(out)
}

// entry is a calendar file as programs of others read it.
type entry struct {
	Method, UID, Status, Summary, TZID, Start, Organizer string
	Sequence, Alarm                                      int
}

// entries reads a calendar file with two programs of others.
func entries(t *testing.T, ics string) map[string]entry {
	t.Helper()
	path := kept(t, "e.ics", ics)
	scripts, err := filepath.Abs("../../../test/calendar")
	if err != nil {
		t.Fatal(err)
	}
	read := map[string]entry{}
	for name, text := range map[string]string{
		"icalendar": output(t, outsidetest.Python(t, "icalendar", "7.3.0"), filepath.Join(scripts, "read.py"), path),
		"ical.js":   output(t, "node", filepath.Join(scripts, "read.mjs"), outsidetest.Node(t, "ical.js", "2.2.1"), path),
	} {
		var e entry
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			t.Fatalf("%s: %v: %s", name, err, text)
		}
		read[name] = e
	}
	return read
}

func TestPapersOfABooking(t *testing.T) {
	p := quietPortal(t)
	p.addSlot(t, "s", november.AddDate(0, 0, 2), 4)
	p.addSlot(t, "summer", november.AddDate(0, 7, 3), 4)
	b := p.booked(t, "s", human(1), object{"given_names": "Пётр", "surname": "Şıxəliyev", "date_of_birth": "2020-02-29", "nationality": "AZE", "document_number": "AA 123-456"})
	paper := func(address string, change ...asking) answer {
		t.Helper()
		return p.ask(t, "GET", strings.TrimPrefix(address, origin), "", nil, change...)
	}

	pdf := paper(b.PDFURL)
	if pdf.status != 200 || pdf.header.Get("Content-Type") != "application/pdf" || !strings.Contains(pdf.header.Get("Cache-Control"), "no-store") ||
		pdf.header.Get("Content-Disposition") != `inline; filename="`+b.Reference+`.pdf"` {
		t.Fatalf("%d %v", pdf.status, pdf.header)
	}
	const poppler = "install the package poppler-utils"
	text := output(t, outsidetest.Program(t, "pdftotext", poppler), "-layout", kept(t, "c.pdf", pdf.body), "-")
	for _, want := range []string{b.Reference, "Passport renewal", "Embassy in London", "Friday, 27 November 2026, 09:00", "London time, UTC+0", "Aysel Specimen", "Пётр Şıxəliyev", "40.00 AZN"} {
		if !strings.Contains(text, want) {
			t.Errorf("the paper does not say %q:\n%s", want, text)
		}
	}
	azeri := paper(b.PDFURL, with("Accept-Language", "az"))
	if text := output(t, "pdftotext", "-layout", kept(t, "c.pdf", azeri.body), "-"); !strings.Contains(text, "Londondakı səfirlik") && !strings.Contains(text, "London vaxtı, UTC+0") {
		t.Errorf("in Azerbaijani:\n%s", text)
	}

	// The code on the paper and the picture say the same, and manage nothing.
	picture := paper(strings.Replace(b.PDFURL, "confirmation.pdf", "qr.png", 1))
	zbar := outsidetest.Program(t, "zbarimg", "install the package zbar-tools")
	said := strings.TrimSpace(output(t, zbar, "-q", "--raw", kept(t, "qr.png", picture.body)))
	rendered := filepath.Join(t.TempDir(), "page")
	output(t, outsidetest.Program(t, "pdftoppm", poppler), "-png", "-r", "150", "-singlefile", kept(t, "c.pdf", pdf.body), rendered)
	if onPaper := strings.TrimSpace(output(t, zbar, "-q", "--raw", rendered+".png")); onPaper != said ||
		!strings.HasPrefix(said, origin+"/staff/check-in?reference="+b.Reference+"&token=") || strings.Contains(said, b.token(t)) {
		t.Errorf("the picture says %q, the paper %q", said, onPaper)
	}

	calendar := paper(b.ICSURL)
	if calendar.status != 200 || calendar.header.Get("Content-Type") != "text/calendar; charset=utf-8; method=PUBLISH" {
		t.Fatalf("%d %v", calendar.status, calendar.header)
	}
	first := entries(t, calendar.body)
	for name, e := range first {
		if e.Method != "PUBLISH" || e.Status != "CONFIRMED" || e.TZID != "Europe/London" || e.Start != "2026-11-27T09:00:00Z" || e.Alarm != -86400 ||
			e.Summary != "Passport renewal, Embassy in London" || e.Organizer != "mailto:london@posts.example.org" {
			t.Errorf("%s reads %+v", name, e)
		}
	}

	path := "/bookings/" + b.Reference + "?token=" + b.token(t)
	p.advance(time.Hour)
	must[bookedAnswer](t, 200, p.call(t, "PATCH", path, object{"slot": "summer"}))
	for name, e := range entries(t, paper(b.ICSURL).body) {
		if e.UID != first[name].UID || e.Sequence <= first[name].Sequence || e.Start != "2027-06-28T09:00:00Z" {
			t.Errorf("%s reads %+v after the move, %+v before", name, e, first[name])
		}
	}

	p.advance(time.Hour)
	if a := p.call(t, "DELETE", path, nil); a.status != 204 {
		t.Fatal(a.body)
	}
	gone := paper(b.ICSURL)
	if gone.header.Get("Content-Type") != "text/calendar; charset=utf-8; method=CANCEL" {
		t.Errorf("after the cancellation: %v", gone.header)
	}
	for name, e := range entries(t, gone.body) {
		if e.Method != "CANCEL" || e.Status != "CANCELLED" || e.UID != first[name].UID || e.Alarm != 0 {
			t.Errorf("%s reads %+v after the cancellation", name, e)
		}
	}
	if a := paper(b.PDFURL); a.status != http.StatusConflict || strings.Contains(a.body, "%PDF") {
		t.Errorf("the paper of a cancelled appointment: %d", a.status)
	}
}

func TestPapersAreTheHoldersOnly(t *testing.T) {
	p := quietPortal(t)
	p.addSlot(t, "s", november.AddDate(0, 0, 2), 4)
	mine, yours := p.booked(t, "s", human(1)), p.booked(t, "s", human(2))
	for _, name := range []string{"confirmation.pdf", "appointment.ics", "qr.png"} {
		path := "/appointments/manage/" + mine.Reference + "/" + name
		if a := p.ask(t, "GET", path+"?token="+mine.token(t), "", nil); a.status != 200 {
			t.Errorf("%s with the token: %d", name, a.status)
		}
		if a := p.ask(t, "GET", path+"?token="+yours.token(t), "", nil); a.status != 404 {
			t.Errorf("%s with another's token: %d", name, a.status)
		}
		if a := p.ask(t, "GET", path, "", nil); a.status == 200 || strings.Contains(a.body, "Aysel") {
			t.Errorf("%s without a token: %d", name, a.status)
		}
		// The manage page leaves the token in a cookie.
		opened := p.ask(t, "GET", strings.TrimPrefix(mine.ManageURL, origin), "", nil)
		cookies := (&http.Response{Header: opened.header}).Cookies()
		if a := p.ask(t, "GET", path, "", nil, func(r *http.Request) {
			for _, c := range cookies {
				r.AddCookie(c)
			}
		}); a.status != 200 {
			t.Errorf("%s with the cookie of the manage page: %d", name, a.status)
		}
	}
}

func TestMailsCarryThePapers(t *testing.T) {
	p := quietPortal(t)
	p.addSlot(t, "s", november.AddDate(0, 0, 2), 4)
	p.addSlot(t, "s2", november.AddDate(0, 0, 3), 4)
	b := p.booked(t, "s", human(1))
	k, err := p.book.Managed(t.Context(), b.Reference, b.token(t))
	if err != nil {
		t.Fatal(err)
	}
	render := func(kind string, data map[string]string) (string, notify.Mail, error) {
		mail, err := p.letters.Render(t.Context(), notify.Message{Kind: kind, Ref: k.ID, Lang: "az", Data: data})
		var names []string
		for _, a := range mail.Attachments {
			if len(a.Data) == 0 {
				t.Errorf("%s: %s is empty", kind, a.Name)
			}
			names = append(names, a.Name+" "+a.Type)
		}
		return strings.Join(names, ", "), mail, err
	}
	const papers = "confirmation.pdf application/pdf, appointment.ics text/calendar; charset=utf-8; method=PUBLISH"
	if got, mail, err := render(notify.KindConfirmed, nil); err != nil || got != papers || mail.To != "aysel@example.org" || !strings.Contains(mail.Text, "London vaxtı") {
		t.Errorf("confirmed: %s, %v, %+v", got, err, mail.To)
	}
	if got, _, err := render(notify.KindReminderDay, map[string]string{"slot": "s"}); err != nil || got != "" {
		t.Errorf("reminder: %q, %v", got, err)
	}
	path := "/bookings/" + b.Reference + "?token=" + b.token(t)
	must[bookedAnswer](t, 200, p.call(t, "PATCH", path, object{"slot": "s2"}))
	if got, mail, err := render(notify.KindMoved, map[string]string{"from": "s", "slot": "s2"}); err != nil || got != papers || !strings.Contains(mail.Text, "28 noyabr 2026") {
		t.Errorf("moved: %s, %v\n%s", got, err, mail.Text)
	}
	// A mail that the booking has overtaken says nothing.
	if _, _, err := render(notify.KindMoved, map[string]string{"from": "s2", "slot": "s"}); err != notify.ErrObsolete {
		t.Errorf("moved on since: %v", err)
	}
	if a := p.call(t, "DELETE", path, nil); a.status != 204 {
		t.Fatal(a.body)
	}
	if got, _, err := render(notify.KindCancelled, map[string]string{"slot": "s2"}); err != nil || got != "appointment.ics text/calendar; charset=utf-8; method=CANCEL" {
		t.Errorf("cancelled: %s, %v", got, err)
	}
	if _, _, err := render(notify.KindConfirmed, nil); err != notify.ErrObsolete {
		t.Errorf("confirmed, sent after the cancellation: %v", err)
	}
}

package deskweb_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/store"
)

// missing marks a booking as missed.
func missing(s *site, k *booking.Booking) func(context.Context, *store.Tx) error {
	return func(ctx context.Context, tx *store.Tx) error {
		_, err := s.book.MarkNoShow(ctx, tx, audit.System, true, k.ID)
		return err
	}
}

// form is a filled page of one person; pairs change it.
func form(slot string, pairs ...string) []string {
	values := url.Values{
		"service": {service}, "party": {"1"}, "slot": {slot}, "request": {"01a20000-0000-7000-8000-000000000002"},
		"applicants[0].given_names": {"Aysel"}, "applicants[0].surname": {"Nəbiyeva"},
		"applicants[0].date_of_birth.day": {"17"}, "applicants[0].date_of_birth.month": {"4"}, "applicants[0].date_of_birth.year": {"1990"},
		"applicants[0].nationality": {"AZE"}, "applicants[0].document_number": {"ZZ0000001"},
	}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	var flat []string
	for name := range values {
		flat = append(flat, name, values.Get(name))
	}
	return flat
}

func TestStaffBookForPeopleWithoutEmail(t *testing.T) {
	s := open(t)
	s.slot("s1", "baku", 120, 2)
	s.slot("far", "london", 120, 2)
	people := desk + "/new/people"
	for _, wrong := range []struct{ name, value, want string }{
		{"applicants[0].document_number", "", "document"},
		{"applicants[0].date_of_birth.month", "13", "date"},
		{"applicants[0].date_of_birth.year", "2030", "in the past"},
		{"applicants[0].nationality", "", "nationality"},
		{"email", "not an address", "e-mail"},
		{"phone", "call me", "telephone number"},
	} {
		a := s.post(people, form("s1", wrong.name, wrong.value)...)
		if a.code != http.StatusUnprocessableEntity {
			t.Errorf("%s=%q: %d", wrong.name, wrong.value, a.code)
		}
		s.shows(a.body, "govuk-error-summary", "Aysel") // and what was typed is still there
		if !strings.Contains(strings.ToLower(a.body), wrong.want) {
			t.Errorf("%s=%q: nothing about %s", wrong.name, wrong.value, wrong.want)
		}
	}
	if a := s.post(people, form("far")...); a.code != http.StatusNotFound {
		t.Errorf("a slot of another post: %d", a.code)
	}
	first := s.post(people, form("s1", "phone", "+994 12 000 00 00")...)
	again := s.post(people, form("s1", "phone", "+994 12 000 00 00")...)
	if first.code != http.StatusSeeOther || again.to != first.to {
		t.Fatalf("sent twice: %d %s and %s", first.code, first.to, again.to)
	}
	s.shows(s.leads(first, first.to), "The appointment is booked.", "Aysel Nəbiyeva", "994 12 000 00 00", "Wednesday, 25 November 2026, 11:00")
	same := s.post(people, form("s1", "request", "01a20000-0000-7000-8000-000000000003")...)
	if same.code != http.StatusConflict {
		t.Fatalf("the same person for the same service: %d", same.code)
	}
	s.shows(same.body, "Aysel")
	pdf := s.get(first.to+"/confirmation.pdf", "en")
	if pdf.code != http.StatusOK || !strings.HasPrefix(pdf.body, "%PDF-") || pdf.header.Get("Content-Type") != "application/pdf" {
		t.Errorf("the confirmation: %d, %s", pdf.code, pdf.header.Get("Content-Type"))
	}
	var by string
	if err := s.db.Read().QueryRowContext(context.Background(), `SELECT actor FROM audit_entry WHERE action = 'booking.book'`).Scan(&by); err != nil || by != "staff:7" {
		t.Errorf("booked by %q, %v", by, err)
	}
}

func TestTheDeskSeesWhatThePublicDoesNot(t *testing.T) {
	s := open(t)
	s.slot("s1", "baku", 30, 1) // not released yet, and closer than the notice
	s.shows(s.get(desk+"/new?service="+service+"&party=1", "en").body, "09:30")
	s.hides(s.get(desk+"/new?service="+service+"&party=2", "en").body, "09:30")
	s.hides(s.get(desk+"/new?service="+service+"&party=1&from=2026-11-26", "en").body, "09:30")
	s.shows(s.get(desk+"/new?service="+service+"&party=1&from=nonsense", "en").body, "09:30")
	for _, query := range []string{"service=&party=1", "service=" + service + "&party=0", "service=" + service + "&party=x"} {
		if a := s.get(desk+"/new?"+query, "en"); a.code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", query, a.code)
		}
	}
}

func TestFindMoveAndCancel(t *testing.T) {
	s := open(t)
	s.slot("s1", "baku", 120, 1)
	s.slot("s2", "baku", 26*60, 1)
	s.slot("s3", "baku", 27*60, 1)
	k := s.booked("s1", "aysel@example.org", who("Aysel", "Nəbiyeva", "ZZ0000001"))
	full := s.booked("s3", "", who("Rəşad", "Əliyev", "ZZ0000002"))
	one := desk + "/" + k.Reference
	s.leads(s.post(desk, "q", strings.ToLower(k.Reference)), one)
	s.shows(s.post(desk, "q", "AYSEL@example.org").body, k.Reference)
	s.shows(s.post(desk, "q", "nəbiyeva").body, k.Reference)
	if a := s.post(desk, "q", "ABCD-EFGH"); a.code != http.StatusUnprocessableEntity {
		t.Errorf("nothing found: %d", a.code)
	}
	s.shows(s.leads(s.post(one+"/move", "slot", "s3"), one+"/move"), "govuk-notification-banner")
	s.shows(s.leads(s.post(one+"/move", "slot", "s2"), one), "The appointment was moved.", "Thursday, 26 November 2026, 11:00")
	if a := s.post(one + "/cancel"); a.code != http.StatusUnprocessableEntity || s.state(k) != booking.Booked {
		t.Fatalf("cancelled without a reason: %d", a.code)
	}
	if a := s.post(one+"/cancel", "reason", strings.Repeat("x", 301)); a.code != http.StatusUnprocessableEntity {
		t.Errorf("a reason without end: %d", a.code)
	}
	s.shows(s.leads(s.post(one+"/cancel", "reason", "asked by telephone"), one), "The appointment was cancelled.", "Cancelled")
	if s.state(k) != booking.Cancelled || s.state(full) != booking.Booked {
		t.Fatalf("the bookings are %s and %s", s.state(k), s.state(full))
	}
}

func TestAMissIsTakenBackWithAReason(t *testing.T) {
	s := open(t)
	s.slot("s1", "baku", 120, 1)
	k := s.booked("s1", "", who("Aysel", "Nəbiyeva", "ZZ0000001"))
	one := desk + "/" + k.Reference
	s.shows(s.leads(s.post(one+"/came", "reason", "too early"), one), "govuk-notification-banner") // nothing was missed
	if err := s.db.Write(context.Background(), missing(s, k)); err != nil {
		t.Fatal(err)
	}
	if a := s.post(one + "/came"); a.code != http.StatusUnprocessableEntity {
		t.Fatalf("without a reason: %d", a.code)
	}
	s.shows(s.leads(s.post(one+"/came", "reason", "The reception forgot the check-in"), one), "The miss was taken back.", "Served")
	var misses int
	if err := s.db.Read().QueryRowContext(context.Background(), `SELECT COALESCE(SUM(misses), 0) FROM standing`).Scan(&misses); err != nil || misses != 0 {
		t.Fatalf("%d misses are left, %v", misses, err)
	}
}

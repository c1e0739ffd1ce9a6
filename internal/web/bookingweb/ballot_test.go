package bookingweb_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/draw"
	"github.com/chancery/chancery/internal/guard"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

// tab is one browser that keeps its cookies.
type tab struct {
	t       *testing.T
	p       *portal
	cookies map[string]*http.Cookie
}

func (b *tab) send(method, path string, form url.Values) answer {
	b.t.Helper()
	var body []byte
	change := []asking{func(r *http.Request) {
		for _, c := range b.cookies {
			r.AddCookie(c)
		}
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}}
	kind := ""
	if method == http.MethodPost {
		body, kind = []byte(form.Encode()), "application/x-www-form-urlencoded"
	}
	a := b.p.ask(b.t, method, path, kind, body, change...)
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		b.cookies[c.Name] = c
	}
	if a.status == http.StatusSeeOther {
		return b.send(http.MethodGet, a.header.Get("Location"), nil)
	}
	return a
}

// says fails the test unless the page has the status and these texts.
func (b *tab) says(a answer, status int, keys ...string) {
	b.t.Helper()
	if a.status != status {
		b.t.Fatalf("status %d, want %d: %.400s", a.status, status, a.body)
	}
	en := locale.For("en")
	for _, key := range keys {
		if want := en.T(key); !strings.Contains(a.body, want) {
			b.t.Fatalf("the page does not say %q", want)
		}
	}
}

func ballotForm(n string) url.Values {
	return url.Values{"party": {"1"}, "wants": {"any"}, "email": {"ballot@example.org"},
		"applicants[0].given_names": {"Aysel"}, "applicants[0].surname": {"Specimen"}, "applicants[0].nationality": {"AZE"}, "applicants[0].document_number": {n},
		"applicants[0].date_of_birth.day": {"17"}, "applicants[0].date_of_birth.month": {"4"}, "applicants[0].date_of_birth.year": {"1990"}}
}

func TestEnteringABallotAndTakingThePlace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		p := openPortal(t, db, november, guard.Config{})
		start := time.Date(2026, 12, 14, 10, 0, 0, 0, time.UTC)
		if err := p.book.AddSlots(ctx, []booking.Slot{{ID: "v", PostID: "london", GroupID: "visa-interview", RuleID: "r", Date: "2026-12-14", Clock: "10:00",
			Start: start, End: start.Add(15 * time.Minute), Planned: 1, OpensAt: booking.Unreleased}}); err != nil {
			t.Fatal(err)
		}
		tick := func(at time.Time) {
			t.Helper()
			p.millis.Store(at.UnixMilli())
			if err := p.rounds.Tick(ctx); err != nil {
				t.Fatal(err)
			}
		}
		tick(november)
		const path = "/appointments/ballots/london-visa-interview-2026-11-30"
		b := &tab{t, p, map[string]*http.Cookie{}}
		b.says(b.send("GET", path, nil), 200, "bookingballot.not_now")
		tick(time.Date(2026, 11, 30, 9, 30, 0, 0, time.UTC))
		b.says(b.send("GET", path, nil), 200, "bookingballot.any")
		b.says(b.send("POST", path, url.Values{"party": {"1"}}), 422, "draw.wants_missing")
		b.says(b.send("POST", path, url.Values{"party": {"1"}, "wants": {"any"}}), 200, "bookingweb.people.surname")

		form := ballotForm("ZZ1234567")
		b.says(b.send("POST", path+"/people", form), 422) // without a proof
		form.Set("altcha", p.proof(t, "ballot"))
		form.Set("applicants[0].date_of_birth.day", "31")
		b.says(b.send("POST", path+"/people", form), 422, "booking.birth_not_a_date")
		form.Set("applicants[0].date_of_birth.day", "17")
		b.says(b.send("POST", path+"/people", form), 200, "bookingballot.code_title")

		again := ballotForm("ZZ1234567")
		tickets := func() *draw.Ticket {
			t.Helper()
			var id string
			if err := db.Read().QueryRowContext(ctx, `SELECT id FROM ballot_entry`).Scan(&id); err != nil {
				t.Fatal(err)
			}
			ticket, err := p.rounds.Draws.TicketByID(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			return ticket
		}
		ticket := tickets()
		entry := "/appointments/entry/" + ticket.BallotID + "/" + ticket.Number
		b.says(b.send("POST", entry+"/code", url.Values{"code": {"nonsense"}}), 422, "bookingballot.code_title")
		b.says(b.send("POST", entry+"/code", url.Values{"code": {p.rounds.Draws.Code(ticket)}}), 200, "bookingballot.withdraw")
		again.Set("altcha", p.proof(t, "ballot"))
		b.says(b.send("POST", path+"/people", again), 422, "draw.person_entered")

		stranger := &tab{t, p, map[string]*http.Cookie{}}
		stranger.says(stranger.send("GET", entry, nil), 403, "bookingballot.no_token")
		stranger.says(stranger.send("GET", entry+"?token=nonsense", nil), 404)

		tick(time.Date(2026, 12, 4, 10, 30, 0, 0, time.UTC))
		won, err := p.book.Booking(ctx, tickets().BookingID)
		if err != nil {
			t.Fatal(err)
		}
		b = &tab{t, p, map[string]*http.Cookie{}} // the link of the e-mail, some days later
		b.says(b.send("GET", entry+"?token="+p.rounds.Draws.Token(ticket.ID), nil), 200, "bookingballot.see_win")
		b.says(b.send("GET", "/appointments/won/"+won.Reference, nil), 200, "bookingballot.accept")
		b.says(b.send("POST", "/appointments/won/"+won.Reference+"/accept", url.Values{}), 200)
		if k, err := p.book.Booking(ctx, won.ID); err != nil || k.State != booking.Booked {
			t.Fatalf("after accepting: %+v, %v", k, err)
		}
		b.says(b.send("GET", "/appointments/won/"+won.Reference, nil), 200, "bookingballot.won_taken")
		stranger.says(stranger.send("POST", "/appointments/won/"+won.Reference+"/decline", url.Values{}), 403)
	})
}

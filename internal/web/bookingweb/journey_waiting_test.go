package bookingweb_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

const joinQuery = "?party=1&post=london&service=passport-renewal"

// hidden reads a hidden control of the page.
func (b *browser) hidden(name string) string {
	b.t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(b.body)
	if m == nil {
		b.t.Fatalf("%s has no hidden %s\n%s", b.at, name, b.text())
	}
	return m[1]
}

// wait joins the waiting list for one person and gives the entry's address.
func (b *browser) wait(document string) string {
	b.t.Helper()
	b.get("/appointments/waiting/join"+joinQuery).sees(200, "Join the waiting list")
	b.post("/appointments/waiting/join"+joinQuery).sees(200, "Who is coming?")
	b.post("/appointments/waiting/join/people/1"+joinQuery, field(0, "given_names"), "Aysel", field(0, "surname"), "Specimen", field(0, "date_of_birth.day"), "17",
		field(0, "date_of_birth.month"), "4", field(0, "date_of_birth.year"), "1990", field(0, "nationality"), "AZE", field(0, "document_number"), document).sees(200, "E-mail address")
	b.post("/appointments/waiting/join/email"+joinQuery, "email", "aysel@example.org").sees(200, "Check your answers", document)
	ticket, once := b.hidden("ticket"), b.hidden("once")
	b.site.clock.advance(2 * time.Second)
	b.post("/appointments/waiting/join/check"+joinQuery, "ticket", ticket, "once", once).sees(200, "Enter the code", "aysel@example.org")
	path := b.at
	b.post("/appointments/waiting/join/check"+joinQuery, "ticket", ticket, "once", once)
	if b.at != path {
		b.t.Errorf("a double click joined twice: %s and %s", path, b.at)
	}
	e := b.site.entry(b.t, path)
	b.post(path+"/code", "code", "nonsense").sees(422, "The code is not right")
	b.post(path+"/code", "code", b.site.book.HoldCode(e.ID, e.CodeSerial)).sees(200, "You are on the waiting list")
	return path
}

func (s *site) entry(t *testing.T, path string) *booking.Entry {
	t.Helper()
	var id string
	reference := strings.TrimPrefix(path, "/appointments/waiting/")
	if err := s.db.Read().QueryRowContext(context.Background(), `SELECT id FROM waiting_entry WHERE reference = $1`, reference).Scan(&id); err != nil {
		t.Fatal(err)
	}
	e, err := s.book.Entry(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestWhoFindsNothingWaitsAndTakesTheOffer(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		s := openSite(t, db)
		s.slots(t, 1, "2026-12-14 10:00")
		holder := s.browser(t)
		taken := holder.bookOne("2026-12-14-1000", "AZ1111111")
		if err := s.book.AddSlots(ctx, []booking.Slot{
			{ID: "shut", PostID: "london", GroupID: "passport-renewal", RuleID: "r", Date: "2026-12-21", Clock: "10:00", Start: monday.AddDate(0, 0, 21), End: monday.AddDate(0, 0, 21).Add(time.Hour), Planned: 1, OpensAt: monday.AddDate(0, 0, 4)},
			{ID: "drawn", PostID: "london", GroupID: "passport-renewal", RuleID: "d", Date: "2027-01-04", Clock: "10:00", Start: monday.AddDate(0, 0, 35), End: monday.AddDate(0, 0, 35).Add(time.Hour), Planned: 1, OpensAt: monday, BallotID: "winter"},
			{ID: "berlin", PostID: "berlin", GroupID: "passport-renewal", RuleID: "b", Date: "2026-12-10", Clock: "11:00", Start: monday.AddDate(0, 0, 10), End: monday.AddDate(0, 0, 10).Add(time.Hour), Planned: 1, OpensAt: monday},
		}); err != nil {
			t.Fatal(err)
		}
		b := s.browser(t)
		b.get("/appointments/times?post=london&service=passport-renewal&party=1").
			sees(200, "Places here are drawn", "The next places open on Friday, 4 December 2026, 09:00", "Ballot for the places from 4 January 2027", "/appointments/ballots/winter", "Join the waiting list", "Berlin", "Thursday, 10 December 2026")
		path := b.wait("AZ2222222")
		b.get(path).sees(200, "No place has come back", "Nobody joined before you", "Aysel Specimen")
		second := s.browser(t)
		behind := second.wait("AZ3333333")
		second.get(behind).sees(200, "1 person or family joined before you")
		s.browser(t).get(path).sees(404, "We cannot open this entry").lacks("Aysel")

		holder.post(taken + "/cancel").sees(200)
		offer := func() {
			if n, err := s.book.OfferLots(ctx, 10); err != nil || n != 1 {
				t.Fatalf("%d offers, %v", n, err)
			}
		}
		offer()
		b.get(path).sees(200, "A place is kept for you", "Monday, 14 December 2026, 10:00", "Take this place")
		b.post(path+"/decline").sees(200, "You keep your turn")
		offer()
		second.get(behind).sees(200, "A place is kept for you")
		link := behind + "?token=" + s.book.EntryToken(s.entry(t, behind).ID)
		other := s.browser(t)
		if other.get(link).sees(200, "A place is kept for you"); other.at != behind {
			t.Errorf("after the link the address is %s", other.at)
		}
		second.post(behind+"/accept").sees(200, "Your appointment is booked", "AZ3333333")
		booked := second.at
		if second.post(behind+"/accept").sees(200, "Your appointment is booked"); second.at != booked {
			t.Errorf("accepting twice leads to %s and %s", booked, second.at)
		}
		second.get(behind).sees(200, "You took the place", booked)
		second.post(behind+"/decline").sees(409, "is not kept for you any more")

		b.get(path+"/leave").sees(200, "Leave the waiting list?")
		b.post(path+"/leave").sees(200, "You left the waiting list")
		b.post(path+"/leave").sees(200, "You left the waiting list")
	})
}

func TestTheWaitingListRefusesWhatCannotBe(t *testing.T) {
	s := openSite(t, storetest.SQLite(t))
	b := s.browser(t)
	join := "/appointments/waiting/join" + joinQuery
	days := func(from, to string) []string {
		var pairs []string
		for name, date := range map[string]string{"from": from, "to": to} {
			for i, part := range strings.SplitN(date+"--", "-", 4)[:3] {
				pairs = append(pairs, name+[]string{".year", ".month", ".day"}[i], part)
			}
		}
		return pairs
	}
	b.get(join)
	b.post(join, days("2026-02-30", "")...).sees(422, "Enter a date that exists", `value="30"`)
	b.post(join, days("2026-11-29", "")...).sees(422, "This day has passed")
	b.post(join, days("2026-12-20", "2026-12-10")...).sees(422, "must not be before the first")
	b.post(join, days("2029-01-01", "")...).sees(422, "You can wait for the next 180 days")
	b.post(join, days("2026-12-10", "2026-12-20")...).sees(200, "Who is coming?")
	b.get(join).sees(200, `value="10"`, `value="20"`)

	b.wait("AZ1111111")
	again := s.browser(t)
	again.get(join)
	again.post("/appointments/waiting/join/people/1"+joinQuery, field(0, "given_names"), "Aysel", field(0, "date_of_birth.day"), "17",
		field(0, "date_of_birth.month"), "4", field(0, "date_of_birth.year"), "1990", field(0, "nationality"), "AZE", field(0, "document_number"), "AZ1111111")
	again.post("/appointments/waiting/join/email"+joinQuery, "email", "other@example.org").sees(200, "Check your answers")
	ticket := again.hidden("ticket")
	s.clock.advance(2 * time.Second)
	again.post("/appointments/waiting/join/check"+joinQuery, "ticket", ticket, "once", "x").sees(409, "is on the waiting list for this service already", "Check your answers")

	blocked := s.browser(t)
	blocked.post(join).sees(409, "Your browser keeps no cookies")
}

func TestAPausedPersonIsToldUntilWhen(t *testing.T) {
	s := openSite(t, storetest.SQLite(t))
	s.slots(t, 1, "2026-12-03 10:00")
	b := s.browser(t)
	b.choose("2026-12-03-1000", "1").name(1, "AZ1111111").post(b.hold()+"/email", "email", "a@example.org")
	key := booking.Applicant{GivenNames: "Aysel", Surname: "Specimen", DateOfBirth: "1990-04-17", Nationality: "AZE", DocumentNumber: "AZ1111111"}.PersonKey(s.keys)
	if err := s.db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO standing (person_key, service_id, misses, paused_until) VALUES ($1, $2, 2, $3)`, key, "passport-renewal", monday.AddDate(0, 0, 20).UnixMilli())
		return err
	}); err != nil {
		t.Fatal(err)
	}
	b.post(b.hold()+"/check").sees(409, "missed appointments", "before 20 December 2026", "Check your answers")
}

func TestMoveThatThePlanForcesIsAskedForAndFree(t *testing.T) {
	s := openSite(t, storetest.SQLite(t))
	s.slots(t, 1, "2026-12-03 10:00", "2026-12-04 10:00")
	b := s.browser(t)
	path := b.bookOne("2026-12-03-1000", "AZ1111111")
	if err := s.db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE booking SET moves = $1, move_by = $2`, booking.MaxMoves, monday.AddDate(0, 0, 2).UnixMilli())
		return err
	}); err != nil {
		t.Fatal(err)
	}
	b.get(path).sees(200, "The post cannot receive you at this time", "Wednesday, 2 December 2026, 09:00", "Move to another time")
	b.post(path+"/move/confirm", "from", "2026-12-03-1000", "slot", "2026-12-04-1000").sees(200, "Friday, 4 December 2026, 10:00").lacks("cannot receive you")
}

func TestWhoMustMoveTakesTheTimeThatIsKept(t *testing.T) {
	ctx := context.Background()
	s := openSite(t, storetest.SQLite(t))
	s.slots(t, 1, "2026-12-03 10:00", "2026-12-04 10:00")
	b := s.browser(t)
	path := b.bookOne("2026-12-03-1000", "AZ1111111")
	kept, err := s.book.Slot(ctx, "2026-12-04-1000")
	if err != nil {
		t.Fatal(err)
	}
	effect, err := s.book.Replan(ctx, booking.Replan{PostID: kept.PostID, Days: []string{"2026-12-03", "2026-12-04"}, Wanted: []booking.Slot{*kept}, Actor: "staff:1"})
	if err != nil || len(effect.MustMove) != 1 || effect.MustMove[0].Proposal == nil {
		t.Fatalf("%+v, %v", effect, err)
	}
	b.get(path).sees(200, "The post cannot receive you at this time", "We keep this time for you until", "Friday, 4 December 2026, 10:00", "Take this time")
	b.get(path+"/move/confirm?slot=2026-12-04-1000").sees(200, "Friday, 4 December 2026, 10:00")
	b.post(path+"/move/confirm", "from", "2026-12-03-1000", "slot", "2026-12-04-1000").sees(200, "Friday, 4 December 2026, 10:00").lacks("cannot receive you")
}

func TestOnesOwnClockIsKeptAndShown(t *testing.T) {
	s := openSite(t, storetest.SQLite(t))
	s.slots(t, 1, "2026-12-03 10:00", "2026-12-03 16:00")
	b := s.browser(t)
	times := "/appointments/times?post=london&service=passport-renewal&party=1&date=2026-12-03"
	b.get(times).sees(200, "London, UTC+0", "data-local-time")
	b.post("/appointments/zone", "zone", "Asia/Tokyo", "next", times).sees(200, "19:00 yours", "Fri 01:00 yours").lacks("data-local-time")
	b.post("/appointments/zone", "zone", "Europe/Lisbon", "next", times).sees(200).lacks("yours")
	b.post("/appointments/zone", "zone", "", "next", times).sees(200, "data-local-time")
	for _, next := range []string{"https://evil.example/", "//evil.example/", "/staff", "/appointments/../staff", "/appointments/\\evil"} {
		rec := b.once(http.MethodPost, "/appointments/zone", url.Values{"zone": {"Asia/Tokyo"}, "next": {next}})
		if to := rec.Header().Get("Location"); !strings.HasPrefix(to, "/appointments") || strings.Contains(to, "..") {
			t.Errorf("%s leads to %s", next, to)
		}
	}
}

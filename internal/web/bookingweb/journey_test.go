package bookingweb_test

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func TestAFamilyBooksFromFindingAPostToTheConfirmation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := openSite(t, db)
		s.slots(t, 1, "2026-12-02 09:00")
		s.slots(t, 2, "2026-12-03 10:00", "2026-12-03 10:20")
		b := s.browser(t)
		b.get("/appointments?q=LÖNDON").sees(200, "1 post found", "Embassy in London")
		b.get("/appointments/at/london").sees(200, "Passport renewal", "40.00 AZN")
		b.get("/appointments/at/london/passport-renewal").sees(200, "What to bring", "Your present passport", "Wednesday, 2 December 2026", "Azerbaijani", "/party")
		b.get("/appointments/at/london/passport-renewal/party").sees(200, "How many people")
		b.get("/appointments/times?post=london&service=passport-renewal&party=2").
			sees(200, "December 2026", "for all 2 people together", "2026-12-03").lacks("date=2026-12-02")
		b.get("/appointments/times?post=london&service=passport-renewal&party=2&date=2026-12-03").sees(200, "10:00", "10:20", "Any time that day")

		b.choose("2026-12-03-1000", "2").sees(200, "Person 1 of 2", "Step 1 of 5", "data-ends")
		b.name(1, "AZ1111111").sees(200, "Person 2 of 2")
		b.name(2, "az 1111-111").sees(422, "This person is named twice")
		b.name(2, "AZ2222222").sees(200, "E-mail address")
		b.post(b.hold()+"/email", "email", "aysel@example.org").sees(200, "Check your answers", "AZ1111111", "AZ2222222", "17 April 1990", "aysel@example.org")
		if n := s.count(t, `SELECT COUNT(*) FROM outbox`); n != 0 {
			t.Errorf("%d mails went out before the answers were sent", n)
		}
		b.post(b.hold()+"/check").sees(200, "Enter the code", "aysel@example.org")
		b.post(b.hold()+"/code", "code", "12").sees(422, "The code is not right", "4 tries are left")
		code := b.code()
		b.post(b.hold()+"/code", "code", " "+code[:3]+" "+code[3:]).sees(200, "Your appointment is booked", "Thursday, 3 December 2026, 10:00", "Add to my calendar", "qr.png")
		if strings.Contains(b.at, "token") || !regexp.MustCompile(`^/appointments/manage/[0-9A-Z]{4}-[0-9A-Z]{4}$`).MatchString(b.at) {
			t.Errorf("the confirmation stands at %s", b.at)
		}
		if n := s.count(t, `SELECT taken FROM slot WHERE id = '2026-12-03-1000'`); n != 2 {
			t.Errorf("%d places are taken", n)
		}
		if n := s.count(t, `SELECT COUNT(*) FROM booking_draft`); n != 0 {
			t.Errorf("what was typed is still there: %d drafts", n)
		}
	})
}

func TestTheHolderSeesMovesAndCancels(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := openSite(t, db)
		s.slots(t, 1, "2026-12-03 10:00", "2026-12-04 10:00", "2026-12-04 11:00")
		first := s.browser(t)
		path := first.bookOne("2026-12-03-1000", "AZ1111111")
		reference := strings.TrimPrefix(path, "/appointments/manage/")
		k, err := s.book.ByReference(context.Background(), reference)
		if err != nil {
			t.Fatal(err)
		}

		// A friend without the link sees nothing; the link works anywhere and
		// leaves no secret in the address.
		s.browser(t).get(path).sees(403, "We cannot open this appointment").lacks("Aysel")
		s.browser(t).get(path+"?token=wrong").sees(404, "We cannot open this appointment").lacks("Aysel")
		b := s.browser(t)
		b.get(path+"?token="+s.book.ManageToken(k.ID)).sees(200, "Your appointment is booked", "AZ1111111")
		if b.at != path {
			t.Errorf("after the link the address is %s", b.at)
		}

		b.get(path+"/move?date=2026-12-04").sees(200, "10:00", "11:00", "3 more times")
		b.get(path+"/move/confirm?slot=2026-12-04-1000").sees(200, "Move the appointment?", "Thursday, 3 December 2026, 10:00", "Friday, 4 December 2026, 10:00")
		b.post(path+"/move/confirm", "from", "2026-12-03-1000", "slot", "2026-12-04-1000").sees(200, "Friday, 4 December 2026, 10:00", "Your appointment has moved")
		b.post(path+"/move/confirm", "from", "2026-12-03-1000", "slot", "2026-12-04-1000").sees(200, "Friday, 4 December 2026, 10:00")
		if k, _ = s.book.Booking(context.Background(), k.ID); k.Moves != 1 {
			t.Errorf("a double click moved %d times", k.Moves)
		}

		other := s.browser(t)
		other.bookOne("2026-12-04-1100", "AZ2222222")
		b.post(path+"/move/confirm", "from", "2026-12-04-1000", "slot", "2026-12-04-1100").sees(409, "Somebody was faster", "stays where it was")
		b.get(path).sees(200, "Friday, 4 December 2026, 10:00")

		// The link in a reminder asks before it cancels.
		b = s.browser(t)
		b.get(path+"/cancel?token="+s.book.ManageToken(k.ID)).sees(200, "Cancel the appointment?", "cannot be brought back")
		if k, _ = s.book.Booking(context.Background(), k.ID); k.State != booking.Booked {
			t.Fatalf("opening the link made it %s", k.State)
		}
		b.post(path+"/cancel").sees(200, "This appointment is cancelled", "Book again")
		b.post(path+"/cancel").sees(200, "This appointment is cancelled")
		b.get(path+"/move").sees(200, "This appointment is cancelled")
	})
}

func TestAMovedOftenOrPastAppointmentStays(t *testing.T) {
	s := openSite(t, storetest.SQLite(t))
	s.slots(t, 1, "2026-12-03 10:00", "2026-12-04 10:00", "2026-12-07 10:00", "2026-12-08 10:00", "2026-12-09 10:00")
	b := s.browser(t)
	path := b.bookOne("2026-12-03-1000", "AZ1111111")
	from := "2026-12-03-1000"
	for _, to := range []string{"2026-12-04-1000", "2026-12-07-1000", "2026-12-08-1000"} {
		b.post(path+"/move/confirm", "from", from, "slot", to).sees(200)
		from = to
	}
	b.get(path).lacks("Move to another time")
	b.get(path+"/move").sees(409, "moved as often as is allowed", "Back to the appointment")
	b.post(path+"/move/confirm", "from", from, "slot", "2026-12-09-1000").sees(409, "moved as often as is allowed")
	s.clock.advance(9 * 24 * time.Hour)
	link := path + "?token=" + s.book.ManageToken(bookingAt(t, s, path).ID)
	b.get(link).sees(200, "has begun or is over").lacks("/cancel", "qr.png")
	b.get(path+"/cancel").sees(409, "cannot be cancelled any more")
	b.post(path+"/cancel").sees(409, "cannot be cancelled any more")
}

func bookingAt(t *testing.T, s *site, path string) *booking.Booking {
	t.Helper()
	k, err := s.book.ByReference(context.Background(), strings.TrimPrefix(path, "/appointments/manage/"))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAMissedHoldLosesNothingTyped(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := openSite(t, db)
		s.slots(t, 2, "2026-12-03 10:00", "2026-12-03 10:20", "2026-12-03 10:40")
		b := s.browser(t)
		b.choose("2026-12-03-1000", "2").name(1, "AZ1111111").sees(200, "Person 2 of 2")
		s.clock.advance(16 * time.Minute)
		// The second person is sent too late: said so, and kept all the same.
		b.name(2, "AZ2222222").sees(409, "The 15 minutes are over", "Choose another time", "party=2")
		b.choose("2026-12-03-1020", "2").sees(200, "Person 1 of 2", "AZ1111111", "typed in this browser before")
		b.name(1, "AZ1111111").sees(200, "Person 2 of 2", "AZ2222222").name(2, "AZ2222222").sees(200, "E-mail address")
		b.post(b.hold()+"/email", "email", "aysel@example.org").post(b.hold()+"/check").sees(200, "Enter the code")
		s.clock.advance(16 * time.Minute)
		hold, code := b.hold(), b.code()
		b.post(hold+"/code", "code", code).sees(409, "The 15 minutes are over")
		b.choose("2026-12-03-1040", "2").sees(200, "AZ1111111")
		if n := s.count(t, `SELECT COUNT(*) FROM booking WHERE state = 'booked'`); n != 0 {
			t.Errorf("%d bookings", n)
		}
	})
}

func TestOnASharedComputerWhatWasTypedCanBeCleared(t *testing.T) {
	s := openSite(t, storetest.SQLite(t))
	s.slots(t, 2, "2026-12-03 10:00", "2026-12-03 10:20")
	b := s.browser(t)
	b.choose("2026-12-03-1000", "1").name(1, "AZ1111111")
	b.choose("2026-12-03-1020", "1").sees(200, "AZ1111111")
	b.post(b.hold()+"/forget").sees(200, "Who is coming?").lacks("AZ1111111", "Specimen")
	b.name(1, "AZ2222222")
	s.clock.advance(61 * time.Minute)
	b.choose("2026-12-03-1000", "1").sees(200, "Who is coming?").lacks("AZ2222222")
}

func TestDoubleClicksBackButtonsAndTabsDoubleNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := openSite(t, db)
		s.slots(t, 1, "2026-12-03 10:00", "2026-12-03 10:20")
		b := s.browser(t)
		hold := b.choose("2026-12-03-1000", "1").hold()
		if again := b.choose("2026-12-03-1000", "1").hold(); again != hold {
			t.Errorf("the same choice twice made %s and %s", hold, again)
		}
		if n := s.count(t, `SELECT COUNT(*) FROM booking`); n != 1 {
			t.Errorf("%d holds", n)
		}
		b.get("/appointments/times?post=london&service=passport-renewal&party=1").sees(200, "A time is kept for you already: Thursday, 3 December 2026, 10:00, until 09:15", "Go on with it")
		s.browser(t).get("/appointments/times?post=london&service=passport-renewal&party=1").lacks("kept for you already")
		// Another tab chooses another time: the first says so.
		second := b.choose("2026-12-03-1020", "1").hold()
		b.get(hold).sees(409, "You chose another time")
		b.get(second).sees(200, "Who is coming?").name(1, "AZ1111111").post(second+"/email", "email", "a@example.org").post(second+"/check").sees(200, "Enter the code")
		b.post(second+"/check").sees(200, "Enter the code")
		b.get("/appointments/times?post=london&service=passport-renewal&party=1").sees(200, "A time is kept for you already", second)
		// Back to the people after they are named: the code is what is left to do.
		b.get(second+"/people/1").sees(200, "Enter the code")
		code := b.code()
		b.post(second+"/code", "code", code).sees(200, "Your appointment is booked")
		reference := b.at
		b.post(second+"/code", "code", code).sees(200, "Your appointment is booked")
		if b.get(second); b.at != reference {
			t.Errorf("the hold's page leads to %s, not to %s", b.at, reference)
		}
		if n := s.count(t, `SELECT COUNT(*) FROM booking WHERE state = 'booked'`); n != 1 {
			t.Errorf("%d bookings", n)
		}
		if n := s.count(t, `SELECT COUNT(*) FROM outbox WHERE kind = 'booking-code'`); n > 1 {
			t.Errorf("%d codes were mailed", n)
		}
	})
}

func TestTheSameClickManyTimesAtOnceIsOneHold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := openSite(t, db)
		s.slots(t, 5, "2026-12-03 10:00")
		b := s.browser(t)
		form := url.Values{"slot": {"2026-12-03-1000"}, "post": {"london"}, "service": {"passport-renewal"}, "party": {"1"}, "date": {"2026-12-03"}}
		first := b.once(http.MethodPost, "/appointments/holds", form)
		wait, err := url.Parse(first.Header().Get("Location"))
		if err != nil || wait.Path != "/appointments/wait" {
			t.Fatalf("to %v, %v", wait, err)
		}
		b.cookies["browser"] = "AAAAAAAAAAAAAAAAAAAAAA"
		s.clock.advance(2 * time.Second)
		to := make([]string, 5)
		var all sync.WaitGroup
		for i := range to {
			all.Go(func() {
				tab := &browser{t: t, site: s, lang: "en", cookies: maps.Clone(b.cookies)}
				to[i] = tab.once(http.MethodPost, "/appointments/holds", wait.Query()).Header().Get("Location")
			})
		}
		all.Wait()
		for _, address := range to {
			if address != to[0] || !strings.HasPrefix(address, "/appointments/holds/") {
				t.Errorf("the clicks lead to %q", to)
				break
			}
		}
		if n := s.count(t, `SELECT taken FROM slot`); n != 1 {
			t.Errorf("%d places are taken", n)
		}
	})
}

func TestAHoldBelongsToItsBrowser(t *testing.T) {
	s := openSite(t, storetest.SQLite(t))
	s.slots(t, 1, "2026-12-03 10:00")
	b := s.browser(t)
	hold := b.choose("2026-12-03-1000", "1").hold()
	stranger := s.browser(t)
	for _, page := range []string{"", "/people/1", "/email", "/check", "/code"} {
		stranger.get(hold+page).sees(404, "belongs to another browser")
	}
	stranger.get("/appointments/holds/nothing").sees(404, "belongs to another browser")
	stranger.post(hold+"/release").sees(404, "belongs to another browser")
	b.get(hold + "/people/2").sees(404)
	b.get(hold).sees(200, "Who is coming?")
}

func TestOnePersonHasOneAppointmentForAService(t *testing.T) {
	s := openSite(t, storetest.SQLite(t))
	s.slots(t, 1, "2026-12-03 10:00", "2026-12-03 10:20", "2026-12-03 10:40")
	b := s.browser(t)
	b.bookOne("2026-12-03-1000", "AZ1111111")
	// The same browser may book for somebody else, such as a neighbour.
	b.choose("2026-12-03-1020", "1").sees(200, "Who is coming?").lacks("AZ1111111")
	// A zero for an O does not make another person.
	b.name(1, "AZ111111I").post(b.hold()+"/email", "email", "a@example.org").post(b.hold()+"/check").
		sees(409, "already has an appointment for this service", "Check your answers", "/people/1?change")
	b.name(1, "AZ3333333").sees(200)
	b.get(b.hold()+"/check").post(b.hold()+"/check").sees(200, "Enter the code")
}

func TestCodesRunOutAndComeAgain(t *testing.T) {
	s := openSite(t, storetest.SQLite(t))
	s.slots(t, 1, "2026-12-03 10:00", "2026-12-03 10:20")
	b := s.browser(t)
	b.choose("2026-12-03-1000", "1").name(1, "AZ1111111").post(b.hold()+"/email", "email", "a@example.org").post(b.hold() + "/check")
	hold := b.hold()
	b.post(hold+"/code", "code", "").sees(422, "Enter the code from the e-mail")
	for range booking.MaxTries {
		b.post(hold+"/code", "code", "nonsense").sees(422, "The code is not right")
	}
	b.post(hold+"/code", "code", b.code()).sees(409, "Too many wrong codes").lacks(`name="code"`)
	old := b.code()
	b.post(hold+"/resend").sees(200, "A new code is on its way", `name="code"`)
	b.post(hold+"/code", "code", old).sees(422, "The code is not right")
	for range booking.MaxCodes - 2 {
		b.post(hold + "/resend").sees(200)
	}
	b.post(hold+"/resend").sees(409, "No more codes can be sent").lacks("Send a new code")
	b.post(hold+"/release").sees(200, "Choose a day and a time", "The time was given back")
	b.choose("2026-12-03-1020", "1").sees(200, "AZ1111111")
	hold = b.hold()
	b.name(1, "AZ1111111")
	b.get(hold+"/check").sees(200).post(hold+"/check").sees(200, "Enter the code")
	b.post(hold+"/code", "code", arabic(b.code())).sees(200, "Your appointment is booked")
}

func TestASlipInTheAddressCostsNoPlace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := openSite(t, db)
		s.slots(t, 1, "2026-12-03 10:00")
		b := s.browser(t)
		b.choose("2026-12-03-1000", "1").name(1, "AZ1111111").post(b.hold()+"/email", "email", "aysle@example.org").post(b.hold() + "/check")
		hold, old := b.hold(), b.code()
		b.get(hold+"/address").sees(200, "aysle@example.org", "right e-mail address")
		b.post(hold+"/address", "email", "aysel@").sees(422, `value="aysel@"`)
		b.post(hold+"/address", "email", "aysel@example.org").sees(200, "A new code is on its way", "aysel@example.org").lacks("aysle")
		b.post(hold+"/code", "code", old).sees(422, "The code is not right")
		b.post(hold+"/code", "code", b.code()).sees(200, "Your appointment is booked", "aysel@example.org", "Aysel Specimen")
		b.post(hold+"/address", "email", "thief@example.org").sees(200, "Your appointment is booked").lacks("thief")
		k := bookingAt(t, s, b.at)
		if d, err := s.book.Details(k); err != nil || d.Email != "aysel@example.org" || k.EmailKey != s.book.EmailKey("aysel@example.org") {
			t.Errorf("the booking has %q, %v", d.Email, err)
		}
	})
}

// arabic writes digits as an Arabic keyboard does.
func arabic(code string) string {
	return strings.Map(func(r rune) rune { return r - '0' + '٠' }, code)
}

func TestARefusedTimeShowsTheOthers(t *testing.T) {
	s := openSite(t, storetest.SQLite(t))
	s.slots(t, 1, "2026-12-01 10:00", "2026-12-03 10:00", "2026-12-03 10:20")
	s.browser(t).choose("2026-12-03-1000", "1").sees(200)
	b := s.browser(t)
	b.choose("2026-12-03-1000", "1").sees(409, "Somebody was faster", "10:20", "error-summary")
	b.choose("2026-12-03-9999", "1").sees(409, "does not exist any more")
	b.post("/appointments/holds", "any", "day", "date", "2026-12-03", "post", "london", "service", "passport-renewal", "party", "1").sees(200, "10:20")
	s.browser(t).post("/appointments/holds", "any", "day", "date", "2026-12-03", "post", "london", "service", "passport-renewal", "party", "1").sees(409, "not enough places left")
	s.clock.advance(25 * time.Hour)
	s.browser(t).choose("2026-12-01-1000", "1").sees(409, "too late to book")
	for _, party := range []string{"0", "-1", "99", "two", ""} {
		s.browser(t).choose("2026-12-03-1000", party).sees(422, "How many people", "error-summary")
	}
	s.browser(t).post("/appointments/holds", "slot", "2026-12-03-1000", "service", "visa-interview", "post", "london", "party", "1").lacks("Who is coming?")
}

func TestEveryPageSpeaksAzerbaijani(t *testing.T) {
	s := openSite(t, storetest.SQLite(t))
	s.slots(t, 2, "2026-12-03 10:00", "2026-12-03 10:20")
	b := s.browser(t)
	b.lang = "az"
	b.get("/appointments?q=bakı").sees(200, "nümayəndəlik tapıldı")
	b.get("/appointments?q=Norveç").sees(200, "Norveç", "km məsafədə")
	b.get("/appointments/at/london").sees(200, "Sizə nə lazımdır?")
	b.get("/appointments/at/london/passport-renewal").sees(200, "Özünüzlə nə gətirin")
	b.get("/appointments/at/london/passport-renewal/party").sees(200, "Neçə nəfər gəlir?")
	b.get("/appointments/times?post=london&service=passport-renewal&party=1&date=2026-12-03").sees(200, "dekabr 2026", "istənilən vaxt", "10:20")
}

func TestPostsAreFoundByPlaceInAnyScript(t *testing.T) {
	s := openSite(t, storetest.SQLite(t))
	s.slots(t, 1, "2026-12-03 10:00")
	b := s.browser(t)
	for q, want := range map[string]string{
		"london": "Embassy in London", "United King": "London", "Böyük Britaniya": "London", "Великобритания": "London", "المملكة المتحدة": "London",
		"Türkiyə": "Istanbul", "turkiye": "Ankara", "Berlín": "Berlin",
	} {
		b.get("/appointments?q="+url.QueryEscape(q)).sees(200, want)
	}
	b.get("/appointments?q="+url.QueryEscape("Норвегия")).sees(200, "There is no post in Norway", "km away")
	b.get("/appointments?q=Atlantis").sees(200, "We found no post by that name", "London")
	b.get("/appointments?near=51.5,-0.1").sees(200, "The nearest posts")
	if first := strings.Index(b.body, "ch-list__item"); !strings.Contains(b.body[first:first+300], "London") {
		t.Errorf("the nearest post to London is another: %s", b.body[first:first+300])
	}
	for _, near := range []string{"x", "91,0", "NaN,NaN", "1,2,3", ","} {
		b.get("/appointments?near="+near).sees(200, "All posts")
	}
	b.get("/appointments?service=passport-renewal").sees(200, "free from Thursday, 3 December 2026")
	b.get("/appointments?service=passport-renewal&post=london").sees(200, "What to bring")
	b.get("/appointments?service=nonsense").sees(http.StatusNotFound)
	b.get("/appointments/at/nowhere").sees(http.StatusNotFound)
}

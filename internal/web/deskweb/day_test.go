package deskweb_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/booking"
)

const (
	today = "/staff/today/baku"
	desk  = "/staff/bookings/baku"
)

func TestEveryPageInBothLanguages(t *testing.T) {
	s := open(t)
	s.slot("s1", "baku", 30, 3)
	k := s.booked("s1", "", who("Aysel", "Nəbiyeva", "ZZ0000001"))
	missed := s.booked("s1", "", who("Rəşad", "Əliyev", "ZZ0000002"))
	if err := s.db.Write(context.Background(), missing(s, missed)); err != nil {
		t.Fatal(err)
	}
	ticket := s.post(today+"/walk-in", "service", service, "party", "1").to
	for path, wants := range map[string][2]string{
		today:                              {"Who is here?", "Kim gəlib?"},
		today + "/check-in/" + k.Reference: {"These people", "bu adamlara"},
		today + "/walk-in":                 {"How many people?", "Neçə nəfər?"},
		today + "/list":                    {"Day list", "Günün siyahısı"},
		today + "/list?date=2026-12-31":    {"Nobody is expected", "heç kim gözlənilmir"},
		today + "/counter":                 {"At which counter do you work?", "Hansı pəncərədə işləyirsiniz?"},
		ticket:                             {"Please watch the screen", "ekranı izləyin"},
		desk:                               {"Find a booking", "Qəbulu tap"},
		desk + "/new":                      {"Show times", "Vaxtları göstər"},
		desk + "/new?service=" + service + "&party=1":                {"Wednesday, 25 November 2026", "çərşənbə, 25 noyabr 2026"},
		desk + "/new/people?service=" + service + "&party=2&slot=s1": {"Person 2", "Şəxs 2"},
		desk + "/" + k.Reference:                                     {"Expected", "Gözlənilir"},
		desk + "/" + k.Reference + "/confirmation":                   {"Please bring", "Özünüzlə gətirin"},
		desk + "/" + k.Reference + "/move":                           {"Move to another time", "Vaxtı dəyiş"},
		desk + "/" + k.Reference + "/cancel":                         {"The place goes to others", "Yer başqalarına verilir"},
		desk + "/" + missed.Reference + "/came":                      {"came after all", "Şəxs gəlibmiş"},
		"/board/baku":                                                {"Please wait until your number appears", "Nömrəniz görünənədək gözləyin"},
	} {
		for i, lang := range []string{"en", "az"} {
			a := s.get(path, lang)
			if a.code != http.StatusOK || !strings.Contains(strings.ToLower(a.body), strings.ToLower(wants[i])) {
				t.Errorf("%s in %s: %d, without %q", path, lang, a.code, wants[i])
			}
		}
	}
}

func TestPeopleAreFoundAndCheckedIn(t *testing.T) {
	s := open(t)
	s.slot("s1", "baku", 30, 5)
	k := s.booked("s1", "", who("Aysel", "Nəbiyeva", "ZZ0000001"))
	s.booked("s1", "", who("Rəşad", "Əliyev", "ZZ0000002"))
	s.booked("s1", "", who("Rəşad", "Quliyev", "ZZ0000003"))
	page := today + "/check-in/" + k.Reference
	code := s.letters.CheckIn(k)
	for _, typed := range []string{
		k.Reference, strings.ToLower(strings.Replace(k.Reference, "-", " ", 1)), "nebiyeva", "Aysel N", "zz 0000001",
	} {
		s.leads(s.post(today+"/find", "q", typed), page)
	}
	// What a scanner types, on a keyboard that has other signs in these places.
	u, err := url.Parse(code)
	if err != nil {
		t.Fatal(err)
	}
	token := url.QueryEscape(u.Query().Get("token"))
	for _, scanned := range []string{code, strings.NewReplacer(":", "Ş", "/", ".", "?", ",", "=", "ğ", "&", "+").Replace(code)} {
		body := s.leads(s.post(today+"/find", "q", scanned), page+"?token="+token)
		s.shows(body, "The code is genuine")
	}
	// What a telephone's camera opens.
	s.leads(s.get(u.RequestURI(), "en"), page+"?token="+token)
	s.shows(s.get(page+"?token=forged", "en").body, "The code on this paper is not ours")

	a := s.post(today+"/find", "q", "rəşad")
	s.shows(a.body, "Several people fit", "Rəşad Əliyev", "Rəşad Quliyev")
	if a := s.post(today+"/find", "q", "Nobody"); a.code != http.StatusUnprocessableEntity {
		t.Errorf("nobody was found: %d", a.code)
	}
	if a := s.post(today+"/find", "q", " "); a.code != http.StatusUnprocessableEntity {
		t.Errorf("nothing was typed: %d", a.code)
	}

	s.shows(s.get(page, "en").body, "Aysel Nəbiyeva", "17 April 1990", "Azerbaijan", "ZZ0000001")
	if a := s.post(page); a.code != http.StatusUnprocessableEntity || s.state(k) != booking.Booked {
		t.Fatalf("checked in without comparing: %d, %s", a.code, s.state(k))
	}
	first := s.post(page, "same", "yes")
	s.shows(s.leads(first, first.to), "B001", "0 tickets are before this one")
	if again := s.post(page, "same", "yes"); again.to != first.to || s.state(k) != booking.CheckedIn {
		t.Fatalf("checked in twice: %s and %s", first.to, again.to)
	}
	s.shows(s.get(page, "en").body, "Ticket B001.")
	s.shows(s.leads(s.post(first.to+"/withdraw"), today), "Ticket B001 was taken back.")
	if s.state(k) != booking.Booked {
		t.Fatalf("after withdrawing the booking is %s", s.state(k))
	}
}

func TestLeavingBeforeBeingCalled(t *testing.T) {
	s := open(t)
	s.slot("s1", "baku", 30, 5)
	k := s.booked("s1", "", who("Aysel", "Nəbiyeva", "ZZ0000001"))
	ticket := s.post(today+"/check-in/"+k.Reference, "same", "yes").to
	s.shows(s.leads(s.post(ticket+"/left"), today), "Ticket B001 is ended.", "Left without being served")
	if s.state(k) != booking.Served {
		t.Fatalf("the booking is %s", s.state(k))
	}
	s.shows(s.leads(s.post(ticket+"/withdraw"), today), "There is nothing to undo")
}

func TestOtherPostsAndDays(t *testing.T) {
	s := open(t)
	s.slot("s1", "london", 600, 3)
	s.slot("s2", "baku", 26*60, 3)
	away := s.booked("s1", "", who("Aysel", "Nəbiyeva", "ZZ0000001"))
	later := s.booked("s2", "", who("Rəşad", "Əliyev", "ZZ0000002"))
	body := s.leads(s.get("/staff/check-in?reference="+away.Reference, "en"), today+"/check-in/"+away.Reference)
	s.shows(body, "This appointment is at another post", "London")
	s.hides(body, "Aysel", "ZZ0000001", `name="same"`)
	body = s.get(today+"/check-in/"+later.Reference, "en").body
	s.shows(body, "on another day")
	s.hides(body, `name="same"`)
	s.shows(s.leads(s.post(today+"/check-in/"+later.Reference, "same", "yes"), today+"/check-in/"+later.Reference), "on another day")
	if s.state(away) != booking.Booked || s.state(later) != booking.Booked {
		t.Fatal("checked in at the wrong post or day")
	}
	for _, path := range []string{
		"/staff/today/london", "/staff/bookings/london", "/staff/today/london/counter", "/staff/bookings/london/" + away.Reference,
	} {
		if a := s.get(path, "en"); a.code != http.StatusForbidden {
			t.Errorf("%s: %d", path, a.code)
		}
	}
	if a := s.get(desk+"/"+away.Reference, "en"); a.code != http.StatusNotFound {
		t.Errorf("another post's booking under one's own: %d", a.code)
	}
	s.shows(s.post(desk, "q", away.Reference).body, "This appointment is at another post.")
	if a := s.post(desk+"/"+later.Reference+"/move", "slot", "s1"); a.code != http.StatusNotFound {
		t.Errorf("moved to a post where the clerk may nothing: %d", a.code)
	}
}

func TestTheCounter(t *testing.T) {
	s := open(t)
	s.slot("s1", "baku", 30, 5)
	k := s.booked("s1", "", who("Aysel", "Nəbiyeva", "ZZ0000001"))
	counter := today + "/counter"
	s.shows(s.leads(s.post(counter+"/next"), counter), "Choose your counter first.")
	s.shows(s.leads(s.post(counter, "counter", s.counter("1")), counter), "Nobody is at the counter")
	s.shows(s.leads(s.post(counter+"/next"), counter), "Nobody is waiting for this counter.")
	s.post(today+"/check-in/"+k.Reference, "same", "yes")
	walkIn := s.post(today+"/walk-in", "service", service, "party", "2", "ticket", "01a20000-0000-7000-8000-000000000001")
	if twice := s.post(today+"/walk-in", "service", service, "party", "2", "ticket", "01a20000-0000-7000-8000-000000000001"); twice.to != walkIn.to {
		t.Fatalf("a double click gave a second ticket: %s and %s", walkIn.to, twice.to)
	}
	// The walk-in's turn (9:20) comes before the appointment at 9:30.
	s.shows(s.leads(s.post(counter+"/next"), counter), "A001", "no name is known", "B001", "Last step: A001 called.")
	s.shows(s.leads(s.post(counter+"/next"), counter), "Ticket A001 is still at this counter.")
	s.shows(s.leads(s.post(walkIn.to+"/recall"), counter), "Call again (2)")
	s.shows(s.leads(s.post(walkIn.to+"/serve"), counter), "How did it end?")
	s.shows(s.leads(s.post(walkIn.to+"/finish", "outcome", ""), counter), "Choose how it ended.")
	body := s.leads(s.post(walkIn.to+"/finish", "outcome", "done", "then", "next"), counter)
	s.shows(body, "B001", "Aysel Nəbiyeva", "ZZ0000001")
	ticket := between(body, `action="`, "/serve")
	s.shows(s.leads(s.post(ticket+"/no-show"), counter), "B001 marked as not come")
	if s.state(k) != booking.NoShow {
		t.Fatalf("the booking is %s", s.state(k))
	}
	s.shows(s.leads(s.post(ticket+"/undo"), counter), "Aysel Nəbiyeva", "The person is here")
	s.shows(s.leads(s.post(ticket+"/transfer"), counter), "Choose another counter or another service.")
	s.shows(s.leads(s.post(ticket+"/put-back"), counter), "1 waits for this counter")
	s.shows(s.leads(s.post(ticket+"/call"), counter), "Aysel Nəbiyeva")
	s.shows(s.leads(s.post(ticket+"/transfer", "counter", s.counter("2")), counter), "1 more waits for other counters.")

	// Another officer takes the place at this counter.
	s.gate.person = clerk{"8", "baku"}
	s.shows(s.get(counter, "en").body, "Leyla 7 works here")
	s.leads(s.post(counter, "counter", s.counter("1")), counter)
	s.gate.person = clerk{"7", "baku"}
	s.shows(s.get(counter, "en").body, "At which counter do you work?")
}

// between gives what stands directly before end, from the last start on.
func between(text, start, end string) string {
	text, _, _ = strings.Cut(text, end)
	return text[strings.LastIndex(text, start)+len(start):]
}

func TestTheBoard(t *testing.T) {
	s := open(t)
	s.slot("s1", "baku", 30, 5)
	k := s.booked("s1", "", who("Aysel", "Nəbiyeva", "ZZ0000001"))
	s.post(today+"/check-in/"+k.Reference, "same", "yes")
	s.post(today+"/walk-in", "service", service, "party", "1")
	s.post(today+"/counter", "counter", s.counter("1"))
	s.post(today + "/counter/next")
	s.gate.person = nil // the screen in the waiting room signs in nowhere
	body := s.get("/board/baku", "az").body
	s.shows(body, "A001", "B001", "Counter", "Pəncərə", "09:00", "Wednesday, 25 November 2026", "çərşənbə, 25 noyabr 2026",
		`<noscript><meta http-equiv="refresh" content="15"></noscript>`, `data-stream="/board/baku/events"`, `data-chime="A001-1"`, "ch-board__call--new")
	s.hides(body, "Aysel", "Nəbiyeva", "ZZ0000001", k.Reference, k.ID)
	s.millis.Add(time.Minute.Milliseconds())
	s.hides(s.get("/board/baku", "az").body, "ch-board__call--new")
	if a := s.get("/board/atlantis", "en"); a.code != http.StatusNotFound {
		t.Errorf("a board without a post: %d", a.code)
	}
}

func TestScreensAreToldOfChanges(t *testing.T) {
	s := open(t)
	server := httptest.NewServer(s.handler)
	defer server.Close()
	for _, path := range []string{"/board/baku/events", today + "/events"} {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if kind := response.Header.Get("Content-Type"); kind != "text/event-stream" {
			t.Fatalf("%s is %s", path, kind)
		}
		lines := bufio.NewScanner(response.Body)
		event := func() (data string) {
			for lines.Scan() {
				if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
					return text
				}
			}
			t.Fatalf("%s ended: %v", path, lines.Err())
			return ""
		}
		first := event()
		s.post(today+"/walk-in", "service", service, "party", "1")
		if second := event(); second == first {
			t.Errorf("%s tells nothing new: %s", path, second)
		}
	}
}

func TestAWalkInIsRefusedWithAReason(t *testing.T) {
	s := open(t)
	for _, form := range []struct{ service, party, want string }{
		{"", "1", "Choose a service"}, {"marriage-of-mars", "1", "Choose a service"}, {service, "0", "from 1 to"}, {service, "many", "from 1 to"}, {service, "999", "from 1 to"},
	} {
		a := s.post(today+"/walk-in", "service", form.service, "party", form.party)
		if a.code != http.StatusUnprocessableEntity {
			t.Errorf("%+v: %d", form, a.code)
		}
		s.shows(a.body, form.want)
	}
	if a := s.get(today+"/list?date=2026-02-30", "en"); a.code != http.StatusUnprocessableEntity {
		t.Errorf("a day that does not exist: %d", a.code)
	}
	if a := s.get(fmt.Sprintf("%s/tickets/%s", today, "none"), "en"); a.code != http.StatusNotFound {
		t.Errorf("a ticket that does not exist: %d", a.code)
	}
}

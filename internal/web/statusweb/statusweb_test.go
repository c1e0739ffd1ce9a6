package statusweb_test

import (
	"bytes"
	"image"
	"image/png"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/act"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 30))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestOnlyTheApplicantSees(t *testing.T) {
	s := openSite(t, storetest.SQLite(t))
	mine, other := s.submitted("U1111111"), s.submitted("U2222222")
	b := s.of(other)
	for _, page := range []string{"", "/answer", "/pay", "/receipt.pdf", "/interview", "/withdraw"} {
		for _, reference := range []string{mine.Reference, "K7QX-2M9D"} {
			rec := b.once("GET", "/applications/"+reference+page, "", nil)
			if rec.Code != 303 || !strings.HasPrefix(rec.Header().Get("Location"), "/applications?") || strings.Contains(rec.Body.String(), "Yılmaz") {
				t.Errorf("%s of %s: %d to %s", page, reference, rec.Code, rec.Header().Get("Location"))
			}
		}
	}
	for _, page := range []string{"/pay", "/withdraw", "/interview", "/answer"} {
		if rec := b.once("POST", "/applications/"+mine.Reference+page, "application/x-www-form-urlencoded", strings.NewReader("do=send&text=x&provider=test")); rec.Code != 303 {
			t.Errorf("POST %s: %d", page, rec.Code)
		}
	}
	if a, err := s.cases.Application(t.Context(), mine.ID); err != nil || a.State != casework.Submitted {
		t.Errorf("a stranger changed it: %v %v", a.State, err)
	}
	// What is not submitted is filled in elsewhere.
	draft := s.draft("U3333333")
	if rec := s.of(draft).once("GET", "/applications/"+draft.Reference, "", nil); rec.Header().Get("Location") != "/applications/"+draft.Reference+"/tasks" {
		t.Errorf("a draft leads to %q", rec.Header().Get("Location"))
	}
}

func TestFromSubmissionToTheVisa(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := openSite(t, db)
		ctx := t.Context()
		a := s.submitted("U1234567")
		here := "/applications/" + a.Reference
		b := s.of(a)
		b.get(here).sees(200, "We have received your application", "Trial visa", "Embassy in London", a.Reference, "ayse@example.org", "10 working days from today",
			"Monday, 14 December 2026", "2 things", "20.00 USD", "not paid yet", "Choose a time", "You submitted the application", here+"/withdraw", here+"/application.pdf").
			lacks("Answer the officer", "visa.pdf", "receipt.pdf")
		b.lang = "az"
		b.get(here).sees(200, "Ərizənizi qəbul etdik", "iş günü", "Vaxt seçin")
		b.lang = "en"

		// The officer asks; the mail's link lets another browser in.
		q, err := s.cases.Ask(ctx, "ann", a.ID, "Where do you stay?\nAnd with whom?", []string{"journey"})
		s.must(err)
		link := "/applications/answer?" + url.Values{"question": {q.ID}, "token": {s.cases.LinkToken(q.ID)}}.Encode()
		s.browser().get(strings.Replace(link, "token=", "token=x", 1)).sees(404, "This link leads no further").lacks("Where do you stay")
		m := s.browser()
		m.get(link).sees(200, "Where do you stay?", "14 December 2026", "Change: Journey", `enctype="multipart/form-data"`)
		if m.at != here+"/answer" {
			t.Errorf("the token stays in the address: %s", m.at)
		}
		m.get(here).sees(200, "We need something more from you", "Read and answer", "Not answered yet").lacks("working days from today")

		// What was typed stays, whichever button is pressed.
		m.send(here+"/answer", "", nil, "text", "At a hotel.", "do", "attach").sees(422, "Choose a file first", "At a hotel.")
		m.send(here+"/answer", "virus.exe", []byte("MZ this is no picture"), "text", "At a hotel.", "do", "attach").sees(422, "At a hotel.", `id="file-error"`)
		m.send(here+"/answer", "hotel.png", picture(t), "text", "At a hotel.", "do", "attach").sees(200, "hotel.png", "At a hotel.", "Remove")
		id := regexp.MustCompile(`remove:([0-9a-f-]+)`).FindStringSubmatch(m.body)[1]
		m.send(here+"/answer", "", nil, "text", "At a hotel.", "do", "remove:"+id).sees(200, "At a hotel.").lacks("hotel.png")
		m.send(here+"/answer", "hotel.png", picture(t), "text", "", "do", "send").sees(422, "Write a text", "hotel.png")
		rec := m.once("POST", here+"/answer", "application/x-www-form-urlencoded", strings.NewReader("text=Wait&do=page:journey"))
		if to := rec.Header().Get("Location"); to != here+"/pages/journey?back="+url.QueryEscape(here+"/answer") {
			t.Errorf("to change an answer leads to %s", to)
		}
		m.get(here+"/answer").sees(200, ">Wait<")

		// A changed answer that is wrong keeps the rest from being sent, and says where.
		_, err = s.cases.Save(ctx, a.ID, "journey", 1, form.Answers{"nights": 13.0})
		s.must(err)
		m.send(here+"/answer", "", nil, "text", "At a hotel.", "do", "send").sees(422, "Journey: Not thirteen nights.", here+"/pages/journey?back=", "At a hotel.")
		_, err = s.cases.Save(ctx, a.ID, "journey", 2, form.Answers{"nights": 12.0})
		s.must(err)
		m.send(here+"/answer", "", nil, "text", "At a hotel.", "do", "send").sees(200, "Your answer was sent", "We have received your answer", "At a hotel.", "hotel.png")
		m.get(here+"/answer").sees(200, "We have received your answer")
		s.browser().get(link).sees(404, "This link leads no further")
		if answers, err := s.cases.Handed(ctx, a, 2); err != nil || answers["nights"] != 12.0 {
			t.Errorf("handed in again: %v, %v", answers, err)
		}

		// The first try to pay fails, the second succeeds, the third has nothing to pay.
		b.get(here+"/pay").sees(200, "Pay 20.00 USD online with test", "Pay 20.00 USD online with bank", "Pay at the counter", a.Reference)
		b.post(here+"/pay", "provider", "none").sees(409, "not possible to pay in this way")
		b.post(here+"/pay", "provider", "test").sees(200, "Test payment", "20.00 USD", a.Reference)
		pay := b.at
		b.post(pay, "outcome", "fail").sees(200, "The payment was not made", "Pay 20.00 USD online with test")
		b.get(pay).sees(200, "has ended")
		b.post(here+"/pay", "provider", "test").post(b.at, "outcome", "pay").sees(200, "Your payment has arrived", "LONDON-2026-000001", "Test payment").lacks("Pay at the counter")
		b.post(here+"/pay", "provider", "test").sees(409, "No fee is due")
		b.get(here+"/receipt.pdf?number=LONDON-2026-000001").sees(200, "%PDF")
		if kind := b.header.Get("Content-Type"); kind != "application/pdf" || b.header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("the receipt is %s", kind)
		}
		b.get(here + "/receipt.pdf?number=LONDON-2026-000002").sees(404)
		b.get("/demo/pay/none").sees(404)

		s.decided(a, casework.Proposal{Outcome: casework.Grant, Terms: map[string]string{"entries": "many", "from": "2026-12-10", "until": "2027-03-09", "days": "45"}})
		terms := []string{"Any number of entries", "10 December 2026", "9 March 2027", ">45<"}
		b.get(here).sees(200, append(terms, "Your application was granted", "Granted on 30 November 2026")...).lacks("visa.pdf", "What you have to do", here+"/withdraw")
		_, err = s.cases.Issue(ctx, "ann", a.ID, "visa:0197")
		s.must(err)
		s.papers[a.ID] = issued{act.InForce, true}
		b.get(here).sees(200, append(terms, "Your document was issued", here+"/visa.pdf")...).lacks("You cannot download it")
		b.get(here + "/withdraw").sees(200).lacks("Yes, withdraw")
		if b.at != here {
			t.Errorf("what is decided can be withdrawn at %s", b.at)
		}
		if strings.Contains(b.body, "proposed") || strings.Contains(b.body, "ann") {
			t.Error("the applicant reads what is for officers")
		}
	})
}

func TestRefusedWithdrawnLapsed(t *testing.T) {
	s := openSite(t, storetest.SQLite(t))
	ctx := t.Context()
	refused := s.submitted("U1111111")
	s.must(s.cases.Waive(ctx, "ann", refused.ID, "humanitarian"))
	s.of(refused).get("/applications/"+refused.Reference).sees(200, "you need not pay", "Humanitarian grounds")
	s.decided(refused, casework.Proposal{Outcome: casework.Refuse, Reasons: []string{"purpose", "another"}, Text: "The invitation names somebody else."})
	s.of(refused).get("/applications/"+refused.Reference).sees(200, "Your application was refused", "The purpose and the conditions of the stay were not shown", "The invitation names somebody else.",
		"If you do not agree", "within thirty days", "Embassy in London", "/services/trial/apply", "We keep this application until 30 November 2028").lacks("visa.pdf", "What you have to do")

	withdrawn := s.submitted("U2222222")
	b := s.of(withdrawn)
	b.get("/applications/"+withdrawn.Reference+"/withdraw").sees(200, "Withdraw this application?", "Yes, withdraw it").lacks("not paid back")
	b.post("/applications/"+withdrawn.Reference+"/withdraw").sees(200, "You withdrew this application", "was not paid", "/services/trial/apply").lacks("What you have to do")
	b.post("/applications/"+withdrawn.Reference+"/withdraw").sees(200, "You withdrew this application")
	b.post("/applications/"+withdrawn.Reference+"/pay", "provider", "test").sees(409)

	lapsed := s.submitted("U3333333")
	_, err := s.cases.Ask(ctx, "ann", lapsed.ID, "Where?", nil)
	s.must(err)
	s.advance(15 * 24 * time.Hour)
	if _, err := s.cases.Tick(ctx); err != nil {
		t.Fatal(err)
	}
	s.of(lapsed).get("/applications/"+lapsed.Reference).sees(200, "This application lapsed", "That is not a refusal", "Where?").lacks("Read and answer")

	erased := s.submitted("U4444444")
	b = s.of(erased)
	_, err = s.cases.Withdraw(ctx, erased.ID)
	s.must(err)
	s.must(s.cases.Erase(ctx, audit.System, erased.ID))
	if rec := b.once("GET", "/applications/"+erased.Reference, "", nil); rec.Code == 200 || strings.Contains(rec.Body.String(), "Yılmaz") {
		t.Errorf("what was erased: %d", rec.Code)
	}
}

// Who withdraws gives the place of the interview back, unless they want to keep
// it.
func TestWithdrawingCancelsTheInterview(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := openSite(t, db)
		s.slots("2026-12-03 10:00", "2026-12-04 11:00")
		free := func(slot string) int {
			t.Helper()
			found, err := s.book.Slot(t.Context(), slot)
			s.must(err)
			return found.Planned - found.Taken
		}
		for i, c := range []struct {
			slot  string
			typed []string
			state booking.State
			sees  string
		}{
			{"2026-12-03-1000", []string{"interview", "cancel"}, booking.Cancelled, "withdrawn and the interview cancelled"},
			{"2026-12-04-1100", nil, booking.Booked, "See, move or cancel"},
		} {
			a := s.submitted("U123456" + strconv.Itoa(i))
			here := "/applications/" + a.Reference
			b := s.of(a)
			b.get(here + "/withdraw").sees(200).lacks("Cancel the interview too")
			b.post(here + "/interview").sees(200)
			b.post("/appointments/holds", "slot", c.slot, "post", "london", "service", "visa-interview", "party", "1", "date", c.slot[:10])
			hold := strings.TrimSuffix(b.at, "/check")
			b.post(hold + "/check").sees(200)
			held, err := s.book.Booking(t.Context(), hold[strings.LastIndexByte(hold, '/')+1:])
			s.must(err)
			b.post(hold+"/code", "code", s.book.HoldCode(held.ID, held.CodeSerial)).sees(200, "Your interview")
			if free(c.slot) != 0 {
				t.Fatal("the place is not taken")
			}
			b.get(here+"/withdraw").sees(200, "Your interview is on", `value="cancel" checked`)
			b.post(here+"/withdraw", c.typed...).sees(200, "You withdrew this application", c.sees)
			done, err := s.book.Booking(t.Context(), held.ID)
			s.must(err)
			if got := free(c.slot); done.State != c.state || (got == 1) != (c.state == booking.Cancelled) {
				t.Errorf("%v: the interview is %s, %d places are free", c.typed, done.State, got)
			}
		}
	})
}

// A provider elsewhere is reached by a link, and one that does not answer keeps
// nobody from the other pages.
func TestAProviderElsewhere(t *testing.T) {
	s := openSite(t, storetest.SQLite(t))
	a := s.submitted("U1111111")
	here := "/applications/" + a.Reference
	b := s.of(a)
	b.post(here+"/pay", "provider", "bank").sees(200, `href="https://bank.example/pay?of=`, "Go on and pay")
	b.get(here+"/pay?returned=yes").sees(200, "does not answer at the moment", "The payment was not made")
	b.get(here).sees(200, "not paid yet")
}

func TestALateDecisionSaysSo(t *testing.T) {
	s := openSite(t, storetest.SQLite(t))
	a := s.submitted("U1111111")
	s.advance(30 * 24 * time.Hour)
	s.of(a).get("/applications/"+a.Reference).sees(200, "We are late")
}

// The interview is booked in the appointment portal with what the application
// says already, and is bound to it.
func TestTheInterviewIsBookedFromTheApplication(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := openSite(t, db)
		s.slots("2026-12-03 10:00", "2026-12-04 11:00")
		a := s.submitted("U1234567")
		here := "/applications/" + a.Reference + "/interview"
		b := s.of(a)
		b.get(here).sees(200, "Ayşe Yılmaz", "Embassy in London", "Choose a time")
		b.post(here).sees(200, "date=2026-12-03")
		if !strings.HasPrefix(b.at, "/appointments/times?") {
			t.Fatalf("to choose a time leads to %s", b.at)
		}
		b.post("/appointments/holds", "slot", "2026-12-03-1000", "post", "london", "service", "visa-interview", "party", "1", "date", "2026-12-03").
			sees(200, "Check your answers", "Ayşe", "Yılmaz", "U1234567", "ayse@example.org", "3 February 1990")
		hold := strings.TrimSuffix(b.at, "/check")
		b.post(hold+"/check").sees(200, "Enter the code")
		held, err := s.book.Booking(t.Context(), hold[strings.LastIndexByte(hold, '/')+1:])
		s.must(err)
		b.post(hold+"/code", "code", s.book.HoldCode(held.ID, held.CodeSerial)).sees(200, "Your interview", "Thursday, 3 December 2026, 10:00", "See, move or cancel").lacks("Choose a time")
		if b.at != here {
			t.Errorf("the booking leads to %s", b.at)
		}
		now, err := s.cases.Application(t.Context(), a.ID)
		s.must(err)
		done, err := s.book.Booking(t.Context(), held.ID)
		if err != nil || now.Interview != done.Reference {
			t.Errorf("the application has %q, the booking is %q, %v", now.Interview, done.Reference, err)
		}
		b.get("/applications/"+a.Reference).sees(200, "Thursday, 3 December 2026, 10:00").lacks("Choose a time for the interview")
		manage := regexp.MustCompile(`/appointments/manage/[^"]+`).FindString(b.body)
		b.get(manage).sees(200, "U1234567")
		// A second one is not to be had; after a cancellation it is.
		b.post(here).sees(200, "Your interview")
		_, err = s.book.Cancel(t.Context(), audit.Applicant, done.ID, "")
		s.must(err)
		b.get(here).sees(200, "This appointment is cancelled", "Choose a time")
	})
}

// An appointment that was made otherwise is found by its address and person, and
// by no less.
func TestAnAppointmentThatIsThereIsFound(t *testing.T) {
	s := openSite(t, storetest.SQLite(t))
	s.slots("2026-12-03 10:00", "2026-12-04 11:00")
	a := s.submitted("U1234567")
	b := s.browser()
	made := func(slot, number, email string) string {
		t.Helper()
		b.post("/appointments/holds", "slot", slot, "post", "london", "service", "visa-interview", "party", "1", "date", slot[:10]).sees(200)
		hold := regexp.MustCompile(`/appointments/holds/[0-9a-f-]+`).FindString(b.at)
		b.post(hold+"/people/1", "applicants[0].given_names", "Ayşe", "applicants[0].surname", "Yılmaz", "applicants[0].date_of_birth.day", "3",
			"applicants[0].date_of_birth.month", "2", "applicants[0].date_of_birth.year", "1990", "applicants[0].nationality", "TUR", "applicants[0].document_number", number)
		b.post(hold+"/email", "email", email)
		b.post(hold+"/check").sees(200, "Enter the code")
		held, err := s.book.Booking(t.Context(), hold[strings.LastIndexByte(hold, '/')+1:])
		s.must(err)
		b.post(hold+"/code", "code", s.book.HoldCode(held.ID, held.CodeSerial)).sees(200, "Your appointment is booked")
		return strings.TrimPrefix(b.at, "/appointments/manage/")
	}
	made("2026-12-04-1100", "U1234567", "somebody.else@example.org")
	s.of(a).get("/applications/"+a.Reference).sees(200, "Choose a time for the interview").lacks("Friday, 4 December")
	s.must(func() error {
		stranger, err := s.book.ByReference(t.Context(), strings.TrimPrefix(b.at, "/appointments/manage/"))
		if err == nil {
			_, err = s.book.Cancel(t.Context(), audit.Applicant, stranger.ID, "")
		}
		return err
	}())
	reference := made("2026-12-03-1000", "u 123 4567", "Ayse@example.org")
	s.of(a).get("/applications/"+a.Reference).sees(200, "Thursday, 3 December 2026, 10:00").lacks("Choose a time for the interview")
	if now, err := s.cases.Application(t.Context(), a.ID); err != nil || now.Interview != reference {
		t.Errorf("bound is %q, %v", now.Interview, err)
	}
}

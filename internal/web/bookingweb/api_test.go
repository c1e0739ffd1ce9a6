package bookingweb_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/guard"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

type slotAnswer struct {
	ID           string
	Start, End   string
	Places, Free int
}

func TestFromASlotToABookingAndBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		p := openPortal(t, db, november, guard.Config{})
		p.addSlot(t, "early", november.AddDate(0, 0, 2), 2)
		p.addSlot(t, "late", november.AddDate(0, 7, 3), 3) // in summer time
		p.addSlot(t, "small", november.AddDate(0, 0, 4), 1)

		slots := must[[]slotAnswer](t, 200, p.call(t, "GET", "/slots?post=london&service=passport-renewal&places=2", nil))
		if len(slots) != 1 || slots[0] != (slotAnswer{"early", "2026-11-27T09:00:00Z", "2026-11-27T09:20:00Z", 2, 2}) {
			t.Fatalf("two places together are at %+v", slots)
		}
		summer := must[[]slotAnswer](t, 200, p.call(t, "GET", "/slots?post=london&service=passport-renewal&from=2027-06-28&to=2027-06-28", nil))
		if len(summer) != 1 || summer[0].Start != "2027-06-28T10:00:00+01:00" {
			t.Fatalf("in summer: %+v", summer)
		}

		b := p.booked(t, "early", human(1), human(2))
		if b.State != "booked" || b.Post != "london" || b.Service != "passport-renewal" || len(b.Applicants) != 2 || b.Start != slots[0].Start ||
			b.Applicants[1]["document_number"] != "ZZ0000002" || !strings.HasPrefix(b.PDFURL, origin) || !strings.HasPrefix(b.ICSURL, origin) {
			t.Errorf("booked: %+v", b)
		}
		path := "/bookings/" + b.Reference + "?token=" + b.token(t)
		if again := must[bookedAnswer](t, 200, p.call(t, "GET", path, nil)); again.Reference != b.Reference {
			t.Errorf("read back: %+v", again)
		}

		// Full, and the same person in another slot.
		full := p.call(t, "POST", "/holds", p.holdBody(t, "early", human(3)))
		twice := p.call(t, "POST", "/holds", p.holdBody(t, "small", human(2)))
		if full.status != 409 || twice.status != 409 || full.problem(t).Detail == twice.problem(t).Detail {
			t.Errorf("full: %d %s; twice: %d %s", full.status, full.body, twice.status, twice.body)
		}

		if a := p.call(t, "PATCH", path, object{"slot": "small"}); a.status != 409 {
			t.Errorf("two people in one place: %d", a.status)
		}
		if a := p.call(t, "PATCH", path, object{"slot": "nowhere"}); a.status != 422 || a.locations(t) != "body.slot" {
			t.Errorf("a slot that does not exist: %d %s", a.status, a.body)
		}
		moved := must[bookedAnswer](t, 200, p.call(t, "PATCH", path, object{"slot": "late"}))
		if moved.Start != "2027-06-28T10:00:00+01:00" || moved.Reference != b.Reference {
			t.Errorf("moved: %+v", moved)
		}
		for range 2 {
			if a := p.call(t, "DELETE", path, nil); a.status != 204 || a.body != "" {
				t.Errorf("cancel: %d %q", a.status, a.body)
			}
		}
		if gone := must[bookedAnswer](t, 200, p.call(t, "GET", path, nil)); gone.State != "cancelled" {
			t.Errorf("after the cancellation: %s", gone.State)
		}
		if a := p.call(t, "PATCH", path, object{"slot": "early"}); a.status != 409 {
			t.Errorf("moving what is cancelled: %d", a.status)
		}
	})
}

func TestOnlyTheHolderGetsIn(t *testing.T) {
	t.Parallel()
	p := quietPortal(t)
	p.addSlot(t, "s", november.AddDate(0, 0, 2), 4)
	mine, yours := p.booked(t, "s", human(1)), p.booked(t, "s", human(2))
	wrong := "/bookings/" + mine.Reference + "?token=" + yours.token(t)
	unknown := "/bookings/ZZZZ-ZZZZ?token=" + yours.token(t)
	for _, method := range []string{"GET", "DELETE", "PATCH"} {
		var body any
		if method == "PATCH" {
			body = object{"slot": "s"}
		}
		a, b := p.call(t, method, wrong, body), p.call(t, method, unknown, body)
		if a.status != 404 || b.status != 404 || a.problem(t).Detail != b.problem(t).Detail {
			t.Errorf("%s: %d and %d, which tells strangers what exists", method, a.status, b.status)
		}
	}
	if a := p.call(t, "GET", "/bookings/"+mine.Reference, nil); a.status != 422 || a.locations(t) != "query.token" {
		t.Errorf("without a token: %d %s", a.status, a.body)
	}
}

func TestCodesOverTheAPI(t *testing.T) {
	t.Parallel()
	p := quietPortal(t)
	p.addSlot(t, "s", november.AddDate(0, 0, 2), 4)
	h := must[heldAnswer](t, 201, p.call(t, "POST", "/holds", p.holdBody(t, "s", human(1))))
	if h.ExpiresAt != "2026-11-25T09:15:00Z" {
		t.Errorf("expires at %s", h.ExpiresAt)
	}
	first := p.code(t, h.ID)
	if a := p.call(t, "POST", "/holds/"+h.ID+"/confirm", object{"code": "not it"}); a.status != 422 || a.locations(t) != "body.code" {
		t.Errorf("a wrong code: %d %s", a.status, a.body)
	}
	must[heldAnswer](t, 202, p.call(t, "POST", "/holds/"+h.ID+"/code", nil))
	if a := p.call(t, "POST", "/holds/"+h.ID+"/confirm", object{"code": first}); a.status != 422 {
		t.Errorf("the code before: %d", a.status)
	}
	right := object{"code": p.code(t, h.ID)}
	one := must[bookedAnswer](t, 201, p.call(t, "POST", "/holds/"+h.ID+"/confirm", right))
	if two := must[bookedAnswer](t, 201, p.call(t, "POST", "/holds/"+h.ID+"/confirm", right)); two.Reference != one.Reference {
		t.Error("confirming twice made two bookings")
	}
	late := must[heldAnswer](t, 201, p.call(t, "POST", "/holds", p.holdBody(t, "s", human(2))))
	code := p.code(t, late.ID)
	p.advance(16 * time.Minute)
	if a := p.call(t, "POST", "/holds/"+late.ID+"/confirm", object{"code": code}); a.status != 409 {
		t.Errorf("after the hold: %d", a.status)
	}
	for _, path := range []string{"/holds/nothing/confirm", "/holds/nothing/code", "/waiting-list/nothing/confirm"} {
		var body any
		if strings.HasSuffix(path, "confirm") {
			body = object{"code": "123456"}
		}
		if a := p.call(t, "POST", path, body); a.status != 404 {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}

func TestARepeatedRequestIsOne(t *testing.T) {
	t.Parallel()
	p := quietPortal(t)
	p.addSlot(t, "s", november.AddDate(0, 0, 2), 4)
	body, key := p.holdBody(t, "s", human(1)), with("Idempotency-Key", "7f3c")
	one := must[heldAnswer](t, 201, p.call(t, "POST", "/holds", body, key))
	again := p.call(t, "POST", "/holds", body, key)
	if two := must[heldAnswer](t, 201, again); two.ID != one.ID || again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("the second time: %+v", again)
	}
	// Without the key the same body is another try, and its proof is spent.
	if a := p.call(t, "POST", "/holds", body); a.status != 422 || a.locations(t) != "body.proof" {
		t.Errorf("without the key: %d %s", a.status, a.body)
	}
	if a := p.call(t, "POST", "/holds", p.holdBody(t, "s", human(2)), key); a.status != 422 || a.locations(t) != "header.Idempotency-Key" {
		t.Errorf("the key for another body: %d %s", a.status, a.body)
	}
}

func TestARepeatedRequestIsOneAcrossACrash(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		p := openPortal(t, db, november, guard.Config{})
		p.addSlot(t, "s", november.AddDate(0, 0, 2), 4)
		join := object{"post": "london", "service": "passport-renewal", "email": "a@example.org", "applicants": []object{human(2)}, "proof": p.proof(t, "waiting-list")}
		for path, body := range map[string]object{"/holds": p.holdBody(t, "s", human(1)), "/waiting-list": join} {
			key := with("Idempotency-Key", "key-"+path[1:2])
			one := must[heldAnswer](t, 201, p.call(t, "POST", path, body, key))
			// The server dies before it keeps its answer; the book has what it did.
			if err := p.db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.ExecContext(ctx, `DELETE FROM idempotency`)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if two := must[heldAnswer](t, 201, p.call(t, "POST", path, body, key)); two != one {
				t.Errorf("%s: %+v, then %+v", path, one, two)
			}
			if a := p.call(t, "POST", path, body, with("Idempotency-Key", "another")); a.status != 422 || a.locations(t) != "body.proof" {
				t.Errorf("%s with another key: %d %s", path, a.status, a.body)
			}
		}
	})
}

type entryAnswer struct {
	Reference, State, Token, Post, Service, From, To, Why, Booking string
	Places, Ahead                                                  int
	Offer                                                          *struct {
		Slot, Start string
		ExpiresAt   string `json:"expires_at"`
	}
}

// waits puts a person on the list for London's passports.
func (p *portal) waits(t *testing.T, person object) entryAnswer {
	t.Helper()
	h := must[heldAnswer](t, 201, p.call(t, "POST", "/waiting-list", object{
		"post": "london", "service": "passport-renewal", "email": "rashid@example.org", "applicants": []object{person}, "to": "2027-01-31", "proof": p.proof(t, "waiting-list"),
	}))
	e, err := p.book.Entry(t.Context(), h.ID)
	if err != nil {
		t.Fatal(err)
	}
	return must[entryAnswer](t, 201, p.call(t, "POST", "/waiting-list/"+h.ID+"/confirm", object{"code": p.book.HoldCode(e.ID, e.CodeSerial)}))
}

func TestWaitingListOverTheAPI(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		p := openPortal(t, db, november, guard.Config{})
		p.addSlot(t, "s", november.AddDate(0, 0, 20), 1)
		holder := p.booked(t, "s", human(1))
		first, second := p.waits(t, human(2)), p.waits(t, human(3))
		if first.State != "waiting" || first.From != "2026-11-25" || first.To != "2027-01-31" || first.Places != 1 || first.Why == "" || second.Ahead != 1 {
			t.Errorf("on the list: %+v, then %+v", first, second)
		}
		at := func(e entryAnswer, rest string) string {
			return "/waiting-list/" + e.Reference + rest + "?token=" + e.Token
		}
		if a := p.call(t, "POST", at(first, "/accept"), nil); a.status != 409 {
			t.Errorf("accepting no offer: %d %s", a.status, a.body)
		}
		if a := p.call(t, "GET", "/waiting-list/"+first.Reference+"?token="+second.Token, nil); a.status != 404 {
			t.Errorf("another's token: %d", a.status)
		}
		again := object{"post": "london", "service": "passport-renewal", "email": "r@example.org", "applicants": []object{human(2)}, "proof": p.proof(t, "waiting-list")}
		if a := p.call(t, "POST", "/waiting-list", again); a.status != 409 {
			t.Errorf("waiting twice: %d %s", a.status, a.body)
		}

		if a := p.call(t, "DELETE", "/bookings/"+holder.Reference+"?token="+holder.token(t), nil); a.status != 204 {
			t.Fatal(a.body)
		}
		offered := func() entryAnswer {
			if _, err := p.book.OfferLots(t.Context(), 10); err != nil {
				t.Fatal(err)
			}
			for _, e := range []entryAnswer{first, second} {
				if e = must[entryAnswer](t, 200, p.call(t, "GET", at(e, ""), nil)); e.State == "offered" {
					return e
				}
			}
			t.Fatal("nobody was offered the place that came back")
			return entryAnswer{}
		}
		if e := offered(); e.Reference != first.Reference || e.Offer == nil || e.Offer.Slot != "s" || e.Offer.Start != "2026-12-15T09:00:00Z" || e.Offer.ExpiresAt == "" {
			t.Errorf("offered first: %+v", e)
		}
		if e := must[entryAnswer](t, 200, p.call(t, "POST", at(first, "/decline"), nil)); e.State != "waiting" || e.Offer != nil {
			t.Errorf("after no: %+v", e)
		}
		if a := p.call(t, "DELETE", at(first, ""), nil); a.status != 204 {
			t.Errorf("leaving: %d", a.status)
		}
		if e := offered(); e.Reference != second.Reference {
			t.Errorf("offered next: %+v", e)
		}
		b := must[bookedAnswer](t, 201, p.call(t, "POST", at(second, "/accept"), nil))
		if b.State != "booked" || b.Start != "2026-12-15T09:00:00Z" {
			t.Errorf("accepted: %+v", b)
		}
		if e := must[entryAnswer](t, 200, p.call(t, "GET", at(second, ""), nil)); e.State != "accepted" || e.Booking != b.Reference {
			t.Errorf("the entry after: %+v", e)
		}
	})
}

func TestUnknownThings(t *testing.T) {
	t.Parallel()
	p := quietPortal(t)
	p.addSlot(t, "s", november.AddDate(0, 0, 2), 4)
	for path, status := range map[string]int{
		"/slots?post=atlantis&service=passport-renewal":                             http.StatusNotFound,
		"/slots?post=london&service=teleportation":                                  http.StatusNotFound,
		"/slots?post=london":                                                        http.StatusUnprocessableEntity,
		"/slots?post=london&service=passport-renewal&places=0":                      http.StatusUnprocessableEntity,
		"/slots?post=london&service=passport-renewal&places=many":                   http.StatusUnprocessableEntity,
		"/slots?post=london&service=passport-renewal&colour=red":                    http.StatusUnprocessableEntity,
		"/slots?post=london&service=passport-renewal&from=2026-12-01&to=2026-11-30": http.StatusUnprocessableEntity,
		"/slots?post=london&service=passport-renewal&from=2026-12-01&to=2027-12-01": http.StatusUnprocessableEntity,
		"/challenge?for=fun":                                                        http.StatusUnprocessableEntity,
		"/nothing":                                                                  http.StatusNotFound,
	} {
		if a := p.call(t, "GET", path, nil); a.status != status {
			t.Errorf("%s: %d, want %d", path, a.status, status)
		} else {
			a.problem(t)
		}
	}
	other := p.holdBody(t, "s", human(1))
	other["service"] = "visa-interview"
	if a := p.call(t, "POST", "/holds", other); a.status != 422 || a.locations(t) != "body.service" {
		t.Errorf("a service that the slot is not for: %d %s", a.status, a.body)
	}
}

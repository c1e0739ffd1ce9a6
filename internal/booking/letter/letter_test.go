package letter_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	declared "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/demo"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/letter"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

// offer is one service at the demonstration's posts.
type offer struct{ posts *post.Service }

func (offer) Service(id string) (booking.Service, bool) {
	return booking.Service{ID: id, PlacesPerApplicant: 1, MaxParty: 6, WarnAfter: 1, OfferFor: time.Hour}, id == "passport-renewal"
}

func (o offer) Post(id string) (booking.Post, bool) {
	p, err := o.posts.Get(context.Background(), id)
	return booking.Post{ID: id, Zone: p.Location()}, err == nil
}

// office is a book with a writer, in the summer, with a slot on either side of
// the change of clocks.
type office struct {
	*testing.T
	millis atomic.Int64
	db     *store.DB
	book   *booking.Book
	writer *letter.Writer
}

func (o *office) now() time.Time { return time.UnixMilli(o.millis.Load()).UTC() }

func open(t *testing.T) *office {
	t.Helper()
	o := &office{T: t}
	o.millis.Store(time.Date(2027, 7, 1, 9, 0, 0, 0, time.UTC).UnixMilli())
	services, err := catalogue.Load(declared.Services)
	o.must(err)
	db, trail := storetest.SQLite(t), audit.New(o.now)
	o.db = db
	posts := post.New(db, trail, services, o.now)
	o.must(demo.LoadPosts(t.Context(), posts, o.now()))
	keys, err := keyring.New()
	o.must(err)
	o.book = booking.Open(booking.Options{DB: db, Ring: keys, Offer: offer{posts}, Audit: trail, Outbox: notify.NewOutbox(db, o.now), Now: o.now})
	t.Cleanup(o.book.Close)
	o.writer = &letter.Writer{Book: o.book, Services: services, Posts: posts, BaseURL: "https://mfa.example", Ministry: locale.Text{"en": "Ministry", "az": "Nazirlik"}, Now: o.now}
	var slots []booking.Slot
	for id, start := range map[string]time.Time{"summer": o.now().AddDate(0, 0, 20), "winter": time.Date(2027, 11, 2, 9, 0, 0, 0, time.UTC)} {
		local := start.In(slotZone(t))
		slots = append(slots, booking.Slot{ID: id, PostID: "london", GroupID: "passport-renewal", RuleID: id, Date: local.Format(time.DateOnly), Clock: local.Format("15:04"),
			Start: start, End: start.Add(20 * time.Minute), Planned: 2})
	}
	o.must(o.book.AddSlots(t.Context(), slots))
	return o
}

func slotZone(t *testing.T) *time.Location {
	t.Helper()
	z, err := post.Zone("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

func details(document, email string) booking.Details {
	return booking.Details{Email: email, Applicants: []booking.Applicant{{GivenNames: "Aysel", Surname: "Specimen", DateOfBirth: "1990-04-17", Nationality: "AZE", DocumentNumber: document}}}
}

// hold holds a place for somebody whose number nobody else has.
func (o *office) hold(slot, document string) *booking.Booking {
	o.Helper()
	b, err := o.book.Hold(o.Context(), booking.HoldRequest{Choice: booking.Choice{SlotID: slot}, Service: "passport-renewal",
		Details: details(document, "aysel@example.org"), Origin: booking.Origin{Lang: "en", Channel: booking.Web}})
	o.must(err)
	return b
}

func (o *office) confirm(b *booking.Booking) *booking.Booking {
	o.Helper()
	b, err := o.book.Confirm(o.Context(), b.ID, o.book.HoldCode(b.ID, b.CodeSerial))
	o.must(err)
	return b
}

// key finds what looks like the key of a sentence that is missing.
var key = regexp.MustCompile(`\b(letter|notify|booking|document)\.[a-z_.-]+[a-z]\b|\{\{|<no value>|%!`)

// says renders a mail in both languages and looks for texts in each.
func (o *office) says(render notify.Renderer, m notify.Message, english, azerbaijani []string) {
	o.Helper()
	for lang, wants := range map[string][]string{"en": english, "az": azerbaijani} {
		m.Lang = lang
		mail, err := render(o.Context(), m)
		if err != nil {
			o.Errorf("%s in %s: %v", m.Kind, lang, err)
			continue
		}
		if mail.To != "aysel@example.org" || mail.Subject == "" || mail.HTML == "" || mail.Lang != lang {
			o.Errorf("%s in %s: to %q, subject %q", m.Kind, lang, mail.To, mail.Subject)
		}
		if found := key.FindString(mail.Subject + mail.Text + mail.HTML); found != "" {
			o.Errorf("%s in %s shows %q:\n%s", m.Kind, lang, found, mail.Text)
		}
		for _, want := range wants {
			if !strings.Contains(mail.Text, want) {
				o.Errorf("%s in %s does not say %q:\n%s", m.Kind, lang, want, mail.Text)
			}
		}
	}
}

func (o *office) silent(render notify.Renderer, m notify.Message, why string) {
	o.Helper()
	m.Lang = "en"
	if mail, err := render(o.Context(), m); !errors.Is(err, notify.ErrObsolete) {
		o.Errorf("%s, %s: %v: %s", m.Kind, why, err, mail.Text)
	}
}

func TestMailsOfABooking(t *testing.T) {
	o := open(t)
	render := o.writer.Render
	about := func(kind string, b *booking.Booking, data map[string]string) notify.Message {
		return notify.Message{Kind: kind, Ref: b.ID, Data: data}
	}
	b := o.hold("winter", "ZZ0000001")
	// The code's time is told in summer, the appointment's in winter time.
	o.says(render, about(notify.KindCode, b, nil), []string{o.book.HoldCode(b.ID, b.CodeSerial), "1 July 2027, 10:15, London time, UTC+1"}, []string{"10:15, London vaxtı, UTC+1"})
	o.silent(render, about(notify.KindConfirmed, b, nil), "before the confirmation")
	b = o.confirm(b)
	o.silent(render, about(notify.KindCode, b, nil), "after the confirmation")
	o.says(render, about(notify.KindConfirmed, b, nil),
		[]string{"Tuesday, 2 November 2027, 09:00 (London time, UTC+0)", b.Reference, "Embassy in London", "40.00 AZN", o.writer.ManageURL(b)},
		[]string{"2 noyabr 2027", "London vaxtı, UTC+0", b.Reference})
	o.says(render, about(notify.KindReminderDay, b, map[string]string{"slot": "winter"}), []string{"09:00", "/cancel?token="}, []string{"09:00"})

	b, err := o.book.Move(t.Context(), audit.Applicant, b.ID, booking.Choice{SlotID: "summer"}, false)
	o.must(err)
	o.silent(render, about(notify.KindReminderDay, b, map[string]string{"slot": "winter"}), "after a move")
	o.says(render, about(notify.KindMoved, b, map[string]string{"from": "winter", "slot": "summer"}),
		[]string{"Wednesday, 21 July 2027, 10:00 (London time, UTC+1)", "2 November 2027, 09:00"}, []string{"21 iyul 2027"})
	o.silent(render, about(notify.KindMoved, b, map[string]string{"from": "summer", "slot": "winter"}), "after another move")

	b, err = o.book.Void(t.Context(), audit.System, b.ID, "resold")
	o.must(err)
	o.says(render, about(notify.KindVoided, b, map[string]string{"reason": "resold"}), []string{"resold", b.Reference}, []string{"resold"})
	o.silent(render, about(notify.KindReminderWeek, b, map[string]string{"slot": "summer"}), "after the end")

	other, err := o.book.BookNow(t.Context(), audit.System, booking.HoldRequest{Choice: booking.Choice{SlotID: "summer"}, Service: "passport-renewal",
		Details: details("ZZ0000002", ""), Origin: booking.Origin{Lang: "en", Channel: booking.Staff}})
	o.must(err)
	o.silent(render, about(notify.KindConfirmed, other, nil), "to somebody without e-mail")
}

func TestMailsOfTheWaitingList(t *testing.T) {
	o := open(t)
	render := o.writer.RenderEntry
	holder := o.confirm(o.hold("summer", "ZZ0000001"))
	o.confirm(o.hold("summer", "ZZ0000002"))
	e, err := o.book.Join(t.Context(), booking.JoinRequest{PostID: "london", Service: "passport-renewal", To: "2027-08-01", Details: details("ZZ0000003", "aysel@example.org"),
		Origin: booking.Origin{Lang: "az", Channel: booking.Web}})
	o.must(err)
	about := func(kind string, data map[string]string) notify.Message {
		return notify.Message{Kind: kind, Ref: e.ID, Data: data}
	}
	o.says(render, about(notify.KindWaitingCode, nil), []string{o.book.HoldCode(e.ID, e.CodeSerial), "10:15, London time, UTC+1"}, []string{"10:15"})
	o.silent(render, about(notify.KindWaiting, nil), "before the address is proven")
	_, err = o.book.ConfirmEntry(t.Context(), e.ID, o.book.HoldCode(e.ID, e.CodeSerial))
	o.must(err)
	o.silent(render, about(notify.KindWaitingCode, nil), "after the address is proven")
	o.says(render, about(notify.KindWaiting, nil), []string{o.writer.EntryURL(e), "Embassy in London"}, []string{o.writer.EntryURL(e)})

	_, err = o.book.Cancel(t.Context(), audit.Applicant, holder.ID, "")
	o.must(err)
	_, err = o.book.OfferLots(t.Context(), 10)
	o.must(err)
	o.says(render, about(notify.KindOffer, map[string]string{"slot": "summer"}),
		[]string{"21 July 2027, 10:00 (London time, UTC+1)", o.writer.EntryURL(e)}, []string{"21 iyul 2027"})
	o.silent(render, about(notify.KindOffer, map[string]string{"slot": "winter"}), "about another offer")
	_, err = o.book.DeclineOffer(t.Context(), e.ID)
	o.must(err)
	o.silent(render, about(notify.KindOffer, map[string]string{"slot": "summer"}), "after no")
}

func TestZonesInWords(t *testing.T) {
	o := open(t)
	for id, want := range map[string]string{"new-delhi": "UTC+5:30", "los-angeles": "UTC−7", "baku": "Baku time, UTC+4", "tehran": "UTC+3:30"} {
		if _, ok := (offer{o.writer.Posts}).Post(id); !ok {
			t.Errorf("there is no post %s", id)
			continue
		}
		slot := booking.Slot{ID: id, PostID: id, GroupID: "passport-renewal", RuleID: id, Date: "2027-07-20", Clock: "10:00", Start: o.now().AddDate(0, 0, 19), End: o.now().AddDate(0, 0, 19).Add(time.Hour), Planned: 1}
		o.must(o.book.AddSlots(t.Context(), []booking.Slot{slot}))
		b := o.confirm(o.hold(id, "AB"+id))
		o.says(o.writer.Render, notify.Message{Kind: notify.KindConfirmed, Ref: b.ID}, []string{want}, nil)
	}
}

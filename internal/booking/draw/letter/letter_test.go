package letter_test

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	files "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking/draw"
	"github.com/chancery/chancery/internal/booking/draw/letter"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store/storetest"
)

type book struct{}

func (book) BallotPlaces(context.Context, string) ([]draw.Place, error) {
	return []draw.Place{{Slot: "slot-1", Start: "2026-12-01T09:00:00+01:00", Places: 1}}, nil
}

func (book) BookWinners(context.Context, []draw.Win) ([]draw.Booked, error) { return nil, nil }

func TestLetters(t *testing.T) {
	ctx := context.Background()
	at := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	now := func() time.Time { return at }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	db := storetest.SQLite(t)
	keys, err := keyring.New()
	must(err)
	services, err := catalogue.Load(files.Services)
	must(err)
	trail := audit.New(now)
	posts := post.New(db, trail, services, now)
	must(posts.Create(ctx, "officer-1", post.Post{
		ID: "berlin", Type: post.Embassy, Name: locale.Text{"en": "Embassy in Berlin", "az": "Berlindəki səfirlik"}, City: locale.Text{"en": "Berlin", "az": "Berlin"},
		Country: "DEU", Address: locale.Text{"en": "Street 1", "az": "Küçə 1"}, Latitude: 52.5, Longitude: 13.4, Zone: "Europe/Berlin",
		Phone: "+49 30 1", Email: "berlin@example.org", Opening: locale.Text{"en": "Mondays", "az": "Bazar ertəsi"},
		Services: []string{services.Services()[0].ID}, HorizonDays: 60, Active: true,
	}))
	draws := draw.New(db, keys, trail, notify.NewOutbox(db, now), book{}, rand.Reader, now)
	w := &letter.Writer{Draws: draws, Services: services, Posts: posts, BaseURL: "https://example.org", Ministry: locale.Text{"en": "The ministry"}}
	service := services.Services()[0].ID
	b, err := draws.Announce(ctx, "officer-1", draw.Announcement{PostID: "berlin", ServiceID: service, Title: locale.Text{"en": "T", "az": "T"},
		OpensAt: at, ClosesAt: at.Add(time.Hour), DrawsAt: at.Add(2 * time.Hour)})
	must(err)
	one, err := draws.Enter(ctx, draw.Application{BallotID: b.ID, Places: 1, PersonKeys: []string{"p"}, Lang: "en", Wants: []string{draw.Any},
		Details: []byte(`{"email":"aysel@example.org","applicants":[]}`)})
	must(err)

	code := notify.Message{Kind: notify.KindBallotCode, Ref: one.ID, Lang: "en"}
	mail, err := w.Render(ctx, code)
	must(err)
	if mail.To != "aysel@example.org" || !strings.Contains(mail.Text, draws.Code(one)) || !strings.Contains(mail.Text, "09:30") {
		t.Errorf("the code's mail to %s: %s", mail.To, mail.Text)
	}
	_, err = draws.Confirm(ctx, one.ID, draws.Code(one))
	must(err)
	if _, err := w.Render(ctx, code); !errors.Is(err, notify.ErrObsolete) {
		t.Errorf("a code that is not needed any more: %v", err)
	}
	mail, err = w.Render(ctx, notify.Message{Kind: notify.KindBallotEntered, Ref: one.ID, Lang: "az"})
	must(err)
	for _, want := range []string{one.Number, "token=" + draws.Token(one.ID), "20 noyabr 2026, 11:00"} {
		if !strings.Contains(mail.Text, want) {
			t.Errorf("the mail about the entry lacks %q: %s", want, mail.Text)
		}
	}
	must(draws.Withdraw(ctx, one.ID))
	if _, err := w.Render(ctx, notify.Message{Kind: notify.KindBallotEntered, Ref: one.ID, Lang: "en"}); !errors.Is(err, notify.ErrObsolete) {
		t.Errorf("an entry that was withdrawn: %v", err)
	}
}

package letter

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/chancery/chancery/internal/booking/draw"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
)

// Writer renders the mails of ballots.
type Writer struct {
	Draws    *draw.Service
	Services *catalogue.Catalogue
	Posts    *post.Service
	BaseURL  string
	Ministry locale.Text
}

// Kinds are the kinds of mail that Render makes.
var Kinds = []string{notify.KindBallotCode, notify.KindBallotEntered, notify.KindBallotLost}

// Render makes one mail. It is obsolete when the entry has moved on or its
// details were erased.
func (w *Writer) Render(ctx context.Context, m notify.Message) (notify.Mail, error) {
	t, err := w.Draws.TicketByID(ctx, m.Ref)
	if err != nil {
		return notify.Mail{}, err
	}
	if m.Kind == notify.KindBallotCode && t.State != draw.Unconfirmed || t.State == draw.Withdrawn {
		return notify.Mail{}, notify.ErrObsolete
	}
	to, err := w.recipient(t)
	if err != nil {
		return notify.Mail{}, err
	}
	data, err := w.data(ctx, t, m)
	if err != nil {
		return notify.Mail{}, err
	}
	mail, err := notify.BookingMail(m.Kind, m.Lang, data)
	mail.To = to
	return mail, err
}

// recipient reads the address out of the details, which are the appointment
// book's.
func (w *Writer) recipient(t *draw.Ticket) (notify.Address, error) {
	text, err := w.Draws.Details(t)
	if fault.KindOf(err) == fault.NotFound {
		return "", notify.ErrObsolete
	}
	if err != nil {
		return "", err
	}
	var details struct {
		Email string `json:"email"`
	}
	if err := json.Unmarshal(text, &details); err != nil {
		return "", fmt.Errorf("the details of ballot entry %s: %w", t.ID, err)
	}
	if details.Email == "" {
		return "", notify.ErrObsolete
	}
	to, err := notify.ParseAddress(details.Email)
	if err != nil {
		return "", fmt.Errorf("the address of ballot entry %s: %w", t.ID, err)
	}
	return to, nil
}

func (w *Writer) data(ctx context.Context, t *draw.Ticket, m notify.Message) (notify.BookingData, error) {
	b, err := w.Draws.Ballot(ctx, t.BallotID)
	if err != nil {
		return notify.BookingData{}, err
	}
	at, err := w.Posts.Get(ctx, b.PostID)
	if err != nil {
		return notify.BookingData{}, err
	}
	service, err := w.Services.Service(b.ServiceID)
	if err != nil {
		return notify.BookingData{}, err
	}
	p := locale.For(m.Lang)
	d := notify.BookingData{
		Ministry: w.Ministry.In(m.Lang), Service: service.Title.In(m.Lang), Post: at.Name.In(m.Lang), Zone: at.Zone,
		Entry: t.Number, DrawURL: w.BaseURL + "/draws/" + b.ID + "?entry=" + t.Number, DrawAt: p.DateTime(b.DrawsAt.In(at.Location())),
	}
	switch m.Kind {
	case notify.KindBallotCode:
		d.Code = w.Draws.Code(t)
		d.Expires = p.Time(w.Draws.CodeExpires(t).In(at.Location()))
	case notify.KindBallotEntered:
		d.ManageURL = w.EntryURL(t)
	}
	return d, nil
}

// EntryURL is the unguessable link with which the holder sees and withdraws
// the entry.
func (w *Writer) EntryURL(t *draw.Ticket) string {
	return w.BaseURL + "/appointments/entry/" + t.BallotID + "/" + t.Number + "?token=" + w.Draws.Token(t.ID)
}

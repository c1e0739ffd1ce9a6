package bookingweb

import (
	"context"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
)

type holdRequest struct {
	Slot    string `json:"slot" maxLength:"64" example:"01a21214-7f4f-778f-8057-0e50f37e97d2"`
	Service string `json:"service" maxLength:"100" example:"passport-renewal"`
	Contact
}

func (o Operations) hold(ctx context.Context, in *struct{ Body holdRequest }) (*one[pending], error) {
	s, err := o.Book.Slot(ctx, in.Body.Slot)
	if err != nil {
		return nil, named("slot", err)
	}
	if !s.Serves(in.Body.Service) {
		return nil, fault.NewInvalid(fault.Field{Path: "service", Key: "booking.service_not_found"})
	}
	at, err := o.Posts.Get(ctx, s.PostID)
	if err != nil {
		return nil, err
	}
	details, err := in.Body.details(o.Now().In(at.Location()))
	if err != nil {
		return nil, err
	}
	if err := o.Gate.admitProgram(ctx, ForHold, in.Body.Proof, details); err != nil {
		return nil, err
	}
	b, err := o.Book.Hold(ctx, booking.HoldRequest{
		Choice: booking.Choice{SlotID: s.ID}, Service: in.Body.Service, Details: details, Origin: o.origin(ctx, in.Body.Language),
	})
	if err != nil {
		return nil, err
	}
	o.Gate.Guard.NoteBooking(b.ID, details.Email)
	return waitingForCode(b.ID, b.ExpiresAt, at.Location()), nil
}

func (o Operations) origin(ctx context.Context, language string) booking.Origin {
	return booking.Origin{NetworkKey: o.Gate.Network(ctx).Near, Lang: locale.Match(language), Channel: booking.API}
}

func waitingForCode(id string, until time.Time, zone *time.Location) *one[pending] {
	return &one[pending]{Body: pending{ID: id, ExpiresAt: until.Truncate(time.Second).In(zone)}}
}

func (o Operations) confirm(ctx context.Context, in *codeInput) (*one[Booking], error) {
	b, err := o.Book.Confirm(ctx, in.ID, in.Body.Code)
	if err != nil {
		return nil, err
	}
	return o.show(ctx, b)
}

func (o Operations) resend(ctx context.Context, in *idInput) (*one[pending], error) {
	b, err := o.Book.SendCode(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	at, err := o.Posts.Get(ctx, b.PostID)
	if err != nil {
		return nil, err
	}
	return waitingForCode(b.ID, b.ExpiresAt, at.Location()), nil
}

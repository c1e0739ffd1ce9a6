package bookingweb

import (
	"context"
	"encoding/json"
	"fmt"
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

func (o Operations) hold(ctx context.Context, in *struct {
	Key  string `header:"Idempotency-Key" hidden:"true"`
	Body holdRequest
}) (*one[pending], error) {
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
	origin, err := o.origin(ctx, in.Key, in.Body.Language, in.Body)
	if err != nil {
		return nil, err
	}
	// A server that died before it could keep its answer has kept the hold; the
	// proof is spent.
	if origin.RequestKey != "" {
		before, err := o.Book.ByRequest(ctx, origin.RequestKey)
		if err == nil {
			return waitingForCode(before.ID, before.ExpiresAt, at.Location()), nil
		}
		if fault.KindOf(err) != fault.NotFound {
			return nil, err
		}
	}
	if err := o.Gate.admitProgram(ctx, ForHold, in.Body.Proof, details); err != nil {
		return nil, err
	}
	b, err := o.Book.Hold(ctx, booking.HoldRequest{
		Choice: booking.Choice{SlotID: s.ID}, Service: in.Body.Service, Details: details, Origin: origin,
	})
	if err != nil {
		return nil, err
	}
	o.Gate.Guard.NoteBooking(b.ID, details.Email)
	return waitingForCode(b.ID, b.ExpiresAt, at.Location()), nil
}

// origin says where a request comes from. One with an Idempotency-Key gets a
// name of its own; another body, which has another proof, is another request.
func (o Operations) origin(ctx context.Context, key, language string, body any) (booking.Origin, error) {
	out := booking.Origin{NetworkKey: o.Gate.Network(ctx).Near, Lang: locale.Match(language), Channel: booking.API}
	if key != "" {
		text, err := json.Marshal(body)
		if err != nil {
			return out, fmt.Errorf("name a request: %w", err)
		}
		out.RequestKey = "api:" + o.Gate.Keys.LookupKey("request", key, string(text))
	}
	return out, nil
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

package bookingweb

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/api"
)

type joinRequest struct {
	Post    string `json:"post" maxLength:"100" example:"london"`
	Service string `json:"service" maxLength:"100" example:"passport-renewal"`
	From    string `json:"from,omitempty" maxLength:"10" doc:"First local day that would suit; today when not given" example:"2026-12-01"`
	To      string `json:"to,omitempty" maxLength:"10" doc:"Last local day that would suit; 180 days ahead when not given" example:"2027-02-28"`
	Contact
}

type waitingEntry struct {
	Reference string        `json:"reference" example:"K7QX-2M9D"`
	State     string        `json:"state" enum:"unproven,waiting,offered,accepted,left,lapsed" example:"waiting"`
	Token     string        `json:"token" doc:"Shows that the entry is yours" example:"fDjGEDrL0duS8cZhOEVKbA"`
	ManageURL string        `json:"manage_url" format:"uri" doc:"See the entry, answer its offer, leave" example:"https://example.org/appointments/waiting/K7QX-2M9D?token=fDjGEDrL0duS8cZhOEVKbA"`
	Post      string        `json:"post" example:"london"`
	Service   string        `json:"service" example:"passport-renewal"`
	From      string        `json:"from" format:"date" example:"2026-12-01"`
	To        string        `json:"to" format:"date" example:"2027-02-28"`
	Places    int           `json:"places" example:"2"`
	Why       string        `json:"why" doc:"Why there has or has not been an offer, in the language of Accept-Language" example:"No place has come back yet."`
	Ahead     int           `json:"ahead" doc:"How many joined earlier and wait for days in common" example:"3"`
	Offer     *waitingOffer `json:"offer,omitempty" doc:"Places that are kept for the entry until the offer expires"`
	Booking   string        `json:"booking,omitempty" doc:"Reference of the booking, once an offer was accepted" example:"K7QX-2M9D"`
}

type waitingOffer struct {
	Slot      string    `json:"slot" example:"01a21214-7f4f-778f-8057-0e50f37e97d2"`
	Start     time.Time `json:"start" doc:"With the post's offset" example:"2026-12-07T09:20:00+00:00"`
	End       time.Time `json:"end" example:"2026-12-07T09:40:00+00:00"`
	ExpiresAt time.Time `json:"expires_at" example:"2026-12-02T10:00:00+00:00"`
}

func (o Operations) registerWaiting(a *api.API) {
	in := func(op huma.Operation) huma.Operation {
		op.Tags = []string{"Waiting list"}
		return op
	}
	api.Register(a, in(huma.Operation{
		OperationID: "join-waiting-list", Method: http.MethodPost, Path: "/waiting-list", Summary: "Wait for places that come back", DefaultStatus: http.StatusCreated,
		Description: "Sends a one-time code by e-mail; the turn counts from when it is confirmed. Offers go out in order when places come back. " +
			"Conflict when a person waits for the service, or has an appointment for it, already.",
	}), o.join)
	api.Register(a, in(huma.Operation{
		OperationID: "confirm-waiting", Method: http.MethodPost, Path: "/waiting-list/{id}/confirm", Summary: "Prove the e-mail address and wait", DefaultStatus: http.StatusCreated,
	}), o.confirmEntry)
	api.Register(a, in(huma.Operation{
		OperationID: "resend-waiting-code", Method: http.MethodPost, Path: "/waiting-list/{id}/code", Summary: "Send a new code", DefaultStatus: http.StatusAccepted,
		Description: "The earlier code is void. Conflict after five codes.",
	}), o.resendEntry)
	api.Register(a, in(huma.Operation{
		OperationID: "get-waiting", Method: http.MethodGet, Path: "/waiting-list/{reference}", Summary: "Read an entry",
	}), o.getEntry)
	api.Register(a, in(huma.Operation{
		OperationID: "accept-offer", Method: http.MethodPost, Path: "/waiting-list/{reference}/accept", Summary: "Take the places offered", DefaultStatus: http.StatusCreated,
		Description: "Accepting again gives the same booking. Conflict when there is no offer, or it has expired.",
	}), o.accept)
	api.Register(a, in(huma.Operation{
		OperationID: "decline-offer", Method: http.MethodPost, Path: "/waiting-list/{reference}/decline", Summary: "Say no to the places offered",
		Description: "The entry keeps its turn.",
	}), o.decline)
	api.Register(a, in(huma.Operation{
		OperationID: "leave-waiting-list", Method: http.MethodDelete, Path: "/waiting-list/{reference}", Summary: "Stop waiting", DefaultStatus: http.StatusNoContent,
		Description: "An offer goes to the next. Leaving again changes nothing.",
	}), o.leave)
}

func (o Operations) join(ctx context.Context, in *struct {
	Key  string `header:"Idempotency-Key" hidden:"true"`
	Body joinRequest
}) (*one[pending], error) {
	at, err := o.Posts.Get(ctx, in.Body.Post)
	if err != nil {
		return nil, named("post", err)
	}
	if !at.Offers(in.Body.Service) {
		return nil, fault.NewInvalid(fault.Field{Path: "service", Key: "booking.service_not_found"})
	}
	// Days that are none are refused here, before a proof is used up.
	var wrong fault.Fields
	for path, date := range map[string]string{"from": in.Body.From, "to": in.Body.To} {
		if _, ok := post.ParseDate(date); date != "" && !ok {
			wrong.Add(path, "booking.date_unreadable")
		}
	}
	if err := wrong.Err(); err != nil {
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
	if origin.RequestKey != "" { // as for holds
		before, err := o.Book.EntryByRequest(ctx, origin.RequestKey)
		if err == nil {
			return waitingForCode(before.ID, before.ExpiresAt, at.Location()), nil
		}
		if fault.KindOf(err) != fault.NotFound {
			return nil, err
		}
	}
	if err := o.Gate.admitProgram(ctx, ForWaitingList, in.Body.Proof, details); err != nil {
		return nil, err
	}
	e, err := o.Book.Join(ctx, booking.JoinRequest{
		PostID: at.ID, Service: in.Body.Service, From: in.Body.From, To: in.Body.To, Details: details, Origin: origin,
	})
	if err != nil {
		return nil, named("service", err)
	}
	return waitingForCode(e.ID, e.ExpiresAt, at.Location()), nil
}

func (o Operations) confirmEntry(ctx context.Context, in *codeInput) (*one[waitingEntry], error) {
	e, err := o.Book.ConfirmEntry(ctx, in.ID, in.Body.Code)
	if err != nil {
		return nil, err
	}
	return o.showEntry(ctx, e)
}

func (o Operations) resendEntry(ctx context.Context, in *idInput) (*one[pending], error) {
	e, err := o.Book.SendEntryCode(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	at, err := o.Posts.Get(ctx, e.PostID)
	if err != nil {
		return nil, err
	}
	return waitingForCode(e.ID, e.ExpiresAt, at.Location()), nil
}

func (o Operations) getEntry(ctx context.Context, in *Managed) (*one[waitingEntry], error) {
	e, err := o.Book.ManagedEntry(ctx, in.Reference, in.Token)
	if err != nil {
		return nil, err
	}
	return o.showEntry(ctx, e)
}

func (o Operations) accept(ctx context.Context, in *Managed) (*one[Booking], error) {
	e, err := o.Book.ManagedEntry(ctx, in.Reference, in.Token)
	if err != nil {
		return nil, err
	}
	b, err := o.Book.AcceptOffer(ctx, e.ID)
	if err != nil {
		return nil, err
	}
	return o.show(ctx, b)
}

func (o Operations) decline(ctx context.Context, in *Managed) (*one[waitingEntry], error) {
	e, err := o.Book.ManagedEntry(ctx, in.Reference, in.Token)
	if err != nil {
		return nil, err
	}
	if e, err = o.Book.DeclineOffer(ctx, e.ID); err != nil {
		return nil, err
	}
	return o.showEntry(ctx, e)
}

func (o Operations) leave(ctx context.Context, in *Managed) (*struct{}, error) {
	e, err := o.Book.ManagedEntry(ctx, in.Reference, in.Token)
	if err != nil {
		return nil, err
	}
	_, err = o.Book.Leave(ctx, audit.Applicant, e.ID)
	return nil, err
}

func (o Operations) showEntry(ctx context.Context, e *booking.Entry) (*one[waitingEntry], error) {
	at, err := o.Posts.Get(ctx, e.PostID)
	if err != nil {
		return nil, err
	}
	prospect, err := o.Book.Prospect(ctx, e)
	if err != nil {
		return nil, err
	}
	out := waitingEntry{
		Reference: e.Reference, State: string(e.State), Token: o.Book.EntryToken(e.ID), ManageURL: o.Letter.EntryURL(e), Post: e.PostID, Service: e.ServiceID,
		From: e.From, To: e.To, Places: e.Places, Ahead: prospect.Ahead, Why: web.PrinterOf(ctx).T("booking.waiting." + prospect.Key),
	}
	if e.State == booking.Offered {
		s, err := o.Book.Slot(ctx, e.OfferSlot)
		if err != nil {
			return nil, err
		}
		zone := at.Location()
		out.Offer = &waitingOffer{Slot: s.ID, Start: s.Start.In(zone), End: s.End.In(zone), ExpiresAt: e.OfferExpiresAt.In(zone)}
	}
	if e.BookingID != "" {
		b, err := o.Book.Booking(ctx, e.BookingID)
		if err != nil {
			return nil, err
		}
		out.Booking = b.Reference
	}
	return &one[waitingEntry]{Body: out}, nil
}

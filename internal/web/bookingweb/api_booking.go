package bookingweb

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/letter"
	"github.com/chancery/chancery/internal/web/api"
)

// Booking is an appointment as its holder may see it.
type Booking struct {
	Reference  string      `json:"reference" example:"K7QX-2M9D"`
	State      string      `json:"state" enum:"held,booked,checked_in,served,no_show,cancelled,expired,voided" example:"booked"`
	ManageURL  string      `json:"manage_url" format:"uri" doc:"See, move and cancel; whoever has the link can" example:"https://example.org/appointments/manage/K7QX-2M9D?token=fDjGEDrL0duS8cZhOEVKbA"`
	Start      time.Time   `json:"start" doc:"With the post's offset" example:"2026-12-07T09:20:00+00:00"`
	End        time.Time   `json:"end" example:"2026-12-07T09:40:00+00:00"`
	Post       string      `json:"post" example:"london"`
	Service    string      `json:"service" example:"passport-renewal"`
	Applicants []applicant `json:"applicants" doc:"As checked: document numbers in capitals without spaces"`
	ICSURL     string      `json:"ics_url" format:"uri" doc:"Calendar entry, RFC 5545" example:"https://example.org/appointments/manage/K7QX-2M9D/appointment.ics?token=fDjGEDrL0duS8cZhOEVKbA"`
	PDFURL     string      `json:"pdf_url" format:"uri" doc:"Confirmation to print, with the code for the desk" example:"https://example.org/appointments/manage/K7QX-2M9D/confirmation.pdf?token=fDjGEDrL0duS8cZhOEVKbA"`
}

type moveRequest struct {
	Slot string `json:"slot" maxLength:"64" example:"01a21214-7f4f-778f-8057-0e50f37e97d2"`
}

// Managed names a booking or an entry and shows that it is the asker's.
type Managed struct {
	Reference string `path:"reference" maxLength:"20" example:"K7QX-2M9D"`
	Token     string `query:"token" required:"true" maxLength:"64" doc:"From the manage link" example:"fDjGEDrL0duS8cZhOEVKbA"`
}

func (o Operations) registerBookings(a *api.API, in func(huma.Operation) huma.Operation) {
	api.Register(a, in(huma.Operation{
		OperationID: "get-booking", Method: http.MethodGet, Path: "/bookings/{reference}", Summary: "Read a booking",
	}), o.get)
	api.Register(a, in(huma.Operation{
		OperationID: "move-booking", Method: http.MethodPatch, Path: "/bookings/{reference}", Summary: "Move a booking to another slot",
		Description: "The people stay the same. Conflict when the slot is full, or after three moves.",
	}), o.move)
	api.Register(a, in(huma.Operation{
		OperationID: "cancel-booking", Method: http.MethodDelete, Path: "/bookings/{reference}", Summary: "Cancel a booking", DefaultStatus: http.StatusNoContent,
		Description: "Cancelling what is cancelled changes nothing.",
	}), o.cancel)
}

func (o Operations) get(ctx context.Context, in *Managed) (*one[Booking], error) {
	b, err := o.Book.Managed(ctx, in.Reference, in.Token)
	if err != nil {
		return nil, err
	}
	return o.show(ctx, b)
}

func (o Operations) move(ctx context.Context, in *struct {
	Managed
	Body moveRequest
}) (*one[Booking], error) {
	b, err := o.Book.Managed(ctx, in.Reference, in.Token)
	if err != nil {
		return nil, err
	}
	if b, err = o.Book.Move(ctx, audit.Applicant, b.ID, booking.Choice{SlotID: in.Body.Slot}, false); err != nil {
		return nil, named("slot", err)
	}
	return o.show(ctx, b)
}

func (o Operations) cancel(ctx context.Context, in *Managed) (*struct{}, error) {
	b, err := o.Book.Managed(ctx, in.Reference, in.Token)
	if err != nil {
		return nil, err
	}
	_, err = o.Book.Cancel(ctx, audit.Applicant, b.ID, "")
	return nil, err
}

func (o Operations) show(ctx context.Context, b *booking.Booking) (*one[Booking], error) {
	s, err := o.Book.Slot(ctx, b.SlotID)
	if err != nil {
		return nil, err
	}
	at, err := o.Posts.Get(ctx, b.PostID)
	if err != nil {
		return nil, err
	}
	details, err := o.Book.Details(b)
	if err != nil {
		return nil, err
	}
	out := Booking{
		Reference: b.Reference, State: string(b.State), ManageURL: o.Letter.ManageURL(b),
		ICSURL: o.Letter.PaperURL(b, letter.CalendarName), PDFURL: o.Letter.PaperURL(b, letter.PDFName),
		Start: s.Start.In(at.Location()), End: s.End.In(at.Location()), Post: b.PostID, Service: b.ServiceID, Applicants: []applicant{},
	}
	for _, who := range details.Applicants {
		out.Applicants = append(out.Applicants, applicant(who))
	}
	return &one[Booking]{Body: out}, nil
}

package bookingweb

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/letter"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web/api"
)

// Operations are what the API needs from the rooms.
type Operations struct {
	Book   *booking.Book
	Posts  *post.Service
	Letter *letter.Writer
	Gate   Gatekeeper
	Now    func() time.Time
}

type slot struct {
	ID     string    `json:"id"`
	Start  time.Time `json:"start" doc:"With the post's offset"`
	End    time.Time `json:"end"`
	Places int       `json:"places" doc:"All places of the slot"`
	Free   int       `json:"free" doc:"Places that can be held now"`
}

type applicant struct {
	GivenNames     string `json:"given_names" maxLength:"1000" example:"Aysel"`
	Surname        string `json:"surname" maxLength:"1000" example:"Specimen"`
	DateOfBirth    string `json:"date_of_birth" maxLength:"40" example:"1990-04-17" doc:"YYYY-MM-DD"`
	Nationality    string `json:"nationality" maxLength:"10" example:"AZE" doc:"ISO 3166-1 alpha-3, or an ICAO Doc 9303 code"`
	DocumentNumber string `json:"document_number" maxLength:"200" example:"ZZ0000001"`
}

type hold struct {
	ID        string    `json:"id"`
	ExpiresAt time.Time `json:"expires_at" doc:"The places are kept until then"`
}

type confirmed struct {
	Reference  string      `json:"reference" example:"K7QX-2M9D"`
	State      string      `json:"state" example:"booked"`
	ManageURL  string      `json:"manage_url"`
	Start      time.Time   `json:"start"`
	End        time.Time   `json:"end"`
	Post       string      `json:"post"`
	Service    string      `json:"service"`
	Applicants []applicant `json:"applicants"`
	ICSURL     string      `json:"ics_url" doc:"Calendar entry, RFC 5545" format:"uri"`
	PDFURL     string      `json:"pdf_url" doc:"Confirmation to print, with the code for the desk" format:"uri"`
}

type one[T any] struct{ Body T }

// Register adds the operations to the API.
func (o Operations) Register(a *api.API) {
	o.Gate.Register(a)
	api.Register(a, huma.Operation{OperationID: "list-slots", Method: http.MethodGet, Path: "/slots", Summary: "Slots with free places", Tags: []string{"Appointments"}}, o.slots)
	api.Register(a, huma.Operation{OperationID: "hold", Method: http.MethodPost, Path: "/holds", Summary: "Keep places for named people", Tags: []string{"Appointments"}, DefaultStatus: http.StatusCreated}, o.hold)
	api.Register(a, huma.Operation{OperationID: "confirm-hold", Method: http.MethodPost, Path: "/holds/{id}/confirm", Summary: "Prove the e-mail address and book", Tags: []string{"Appointments"}, DefaultStatus: http.StatusCreated}, o.confirm)
	api.Register(a, huma.Operation{OperationID: "get-booking", Method: http.MethodGet, Path: "/bookings/{reference}", Summary: "Read a booking", Tags: []string{"Appointments"}}, o.get)
	api.Register(a, huma.Operation{OperationID: "move-booking", Method: http.MethodPatch, Path: "/bookings/{reference}", Summary: "Move a booking to another slot", Tags: []string{"Appointments"}}, o.move)
	api.Register(a, huma.Operation{OperationID: "cancel-booking", Method: http.MethodDelete, Path: "/bookings/{reference}", Summary: "Cancel a booking", Tags: []string{"Appointments"}, DefaultStatus: http.StatusNoContent}, o.cancel)
}

// maxRange bounds the days of one question about slots.
const maxRange = 62

func (o Operations) slots(ctx context.Context, in *struct {
	Post    string `query:"post" required:"true" maxLength:"100" example:"london"`
	Service string `query:"service" required:"true" maxLength:"100" example:"passport-renewal"`
	From    string `query:"from" maxLength:"10" doc:"First local day, YYYY-MM-DD; today when not given"`
	To      string `query:"to" maxLength:"10" doc:"Last local day; 30 days after from when not given, at most 62"`
	Places  int    `query:"places" minimum:"1" maximum:"50" default:"1" doc:"Enough free places together"`
}) (*one[[]slot], error) {
	at, err := o.Posts.Get(ctx, in.Post)
	if err != nil {
		return nil, err
	}
	zone := at.Location()
	today := o.Now().In(zone)
	var wrong fault.Fields
	from := day(&wrong, "from", in.From, time.Date(today.Year(), today.Month(), today.Day(), 0, 0, 0, 0, zone), zone)
	to := day(&wrong, "to", in.To, from.AddDate(0, 0, 30), zone)
	if len(wrong) == 0 && (to.Before(from) || to.After(from.AddDate(0, 0, maxRange))) {
		wrong.AddWith("to", "bookingweb.range", fault.Args{"Days": maxRange})
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	found, err := o.Book.Slots(ctx, booking.Query{PostID: in.Post, Service: in.Service, From: from, To: to.AddDate(0, 0, 1), Places: in.Places})
	if err != nil {
		return nil, err
	}
	out := &one[[]slot]{Body: []slot{}}
	for _, s := range found {
		out.Body = append(out.Body, slot{ID: s.ID, Start: s.Start.In(zone), End: s.End.In(zone), Places: s.Places, Free: s.Free()})
	}
	return out, nil
}

func day(wrong *fault.Fields, path, text string, otherwise time.Time, zone *time.Location) time.Time {
	if text == "" {
		return otherwise
	}
	t, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil || t.Year() < 2000 || t.Year() > 2200 {
		wrong.Add(path, "bookingweb.not_a_day")
	}
	return t
}

func (o Operations) hold(ctx context.Context, in *struct {
	Key  string `header:"Idempotency-Key" hidden:"true"`
	Body struct {
		Slot       string      `json:"slot" maxLength:"64"`
		Service    string      `json:"service" maxLength:"100" example:"passport-renewal"`
		Language   string      `json:"language,omitempty" maxLength:"35" example:"en"`
		Email      string      `json:"email" maxLength:"400" example:"aysel@example.org"`
		Applicants []applicant `json:"applicants" minItems:"1" maxItems:"20"`
		Proof      string      `json:"proof,omitempty" maxLength:"4000" doc:"Solution of a proof-of-work challenge"`
	}
}) (*one[hold], error) {
	s, err := o.Book.Slot(ctx, in.Body.Slot)
	if err != nil {
		return nil, err
	}
	at, err := o.Posts.Get(ctx, s.PostID)
	if err != nil {
		return nil, err
	}
	given := make([]booking.Applicant, len(in.Body.Applicants))
	for i, a := range in.Body.Applicants {
		given[i] = booking.Applicant(a)
	}
	people, err := booking.CheckApplicants(given, o.Now().In(at.Location()))
	if err != nil {
		return nil, err
	}
	email, err := notify.ParseAddress(in.Body.Email)
	if err != nil {
		return nil, err
	}
	details := booking.Details{Email: email.String(), Applicants: people}
	if err := o.Gate.admit(ctx, ForHold, in.Body.Proof, details); err != nil {
		return nil, err
	}
	request := booking.HoldRequest{
		Choice: booking.Choice{SlotID: s.ID}, Service: in.Body.Service, Details: details,
		Origin: booking.Origin{
			NetworkKey: o.Gate.Network(ctx).Near, Lang: locale.Match(in.Body.Language),
			Channel: booking.API,
		},
	}
	b, err := o.Book.Hold(ctx, request)
	if err != nil {
		return nil, err
	}
	o.Gate.Guard.NoteBooking(b.ID, details.Email)
	return &one[hold]{Body: hold{ID: b.ID, ExpiresAt: b.ExpiresAt}}, nil
}

func (o Operations) confirm(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Code string `json:"code" maxLength:"20" example:"123456"`
	}
}) (*one[confirmed], error) {
	b, err := o.Book.Confirm(ctx, in.ID, in.Body.Code)
	if err != nil {
		return nil, err
	}
	return o.show(ctx, b)
}

type managed struct {
	Reference string `path:"reference" maxLength:"20" example:"K7QX-2M9D"`
	Token     string `query:"token" required:"true" maxLength:"64" doc:"From the manage link"`
}

func (o Operations) get(ctx context.Context, in *managed) (*one[confirmed], error) {
	b, err := o.Book.Managed(ctx, in.Reference, in.Token)
	if err != nil {
		return nil, err
	}
	return o.show(ctx, b)
}

func (o Operations) move(ctx context.Context, in *struct {
	managed
	Body struct {
		Slot string `json:"slot" maxLength:"64"`
	}
}) (*one[confirmed], error) {
	b, err := o.Book.Managed(ctx, in.Reference, in.Token)
	if err != nil {
		return nil, err
	}
	if b, err = o.Book.Move(ctx, audit.Applicant, b.ID, booking.Choice{SlotID: in.Body.Slot}, false); err != nil {
		return nil, err
	}
	return o.show(ctx, b)
}

func (o Operations) cancel(ctx context.Context, in *managed) (*struct{}, error) {
	b, err := o.Book.Managed(ctx, in.Reference, in.Token)
	if err != nil {
		return nil, err
	}
	_, err = o.Book.Cancel(ctx, audit.Applicant, b.ID, "")
	return nil, err
}

func (o Operations) show(ctx context.Context, b *booking.Booking) (*one[confirmed], error) {
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
	out := confirmed{
		Reference: b.Reference, State: string(b.State), ManageURL: o.Letter.ManageURL(b),
		ICSURL: o.Letter.PaperURL(b, letter.CalendarName), PDFURL: o.Letter.PaperURL(b, letter.PDFName), Start: s.Start.In(at.Location()),
		End: s.End.In(at.Location()), Post: b.PostID, Service: b.ServiceID, Applicants: []applicant{},
	}
	for _, a := range details.Applicants {
		out.Applicants = append(out.Applicants, applicant(a))
	}
	return &one[confirmed]{Body: out}, nil
}

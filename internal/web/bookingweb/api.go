package bookingweb

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/letter"
	"github.com/chancery/chancery/internal/fault"
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
	ID     string    `json:"id" example:"01a21214-7f4f-778f-8057-0e50f37e97d2"`
	Start  time.Time `json:"start" doc:"With the post's offset" example:"2026-12-07T09:20:00+00:00"`
	End    time.Time `json:"end" example:"2026-12-07T09:40:00+00:00"`
	Places int       `json:"places" doc:"All places of the slot" example:"4"`
	Free   int       `json:"free" doc:"Places that can be held now" example:"3"`
}

type applicant struct {
	GivenNames     string `json:"given_names" maxLength:"1000" example:"Aysel" doc:"Empty for people who have only one name"`
	Surname        string `json:"surname" maxLength:"1000" example:"Specimen" doc:"Empty for people who have only one name"`
	DateOfBirth    string `json:"date_of_birth" maxLength:"40" example:"1990-04-17" doc:"YYYY-MM-DD"`
	Nationality    string `json:"nationality" maxLength:"10" example:"AZE" doc:"ISO 3166-1 alpha-3, or an ICAO Doc 9303 code"`
	DocumentNumber string `json:"document_number" maxLength:"200" example:"ZZ0000001"`
}

// Contact is what holds and the waiting list ask of people.
type Contact struct {
	Language   string      `json:"language,omitempty" maxLength:"35" example:"en" doc:"Of the mails, BCP 47"`
	Email      string      `json:"email" maxLength:"400" example:"aysel@example.org" doc:"Gets the one-time code"`
	Applicants []applicant `json:"applicants" minItems:"1" maxItems:"20" doc:"Everyone who comes; they cannot be changed later"`
	Proof      string      `json:"proof,omitempty" maxLength:"4000" doc:"Solution of a challenge from GET /challenge, for one use" example:"eyJhbGdvcml0aG0iOiJTSEEtMjU2IiwiY2hhbGxlbmdlIjoi4oCmIn0="`
}

type pending struct {
	ID        string    `json:"id" example:"01a21215-0173-7b67-8d20-b5a989c6262c"`
	ExpiresAt time.Time `json:"expires_at" doc:"The code must be given before" example:"2026-12-01T10:15:00+00:00"`
}

type codeRequest struct {
	Code string `json:"code" maxLength:"20" example:"123456" doc:"From the e-mail"`
}

type codeInput struct {
	ID   string `path:"id" maxLength:"64" example:"01a21215-0173-7b67-8d20-b5a989c6262c"`
	Body codeRequest
}

type idInput struct {
	ID string `path:"id" maxLength:"64" example:"01a21215-0173-7b67-8d20-b5a989c6262c"`
}

type one[T any] struct{ Body T }

// Register adds the operations to the API.
func (o Operations) Register(a *api.API) {
	o.Gate.Register(a)
	appointments := func(op huma.Operation) huma.Operation {
		op.Tags = []string{"Appointments"}
		return op
	}
	api.Register(a, appointments(huma.Operation{
		OperationID: "list-slots", Method: http.MethodGet, Path: "/slots", Summary: "Slots with free places", Errors: []int{http.StatusNotFound},
		Description: "Slots that can be held now, by start; at most 2,000. Not found when there is no such post or service.",
	}), o.slots)
	api.Register(a, appointments(huma.Operation{
		OperationID: "hold", Method: http.MethodPost, Path: "/holds", Summary: "Keep places for named people", DefaultStatus: http.StatusCreated,
		Description: "Keeps the places for 15 minutes and sends a one-time code by e-mail. Conflict when no place is left, or when a person " +
			"holds an appointment for the service already.",
	}), o.hold)
	api.Register(a, appointments(huma.Operation{
		OperationID: "confirm-hold", Method: http.MethodPost, Path: "/holds/{id}/confirm", Summary: "Prove the e-mail address and book", DefaultStatus: http.StatusCreated,
		Description: "Five wrong codes spend a code. Confirming again with the right code gives the same booking.",
	}), o.confirm)
	api.Register(a, appointments(huma.Operation{
		OperationID: "resend-code", Method: http.MethodPost, Path: "/holds/{id}/code", Summary: "Send a new code", DefaultStatus: http.StatusAccepted,
		Description: "The earlier code is void. Conflict after five codes.",
	}), o.resend)
	o.registerBookings(a, appointments)
	o.registerWaiting(a)
}

// maxRange bounds the days of one question about slots.
const maxRange = 62

func (o Operations) slots(ctx context.Context, in *struct {
	Post    string `query:"post" required:"true" maxLength:"100" example:"london"`
	Service string `query:"service" required:"true" maxLength:"100" example:"passport-renewal"`
	From    string `query:"from" maxLength:"10" doc:"First local day, YYYY-MM-DD; today when not given" example:"2026-12-01"`
	To      string `query:"to" maxLength:"10" doc:"Last local day; 30 days after from when not given, at most 62" example:"2026-12-31"`
	Places  int    `query:"places" minimum:"1" maximum:"50" default:"1" doc:"Enough free places together" example:"2"`
}) (*one[[]slot], error) {
	at, err := o.Posts.Get(ctx, in.Post)
	if err != nil {
		return nil, err
	}
	zone := at.Location()
	today, _ := post.Local(zone, o.Now())
	var wrong fault.Fields
	from := day(&wrong, "query.from", cmp.Or(in.From, today))
	to := from.AddDate(0, 0, 30)
	if in.To != "" {
		to = day(&wrong, "query.to", in.To)
	}
	if len(wrong) == 0 && (to.Before(from) || to.After(from.AddDate(0, 0, maxRange))) {
		wrong.AddWith("query.to", "bookingweb.range", fault.Args{"Days": maxRange})
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	// A local day may begin a day earlier or later than the same day in UTC, and
	// some days have no midnight; so what is asked for is told by slots' own dates.
	found, err := o.Book.Slots(ctx, booking.Query{PostID: in.Post, Service: in.Service, From: from.AddDate(0, 0, -1), To: to.AddDate(0, 0, 2), Places: in.Places})
	if err != nil {
		return nil, err
	}
	out := &one[[]slot]{Body: []slot{}}
	for _, s := range found {
		if s.Date >= from.Format(time.DateOnly) && s.Date <= to.Format(time.DateOnly) {
			out.Body = append(out.Body, slot{ID: s.ID, Start: s.Start.In(zone), End: s.End.In(zone), Places: s.Places, Free: s.Free()})
		}
	}
	return out, nil
}

// day reads a date as midnight UTC.
func day(wrong *fault.Fields, path, text string) time.Time {
	t, ok := post.ParseDate(text)
	if !ok || t.Year() < 2000 || t.Year() > 2200 {
		wrong.Add(path, "bookingweb.not_a_day")
	}
	return t
}

// details checks people and e-mail address, and complains about both together.
// today is the day at the post.
func (c Contact) details(today time.Time) (booking.Details, error) {
	given := make([]booking.Applicant, len(c.Applicants))
	for i, a := range c.Applicants {
		given[i] = booking.Applicant(a)
	}
	people, wrong := booking.CheckApplicants(given, today)
	email, wrongEmail := notify.ParseAddress(c.Email)
	var fields fault.Fields
	for _, err := range []error{wrong, wrongEmail} {
		if f := fault.As(err); f != nil {
			fields = append(fields, f.Fields...)
		} else if err != nil {
			return booking.Details{}, err
		}
	}
	return booking.Details{Email: email.String(), Applicants: people}, fields.Err()
}

// named turns not found into a complaint about the field that names the thing:
// the address of the request was right.
func named(path string, err error) error {
	if f := fault.As(err); f != nil && f.Kind == fault.NotFound {
		return fault.NewInvalid(fault.Field{Path: path, Key: f.Key, Args: f.Args})
	}
	return err
}

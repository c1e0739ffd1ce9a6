package statusweb

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

// appointment is the interview as the person sees it.
type appointment struct {
	Reference string
	State     booking.State
	Start     time.Time // on the clock of its post
	At        post.Post
	Coming    bool
	// Manage is where to move and cancel it, "" when it cannot be any more.
	Manage string

	id string
}

// stands says whether another interview is not to be booked.
func (a *appointment) stands() bool {
	if a == nil {
		return false
	}
	switch a.State {
	case booking.Booked, booking.CheckedIn, booking.Served:
		return true
	}
	return false
}

// appointment finds the interview of the application: the one that is bound to
// it, or one that the person made otherwise (on the waiting list, by a draw, on
// the telephone), which is bound then. Nil when there is none.
func (room *Room) appointment(ctx context.Context, h *head) (*appointment, error) {
	var bound *appointment
	if h.a.Interview != "" {
		b, err := room.Book.ByReference(ctx, h.a.Interview)
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return nil, err
		}
		if err == nil {
			if bound, err = room.show(ctx, b); err != nil {
				return nil, err
			}
		}
	}
	if bound.stands() || !h.a.State.Open() {
		return bound, nil
	}
	b, err := room.own(ctx, h)
	if b == nil || err != nil {
		return bound, err
	}
	if _, err := room.Cases.SetInterview(ctx, h.a.ID, b.Reference); err != nil {
		return nil, err
	}
	return room.show(ctx, b)
}

// own finds an appointment for the interview that was made with the address that
// the applicant has proven, for the person whom the application is about. The
// address has to agree: anybody may type another's passport number.
func (room *Room) own(ctx context.Context, h *head) (*booking.Booking, error) {
	want, err := room.wanted(ctx, h)
	if err != nil || want.Email == "" || h.a.EmailProvenAt.IsZero() {
		return nil, err
	}
	checked, err := booking.CheckApplicants([]booking.Applicant{want.Person}, h.local(room.web.Now()))
	if fault.KindOf(err) == fault.Invalid {
		return nil, nil // nobody can have been booked like this
	} else if err != nil {
		return nil, err
	}
	person := checked[0]
	made, err := room.Book.OfEmail(ctx, h.a.PostID, want.Email)
	if err != nil {
		return nil, err
	}
	for _, v := range made {
		if v.ServiceID != want.ServiceID || v.State != booking.Booked || !v.Start.After(room.web.Now()) {
			continue
		}
		details, err := room.Book.Details(v.Booking)
		if err != nil {
			return nil, err
		}
		for _, who := range details.Applicants {
			if who.DocumentNumber == person.DocumentNumber && who.DateOfBirth == person.DateOfBirth && who.Nationality == person.Nationality {
				return v.Booking, nil
			}
		}
	}
	return nil, nil
}

func (room *Room) show(ctx context.Context, b *booking.Booking) (*appointment, error) {
	slot, err := room.Book.Slot(ctx, b.SlotID)
	if err != nil {
		return nil, err
	}
	at, err := room.Posts.Get(ctx, b.PostID)
	if err != nil {
		return nil, err
	}
	a := &appointment{id: b.ID, Reference: b.Reference, State: b.State, Start: slot.Start.In(at.Location()), At: at}
	if a.Coming = b.State == booking.Booked && slot.Start.After(room.web.Now()); a.Coming {
		a.Manage = "/appointments/manage/" + url.PathEscape(b.Reference) + "?token=" + url.QueryEscape(room.Book.ManageToken(b.ID))
	}
	return a, nil
}

// wanted is what the appointment portal is told, by the answers handed in last.
func (room *Room) wanted(ctx context.Context, h *head) (Wanted, error) {
	answers, err := room.Cases.Handed(ctx, h.a, h.a.Submission)
	if err != nil {
		return Wanted{}, err
	}
	who := (&casework.Case{Application: h.a, Questionnaire: h.d, Answers: answers}).Subject()
	email, err := room.Cases.Email(h.a)
	return Wanted{
		ApplicationID: h.a.ID, ServiceID: h.d.Case.Appointment, PostID: h.a.PostID, Email: email,
		Person: booking.Applicant{
			GivenNames: who.GivenNames, Surname: who.Surname, DateOfBirth: who.Birth, Nationality: who.Nationality, DocumentNumber: who.DocumentNumber,
		},
	}, err
}

type interviewPage struct {
	*head
	Interview *appointment
	Offered   bool // the post offers the service
	Open      bool
	Person    string
	Elsewhere string
}

func (room *Room) interview(w http.ResponseWriter, r *http.Request) error {
	h, err := room.open(w, r)
	if h == nil || err != nil {
		return err
	}
	if h.d.Case.Appointment == "" {
		return fault.NewNotFound("statusweb.interview.none")
	}
	found, err := room.appointment(r.Context(), h)
	if err != nil {
		return err
	}
	want, err := room.wanted(r.Context(), h)
	if err != nil {
		return err
	}
	return room.web.Render(w, r, http.StatusOK, "statusweb/interview.html", interviewPage{
		head: h, Interview: found, Open: h.a.State.Open() && !found.stands(), Person: want.Person.FullName(),
		Offered: h.Post.Active && h.Post.Offers(want.ServiceID), Elsewhere: "/appointments?service=" + url.QueryEscape(want.ServiceID),
	})
}

// chooseInterview goes to the calendar, with the person's answers ahead.
func (room *Room) chooseInterview(w http.ResponseWriter, r *http.Request) error {
	h, err := room.open(w, r)
	if h == nil || err != nil {
		return err
	}
	found, err := room.appointment(r.Context(), h)
	if err != nil {
		return err
	}
	if h.d.Case.Appointment == "" || found.stands() || !h.a.State.Open() {
		web.SeeOther(w, r, path(h.Reference, "interview"))
		return nil
	}
	want, err := room.wanted(r.Context(), h)
	if err != nil {
		return err
	}
	to, err := room.Choose(w, r, want)
	if err != nil {
		return err
	}
	web.SeeOther(w, r, to)
	return nil
}

package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/draft"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/web/api"
	"github.com/chancery/chancery/internal/web/bookingweb"
	"github.com/chancery/chancery/internal/web/caseapi"
	"github.com/chancery/chancery/internal/web/statusweb"
)

// registerStatus adds what applicants see of their applications. appointments
// are the pages at which an interview is booked.
func (r *rooms) registerStatus(s setting, drafts *draft.Store, appointments bookingweb.Pages) error {
	room := &statusweb.Room{
		Cases: r.applications.cases, Posts: r.posts, Tariffs: r.applications.tariffs, Door: r.applications.door, Intake: r.applications.intake,
		Drafts: drafts, Book: r.book, Visas: r.registers.papers, Ministry: s.name, TestPay: r.applications.testPay,
		Choose: func(w http.ResponseWriter, req *http.Request, want statusweb.Wanted) (string, error) {
			return appointments.Prefill(w, req, bookingweb.Prefilled{
				For: want.ApplicationID, PostID: want.PostID, ServiceID: want.ServiceID, People: []booking.Applicant{want.Person}, Email: want.Email,
			})
		},
	}
	return room.Register(r.server)
}

// registerApplicationAPI adds applications to the API.
func (r *rooms) registerApplicationAPI(operations *api.API) {
	caseapi.Operations{
		Cases: r.applications.cases, Forms: r.applications.forms, Posts: r.posts, Intake: r.applications.intake, Admit: r.gatekeeper().AdmitMail, Now: time.Now,
	}.Register(operations)
}

// interviewBooked binds an appointment to the application for which it was
// booked, and leads back there. An application that has moved on in the meantime
// is no reason to keep the appointment from its holder.
func (r *rooms) interviewBooked(ctx context.Context, application string, b *booking.Booking) (string, error) {
	a, err := r.applications.cases.SetInterview(ctx, application, b.Reference)
	switch {
	case err == nil:
		return "/applications/" + url.PathEscape(a.Reference) + "/interview", nil
	case fault.KindOf(err) == fault.Internal:
		slog.ErrorContext(ctx, "an interview could not be bound", "application", application, "booking", b.ID, "error", err)
	}
	return "/appointments/manage/" + url.PathEscape(b.Reference), nil
}

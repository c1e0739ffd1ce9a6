package bookingweb

import (
	"net/http"

	"github.com/chancery/chancery/internal/booking"
)

// Prefilled is a booking of which another room knows what it is for and who
// comes, so that nobody types that again.
type Prefilled struct {
	// For is what the other room calls it; Pages.Booked gets it back.
	For               string
	PostID, ServiceID string
	People            []booking.Applicant
	Email             string
}

// Prefill keeps what is known for this browser, and gives the address at which a
// time is chosen. Answers that the booking does not take, such as a birth date
// without a day, are asked for on the way.
func (p Pages) Prefill(w http.ResponseWriter, r *http.Request, known Prefilled) (path string, err error) {
	e, err := p.errand(r, known.PostID, known.ServiceID)
	if err != nil {
		return "", err
	}
	e.Party = max(1, len(known.People))
	a := &answers{For: known.For}
	for i, who := range known.People {
		a.setPerson(i, who)
	}
	a.setEmail(known.Email)
	if err := p.Drafts.Save(r.Context(), p.Web.BrowserKey(w, r).Hash(), "hold:"+e.Service.ID, a); err != nil {
		return "", err
	}
	return e.Times(""), nil
}

// bookedFor tells the room that began the booking, and gives the page to go on
// to.
func (p Pages) bookedFor(r *http.Request, a *answers, b *booking.Booking) (path string, err error) {
	if a.For == "" || p.Booked == nil {
		return managePath(b.Reference), nil
	}
	return p.Booked(r.Context(), a.For, b)
}

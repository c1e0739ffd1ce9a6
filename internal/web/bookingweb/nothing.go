package bookingweb

import (
	"net/http"
	"time"

	"github.com/chancery/chancery/internal/web"
)

// nothing is what a person gets who finds no place: when the next ones open,
// the waiting list, and where else there are some.
type nothing struct {
	OpensAt time.Time // on the post's clock; zero when no release is planned
	Ballots []link
	Release string
	Wait    string // the address of the waiting list
	Others  []hit
}

func (p Pages) nothing(r *http.Request, e errand) (*nothing, error) {
	coming, err := p.Book.Coming(r.Context(), e.Post.ID, e.Service.ID)
	if err != nil {
		return nil, err
	}
	printer := web.PrinterOf(r.Context())
	n := &nothing{Release: released(printer, e.Service.Release), Wait: e.Wait()}
	if !coming.OpensAt.IsZero() {
		n.OpensAt = e.local(coming.OpensAt)
	}
	for _, id := range coming.Ballots {
		n.Ballots = append(n.Ballots, link{"/draws/" + id, printer.T("bookingweb.none.ballot")})
	}
	n.Others, err = p.elsewhere(r.Context(), e)
	return n, err
}

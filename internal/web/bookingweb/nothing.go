package bookingweb

import (
	"net/http"
	"net/url"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
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
	n.Ballots = ballotLinks(printer, coming)
	n.Others, err = p.elsewhere(r.Context(), e)
	return n, err
}

// ballotLinks lead to the ballots that give out places still to come, named by
// their days.
func ballotLinks(printer *locale.Printer, coming booking.Coming) []link {
	var links []link
	for _, d := range coming.Ballots {
		first, _ := post.ParseDate(d.First)
		last, _ := post.ParseDate(d.Last)
		links = append(links, link{
			"/appointments/ballots/" + url.PathEscape(d.BallotID),
			printer.T("bookingweb.none.ballot", "First", printer.Date(first), "Last", printer.Date(last)),
		})
	}
	return links
}

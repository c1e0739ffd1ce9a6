package planweb

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/web"
)

type movingPage struct {
	Post  post.Post
	Names bool // the person may see who they are
	Lines []moving
	Next  string
}

type moving struct {
	booking.Moving
	Service      string
	At, By       time.Time
	Late         bool
	Names, Reach string
}

// perPage is how many people one page lists.
const perPage = 50

// mustMove lists who has to choose another time: to be telephoned, those first
// who have let the time pass.
func (p *Pages) mustMove(w http.ResponseWriter, r *http.Request) error {
	of, err := p.wanted(r)
	if err != nil {
		return err
	}
	var after booking.MovingAfter
	if at, id, ok := strings.Cut(r.URL.Query().Get("after"), "."); ok {
		if millis, err := strconv.ParseInt(at, 10, 64); err == nil {
			after = booking.MovingAfter{MoveBy: store.Time(millis), ID: id}
		}
	}
	found, err := p.Book.MustMove(r.Context(), of.ID, after, perPage+1)
	if err != nil {
		return err
	}
	page := movingPage{Post: of, Names: web.PersonOf(r.Context()).May(mayNames, of.ID)}
	if len(found) > perPage {
		found = found[:perPage]
		last := found[perPage-1]
		page.Next = path(of.ID, "/must-move?after=") + url.QueryEscape(strconv.FormatInt(store.Millis(last.MoveBy), 10)+"."+last.ID)
	}
	lang := web.PrinterOf(r.Context()).Lang()
	for _, m := range found {
		line := moving{
			Moving: m, Service: p.titles([]string{m.ServiceID}, lang)[0], At: m.Slot.Start.In(of.Location()), By: m.MoveBy.In(of.Location()),
			Late: !m.MoveBy.After(p.web.Now()),
		}
		if page.Names {
			details, err := p.Book.Details(&m.Booking)
			if err != nil {
				return err
			}
			var names []string
			for _, a := range details.Applicants {
				names = append(names, a.FullName())
			}
			line.Names = strings.Join(names, ", ")
			line.Reach = strings.Trim(details.Phone+", "+details.Email, ", ")
		}
		page.Lines = append(page.Lines, line)
	}
	return p.show(w, r, "must-move", nil, page)
}

package planweb

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/web"
)

type movingPage struct {
	Post  post.Post
	Names bool // the person may see who they are
	Move  bool // and may move them
	Lines []moving
	Next  string
}

type moving struct {
	booking.Moving
	Service      string
	At, By       time.Time
	Late         bool
	Names, Reach string
	// Kept is the time that is kept for them until KeptBy, in slot KeptID.
	Kept, KeptBy time.Time
	KeptID       string
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
	page := movingPage{Post: of, Names: web.PersonOf(r.Context()).May(mayNames, of.ID), Move: web.PersonOf(r.Context()).May(mayMove, of.ID)}
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
		kept, until, err := p.Book.Kept(r.Context(), m.ID)
		if err != nil {
			return err
		}
		if kept != nil {
			line.Kept, line.KeptBy, line.KeptID = kept.Start.In(of.Location()), until.In(of.Location()), kept.ID
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

// takeKept moves somebody, who has said so on the telephone, to the time that
// is kept for them.
func (p *Pages) takeKept(w http.ResponseWriter, r *http.Request) error {
	of, err := p.wanted(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	k, err := p.Book.ByReference(r.Context(), r.PathValue("reference"))
	if err != nil {
		return err
	}
	if k.PostID != of.ID {
		return fault.NewNotFound("booking.not_found")
	}
	kept, _, err := p.Book.Kept(r.Context(), k.ID)
	if err != nil {
		return err
	}
	said := web.Flash{Kind: "success", Key: "planweb.moving.moved", Args: fault.Args{"Reference": k.Reference}}
	switch {
	case k.SlotID == form.Value("slot"): // a second click
	case kept == nil || kept.ID != form.Value("slot"):
		said = web.Flash{Kind: "info", Key: "planweb.moving.not_kept", Args: fault.Args{"Reference": k.Reference}}
	default:
		if _, err := p.Book.Move(r.Context(), actor(r), k.ID, booking.Choice{SlotID: kept.ID}, true); err != nil {
			return err
		}
	}
	p.web.Flash(w, said)
	web.SeeOther(w, r, path(of.ID, "/must-move"))
	return nil
}

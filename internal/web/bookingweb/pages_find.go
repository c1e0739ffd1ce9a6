package bookingweb

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

type findPage struct {
	Form    *web.Form
	Service *catalogue.Service // chosen before, such as from the pages of services
	Hits    []hit
	// Heading says what the list is; Note what could not be found.
	Heading, Note string
	Asked         bool // the list is a part of all
	Near          string
	All           string // the address of the whole list
}

// hit is a post in a list, with the way on.
type hit struct {
	Post       post.Post
	Path       string
	Kilometres int       // 0 when it was not asked for
	Free       time.Time // the first free time, when a service is chosen
	Full       bool      // a service is chosen, and nothing is free
}

// nearest is how many posts a search by distance shows.
const nearest = 6

func (p Pages) find(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	printer := web.PrinterOf(r.Context())
	form := web.NewForm(url.Values{"q": {strings.Join(strings.Fields(q.Get("q")), " ")}})
	data := findPage{Form: form, Heading: printer.T("bookingweb.find.all"), All: "/appointments", Near: "/appointments?near="}
	if id := q.Get("service"); id != "" {
		s, err := p.Services.Service(id)
		if err != nil {
			return err
		}
		data.Service = &s
		data.All += "?service=" + url.QueryEscape(s.ID)
		data.Near = "/appointments?service=" + url.QueryEscape(s.ID) + "&near="
	}
	if id := q.Get("post"); id != "" {
		path := "/appointments/at/" + url.PathEscape(id)
		if data.Service != nil {
			path = offerPath(id, data.Service.ID)
		}
		web.SeeOther(w, r, path)
		return nil
	}
	found, err := p.search(r, form.Value("q"), q.Get("near"), &data)
	if err != nil {
		return err
	}
	if data.Hits, err = p.hits(r.Context(), found, data.Service, 1); err != nil {
		return err
	}
	return p.Web.Render(w, r, http.StatusOK, "bookingweb/find.html", data)
}

// search finds posts by what was typed, or by a point. What is typed may be a
// post's city or country, and else any country or capital of the world, whose
// nearest posts are shown then.
func (p Pages) search(r *http.Request, text, near string, data *findPage) ([]post.Nearby, error) {
	ctx, printer := r.Context(), web.PrinterOf(r.Context())
	if latitude, longitude, ok := point(near); ok && text == "" {
		data.Asked, data.Heading = true, printer.T("bookingweb.find.nearest")
		return p.nearby(ctx, latitude, longitude, data.Service)
	}
	posts, err := p.Posts.Search(ctx, text)
	if err != nil {
		return nil, err
	}
	posts = offering(posts, data.Service)
	if text == "" {
		return plainly(posts), nil
	}
	data.Asked = true
	if len(posts) > 0 {
		data.Heading = printer.T("bookingweb.find.found", "Count", len(posts))
		return plainly(posts), nil
	}
	for _, code := range country.Find(text) {
		name := country.Name(code, printer.Lang())
		here, err := p.Posts.ByCountry(ctx, code)
		if err != nil {
			return nil, err
		}
		if here = offering(here, data.Service); len(here) > 0 {
			data.Heading = printer.T("bookingweb.find.found", "Count", len(here))
			return plainly(here), nil
		}
		if latitude, longitude, ok := country.Seat(code); ok {
			key := "bookingweb.find.no_post"
			if data.Service != nil {
				key = "bookingweb.find.no_post_for"
			}
			data.Note = printer.T(key, "Country", name)
			data.Heading = printer.T("bookingweb.find.nearest")
			return p.nearby(ctx, latitude, longitude, data.Service)
		}
	}
	data.Note, data.Asked = printer.T("bookingweb.find.nothing"), false
	all, err := p.Posts.List(ctx)
	return plainly(offering(all, data.Service)), err
}

// point reads "40.4,49.9", WGS 84 degrees.
func point(text string) (latitude, longitude float64, ok bool) {
	a, b, found := strings.Cut(text, ",")
	latitude, err1 := strconv.ParseFloat(a, 64)
	longitude, err2 := strconv.ParseFloat(b, 64)
	ok = found && err1 == nil && err2 == nil && math.Abs(latitude) <= 90 && math.Abs(longitude) <= 180
	return latitude, longitude, ok
}

func (p Pages) nearby(ctx context.Context, latitude, longitude float64, s *catalogue.Service) ([]post.Nearby, error) {
	all, err := p.Posts.Near(ctx, latitude, longitude, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(n post.Nearby) bool { return s != nil && !n.Post.Offers(s.ID) })
	return all[:min(nearest, len(all))], nil
}

func offering(posts []post.Post, s *catalogue.Service) []post.Post {
	if s == nil {
		return posts
	}
	return slices.DeleteFunc(slices.Clone(posts), func(at post.Post) bool { return !at.Offers(s.ID) })
}

func plainly(posts []post.Post) []post.Nearby {
	out := make([]post.Nearby, len(posts))
	for i, at := range posts {
		out[i].Post = at
	}
	return out
}

// hits gives each post its way on, and with a service chosen its first free
// time too.
func (p Pages) hits(ctx context.Context, found []post.Nearby, s *catalogue.Service, places int) ([]hit, error) {
	free := map[string]booking.Span{}
	if s != nil {
		spans, err := p.Book.Spans(ctx, s.ID, places)
		if err != nil {
			return nil, err
		}
		for _, span := range spans {
			free[span.PostID] = span
		}
	}
	var out []hit
	for _, n := range found {
		h := hit{Post: n.Post, Path: "/appointments/at/" + url.PathEscape(n.Post.ID), Kilometres: int(math.Round(n.Kilometres))}
		if s != nil {
			h.Path = offerPath(n.Post.ID, s.ID)
			if span, ok := free[n.Post.ID]; ok {
				h.Free = span.First.In(n.Post.Location())
			} else {
				h.Full = true
			}
		}
		out = append(out, h)
	}
	return out, nil
}

// elsewhere lists other posts that have places for the errand, nearest first.
func (p Pages) elsewhere(ctx context.Context, e errand) ([]hit, error) {
	near, err := p.Posts.Near(ctx, e.Post.Latitude, e.Post.Longitude, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	near = slices.DeleteFunc(near, func(n post.Nearby) bool { return n.Post.ID == e.Post.ID || !n.Post.Offers(e.Service.ID) })
	all, err := p.hits(ctx, near, &e.Service, e.Places())
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(h hit) bool { return h.Free.IsZero() })
	slices.SortStableFunc(all, func(a, b hit) int { return cmp.Compare(a.Kilometres, b.Kilometres) })
	const shown = 5
	for i := range all {
		all[i].Path = errand{Post: all[i].Post, Service: e.Service, Party: e.Party}.Times("")
	}
	return all[:min(shown, len(all))], nil
}

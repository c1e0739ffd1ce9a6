package drawweb

import (
	"net/http"
	"net/url"
	"time"

	"github.com/chancery/chancery/internal/booking/draw"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/web"
)

// firstShown is how much of the order the page shows; the file has all of it.
const firstShown = 100

type step struct {
	Text, When string
	Done       bool
}

type line struct {
	Place       int
	Entry, Slot string
}

// answer is what the page says about one entry number.
type answer struct {
	Key  string
	Args map[string]any
}

type showPage struct {
	ID, Title, Where, Zone string
	Names                  names
	Stage                  draw.State
	Entries, Places, Left  int
	Winners                int
	Steps                  []step
	File                   *draw.File
	Revealed               string
	First                  []line
	More                   bool
	Find                   *web.Form
	Answer                 *answer
	Enter                  string
}

func (room *Room) show(w http.ResponseWriter, r *http.Request) error {
	ctx, p := r.Context(), web.PrinterOf(r.Context())
	b, err := room.Draws.Ballot(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	f, err := room.Draws.File(ctx, b.ID)
	if err != nil {
		return err
	}
	n := room.namesOf(ctx, b, p)
	page := showPage{ID: b.ID, Title: b.Title.In(p.Lang()), Names: n, Zone: n.Zone.String(), Stage: b.Stage(room.server.Now()), File: f,
		Find: web.NewForm(url.Values{"entry": {r.URL.Query().Get("entry")}})}
	page.Steps = steps(b, p, n, room.server.Now())
	if page.Entries, err = room.Draws.Entries(ctx, b.ID); err != nil {
		return err
	}
	slots := map[string]string{}
	for _, place := range f.Places {
		page.Places += place.Places
		slots[place.Slot] = when(p, place, n)
	}
	for _, left := range f.Leftover {
		page.Left += left.Places
	}
	if b.State == draw.Drawn {
		page.Revealed = p.DateTime(b.RevealedAt.In(n.Zone))
	}
	for i, o := range f.Outcome {
		l := line{Place: i + 1, Entry: o.Entry}
		if o.Slot != nil {
			page.Winners++
			l.Slot = slots[*o.Slot]
		}
		if i < firstShown {
			page.First = append(page.First, l)
		}
	}
	page.More = len(f.Outcome) > firstShown
	if page.Stage == draw.Open && room.EnterPath != nil {
		page.Enter = room.EnterPath(b)
	}
	page.find(p, n)
	return room.server.Render(w, r, http.StatusOK, "drawweb/show.html", page)
}

// when writes a slot's start in the post's zone.
func when(p *locale.Printer, place draw.Place, n names) string {
	start, err := time.Parse(time.RFC3339, place.Start)
	if err != nil {
		return place.Start // the file's reader has checked it
	}
	return p.DateTime(start.In(n.Zone))
}

func steps(b *draw.Ballot, p *locale.Printer, n names, now time.Time) []step {
	at := func(key string, t time.Time, done bool, args ...any) step {
		return step{Text: p.T(key, args...), When: p.DateTime(t.In(n.Zone)), Done: done}
	}
	stage := b.Stage(now)
	list := []step{
		at("drawweb.steps.announced", b.CreatedAt, true),
		at("drawweb.steps.opens", b.OpensAt, stage != draw.Announced),
		at("drawweb.steps.closes", b.ClosesAt, stage == draw.Closed || stage == draw.Drawn),
	}
	if b.Randomness != nil {
		// The ballot's own announcement wrote the instant.
		known, _ := time.Parse(time.RFC3339, b.Randomness.When)
		list = append(list, at("drawweb.steps.randomness", known, b.Randomness.Value != "", "Source", b.Randomness.Source))
	}
	drawn := b.DrawsAt
	if b.State == draw.Drawn {
		drawn = b.RevealedAt
	}
	return append(list, at("drawweb.steps.draws", drawn, b.State == draw.Drawn))
}

// find answers what somebody typed into the search for an entry.
func (page *showPage) find(p *locale.Printer, n names) {
	typed := page.Find.Value("entry")
	if typed == "" {
		return
	}
	number, ok := draw.ParseNumber(typed)
	if !ok {
		page.Find.Errors = append(page.Find.Errors, fault.Field{Path: "entry", Key: "drawweb.find.unreadable"})
		return
	}
	listed, place, slot := page.File.Find(number)
	args := map[string]any{"Number": number, "Place": p.Number(place)}
	switch {
	case page.File.Stage == draw.Announced || page.File.Stage == draw.Open:
		page.Answer = &answer{"drawweb.find.early", args}
	case !listed:
		page.Answer = &answer{"drawweb.find.none", args}
	case place == 0:
		page.Answer = &answer{"drawweb.find.in", args}
	case slot != nil:
		args["When"] = when(p, *slot, n)
		page.Answer = &answer{"drawweb.find.won", args}
	default:
		page.Answer = &answer{"drawweb.find.lost", args}
	}
}

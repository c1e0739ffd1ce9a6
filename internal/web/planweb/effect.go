package planweb

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/plan"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

type effectPage struct {
	Post      post.Post
	Title     string // translation key
	Form      *web.Form
	Counts    booking.Counts
	Nothing   bool
	Days      []effectDay
	Movers    []mover
	MoreMove  int // beyond those listed
	Stayers   []mover
	Hidden    []hidden
	Digest    string
	MayBack   bool // there is a form to go back to
	Languages []string
}

type hidden struct{ Name, Value string }

type effectDay struct {
	On                     time.Time
	Added, Removed, Others int
	More, Fewer            int
}

type mover struct {
	booking.Mover
	Service  string
	At, By   time.Time
	Proposed time.Time
}

// maxListed bounds how many people one preview names.
const maxListed = 300

// maxReason bounds what people are told, in each language.
const maxReason = 300

// propose shows what a change would do, and does it when the form carries the
// digest of what was shown. again shows the form that the change came from;
// nil when there is none.
func (p *Pages) propose(w http.ResponseWriter, r *http.Request, of post.Post, form *web.Form, c plan.Change, title string, again func() error) error {
	if form.Value("back") != "" && again != nil {
		return again()
	}
	ctx := r.Context()
	digest := form.Value("digest")
	if r.Method != http.MethodPost || digest == "" {
		seen, err := p.Plans.Preview(ctx, of.ID, c)
		if again != nil && form.RefuseOrSay(err, fault.Conflict) {
			return again()
		}
		if err != nil {
			return err
		}
		return p.showEffect(w, r, of, form, seen, title, again != nil)
	}
	reason, bad := readReason(form)
	if len(bad) > 0 {
		seen, err := p.Plans.Preview(ctx, of.ID, c)
		if err != nil {
			return err
		}
		form.Errors = bad
		return p.showEffect(w, r, of, form, seen, title, again != nil)
	}
	done, err := p.Plans.Save(ctx, of.ID, c, plan.Consent{Actor: actor(r), Digest: digest, Reason: reason})
	switch {
	case done != nil && fault.KindOf(err) == fault.Conflict:
		form.RefuseOrSay(err, fault.Conflict)
		if done, err = p.Plans.Preview(ctx, of.ID, c); err != nil {
			return err
		}
		return p.showEffect(w, r, of, form, done, title, again != nil)
	case again != nil && form.RefuseOrSay(err, fault.Conflict):
		return again()
	case err != nil:
		return err
	}
	said := web.Flash{Kind: "success", Key: "planweb.saved"}
	if n := done.Effect.Counts().MustMove; n > 0 {
		said.Key, said.Args = "planweb.saved_moving", fault.Args{"Count": n}
	}
	p.web.Flash(w, said)
	web.SeeOther(w, r, path(of.ID, ""))
	return nil
}

// readReason reads what people who must move are told.
func readReason(form *web.Form) (reason map[string]string, bad fault.Fields) {
	reason = map[string]string{}
	for _, lang := range locale.Languages {
		text := strings.Join(strings.Fields(form.Value("reason."+lang)), " ")
		if utf8.RuneCountInString(text) > maxReason {
			bad.AddWith("reason."+lang, "planweb.effect.reason_long", fault.Args{"Max": maxReason})
		}
		if text != "" {
			reason[lang] = text
		}
	}
	return reason, bad
}

func (p *Pages) showEffect(w http.ResponseWriter, r *http.Request, of post.Post, form *web.Form, seen *plan.Preview, title string, mayBack bool) error {
	lang := web.PrinterOf(r.Context()).Lang()
	page := effectPage{
		Post: of, Title: title, Form: form, Counts: seen.Effect.Counts(), Nothing: seen.Effect.Nothing(), Days: effectDays(seen.Effect),
		Digest: seen.Digest, MayBack: mayBack, Languages: locale.Languages,
	}
	page.Movers, page.MoreMove = p.movers(of, lang, seen.Effect.MustMove)
	page.Stayers, _ = p.movers(of, lang, seen.Effect.MayStay)
	for _, name := range slices.Sorted(maps.Keys(form.Values)) {
		if name == "digest" || name == "back" || strings.HasPrefix(name, "reason.") {
			continue
		}
		for _, value := range form.Values[name] {
			page.Hidden = append(page.Hidden, hidden{name, value})
		}
	}
	return p.show(w, r, "effect", form, page)
}

func (p *Pages) movers(of post.Post, lang string, all []booking.Mover) (list []mover, more int) {
	zone := of.Location()
	for _, m := range all {
		switch {
		case m.Held:
			continue
		case len(list) == maxListed:
			more++
			continue
		}
		one := mover{Mover: m, Service: p.titles([]string{m.ServiceID}, lang)[0], At: m.Start.In(zone), By: m.MoveBy.In(zone)}
		if m.Proposal != nil {
			one.Proposed = m.Proposal.Start.In(zone)
		}
		list = append(list, one)
	}
	return list, more
}

// effectDays sums up what happens on each day.
func effectDays(effect *booking.Effect) []effectDay {
	var days []effectDay
	last := ""
	for _, s := range effect.Slots {
		if s.Before == s.After && !s.Changed {
			continue
		}
		if s.Slot.Date != last {
			on, _ := post.ParseDate(s.Slot.Date)
			days, last = append(days, effectDay{On: on}), s.Slot.Date
		}
		day := &days[len(days)-1]
		switch {
		case s.Before == 0:
			day.Added++
		case s.After == 0:
			day.Removed++
		default:
			day.Others++
		}
		day.More += max(0, s.After-s.Before)
		day.Fewer += max(0, s.Before-s.After)
	}
	return days
}

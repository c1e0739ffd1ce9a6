package catalogue

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/currency"
	"golang.org/x/text/language"

	"github.com/chancery/chancery/internal/declaration"
	"github.com/chancery/chancery/internal/locale"
)

var slug = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Documents lists all kinds of identifying document.
var Documents = []Document{Passport, NationalID, BirthCertificate, ParentsDocument, ReturnCertificate, PoliceReport}

// checker collects what is wrong with one file.
type checker struct {
	file     *declaration.File
	problems []error
}

func (c *checker) add(path, text string) {
	c.problems = append(c.problems, c.file.Problem(path, text))
}

// within wants a number from low to high.
func (c *checker) within(path string, n, low, high int, what string) {
	if n < low || n > high {
		c.add(path, fmt.Sprintf("is %d; write %s, from %d to %d", n, what, low, high))
	}
}

func (c *checker) text(path string, t locale.Text, most int) {
	if missing := t.Missing(); len(missing) > 0 {
		c.add(path, "lacks "+strings.Join(missing, " and ")+"; write the text in every language")
	}
	for lang, text := range t {
		if !locale.Known(lang) {
			c.add(path+"."+lang, fmt.Sprintf("is not a language of the product; use %s", strings.Join(locale.Languages, ", ")))
		}
		if utf8.RuneCountInString(text) > most {
			c.add(path+"."+lang, fmt.Sprintf("is longer than %d characters; shorten it", most))
		}
	}
}

// Longest texts, in characters.
const (
	maxTitle = 80
	maxLong  = 400
)

func (c *checker) service(s Service) {
	if !slug.MatchString(s.ID) || len(s.ID) > 60 {
		c.add("id", "must be small Latin letters, digits and hyphens, 60 at most, such as passport-renewal")
	}
	c.text("title", s.Title, maxTitle)
	c.text("summary", s.Summary, maxLong)
	c.text("audience", s.Audience, maxLong)
	c.within("duration_minutes", s.DurationMinutes, 5, 480, "how long one person takes at the counter")
	c.within("places_per_applicant", s.PlacesPerApplicant, 1, 10, "how many places one applicant takes")
	c.within("max_party", s.MaxParty, 1, 20, "how many people may come together")
	if len(s.Bring) == 0 {
		c.add("bring", "is empty; list what to bring, at least one thing")
	}
	for i, item := range s.Bring {
		path := fmt.Sprintf("bring[%d]", i)
		c.text(path+".text", item.Text, maxLong)
		if item.Link != "" && !https(item.Link) {
			c.add(path+".link", "must be a whole https address, or be left out")
		}
	}
	c.fee(s.Fee)
	c.languages(s.Languages)
	c.identifiers(s.Identifiers)
	c.release(s.Release)
	c.noShow(s.NoShow)
	c.within("rerelease.min_minutes", s.Rerelease.MinMinutes, 1, 7*24*60, "after how many minutes a cancelled place may come back")
	c.within("rerelease.max_minutes", s.Rerelease.MaxMinutes, max(1, s.Rerelease.MinMinutes), 7*24*60, "after how many minutes it comes back at the latest")
	c.within("reserve_percent", s.ReservePercent, 0, 90, "the share of places kept for staff to book")
	c.within("offer_minutes", s.OfferMinutes, 10, 7*24*60, "how long a waiting-list offer stands")
}

func https(link string) bool {
	u, err := url.Parse(link)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil
}

func (c *checker) fee(f Fee) {
	if f.Minor < 0 || f.Minor > 100_000_000 {
		c.add("fee.minor", "must be the fee in minor units, such as 4000 for 40.00; 0 when there is none")
	}
	unit, err := currency.ParseISO(f.Currency)
	switch {
	case err != nil || unit.String() != f.Currency:
		c.add("fee.currency", "must be an ISO 4217 code in capital letters, such as AZN")
	default:
		if digits, _ := currency.Standard.Rounding(unit); digits != 2 {
			c.add("fee.currency", "must be a currency with two decimals; say the local amount in note")
		}
	}
	if len(f.Note) > 0 {
		c.text("fee.note", f.Note, maxLong)
	}
}

func (c *checker) languages(languages []string) {
	if len(languages) == 0 {
		c.add("languages", "is empty; list the languages in which people are served, such as [az, en]")
	}
	seen := map[string]bool{}
	for i, lang := range languages {
		path := fmt.Sprintf("languages[%d]", i)
		if tag, err := language.Parse(lang); err != nil || tag.String() != lang {
			c.add(path, fmt.Sprintf("%q is not a BCP 47 language such as az", lang))
		}
		if seen[lang] {
			c.add(path, fmt.Sprintf("%q is there twice; take one out", lang))
		}
		seen[lang] = true
	}
}

func (c *checker) identifiers(identifiers []Identifier) {
	if len(identifiers) == 0 {
		c.add("identifiers", "is empty; say by which document a person is known, at least one")
	}
	seen := map[Document]bool{}
	for i, id := range identifiers {
		path := fmt.Sprintf("identifiers[%d]", i)
		if !slices.Contains(Documents, id.Document) {
			c.add(path+".document", fmt.Sprintf("%q is not known; use one of %v", id.Document, Documents))
		}
		if seen[id.Document] {
			c.add(path+".document", fmt.Sprintf("%q is there twice; take one out", id.Document))
		}
		seen[id.Document] = true
		c.text(path+".hint", id.Hint, maxLong)
	}
}

func (c *checker) release(r Release) {
	c.within("release.days_ahead", r.DaysAhead, 1, 366, "how many days ahead places are given out")
	if (r.Batch != nil) != (r.Kind == Batch) {
		c.add("release.batch", "belongs to the kind batch, and only to it")
	}
	if (r.Ballot != nil) != (r.Kind == Ballot) {
		c.add("release.ballot", "belongs to the kind ballot, and only to it")
	}
	switch r.Kind {
	case Rolling, Batch, Ballot:
	default:
		c.add("release.kind", fmt.Sprintf("is %q; use rolling, batch or ballot", r.Kind))
	}
	if b := r.Batch; b != nil {
		c.weekday("release.batch.weekday", b.Weekday)
		c.clock("release.batch.time", b.Time)
		c.within("release.batch.span_days", b.SpanDays, 1, 92, "how many days of places one batch opens")
	}
	if b := r.Ballot; b != nil {
		c.weekday("release.ballot.opens_weekday", b.OpensWeekday)
		c.clock("release.ballot.opens_time", b.OpensTime)
		c.within("release.ballot.entry_days", b.EntryDays, 1, 28, "for how many days entries are taken")
		c.within("release.ballot.span_days", b.SpanDays, 1, 92, "how many days of places one draw gives out")
		c.within("release.ballot.confirm_hours", b.ConfirmHours, 1, 168, "how many hours a winner has to confirm")
		// Winners must be able to confirm before the first day that was drawn.
		if need := b.EntryDays + (b.ConfirmHours+23)/24 + 1; r.DaysAhead < need {
			c.add("release.days_ahead", fmt.Sprintf("is %d; entries and confirmation take until day %d, so write at least that", r.DaysAhead, need))
		}
	}
}

func (c *checker) weekday(path, name string) {
	if _, ok := Weekday(name); !ok {
		c.add(path, fmt.Sprintf("is %q; use mon, tue, wed, thu, fri, sat or sun", name))
	}
}

func (c *checker) clock(path, clock string) {
	if _, err := time.Parse("15:04", clock); err != nil || len(clock) != len("15:04") {
		c.add(path, fmt.Sprintf("is %q; write a time of day in quotes, such as \"10:00\"", clock))
	}
}

func (c *checker) noShow(n NoShow) {
	c.within("no_show.warn_after", n.WarnAfter, 0, 10, "after how many misses a warning goes out, 0 for never")
	c.within("no_show.pause_after", n.PauseAfter, 0, 10, "after how many misses booking pauses, 0 for never")
	if n.PauseAfter > 0 {
		c.within("no_show.pause_days", n.PauseDays, 1, 366, "for how many days booking pauses")
		if n.WarnAfter == 0 || n.WarnAfter >= n.PauseAfter {
			c.add("no_show.warn_after", "must come before pause_after: nobody is paused without a warning")
		}
	} else if n.PauseDays != 0 {
		c.add("no_show.pause_days", "has no meaning without pause_after; take it out")
	}
}

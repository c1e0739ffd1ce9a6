package visaweb

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/act"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

type newPage struct {
	Form    *web.Form
	Case    *casework.Case
	At      post.Post
	Photo   string // its address, "" when there is none
	Country string
	Visa    act.Visa
	// Decided says that the terms come from the decision and cannot be changed.
	Decided               bool
	Types, Sexes, Layouts []web.Option
	// Zone is a preview; the serial number is not known yet.
	Zone    []string
	Answers []form.SummarySection
}

// granted gives the case that is to be issued, if the person may: granted, of a
// service that issues visas, at a post of theirs.
func (p *Pages) granted(r *http.Request, reference string) (*casework.Case, post.Post, error) {
	a, err := p.Cases.ByReference(r.Context(), reference)
	if err != nil {
		return nil, post.Post{}, err
	}
	if a.State == casework.Draft || a.State == casework.Erased || !may(r, identity.VisasIssue, a.PostID) {
		return nil, post.Post{}, fault.NewNotFound("casework.not_found")
	}
	c, err := p.Cases.Case(r.Context(), a.ID)
	if err != nil {
		return nil, post.Post{}, err
	}
	if c.Questionnaire.Case.Issues != string(act.Visas) {
		return nil, post.Post{}, fault.NewConflict("visaweb.error.no_visa")
	}
	at, err := p.Posts.Get(r.Context(), a.PostID)
	return c, at, err
}

func (p *Pages) begin(w http.ResponseWriter, r *http.Request) error {
	c, at, err := p.granted(r, r.URL.Query().Get("case"))
	if err != nil {
		return err
	}
	if c.State != casework.Granted {
		if made, err := p.Acts.BySource(r.Context(), act.Visas, act.CaseSource(c.ID)); err == nil {
			web.SeeOther(w, r, path(made))
			return nil
		}
		return fault.NewConflict("visaweb.error.not_granted")
	}
	v := p.prefilled(c, at)
	f := &web.Form{}
	fill(f, v)
	f.Set("layout", act.EVisa)
	return p.showNew(w, r, f, c, at, v)
}

func (p *Pages) prefilled(c *casework.Case, at post.Post) act.Visa {
	return act.FromCase(c, act.Decided(c), p.web.Now().In(at.Location()).Format(time.DateOnly))
}

// fill puts into the form what can be changed.
func fill(f *web.Form, v act.Visa) {
	for name, value := range map[string]string{"type": v.Type, "surname": v.Surname, "given_names": v.GivenNames, "surname_latin": v.SurnameLatin,
		"given_names_latin": v.GivenNamesLatin, "sex": v.Sex, "birth": v.Birth, "document_number": v.DocumentNumber, "remarks": v.Remarks,
		"entries": strconv.Itoa(v.Entries), "days": strconv.Itoa(v.Days)} {
		f.Set(name, value)
	}
	f.SetDate("from", v.From)
	f.SetDate("until", v.Until)
}

// particulars are those that the form may change of any visa.
func particulars(f *web.Form) act.Visa {
	return act.Visa{Surname: f.Value("surname"), GivenNames: f.Value("given_names"), SurnameLatin: f.Value("surname_latin"), GivenNamesLatin: f.Value("given_names_latin"),
		Sex: f.Value("sex"), Birth: f.Value("birth"), DocumentNumber: f.Value("document_number"), Remarks: f.Value("remarks")}
}

// read gives the visa that the form asks for. Terms that were decided by two
// officers are never taken from a form.
func read(f *web.Form, v act.Visa, decided bool) act.Visa {
	v = v.With(particulars(f))
	v.Type = f.Value("type")
	if decided {
		return v
	}
	v.From, v.Until = f.Date("from"), f.Date("until")
	number := func(name string) int {
		n, err := strconv.Atoi(f.Value(name))
		if err != nil {
			return -1
		}
		return n
	}
	v.Entries, v.Days = number("entries"), number("days")
	return v
}

// unnumbered stands in the preview of a zone for the serial number.
const unnumbered = "V00000000"

func (p *Pages) showNew(w http.ResponseWriter, r *http.Request, f *web.Form, c *casework.Case, at post.Post, v act.Visa) error {
	printer := web.PrinterOf(r.Context())
	page := newPage{Form: f, Case: c, At: at, Visa: v, Decided: len(act.Decided(c)) > 0, Country: country.Name(v.Nationality, printer.Lang()),
		Types: options(r, act.TypeKey, act.VisaTypes), Sexes: sexes(), Layouts: options(r, layoutKey, act.Layouts), Answers: c.Questionnaire.Summary(c.Answers, printer.Lang())}
	if id := act.PhotoID(c); id != "" && may(r, identity.CasesSee, c.PostID) {
		page.Photo = "/staff/cases/" + c.Reference + "/files/" + id
	}
	// What cannot be written in a zone is complained about when it is issued.
	page.Zone, _ = v.Normal().Zone(f.Value("layout"), p.Papers.Issuer, unnumbered)
	return p.web.Render(w, r, status(f), "visaweb/new.html", page)
}

func sexes() []web.Option {
	var all []web.Option
	for _, s := range []string{"F", "M", "X"} {
		all = append(all, web.Option{Value: s, Label: s})
	}
	return all
}

func (p *Pages) issue(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	c, at, err := p.granted(r, f.Value("case"))
	if err != nil {
		return err
	}
	applied := p.prefilled(c, at)
	v := read(f, applied, len(act.Decided(c)) > 0)
	if f.Value("do") == "preview" {
		return p.showNew(w, r, f, c, at, v)
	}
	photo, err := p.portrait(r, c)
	if err != nil {
		return err
	}
	a, _, err := p.Acts.Issue(r.Context(), act.Issue{StaffID: me(r), ApplicationID: c.ID, PostID: c.PostID, PostName: postName(at), Visa: v, Applied: applied, Photo: photo, Layout: f.Value("layout")})
	if f.RefuseOrSay(err, fault.Conflict) {
		return p.showNew(w, r, f, c, at, v)
	} else if err != nil {
		return err
	}
	p.web.Flash(w, web.Flash{Kind: "success", Key: "visaweb.issued", Args: fault.Args{"Number": a.Label()}})
	web.SeeOther(w, r, path(a))
	return nil
}

// portrait is the applicant's photo, nil when the questionnaire asks for none.
func (p *Pages) portrait(r *http.Request, c *casework.Case) ([]byte, error) {
	id := act.PhotoID(c)
	if id == "" {
		return nil, nil
	}
	file, content, err := p.Cases.File(r.Context(), c.ID, id)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(file.MediaType, "image/") {
		return nil, nil
	}
	return content, nil
}

package formweb

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/web"
)

type checkPage struct {
	Title, Reference string
	Sections         []answersView
	Unfinished       []task
	// Out are the answers that will not be handed in.
	Out  []rowView
	Next string
	Back string
	PDF  string
}

// answersView is a page's answers for reading.
type answersView struct {
	Title, Change string
	Rows          []rowView
	None          bool
}

type rowView struct {
	Label string
	Lines []string
	Files []fileView
}

// check shows all answers before the declaration.
func (p *Pages) check(w http.ResponseWriter, r *http.Request) error {
	s, err := p.draft(r)
	if err != nil {
		return err
	}
	page := checkPage{Title: s.d.Title.In(s.lang()), Reference: s.Reference, Next: s.at("/declaration"), Back: s.at("/tasks"), PDF: s.at("/application.pdf")}
	back := s.at("/check")
	for _, t := range s.unfinished() {
		page.Unfinished = append(page.Unfinished, task{Title: t.Page.Title.In(s.lang()), Path: s.page(t.Page, -1, back), Label: stateLabel(s.printer, t)})
	}
	page.Sections = s.answers(back)
	page.Out = s.leftOut()
	return p.Web.Render(w, r, http.StatusOK, "formweb/check.html", page)
}

// answers are those of the path taken, but for the declaration; back "" makes no
// links to change them.
func (s *sitting) answers(back string) []answersView {
	var all []answersView
	for _, section := range s.d.Summary(s.content.Answers, s.lang()) {
		if declares(section.Page) {
			continue
		}
		one := answersView{Title: section.Title, None: section.Page.Repeat != nil && len(section.Rows) == 0}
		if back != "" {
			one.Change = s.page(section.Page, section.Index, back)
		}
		for _, row := range section.Rows {
			one.Rows = append(one.Rows, s.row(row.Label, row.Lines, row.Files))
		}
		all = append(all, one)
	}
	return all
}

func (s *sitting) row(label string, lines, files []string) rowView {
	v := rowView{Label: label, Lines: lines}
	for _, id := range files {
		if f, ok := s.attached(id); ok {
			v.Files = append(v.Files, f)
		}
	}
	return v
}

// leftOut lists the answers that are kept and will not be handed in, because
// other answers made them idle.
func (s *sitting) leftOut() []rowView {
	var out []rowView
	handed := s.d.Submitted(s.content.Answers)
	named := map[string]bool{}
	for _, f := range s.d.Files(handed) {
		named[f.ID] = true
	}
	for i := range s.d.Pages {
		page := &s.d.Pages[i]
		rounds := 1
		if page.Repeat != nil {
			rounds = len(form.Rounds(s.content.Answers, page.ID))
		}
		for n := range rounds {
			stored, kept := s.d.Stored(page.ID, n, s.content.Answers), s.d.Stored(page.ID, n, handed)
			for j := range page.Questions {
				q := &page.Questions[j]
				value, answered := stored[q.ID]
				if _, in := kept[q.ID]; in || !answered {
					continue
				}
				var files []string
				for _, id := range q.Inputs(value)[0].Values {
					if (q.Type == form.TypeFile || q.Type == form.TypePhoto) && !named[id] {
						files = append(files, id)
					}
				}
				row := s.row(page.Title.In(s.lang())+": "+q.Label.In(s.lang()), q.Read(value, s.lang()), files)
				if len(row.Lines)+len(row.Files) > 0 {
					out = append(out, row)
				}
			}
		}
	}
	return out
}

// declaration leads to the page with the declaration, once all else is answered.
func (p *Pages) declaration(w http.ResponseWriter, r *http.Request) error {
	s, err := p.draft(r)
	if err != nil {
		return err
	}
	if !s.ready() {
		web.SeeOther(w, r, s.at("/check"))
		return nil
	}
	for _, page := range s.d.Path(s.content.Answers) {
		if declares(page) {
			web.SeeOther(w, r, s.page(page, -1, ""))
			return nil
		}
	}
	web.SeeOther(w, r, s.at("/submit"))
	return nil
}

type submitPage struct {
	*web.Form
	Title, Post, Reference string
	Email                  string
	Fee, Why               string
	Free                   bool
	Days                   int
	Declared               []rowView
	Path, Back             string
}

// askSubmit shows what it costs and what happens next, before the last button.
func (p *Pages) askSubmit(w http.ResponseWriter, r *http.Request) error {
	s, err := p.whole(r)
	if err != nil {
		return err
	}
	return p.showSubmit(w, r, http.StatusOK, s, &web.Form{})
}

// whole is draft for an application of which nothing is missing; others are led
// to what is.
func (p *Pages) whole(r *http.Request) (*sitting, error) {
	s, err := p.draft(r)
	if err != nil {
		return nil, err
	}
	if s.d.Next("", s.content.Answers, s.today) != nil {
		to := "/check"
		if s.ready() {
			to = "/declaration"
		}
		return nil, web.Elsewhere(s.at(to), fault.NewConflict("casework.no_page"))
	}
	if !s.proven() {
		query := url.Values{"for": {"submit"}, "back": {s.at("/submit")}}
		return nil, web.Elsewhere(s.at("/email?")+query.Encode(), fault.NewConflict("casework.email_unproven"))
	}
	return s, nil
}

func (p *Pages) showSubmit(w http.ResponseWriter, r *http.Request, status int, s *sitting, shown *web.Form) error {
	at, err := p.Posts.Get(s.ctx, s.PostID)
	if err != nil {
		return err
	}
	price, err := p.Cases.Quote(s.ctx, s.ID)
	if err != nil {
		return err
	}
	page := submitPage{
		Form: shown, Title: s.d.Title.In(s.lang()), Post: at.Name.In(s.lang()), Reference: s.Reference, Free: price.Minor == 0,
		Fee: s.printer.Money(price.Minor, price.Currency), Why: p.Tariffs.Title(s.ServiceID, price.Basis).In(s.lang()), Days: s.d.Case.DecideDays,
		Path: s.at("/submit"), Back: s.at("/check"),
	}
	if page.Email, err = p.Cases.Email(s.Application); err != nil {
		return err
	}
	for _, section := range s.d.Summary(s.content.Answers, s.lang()) {
		if !declares(section.Page) {
			continue
		}
		for _, row := range section.Rows {
			page.Declared = append(page.Declared, s.row(row.Label, row.Lines, row.Files))
		}
	}
	return p.Web.Render(w, r, status, "formweb/submit.html", page)
}

// submit hands the application in.
func (p *Pages) submit(w http.ResponseWriter, r *http.Request) error {
	s, err := p.sit(r)
	if err != nil {
		return err
	}
	if s.State == casework.Draft {
		if s, err = p.whole(r); err != nil {
			return err
		}
		if page, err := p.badPhoto(s); err != nil {
			return err
		} else if page != nil {
			p.Web.Flash(w, web.Flash{Kind: "info", Key: "formweb.photo.uncropped"})
			web.SeeOther(w, r, s.page(page, -1, s.at("/submit")))
			return nil
		}
	}
	_, err = p.Cases.Submit(s.ctx, s.ID)
	if refused := fault.As(err); refused != nil && refused.Kind == fault.Invalid {
		web.SeeOther(w, r, s.at("/check")) // which says what is not right
		return nil
	}
	if err != nil {
		return err
	}
	web.SeeOther(w, r, s.at(""))
	return nil
}

// badPhoto gives the page of a photo that does not have the shape; nil for none.
func (p *Pages) badPhoto(s *sitting) (*form.Page, error) {
	for _, ref := range s.d.Files(s.d.Submitted(s.content.Answers)) {
		if ref.Question.Type != form.TypePhoto || strings.TrimSpace(ref.ID) == "" {
			continue
		}
		if good, err := p.goodPhoto(s, ref.ID); err != nil || !good {
			return ref.Page, err
		}
	}
	return nil, nil
}

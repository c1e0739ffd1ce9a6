package formweb

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/applicant"
)

// sitting is an application that this browser may see, with all that was
// answered so far.
type sitting struct {
	*casework.Application
	ctx     context.Context
	printer *locale.Printer
	d       *form.Definition
	content *casework.Content
	today   string // the post's local day
	// open is the officer's question that waits for an answer; nil for none.
	open *casework.Question
}

// sit reads the application of the path, in whatever state it is.
func (p *Pages) sit(r *http.Request) (*sitting, error) {
	a, err := p.Door.Application(r)
	if err != nil {
		return nil, err
	}
	s := &sitting{ctx: r.Context(), printer: web.PrinterOf(r.Context())}
	if s.Application, s.content, err = p.Cases.Content(s.ctx, a.ID); err != nil {
		return nil, err
	}
	if s.d, err = p.Cases.Questionnaire(s.ctx, s.Application); err != nil {
		return nil, err
	}
	if s.today, err = p.Calendar.Today(s.ctx, s.PostID, p.now()); err != nil {
		return nil, err
	}
	if s.State != casework.Asked {
		return s, nil
	}
	all, err := p.Cases.Questions(s.ctx, s.ID)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].AnsweredAt.IsZero() {
			s.open = &all[i]
		}
	}
	return s, nil
}

// draft is sit for what only somebody who has not submitted may do; others are
// led to the state of the application.
func (p *Pages) draft(r *http.Request) (*sitting, error) {
	s, err := p.sit(r)
	if err == nil && s.State != casework.Draft {
		err = web.Elsewhere(s.at(""), fault.NewConflict("casework.not_editable"))
	}
	return s, err
}

// at is the address of one of the application's pages; "" is its state.
func (s *sitting) at(rest string) string {
	return "/applications/" + url.PathEscape(s.Reference) + rest
}

// lang is the reader's language.
func (s *sitting) lang() string { return s.printer.Lang() }

// mayChange says whether the page's answers can be changed now: in a draft all,
// and of those that an officer has asked about, or that are new since, the
// answer's.
func (s *sitting) mayChange(page string) bool {
	switch s.State {
	case casework.Draft:
		return true
	case casework.Asked:
		return s.open != nil && (slices.Contains(s.open.Pages, page) || s.content.Versions[page] == 0 || s.savedSince(page))
	}
	return false
}

// savedSince says whether the page may be one to which a changed answer led: what
// was saved when is the store's to know, and it refuses the others.
func (s *sitting) savedSince(page string) bool {
	return s.SavedAt.After(s.open.AskedAt) && !slices.Contains(s.open.Pages, page)
}

// proven says whether files may be given: by whoever can come back for them.
func (s *sitting) proven() bool { return !s.EmailProvenAt.IsZero() || s.Channel == casework.ByStaff }

// declares says whether the page holds the declaration.
func declares(page *form.Page) bool {
	return slices.ContainsFunc(page.Questions, func(q form.Question) bool { return q.Type == form.TypeDeclaration })
}

// takesFiles says whether files are asked for.
func takesFiles(page *form.Page) bool {
	return slices.ContainsFunc(page.Questions, func(q form.Question) bool {
		return q.Type == form.TypeFile || q.Type == form.TypePhoto
	})
}

// place is a page of the questionnaire, or one round of a repeating page.
type place struct {
	*sitting
	Page  *form.Page
	index int
	// back is where to go after saving, "" for the next page.
	back string
}

// find gives the page of the path; not found when there is none. Pages that
// cannot be started now lead to the task list.
func (p *Pages) find(r *http.Request, index int) (*place, error) {
	s, err := p.sit(r)
	if err != nil {
		return nil, err
	}
	page, ok := s.d.Page(r.PathValue("page"))
	if !ok {
		return nil, fault.NewNotFound("form.no_page")
	}
	at := &place{sitting: s, Page: page, index: index, back: applicant.Back(r.URL.Query().Get("back"), "")}
	switch {
	case !s.mayChange(page.ID):
		return nil, web.Elsewhere(s.at(""), fault.NewConflict("casework.not_editable"))
	case !at.startable():
		return nil, web.Elsewhere(s.at("/tasks"), fault.NewConflict("casework.no_page"))
	case takesFiles(page) && !s.proven():
		return nil, web.Elsewhere(s.at("/email?")+url.Values{"for": {"files"}, "back": {at.path()}}.Encode(), fault.NewConflict("casework.email_unproven"))
	}
	return at, nil
}

// startable says whether the page can be filled in with the answers of now.
func (at *place) startable() bool {
	return at.d.Startable(at.Page.ID, at.content.Answers, at.today)
}

// path is the address of the place, with the way back.
func (at *place) path() string {
	return at.sitting.page(at.Page, at.index, at.back)
}

// page is the address of a page; index counts from 0, below 0 is the list of a
// repeating page.
func (s *sitting) page(page *form.Page, index int, back string) string {
	path := s.at("/pages/" + page.ID)
	if page.Repeat != nil && index >= 0 {
		path += "/" + strconv.Itoa(index+1)
	}
	return withBack(path, back)
}

func withBack(path, back string) string {
	if back == "" {
		return path
	}
	return path + "?" + url.Values{"back": {back}}.Encode()
}

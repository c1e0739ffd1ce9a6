package visaweb

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/act"
	"github.com/chancery/chancery/internal/act/paper"
	"github.com/chancery/chancery/internal/document/verify"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/web"
)

type line struct{ Label, Value string }

type paperRow struct {
	*verify.Document
	Who, File, Check string
	At               time.Time
	Checks           int
}

type eventRow struct {
	act.Event
	Who string
	On  time.Time
}

type visaPage struct {
	*act.Act
	Path, Colour         string
	Form                 *web.Form
	Reference, Case      string
	Rows                 []line
	Original             string
	HasPhoto             bool
	Zone                 []string
	Papers               []paperRow
	History              []eventRow
	Proposal             *act.Proposal // the open one
	Proposer             string
	ProposedOn           time.Time
	Before, After        *act.Act
	MayIssue, MayEnd     bool
	MayCarry, MayOwnBack bool
}

// PathOf is the page of another entry.
func (visaPage) PathOf(a *act.Act) string { return path(a) }

func (p *Pages) visa(w http.ResponseWriter, r *http.Request) error {
	a, err := p.wanted(r, identity.VisasSee)
	if err != nil {
		return err
	}
	return p.show(w, r, a, &web.Form{})
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request, a *act.Act, f *web.Form) error {
	ctx, printer := r.Context(), web.PrinterOf(r.Context())
	at, local, err := p.local(ctx, a.PostID)
	if err != nil {
		return err
	}
	page := visaPage{Act: a, Path: path(a), Colour: colours[a.State], Form: f, Original: strings.TrimSpace(a.Visa.GivenNames + " " + a.Visa.Surname)}
	for _, l := range a.Shown(at.Name.In(printer.Lang())) {
		page.Rows = append(page.Rows, line{printer.T(l.Label), paper.Value(l, printer)})
	}
	if application, err := p.Cases.Application(ctx, applicationID(a)); err == nil && application.Reference != "" {
		page.Reference = application.Reference
		if may(r, identity.CasesSee, application.PostID) {
			page.Case = "/staff/cases/" + application.Reference
		}
	}
	photo, err := p.Acts.Photo(ctx, a.ID)
	if err != nil {
		return err
	}
	page.HasPhoto = len(photo) > 0
	if page.Zone, err = a.Visa.Zone(act.StickerA, p.Papers.Issuer, a.SerialText()); err != nil {
		return err
	}
	if page.Before, err = p.other(ctx, a.Supersedes); err != nil {
		return err
	}
	if page.After, err = p.other(ctx, a.SupersededBy); err != nil {
		return err
	}
	if err := p.past(ctx, &page, local); err != nil {
		return err
	}
	standing := a.State == act.InForce
	page.MayIssue = standing && may(r, identity.VisasIssue, a.PostID)
	end := standing && may(r, identity.VisasRevoke, a.PostID)
	page.MayEnd = end && page.Proposal == nil
	if page.Proposal != nil && end {
		page.MayOwnBack = page.Proposal.ProposedBy == me(r)
		page.MayCarry = !page.MayOwnBack
	}
	return p.web.Render(w, r, status(f), "visaweb/visa.html", page)
}

func (p *Pages) other(ctx context.Context, id string) (*act.Act, error) {
	if id == "" {
		return nil, nil
	}
	return p.Acts.Act(ctx, id)
}

// past fills in what happened, the documents and the open proposal.
func (p *Pages) past(ctx context.Context, page *visaPage, local func(time.Time) time.Time) error {
	events, err := p.Acts.History(ctx, page.ID)
	if err != nil {
		return err
	}
	documents, err := p.Papers.Ledger.OfAct(ctx, page.ID)
	if err != nil {
		return err
	}
	checks, err := p.Papers.Ledger.Checks(ctx, page.ID)
	if err != nil {
		return err
	}
	proposals, err := p.Acts.Proposals(ctx, page.ID)
	if err != nil {
		return err
	}
	var ids []string
	for _, e := range events {
		ids = append(ids, strings.TrimPrefix(e.Actor, "staff:"))
	}
	for _, d := range documents {
		ids = append(ids, d.MadeBy)
	}
	for _, one := range proposals {
		ids = append(ids, one.ProposedBy)
		if one.State == act.ProposalOpen {
			page.Proposal = one
		}
	}
	slices.Sort(ids)
	names, err := p.People.NamesOf(ctx, slices.Compact(ids))
	if err != nil {
		return err
	}
	for _, e := range events {
		page.History = append(page.History, eventRow{e, names[strings.TrimPrefix(e.Actor, "staff:")], local(e.At)})
	}
	for _, d := range documents {
		page.Papers = append(page.Papers, paperRow{d, names[d.MadeBy], page.Path + "/documents/" + d.ID, "/v/" + d.Code, local(d.IssuedAt), checks[d.ID]})
	}
	if page.Proposal != nil {
		page.Proposer, page.ProposedOn = names[page.Proposal.ProposedBy], local(page.Proposal.ProposedAt)
	}
	return nil
}

// picturePolicy lets a picture do nothing but be seen.
const picturePolicy = "default-src 'none'; sandbox"

func (p *Pages) photo(w http.ResponseWriter, r *http.Request) error {
	a, err := p.wanted(r, identity.VisasSee)
	if err != nil {
		return err
	}
	photo, err := p.Acts.Photo(r.Context(), a.ID)
	if err != nil {
		return err
	}
	if len(photo) == 0 {
		return fault.NewNotFound("act.no_document")
	}
	kind := http.DetectContentType(photo)
	if kind != "image/jpeg" && kind != "image/png" {
		return fault.NewNotFound("act.no_document")
	}
	w.Header().Set("Content-Security-Policy", picturePolicy)
	return send(w, kind, "inline", photo)
}

// document gives one document of the visa as PDF.
func (p *Pages) document(w http.ResponseWriter, r *http.Request) error {
	a, err := p.wanted(r, identity.VisasSee)
	if err != nil {
		return err
	}
	d, err := p.Papers.Ledger.Get(r.Context(), r.PathValue("document"))
	if err != nil {
		return err
	}
	if d.ActID != a.ID {
		return fault.NewNotFound("act.no_document")
	}
	file, err := p.Papers.File(r.Context(), d)
	if err != nil {
		return err
	}
	return send(w, "application/pdf", `inline; filename="`+a.Label()+"-"+d.Layout+`.pdf"`, file)
}

// download gives applicants their visa: the latest e-visa that is in force.
func (p *Pages) download(w http.ResponseWriter, r *http.Request) error {
	application, err := p.Door.Application(r)
	if err != nil {
		return err
	}
	a, d, err := p.Papers.ForHolder(r.Context(), application.ID)
	switch {
	case err != nil:
		return err
	case a.State != act.InForce:
		return fault.NewConflict("visaweb.error.ended").With("Number", a.Label())
	case d == nil:
		return fault.NewConflict("visaweb.error.sticker")
	}
	file, err := p.Papers.File(r.Context(), d)
	if err != nil {
		return err
	}
	return send(w, "application/pdf", `attachment; filename="`+a.Label()+`.pdf"`, file)
}

// send answers with a file that nobody between may keep.
func send(w http.ResponseWriter, kind, disposition string, data []byte) error {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", disposition)
	w.Header().Set("Cache-Control", "private, no-store")
	_, err := w.Write(data)
	return err
}

package screenweb

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/screening"
	"github.com/chancery/chancery/internal/web"
)

type listsPage struct {
	Form      *web.Form
	Lists     []listRow
	MayChange bool
}

type listRow struct {
	List     screening.List
	Versions []versionRow
}

type versionRow struct {
	screening.Version
	Who string
}

func (p *Pages) overview(w http.ResponseWriter, r *http.Request) error {
	return p.showLists(w, r, &web.Form{})
}

func (p *Pages) showLists(w http.ResponseWriter, r *http.Request, form *web.Form) error {
	page := listsPage{Form: form, MayChange: mayChange(r)}
	for _, list := range screening.Lists {
		versions, err := p.Service.Versions(r.Context(), list, 0, 10)
		if err != nil {
			return err
		}
		row := listRow{List: list}
		for _, v := range versions {
			names, err := p.names(r.Context(), v.Actor)
			if err != nil {
				return err
			}
			one := versionRow{Version: v}
			for _, name := range names {
				one.Who = name
			}
			row.Versions = append(row.Versions, one)
		}
		page.Lists = append(page.Lists, row)
	}
	return p.web.Render(w, r, status(form), "screenweb/lists.html", page)
}

func (p *Pages) upload(w http.ResponseWriter, r *http.Request) error {
	parts, err := r.MultipartReader()
	if err != nil {
		return (&fault.Error{Kind: fault.Invalid, Key: "web.error.form"}).Because(err)
	}
	part, err := parts.NextPart()
	for err == nil && part.FormName() != "file" {
		part, err = parts.NextPart()
	}
	var file []byte
	if err == nil {
		file, err = io.ReadAll(io.LimitReader(part, screening.MaxUpload+1))
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return large
	}
	if err != nil {
		return (&fault.Error{Kind: fault.Invalid, Key: "web.error.form"}).Because(err)
	}
	form := &web.Form{}
	id, err := p.Service.Keep(r.Context(), personID(r), screening.List(r.PathValue("list")), part.FileName(), file)
	if form.RefuseOrSay(err, fault.Conflict, fault.Forbidden) {
		return p.showLists(w, r, form)
	} else if err != nil {
		return err
	}
	web.SeeOther(w, r, "/staff/screening/imports/"+id)
	return nil
}

type importPage struct {
	Form     *web.Form
	ID, Name string
	Plan     *screening.Plan
	Shrink   []web.Option
}

func (p *Pages) preview(w http.ResponseWriter, r *http.Request) error {
	return p.showImport(w, r, &web.Form{})
}

func (p *Pages) showImport(w http.ResponseWriter, r *http.Request, form *web.Form) error {
	if !isID(r.PathValue("upload")) {
		return fault.NewNotFound("screening.error.no_upload")
	}
	u, err := p.Service.Kept(r.Context(), personID(r), r.PathValue("upload"))
	if err != nil {
		return err
	}
	plan, err := p.Service.Preview(r.Context(), u.List, bytes.NewReader(u.File))
	if err != nil {
		return err
	}
	shrink := []web.Option{{Value: "yes", Label: web.PrinterOf(r.Context()).T("screenweb.shrink")}}
	return p.web.Render(w, r, status(form), "screenweb/import.html", importPage{form, u.ID, u.Name, plan, shrink})
}

func (p *Pages) takeOver(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	on, err := strconv.Atoi(form.Value("on"))
	if err != nil || on < 0 || !isID(r.PathValue("upload")) {
		return fault.NewNotFound("screening.error.no_upload")
	}
	_, err = p.Service.TakeOver(r.Context(), personID(r), r.PathValue("upload"), on, form.Has("shrink", "yes"))
	if form.RefuseOrSay(err, fault.Conflict, fault.Forbidden) {
		return p.showImport(w, r, form)
	} else if err != nil {
		return err
	}
	p.web.Flash(w, web.Flash{Kind: "success", Key: "screenweb.imported"})
	web.SeeOther(w, r, "/staff/screening")
	return nil
}

package formweb

import (
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/web"
)

// file shows a file that the person has attached; of a photo also a part, which
// the address names, as a preview.
func (p *Pages) file(w http.ResponseWriter, r *http.Request) error {
	a, err := p.Door.Application(r)
	if err != nil {
		return err
	}
	f, content, err := p.Cases.File(r.Context(), a.ID, r.PathValue("file"))
	if err != nil {
		return err
	}
	kind, disposition := f.MediaType, "inline"
	if !strings.HasPrefix(kind, "image/") {
		disposition = "attachment"
	}
	if part, err := readPart(r.URL.Query()); err == nil && part != nil {
		cut, err := cutOut(f, content, *part)
		if err != nil {
			return err
		}
		content, kind = cut.Data, cut.Kind.MediaType()
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": f.Name}))
	h.Set("Content-Length", strconv.Itoa(len(content)))
	h.Set("Cache-Control", "private, no-store")
	_, err = w.Write(content)
	return err
}

// removeFile takes a file out of the answer to its question, and away.
func (p *Pages) removeFile(w http.ResponseWriter, r *http.Request, at *place, in *posted, given form.Answers, id string) error {
	for i := range at.Page.Questions {
		q := &at.Page.Questions[i]
		switch held := given[q.ID].(type) {
		case []any:
			if q.Type == form.TypeFile {
				given[q.ID] = slices.DeleteFunc(held, func(one any) bool { return one == id })
			}
		case string:
			if q.Type == form.TypePhoto && held == id {
				delete(given, q.ID)
			}
		}
	}
	if _, err := p.store(at, in, given); in.stale(err) {
		return p.stale(w, r, at, in, given)
	} else if err != nil {
		return err
	}
	// A file that was handed in stays with what was handed in.
	if err := p.Cases.Detach(at.ctx, at.ID, id); err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	if len(in.Errors) > 0 {
		return p.again(w, r, http.StatusUnprocessableEntity, at, in, given)
	}
	web.SeeOther(w, r, at.path())
	return nil
}

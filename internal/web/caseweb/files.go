package caseweb

import (
	"mime"
	"net/http"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/web"
)

// shown are the types that a browser shows in its window: pictures, which were
// drawn anew when they were taken. All others are only saved.
var shown = []string{"image/jpeg", "image/png"}

// attached is a file as pages list it.
type attached struct{ casework.File }

// KB is the size in kilobytes, rounded up.
func (f attached) KB() int64 { return (f.Size + 1023) / 1024 }

// Opens says that the file is shown in a window of the browser.
func (f attached) Opens() bool { return slices.Contains(shown, f.MediaType) }

// filePolicy lets what somebody sent do nothing, even where a browser thinks
// that it is a page.
const filePolicy = "default-src 'none'; sandbox; frame-ancestors 'none'"

// file gives one file of the case.
func (p *Pages) file(w http.ResponseWriter, r *http.Request) error {
	a, _, err := p.wanted(r, identity.CasesSee)
	if err != nil {
		return err
	}
	if uuid.Validate(r.PathValue("file")) != nil {
		return fault.NewNotFound("casework.no_file")
	}
	f, content, err := p.Cases.File(r.Context(), a.ID, r.PathValue("file"))
	if err != nil {
		return err
	}
	kind, way := "application/octet-stream", "attachment"
	switch {
	case slices.Contains(shown, f.MediaType):
		kind = f.MediaType
		if !r.URL.Query().Has("save") {
			way = "inline"
		}
	case f.MediaType == "application/pdf":
		kind = f.MediaType
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(content)))
	if named := mime.FormatMediaType(way, map[string]string{"filename": f.Name}); named != "" {
		way = named
	}
	h.Set("Content-Disposition", way)
	h.Set("Content-Security-Policy", filePolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, no-store")
	_, err = w.Write(content)
	return err
}

// receiptPage is a receipt for printing.
type receiptPage struct {
	*visit
	Receipt  casework.Receipt
	Ministry string
}

func (p *Pages) receipt(w http.ResponseWriter, r *http.Request) error {
	v, err := p.visit(r, identity.CasesSee, &web.Form{})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(v.Receipts, func(one casework.Receipt) bool { return one.Label() == r.PathValue("receipt") })
	if i < 0 {
		return fault.NewNotFound("caseweb.error.no_receipt")
	}
	return p.web.Render(w, r, http.StatusOK, "caseweb/receipt.html", receiptPage{v, v.Receipts[i], p.Ministry.In(printerOf(r).Lang())})
}

package verifyweb

import (
	"context"
	"embed"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/chancery/chancery/internal/act/paper"
	"github.com/chancery/chancery/internal/document/signkeys"
	"github.com/chancery/chancery/internal/document/verify"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/travel/sealkeys"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/api"
)

//go:embed templates/*.html
var templates embed.FS

// Office answers; *paper.Office does.
type Office interface {
	Check(ctx context.Context, text string) (*paper.Answer, error)
	CheckFile(ctx context.Context, file []byte) (*paper.Answer, error)
}

// Keys lists the keys of seals; *sealkeys.Keys does.
type Keys interface {
	All(ctx context.Context) ([]*sealkeys.Key, error)
}

// FileKeys lists the keys that sign files; *signkeys.Keys does.
type FileKeys interface {
	All(ctx context.Context) ([]*signkeys.Key, error)
	Revocations(ctx context.Context) ([]byte, error)
}

// Log says with which key the public log is signed; *transparency.Log does.
type Log interface {
	Verifier(ctx context.Context) (string, error)
}

// Pages are the room's pages.
type Pages struct {
	Office Office
	Keys   Keys
	Files  FileKeys
	Log    Log
	web    *web.Server
}

// MaxFile is how large a file may be that somebody checks, in bytes.
const MaxFile = 8 << 20

// Register adds pages and operations.
func (p *Pages) Register(s *web.Server, a *api.API) error {
	p.web = s
	s.Handle("GET /verify", web.Public, p.ask)
	// Above the limit of the file, so that one somewhat too large is refused at
	// the control.
	s.Handle("POST /verify", web.Public, p.answer, web.Multipart(), web.BodyLimit(MaxFile+1<<20))
	s.Handle("GET /v/{code}", web.Public, p.code)
	s.Handle("GET /verify/certificates", web.Public, p.certificates)
	s.Handle("GET /verify/certificates/{file}", web.Public, p.certificate)
	s.HomeSection(web.HomeSection{Order: 50, Group: "check", Path: "/verify", Title: "verifyweb.home.title", Text: "verifyweb.home.text"})
	p.operations(a)
	return s.Templates("verifyweb", templates)
}

type askPage struct{ Form *web.Form }

func (p *Pages) ask(w http.ResponseWriter, r *http.Request) error {
	return p.web.Render(w, r, http.StatusOK, "verifyweb/ask.html", askPage{&web.Form{}})
}

func (p *Pages) refuse(w http.ResponseWriter, r *http.Request, form *web.Form, path, key string) error {
	form.Errors = append(form.Errors, fault.Field{Path: path, Key: key})
	return p.web.Render(w, r, http.StatusUnprocessableEntity, "verifyweb/ask.html", askPage{form})
}

// answer takes a code, a seal or a file. A code leads to the address that
// stands in the QR code, so that the answer can be sent on.
func (p *Pages) answer(w http.ResponseWriter, r *http.Request) error {
	form, file, err := posted(r)
	if err != nil {
		return err
	}
	text := form.Value("text")
	switch {
	case len(file) > MaxFile:
		return p.refuse(w, r, form, "file", "verifyweb.error.large")
	case len(file) == 0 && text == "":
		return p.refuse(w, r, form, "text", "verifyweb.error.nothing")
	case len(file) > 0:
		found, err := p.Office.CheckFile(r.Context(), file)
		if err != nil {
			return err
		}
		if found.Outcome == verify.UnreadableFile {
			return p.refuse(w, r, form, "file", "verifyweb.error.unreadable")
		}
		return p.show(w, r, found, true)
	}
	if code, _, right := verify.ParseCode(text); right {
		web.SeeOther(w, r, "/v/"+url.PathEscape(code))
		return nil
	}
	found, err := p.Office.Check(r.Context(), text)
	if err != nil {
		return err
	}
	if found.Outcome == verify.Mistyped {
		return p.refuse(w, r, form, "text", "verifyweb.error.mistyped")
	}
	return p.show(w, r, found, false)
}

// posted reads the form: fields that are not known are passed over.
func posted(r *http.Request) (*web.Form, []byte, error) {
	parts, err := r.MultipartReader()
	if errors.Is(err, http.ErrNotMultipart) {
		form, err := web.ReadForm(r)
		return form, nil, err
	}
	form, file := &web.Form{}, []byte(nil)
	for err == nil {
		part, next := parts.NextPart()
		if errors.Is(next, io.EOF) {
			return form, file, nil
		}
		if err = next; err != nil {
			break
		}
		switch part.FormName() {
		case "text":
			var text []byte
			text, err = io.ReadAll(io.LimitReader(part, paper.MaxText+1))
			if !utf8.Valid(text) || strings.ContainsRune(string(text), 0) {
				return nil, nil, &fault.Error{Kind: fault.Invalid, Key: "web.error.form"}
			}
			form.Set("text", string(text))
		case "file":
			file, err = io.ReadAll(io.LimitReader(part, MaxFile+1))
		}
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, nil, large
	}
	return nil, nil, (&fault.Error{Kind: fault.Invalid, Key: "web.error.form"}).Because(err)
}

func (p *Pages) code(w http.ResponseWriter, r *http.Request) error {
	found, err := p.Office.Check(r.Context(), r.PathValue("code"))
	if err != nil {
		return err
	}
	return p.show(w, r, found, false)
}

// row is one thing that the paper shows.
type row struct{ Label, Value string }

type resultPage struct {
	Outcome verify.Outcome
	Good    bool
	// Title, Text and Since are ready to read.
	Title, Text, Since string
	Number             string
	Successor          string
	Issued             time.Time
	Rows               []row
	// FromFile says that a file was checked, FromSeal a seal; SealFault is the
	// key of why the seal is not to be trusted.
	FromFile, FromSeal bool
	SealFault          string
	SealRows           []row
	// Signature is the key of how a file's signature stands, "" when it says
	// nothing more.
	Signature string
	Changes   []paper.Change
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request, found *paper.Answer, file bool) error {
	printer := web.PrinterOf(r.Context())
	page := resultPage{
		Outcome: found.Outcome, Good: found.Good(), Title: printer.T("verifyweb.outcome." + string(found.Outcome)), Text: printer.T("verifyweb.text." + string(found.Outcome)),
		FromFile: file, FromSeal: found.Seal != nil, SealFault: found.SealFault, Changes: found.Changes,
	}
	if found.Signature != "" {
		page.Signature = "verifyweb.signature." + string(found.Signature)
	}
	if d := found.Document; d != nil {
		page.Number, page.Successor, page.Issued = d.ActLabel, d.SupersededBy, d.IssuedAt.In(zoneOf(d))
		page.Rows = rows(d, printer)
		if !found.Since.IsZero() {
			page.Since = printer.Date(found.Since.In(zoneOf(d)))
		}
	}
	if s := found.Seal; s != nil && found.Document == nil {
		page.SealRows = []row{{printer.T("verifyweb.seal.zone"), strings.Join(s.Zone, "\n")}, {printer.T("act.label.document"), s.Passport}, {printer.T("verifyweb.issued"), printer.Date(s.Issued)}}
	}
	status := http.StatusOK
	if found.Outcome == verify.Unknown || found.Outcome == verify.Mistyped {
		status = http.StatusNotFound
	}
	w.Header().Set("X-Robots-Tag", "noindex")
	return p.web.Render(w, r, status, "verifyweb/result.html", page)
}

func zoneOf(d *verify.Document) *time.Location {
	if zone, err := time.LoadLocation(d.Zone); err == nil {
		return zone
	}
	return time.UTC
}

func rows(d *verify.Document, p *locale.Printer) []row {
	var all []row
	for _, line := range d.Shown {
		all = append(all, row{p.T(line.Label), paper.Value(line, p)})
	}
	return all
}

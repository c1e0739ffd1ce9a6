package formweb

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/form/upload"
	"github.com/chancery/chancery/internal/web"
)

// posted is what was sent with a page. Files are read from the wire into memory
// and cleaned there: nothing of them lies on the disk of the server unsealed.
type posted struct {
	*web.Form
	// taken are the files that were good, by question; what was wrong with
	// others stands among the form's errors.
	taken map[string][]*upload.File
}

// maxValue bounds one value that is no file, in bytes; maxValues their number.
const (
	maxValue  = 64 << 10
	maxValues = 500
	// uploadTime is how long a slow line may take for what a page sends.
	uploadTime = 5 * time.Minute
)

// uploadSuffix is what the name of a file control has after the question's id,
// whose hidden controls hold the files of before.
const uploadSuffix = "-upload"

// read takes what was sent with a page.
func (p *Pages) read(w http.ResponseWriter, r *http.Request, at *place) (*posted, error) {
	in := &posted{taken: map[string][]*upload.File{}}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "multipart/form-data" {
		var err error
		in.Form, err = web.ReadForm(r)
		return in, err
	}
	// Not every server underneath can give more time; then the usual one counts.
	_ = http.NewResponseController(w).SetReadDeadline(p.now().Add(uploadTime))
	in.Form = web.NewForm(url.Values{})
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, broken(err)
	}
	for count := 0; ; count++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return in, nil
		}
		if err != nil || count > maxValues {
			return nil, broken(err)
		}
		if part.FileName() != "" {
			if err := p.take(r, at, in, part.FormName(), part.FileName(), part); err != nil {
				return nil, err
			}
			continue
		}
		value, err := io.ReadAll(io.LimitReader(part, maxValue+1))
		if err != nil || len(value) > maxValue || !sound(string(value)) || !sound(part.FormName()) {
			return nil, broken(err)
		}
		if !strings.HasSuffix(part.FormName(), uploadSuffix) { // no file was chosen
			in.Values.Add(part.FormName(), string(value))
		}
	}
}

func broken(cause error) error {
	var large *http.MaxBytesError
	if errors.As(cause, &large) {
		return large
	}
	return (&fault.Error{Kind: fault.Invalid, Key: "web.error.form"}).Because(cause)
}

// sound says whether a text can be kept.
func sound(text string) bool {
	return strings.ToValidUTF8(text, "") == text && !strings.ContainsRune(text, 0)
}

// take checks one file; what is wrong with it goes to the form's errors.
func (p *Pages) take(r *http.Request, at *place, in *posted, control, name string, from io.Reader) error {
	q, ok := at.Page.Question(strings.TrimSuffix(control, uploadSuffix))
	if !ok || q.Type != form.TypeFile && q.Type != form.TypePhoto {
		return nil
	}
	rules := upload.Papers(pdfPages(q))
	if q.Type == form.TypePhoto {
		rules = upload.Portraits()
	}
	if len(in.taken[q.ID]) >= mostFiles(q) {
		in.Errors = append(in.Errors, fault.Field{Path: q.ID, Key: "form.files", Args: fault.Args{"Count": mostFiles(q)}})
		return nil
	}
	f, err := p.Intake.Take(r.Context(), name, from, rules)
	if err == nil && q.Type == form.TypePhoto {
		err = tooSmall(f)
	}
	refused := fault.As(err)
	switch {
	case err == nil:
		in.taken[q.ID] = append(in.taken[q.ID], f)
	case refused != nil && refused.Kind == fault.Invalid && len(refused.Fields) > 0:
		for _, field := range refused.Fields {
			field.Path = q.ID
			in.Errors = append(in.Errors, field)
		}
	case refused != nil && refused.Kind == fault.Busy:
		in.Errors = append(in.Errors, fault.Field{Path: q.ID, Key: refused.Key, Args: refused.Args})
	default:
		return err
	}
	return nil
}

// mostFiles and pdfPages are the question's bounds, with what counts where it
// says nothing.
func mostFiles(q *form.Question) int {
	if q.Type == form.TypePhoto {
		return 1
	}
	return max(1, q.Files)
}

func pdfPages(q *form.Question) int {
	if q.MaxPages > 0 {
		return q.MaxPages
	}
	return 20
}

// get gives the values of a control, for form.ReadPage. The days of a travel
// document are typed into three boxes.
func (in *posted) get(name string) []string {
	if _, boxes := in.Values[name+".year"]; boxes {
		if day := in.Date(name); day != "" {
			return []string{day}
		}
		return nil
	}
	return in.Values[name]
}

// answers are those that were sent, with the files that are the application's
// own and belong to their question.
func (in *posted) answers(at *place) form.Answers {
	given := at.d.ReadPage(at.Page.ID, at.index, in.get)
	for i := range at.Page.Questions {
		q := &at.Page.Questions[i]
		held := func(id any) bool { text, _ := id.(string); return at.holds(text, q.ID) }
		switch q.Type {
		case form.TypeFile:
			ids, _ := given[q.ID].([]any)
			if ids = slices.DeleteFunc(ids, func(id any) bool { return !held(id) }); len(ids) == 0 {
				delete(given, q.ID)
			} else {
				given[q.ID] = ids
			}
		case form.TypePhoto:
			if !held(given[q.ID]) {
				delete(given, q.ID)
			}
		}
	}
	return given
}

// holds says whether the application has the file for that question.
func (s *sitting) holds(id, question string) bool {
	return slices.ContainsFunc(s.content.Files, func(f casework.File) bool { return f.ID == id && f.Question == question })
}

// attach keeps the files that were taken, and names them in the answers. A photo
// takes the place of the one before.
func (p *Pages) attach(at *place, in *posted, given form.Answers) (photo string, err error) {
	for i := range at.Page.Questions {
		q := &at.Page.Questions[i]
		for _, f := range in.taken[q.ID] {
			before, _ := given[q.ID].([]any)
			if q.Type == form.TypeFile && len(before) >= mostFiles(q) {
				in.Errors = append(in.Errors, fault.Field{Path: q.ID, Key: "form.files", Args: fault.Args{"Count": mostFiles(q)}})
				break
			}
			kept, err := p.Cases.Attach(at.ctx, at.ID, casework.File{Question: q.ID, Name: f.Name, MediaType: f.Kind.MediaType()}, f.Data)
			if in.RefuseOrSay(err, fault.Conflict) {
				break
			} else if err != nil {
				return "", err
			}
			at.content.Files = append(at.content.Files, *kept)
			if q.Type == form.TypePhoto {
				given[q.ID], photo = kept.ID, kept.ID
			} else {
				given[q.ID] = append(before, kept.ID)
			}
		}
	}
	return photo, nil
}

package postweb

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

type holidaysPage struct {
	Post                post.Post
	Year, Before, After int
	Days                []day
	Form, Upload        *web.Form
	Sources             []web.Option
	Languages           []string
	MaxKiB              int
	AllErrors           *web.Form
}

// day is a holiday with its date as templates write dates.
type day struct {
	post.Holiday
	On time.Time
}

// showHolidays shows one year. form and upload are the page's two forms.
func (p *Pages) showHolidays(w http.ResponseWriter, r *http.Request, of post.Post, form, upload *web.Form) error {
	year, err := strconv.Atoi(r.URL.Query().Get("year"))
	if err != nil || year < 1900 || year > 2200 {
		year = p.web.Now().In(of.Location()).Year()
	}
	found, err := p.Posts.Holidays(r.Context(), of.ID, fmt.Sprintf("%04d-01-01", year), fmt.Sprintf("%04d-12-31", year))
	if err != nil {
		return err
	}
	page := holidaysPage{
		Post: of, Year: year, Before: year - 1, After: year + 1, Form: form, Upload: upload,
		Languages: locale.Languages, MaxKiB: post.MaxCalendarBytes >> 10,
		AllErrors: &web.Form{Errors: append(append([]fault.Field{}, form.Errors...), upload.Errors...)},
	}
	for _, h := range found {
		// Dates in the table are checked when they are written.
		on, _ := post.ParseDate(h.Date)
		page.Days = append(page.Days, day{h, on})
	}
	printer := web.PrinterOf(r.Context())
	for _, source := range []post.Source{post.Host, post.Home} {
		page.Sources = append(page.Sources, web.Option{Value: string(source), Label: printer.T("post.source." + string(source))})
	}
	return p.show(w, r, "holidays", page.AllErrors, page)
}

func (p *Pages) holidays(w http.ResponseWriter, r *http.Request) error {
	of, err := p.wanted(r)
	if err != nil {
		return err
	}
	return p.showHolidays(w, r, of, &web.Form{}, &web.Form{})
}

func (p *Pages) addHoliday(w http.ResponseWriter, r *http.Request) error {
	of, err := p.wanted(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	h := post.Holiday{PostID: of.ID, Date: form.Date("date"), Name: locale.Text{}, Source: post.Source(form.Value("source"))}
	for _, lang := range locale.Languages {
		h.Name[lang] = form.Value("name." + lang)
	}
	if err := p.Posts.AddHoliday(r.Context(), actor(r), h); form.RefuseOrSay(err, fault.Conflict) {
		return p.showHolidays(w, r, of, form, &web.Form{})
	} else if err != nil {
		return err
	}
	p.say(w, "postweb.saved", nil)
	web.SeeOther(w, r, path(of.ID, "holidays")+"?year="+h.Date[:4])
	return nil
}

func (p *Pages) removeHoliday(w http.ResponseWriter, r *http.Request) error {
	postID, date := r.PathValue("post"), r.PathValue("date")
	if err := p.Posts.RemoveHoliday(r.Context(), actor(r), postID, date); err != nil {
		return err
	}
	p.say(w, "postweb.removed", nil)
	web.SeeOther(w, r, path(postID, "holidays")+"?year="+date[:min(4, len(date))])
	return nil
}

func (p *Pages) importHolidays(w http.ResponseWriter, r *http.Request) error {
	of, err := p.wanted(r)
	if err != nil {
		return err
	}
	upload := &web.Form{}
	file, err := calendarFile(r)
	if upload.Refuse(err) {
		return p.showHolidays(w, r, of, &web.Form{}, upload)
	} else if err != nil {
		return err
	}
	added, skipped, err := p.Posts.ImportHolidays(r.Context(), actor(r), of.ID, file)
	if upload.Refuse(err) {
		// What is wrong is inside the file; the page has one control for it.
		for i := range upload.Errors {
			upload.Errors[i].Path = "file"
		}
		return p.showHolidays(w, r, of, &web.Form{}, upload)
	} else if err != nil {
		return err
	}
	p.say(w, "postweb.imported", fault.Args{"Added": added, "Skipped": skipped})
	web.SeeOther(w, r, path(of.ID, "holidays"))
	return nil
}

// calendarFile finds the uploaded file: the part "file" of a multipart form,
// with a name or type of a calendar. What is inside is judged by who reads it.
func calendarFile(r *http.Request) (io.Reader, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, fault.NewInvalid(fault.Field{Path: "file", Key: "post.ics.no_file"})
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, fault.NewInvalid(fault.Field{Path: "file", Key: "post.ics.no_file"})
		}
		if err != nil {
			var large *http.MaxBytesError
			if errors.As(err, &large) {
				return nil, large
			}
			return nil, (&fault.Error{Kind: fault.Invalid, Key: "web.error.form"}).Because(err)
		}
		if part.FormName() != "file" {
			continue
		}
		switch {
		case part.FileName() == "":
			return nil, fault.NewInvalid(fault.Field{Path: "file", Key: "post.ics.no_file"})
		case !isCalendar(part):
			return nil, fault.NewInvalid(fault.Field{Path: "file", Key: "post.ics.not_a_calendar"})
		}
		return part, nil
	}
}

func isCalendar(part *multipart.Part) bool {
	return strings.HasSuffix(strings.ToLower(part.FileName()), ".ics") ||
		strings.HasPrefix(strings.ToLower(part.Header.Get("Content-Type")), "text/calendar")
}

package formweb

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/applicant"
)

// page shows one page of questions, or the list of a repeating page.
func (p *Pages) page(w http.ResponseWriter, r *http.Request) error {
	at, err := p.find(r, 0)
	if err != nil {
		return err
	}
	if at.Page.Repeat != nil {
		at.index = -1
		return p.showRounds(w, r, http.StatusOK, at, &web.Form{})
	}
	return p.showPage(w, r, at)
}

// round shows one round of a repeating page; the one after the last adds one.
func (p *Pages) round(w http.ResponseWriter, r *http.Request) error {
	at, err := p.findRound(r)
	if err != nil {
		return err
	}
	return p.showPage(w, r, at)
}

// findRound reads {index}, which counts from 1.
func (p *Pages) findRound(r *http.Request) (*place, error) {
	n, err := strconv.Atoi(r.PathValue("index"))
	if err != nil || n < 1 {
		return nil, fault.NewNotFound("form.no_page")
	}
	at, err := p.find(r, n-1)
	if err != nil {
		return nil, err
	}
	if at.Page.Repeat == nil || n > at.Page.Repeat.Max || n > len(form.Rounds(at.content.Answers, at.Page.ID))+1 {
		return nil, fault.NewNotFound("form.no_page")
	}
	return at, nil
}

// showPage shows what is kept, and what other answers suggest.
func (p *Pages) showPage(w http.ResponseWriter, r *http.Request, at *place) error {
	stored := at.d.Stored(at.Page.ID, at.index, at.content.Answers)
	for id, value := range at.d.Suggest(at.Page.ID, at.index, at.content.Answers, at.today) {
		stored[id] = value
	}
	if err := p.suggestEmail(at, stored); err != nil {
		return err
	}
	view := p.view(at, controls(at.Page, stored), stored)
	return p.Web.Render(w, r, http.StatusOK, "formweb/page.html", view)
}

// suggestEmail fills in the address that is proven.
func (p *Pages) suggestEmail(at *place, stored form.Answers) error {
	for i := range at.Page.Questions {
		q := &at.Page.Questions[i]
		if q.Type != form.TypeEmail || at.Page.Repeat != nil || stored[q.ID] != nil {
			continue
		}
		email, err := p.Cases.Email(at.Application)
		if err != nil {
			return err
		}
		if email != "" {
			stored[q.ID] = email
		}
		return nil
	}
	return nil
}

func (p *Pages) savePage(w http.ResponseWriter, r *http.Request) error {
	at, err := p.find(r, 0)
	if err != nil {
		return err
	}
	if at.Page.Repeat != nil {
		return p.saveRounds(w, r, at)
	}
	return p.save(w, r, at)
}

func (p *Pages) saveRound(w http.ResponseWriter, r *http.Request) error {
	at, err := p.findRound(r)
	if err != nil {
		return err
	}
	return p.save(w, r, at)
}

// What the buttons of a page do; "" goes on to the next.
const (
	actLater  = "later"  // keep what is there, also when it is not right yet, and leave
	actAttach = "attach" // keep the files and stay
	actZone   = "zone"   // fill in the boxes from the machine-readable lines
	actLook   = "look"   // which questions are asked with these answers
	actRemove = "remove-"
)

// save takes the answers of a page.
func (p *Pages) save(w http.ResponseWriter, r *http.Request, at *place) error {
	in, err := p.read(w, r, at)
	if err != nil {
		return err
	}
	at.back = applicant.Back(in.Value("back"), at.back)
	action, given := in.Value("action"), in.answers(at)
	switch {
	case action == actLook:
		return p.again(w, r, http.StatusOK, at, in, given)
	case action == actZone:
		return p.fillFromZone(w, r, at, in, given)
	}
	photo, err := p.attach(at, in, given)
	if err != nil {
		return err
	}
	if removed, ok := strings.CutPrefix(action, actRemove); ok {
		return p.removeFile(w, r, at, in, given, removed)
	}
	if action == actAttach || action == actLater || len(in.taken) > 0 && len(in.Errors) > 0 || photo != "" {
		return p.keep(w, r, at, in, given, action, photo)
	}
	if len(in.Errors) > 0 {
		return p.again(w, r, http.StatusUnprocessableEntity, at, in, given)
	}
	accepted, err := at.d.CheckPage(at.Page.ID, at.index, given, at.content.Answers, at.today)
	if err == nil || fault.KindOf(err) == fault.Invalid {
		if bad := p.checkPhotos(at, given); !in.Refuse(bad) && bad != nil {
			return bad
		}
	}
	if more := at.unseen(in, given); len(more) > 0 && len(in.Errors) == 0 && (err == nil || onlyAbout(at.Page, err, more)) {
		return p.again(w, r, http.StatusOK, at, in, given)
	}
	if in.Refuse(form.In(err, at.lang())) || len(in.Errors) > 0 {
		return p.again(w, r, http.StatusUnprocessableEntity, at, in, given)
	} else if err != nil {
		return err
	}
	all, err := p.store(at, in, accepted)
	if in.stale(err) {
		return p.stale(w, r, at, in, given)
	} else if err != nil {
		return err
	}
	web.SeeOther(w, r, at.onward(all))
	return nil
}

// keep keeps answers that need not be right yet: for later, or because files
// came with them.
func (p *Pages) keep(w http.ResponseWriter, r *http.Request, at *place, in *posted, given form.Answers, action, photo string) error {
	_, err := p.store(at, in, given)
	switch {
	case in.stale(err):
		return p.stale(w, r, at, in, given)
	case err != nil:
		return err
	case len(in.Errors) > 0:
		at.content.Versions[at.Page.ID]++
		return p.again(w, r, http.StatusUnprocessableEntity, at, in, given)
	case photo != "":
		web.SeeOther(w, r, withBack(at.at("/files/"+photo+"/crop"), at.back))
	case action == actLater:
		web.SeeOther(w, r, at.at("/leave"))
	default:
		web.SeeOther(w, r, at.path())
	}
	return nil
}

// store saves the answers of the page. Answers to questions that are not asked
// now stay as they were: they may be asked again.
func (p *Pages) store(at *place, in *posted, given form.Answers) (form.Answers, error) {
	kept := at.d.Stored(at.Page.ID, at.index, at.content.Answers)
	for _, q := range at.d.Asked(at.Page.ID, at.index, given, at.content.Answers, at.today) {
		delete(kept, q.ID)
	}
	for id, value := range given {
		kept[id] = value
	}
	all := at.d.Put(at.Page.ID, at.index, kept, at.content.Answers)
	version, err := strconv.ParseInt(in.Value("version"), 10, 64)
	if err != nil {
		version = at.content.Versions[at.Page.ID]
	}
	return all, p.put(at, version, all)
}

func (p *Pages) put(at *place, version int64, all form.Answers) error {
	saved, err := p.Cases.Save(at.ctx, at.ID, at.Page.ID, version, casework.Part(at.Page, all))
	if err == nil {
		at.content.Versions[at.Page.ID], at.content.Answers = saved, all
	}
	return err
}

// stale says whether the page was changed elsewhere since it was read, or the
// application cannot be changed any more.
func (in *posted) stale(err error) bool { return in.RefuseOrSay(err, fault.Conflict) }

// stale shows what was typed again, beside what was kept in the meantime. What
// is typed is saved when the person presses the button once more.
func (p *Pages) stale(w http.ResponseWriter, r *http.Request, at *place, in *posted, given form.Answers) error {
	var err error
	if at.Application, at.content, err = p.Cases.Content(at.ctx, at.ID); err != nil {
		return err
	}
	view := p.view(at, in.Form, given)
	if at.mayChange(at.Page.ID) {
		in.Errors = nil
		in.Say("formweb.page.changed", nil)
		view.Kept = at.rows(at.Page.ID, at.index)
	}
	return p.Web.Render(w, r, http.StatusConflict, "formweb/page.html", view)
}

// again shows the page with what was typed.
func (p *Pages) again(w http.ResponseWriter, r *http.Request, status int, at *place, in *posted, given form.Answers) error {
	for i, field := range in.Errors {
		if control := at.Page.At(field.Path); control != "" {
			in.Errors[i].Path = control
		}
	}
	for i := range at.Page.Questions { // files may have come or gone with this request
		if q := &at.Page.Questions[i]; q.Type == form.TypeFile || q.Type == form.TypePhoto {
			delete(in.Values, q.ID)
			for _, one := range q.Inputs(given[q.ID]) {
				in.Values[q.ID] = one.Values
			}
		}
	}
	view := p.view(at, in.Form, given)
	if v := in.Value("version"); v != "" && len(in.taken) == 0 {
		view.Version = v
	}
	if status == http.StatusOK && len(at.unseen(in, given)) > 0 && in.Value("action") == "" {
		view.Note = "formweb.page.more"
	}
	return p.Web.Render(w, r, status, "formweb/page.html", view)
}

// unseen are the questions that these answers bring and that the page did not
// show: without JavaScript a page learns of them only when it is sent.
func (at *place) unseen(in *posted, given form.Answers) []string {
	shown := in.All("shown")
	if len(shown) == 0 {
		return nil
	}
	var more []string
	for _, q := range at.d.Asked(at.Page.ID, at.index, given, at.content.Answers, at.today) {
		if !slices.Contains(shown, q.ID) {
			more = append(more, q.ID)
		}
	}
	return more
}

// onlyAbout says whether a refusal is about none but these questions.
func onlyAbout(page *form.Page, err error, questions []string) bool {
	f := fault.As(err)
	return f != nil && f.Kind == fault.Invalid && !slices.ContainsFunc(f.Fields, func(field fault.Field) bool {
		id, _, _ := strings.Cut(page.At(field.Path), "-")
		return !slices.Contains(questions, id)
	})
}

// onward is where to go after the page was saved.
func (at *place) onward(all form.Answers) string {
	if at.Page.Repeat != nil && at.index >= 0 {
		return at.sitting.page(at.Page, -1, at.back)
	}
	at.content.Answers = all
	if declares(at.Page) && at.back == "" {
		return at.at("/submit")
	}
	next := at.d.Next(at.Page.ID, all, at.today)
	switch {
	case next != nil && !declares(next) && at.mayChange(next.ID):
		return at.sitting.page(next, -1, at.back)
	case at.back != "":
		return at.back
	case at.State == casework.Draft:
		return at.at("/check")
	}
	return at.at("")
}

package formweb

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/applicant"
)

type roundsPage struct {
	*web.Form
	Section, Title, Hint, Item string
	Rounds                     []roundView
	Add                        bool // one more may be added
	Least                      int
	Version, Path, Back        string
	Return, Leave, Reference   string
	Draft                      bool
}

type roundView struct {
	Title, Text    string
	Change, Remove string
	Whole          bool
}

// showRounds lists what a repeating page holds so far.
func (p *Pages) showRounds(w http.ResponseWriter, r *http.Request, status int, at *place, shown *web.Form) error {
	at.index = -1
	rounds := form.Rounds(at.content.Answers, at.Page.ID)
	view := roundsPage{
		Form: shown, Title: at.Page.Title.In(at.lang()), Hint: at.Page.Hint.In(at.lang()), Item: at.Page.Repeat.Item.In(at.lang()), Add: len(rounds) < at.Page.Repeat.Max, Least: at.Page.Repeat.Min,
		Version: strconv.FormatInt(at.content.Versions[at.Page.ID], 10), Path: at.path(), Back: at.before(), Return: at.back, Leave: at.at("/leave"), Reference: at.Reference,
		Draft: at.State == "draft",
	}
	for i, answers := range rounds {
		_, err := at.d.CheckPage(at.Page.ID, i, answers, at.content.Answers, at.today)
		path := at.sitting.page(at.Page, i, "")
		view.Rounds = append(view.Rounds, roundView{
			Title: view.Item + " " + strconv.Itoa(i+1), Text: at.line(i), Whole: err == nil,
			Change: withBack(path, at.back), Remove: withBack(path+"/remove", at.back),
		})
	}
	return p.Web.Render(w, r, status, "formweb/rounds.html", view)
}

// line tells rounds apart by their first answers.
func (at *place) line(index int) string {
	var parts []string
	for _, row := range at.rows(at.Page.ID, index) {
		if len(row.Lines) > 0 && len(parts) < 2 {
			parts = append(parts, row.Lines[0])
		}
	}
	return strings.Join(parts, ", ")
}

// saveRounds goes on from the list: to one more round, or to the next page.
func (p *Pages) saveRounds(w http.ResponseWriter, r *http.Request, at *place) error {
	in, err := p.read(w, r, at)
	if err != nil {
		return err
	}
	at.back = applicant.Back(in.Value("back"), at.back)
	rounds := form.Rounds(at.content.Answers, at.Page.ID)
	more := in.Value("more")
	switch {
	case in.Value("action") == actLater:
		web.SeeOther(w, r, at.at("/leave"))
		return nil
	case more == "yes" && len(rounds) < at.Page.Repeat.Max:
		web.SeeOther(w, r, at.sitting.page(at.Page, len(rounds), at.back))
		return nil
	case more == "" && len(rounds) < at.Page.Repeat.Max:
		in.Errors = append(in.Errors, fault.Field{Path: "more", Key: "formweb.rounds.choose"})
	case len(rounds) < at.Page.Repeat.Min:
		in.Errors = append(in.Errors, fault.Field{Path: "more", Key: "formweb.rounds.least", Args: fault.Args{"Count": at.Page.Repeat.Min}})
	}
	if len(in.Errors) > 0 {
		return p.showRounds(w, r, http.StatusUnprocessableEntity, at, in.Form)
	}
	all := at.content.Answers
	if len(rounds) == 0 { // there is nothing to list: that is an answer too
		all = at.d.None(at.Page.ID, all)
		if err := p.put(at, at.content.Versions[at.Page.ID], all); in.stale(err) {
			return p.showRounds(w, r, http.StatusConflict, at, in.Form)
		} else if err != nil {
			return err
		}
	}
	at.index = -1
	web.SeeOther(w, r, at.onward(all))
	return nil
}

type removePage struct {
	Title, Text         string
	Path, Back, Version string
}

// askRemove asks before a round is taken out.
func (p *Pages) askRemove(w http.ResponseWriter, r *http.Request) error {
	at, err := p.findExisting(r)
	if err != nil {
		return err
	}
	return p.Web.Render(w, r, http.StatusOK, "formweb/remove.html", removePage{
		Title: at.Page.Repeat.Item.In(at.lang()) + " " + strconv.Itoa(at.index+1), Text: at.line(at.index),
		Path: withBack(at.sitting.page(at.Page, at.index, "")+"/remove", at.back), Back: at.sitting.page(at.Page, -1, at.back),
		Version: strconv.FormatInt(at.content.Versions[at.Page.ID], 10),
	})
}

// remove takes a round out. When the list has changed since the question was
// shown, it is shown again: another may stand in its place.
func (p *Pages) remove(w http.ResponseWriter, r *http.Request) error {
	at, err := p.findExisting(r)
	if err != nil {
		return err
	}
	in, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(in.Value("version"), 10, 64)
	gone := at.d.Files(at.d.Put(at.Page.ID, 0, at.d.Stored(at.Page.ID, at.index, at.content.Answers), form.Answers{}))
	err = p.put(at, version, at.d.Remove(at.Page.ID, at.index, at.content.Answers))
	if in.RefuseOrSay(err, fault.Conflict) {
		return p.showRounds(w, r, http.StatusConflict, at, in)
	} else if err != nil {
		return err
	}
	for _, f := range gone {
		if err := p.Cases.Detach(at.ctx, at.ID, f.ID); err != nil && fault.KindOf(err) != fault.NotFound {
			return err
		}
	}
	p.Web.Flash(w, web.Flash{Kind: "success", Key: "formweb.rounds.removed"})
	web.SeeOther(w, r, at.sitting.page(at.Page, -1, at.back))
	return nil
}

func (p *Pages) findExisting(r *http.Request) (*place, error) {
	at, err := p.findRound(r)
	if err == nil && at.index >= len(form.Rounds(at.content.Answers, at.Page.ID)) {
		err = fault.NewNotFound("form.no_page")
	}
	return at, err
}

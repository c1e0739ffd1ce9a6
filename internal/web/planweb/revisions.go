package planweb

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking/plan"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

type revisionsPage struct {
	Post      post.Post
	Revisions []revision
	Next      string
}

// revision is a change of a plan as one reads it.
type revision struct {
	plan.Revision
	Local time.Time
	By    string // a name; "" for the system
	// Rules and Exceptions say how many the plan had from then on.
	Rules, Exceptions int
}

// perHistory is how many changes one page of the history lists.
const perHistory = 30

func (p *Pages) revisions(w http.ResponseWriter, r *http.Request) error {
	of, err := p.wanted(r)
	if err != nil {
		return err
	}
	before, err := strconv.Atoi(r.URL.Query().Get("before"))
	if err != nil || before < 0 {
		before = 0
	}
	found, err := p.read(r, of, before, perHistory+1)
	if err != nil {
		return err
	}
	page := revisionsPage{Post: of, Revisions: found}
	if len(found) > perHistory {
		page.Revisions = found[:perHistory]
		page.Next = path(of.ID, "/revisions?before=") + strconv.Itoa(found[perHistory-1].Number)
	}
	return p.show(w, r, "revisions", nil, page)
}

// read lists changes of a plan, newest first, with their authors.
func (p *Pages) read(r *http.Request, of post.Post, before, limit int) ([]revision, error) {
	found, err := p.Plans.Revisions(r.Context(), of.ID, before, limit)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, one := range found {
		if id, ok := strings.CutPrefix(one.Actor, audit.Staff("")); ok {
			ids = append(ids, id)
		}
	}
	names, err := p.People.NamesOf(r.Context(), ids)
	if err != nil {
		return nil, err
	}
	var list []revision
	for _, one := range found {
		line := revision{Revision: one, Local: one.At.In(of.Location()), Rules: len(one.Plan.Rules), Exceptions: len(one.Plan.Exceptions)}
		if id, ok := strings.CutPrefix(one.Actor, audit.Staff("")); ok {
			if line.By = names[id]; line.By == "" {
				line.By = web.PrinterOf(r.Context()).T("audit.unknown")
			}
		}
		list = append(list, line)
	}
	return list, nil
}

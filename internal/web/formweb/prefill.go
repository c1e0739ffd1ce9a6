package formweb

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/travel/policy"
	"github.com/chancery/chancery/internal/web"
)

// prefillNames are what /visa asks and an application can use.
var prefillNames = []string{"nationality", "document", "purpose", "on"}

// purposes are what a questionnaire may call a purpose of the visa rules.
var purposes = map[string][]string{"family": {"family", "visit"}, "press": {"press", "media"}}

// visa leads from the answer of /visa to the application that issues visas, and
// takes what was asked there along.
func (p *Pages) visa(w http.ResponseWriter, r *http.Request) error {
	for _, d := range p.Forms.All() {
		if d.Case.Issues != "visa" {
			continue
		}
		asked, kept := r.URL.Query(), url.Values{}
		for _, name := range append(slices.Clone(prefillNames), "post") {
			if asked.Has(name) {
				kept.Set(name, asked.Get(name))
			}
		}
		path := "/services/" + d.ServiceID + "/apply"
		if len(kept) > 0 {
			path += "?" + kept.Encode()
		}
		web.SeeOther(w, r, path)
		return nil
	}
	return fault.NewNotFound("casework.no_questionnaire")
}

// prefill keeps what was said on /visa as first answers, to be looked at and
// finished: the first travel document's kind and nationality, a choice called
// "purpose" and a date called "arrival". What the questionnaire does not ask, or
// would not accept, is left out.
func (p *Pages) prefill(ctx context.Context, a *casework.Application, d *form.Definition, get func(string) string) error {
	document := false
	for i := range d.Pages {
		page := &d.Pages[i]
		if page.Repeat != nil {
			continue
		}
		known := form.Answers{}
		for j := range page.Questions {
			q := &page.Questions[j]
			switch {
			case q.Type == form.TypeDocument && !document:
				document = true
				if parts := travelDocument(get); len(parts) > 0 {
					known[q.ID] = parts
				}
			case q.ID == "purpose" && q.Type == form.TypeChoice:
				if value := purpose(q, get("purpose")); value != "" {
					known[q.ID] = value
				}
			case q.ID == "arrival" && q.Type == form.TypeDate:
				if day, err := form.ParseDate(get("on")); err == nil && day.Last().After(p.now()) {
					known[q.ID] = day.String()
				}
			}
		}
		if len(known) == 0 {
			continue
		}
		if _, err := p.Cases.Save(ctx, a.ID, page.ID, 0, known); err != nil {
			return err
		}
	}
	return nil
}

func travelDocument(get func(string) string) map[string]any {
	parts := map[string]any{}
	if kind := get("document"); slices.Contains(form.DocumentKinds, kind) && slices.Contains(policy.Documents, kind) {
		parts["kind"] = kind
	}
	for _, o := range countries("en") {
		if o.Value == get("nationality") {
			parts["nationality"] = o.Value
		}
	}
	return parts
}

func purpose(q *form.Question, wanted string) string {
	for _, value := range append(slices.Clone(purposes[wanted]), wanted) {
		if slices.ContainsFunc(q.Options, func(o form.Option) bool { return o.Value == value }) {
			return value
		}
	}
	return ""
}

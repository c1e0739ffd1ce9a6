package formweb

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/travel/mrz"
)

// zoneView is what the machine-readable lines say, digit by digit.
type zoneView struct {
	Format string
	Right  bool
	Lines  []string
	Checks []zoneCheck
	Notes  []string
}

type zoneCheck struct {
	Of, Got, Want string
	Right         bool
	Line, Column  int
}

// fillFromZone fills in the boxes of a travel document from its lines; boxes
// that the lines say nothing of stay as they were typed.
func (p *Pages) fillFromZone(w http.ResponseWriter, r *http.Request, at *place, in *posted, given form.Answers) error {
	view := p.view(at, in.Form, given)
	for i := range view.Questions {
		q := &view.Questions[i]
		if q.Type != string(form.TypeDocument) {
			continue
		}
		lines := strings.FieldsFunc(in.Value(q.ID+"-mrz"), func(c rune) bool { return c == '\n' || c == '\r' })
		zone, err := mrz.Parse(lines, p.now())
		if f := fault.As(err); f != nil {
			for _, field := range f.Fields {
				field.Path = q.ID + "-mrz"
				in.Errors = append(in.Errors, field)
			}
			if len(f.Fields) == 0 {
				in.Errors = append(in.Errors, fault.Field{Path: q.ID + "-mrz", Key: f.Key, Args: f.Args})
			}
			continue
		} else if err != nil {
			return err
		}
		q.Zone = readZone(at, zone)
		in.Set(q.ID+"-mrz", strings.Join(zone.Lines, "\n"))
		if !zone.Right() {
			continue // a wrong digit says that some character is wrong, not which
		}
		// The engine fills in what the person left out.
		normal := at.d.Readable(at.Page, form.Answers{q.ID: map[string]any{"mrz": toAny(zone.Lines)}}, at.today)
		document, _ := normal[q.ID].(map[string]any)
		for part, raw := range map[string]string{"kind": "", "number": zone.Number, "issuer": "", "nationality": ""} {
			text, _ := document[part].(string)
			if text = cmp.Or(text, raw); text != "" {
				in.Set(q.ID+"-"+part, text)
			}
		}
		if zone.Expiry.Known() {
			in.SetDate(q.ID+"-expires", zone.Expiry.String())
		}
	}
	status := http.StatusOK
	if len(in.Errors) > 0 {
		status = http.StatusUnprocessableEntity
	}
	view.Version = in.Value("version")
	return p.Web.Render(w, r, status, "formweb/page.html", view)
}

func readZone(at *place, zone *mrz.Zone) *zoneView {
	v := &zoneView{Format: zone.Format.String(), Right: zone.Right(), Lines: zone.Lines}
	for _, c := range zone.Checks {
		v.Checks = append(v.Checks, zoneCheck{at.printer.T("formweb.zone.of." + c.Of), string(c.Got), string(c.Want), c.Right, c.Line, c.Column})
	}
	for _, n := range zone.Notes {
		v.Notes = append(v.Notes, at.printer.T("travel.mrz.note."+strings.ReplaceAll(n.Kind, "-", "_"), fault.Args{"From": n.From, "To": n.To}))
	}
	for _, problem := range zone.Problems {
		v.Notes = append(v.Notes, at.printer.T(problem.Key))
	}
	return v
}

func toAny(lines []string) []any {
	all := make([]any, len(lines))
	for i, line := range lines {
		all[i] = line
	}
	return all
}

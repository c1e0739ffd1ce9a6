package casework

import (
	"context"
	"slices"
	"strings"

	"github.com/chancery/chancery/internal/form"
)

// Identity is who is compared with the watch lists.
type Identity struct {
	// Names are whole names, given names first: as the document has them, in the
	// original and in Latin script, and former ones.
	Names         []string
	Births        []string // YYYY-MM-DD, or less
	Nationalities []string // ISO 3166-1 alpha-3, or an ICAO code
	Documents     []Paper
}

// Paper is a document that the person shows.
type Paper struct{ Kind, Number, Issuer string }

func (i Identity) empty() bool { return len(i.Names)+len(i.Documents) == 0 }

// identity reads who handed in the answers.
func (s *Service) identity(ctx context.Context, a *Application) (Identity, error) {
	q, err := s.questionnaire(ctx, s.db.Read(), a)
	if err != nil {
		return Identity{}, err
	}
	answers, err := s.Handed(ctx, a, a.Submission)
	if err != nil {
		return Identity{}, err
	}
	return identity(q.Definition(), answers), nil
}

// identity finds the person in the answers as subject does: the first name and
// document outside of repeating pages, the text or name called former_names, the
// date called birth or date_of_birth, and the countries called nationality and
// other_nationality. What the document's zone says is another spelling.
func identity(d *form.Definition, a form.Answers) Identity {
	var who Identity
	var given, former string
	named := false
	for i := range d.Pages {
		if d.Pages[i].Repeat != nil {
			continue
		}
		for _, q := range d.Pages[i].Questions {
			switch {
			case strings.HasPrefix(q.ID, "former_name"):
				former = text(a, q.ID)
				who.name(group(a, q.ID), "")
			case q.Type == form.TypeName && !named && a[q.ID] != nil:
				named = true
				name := group(a, q.ID)
				who.name(name, "")
				who.name(name, "_latin")
				given = first(text(name, "given_names_latin"), text(name, "given_names"))
			case q.Type == form.TypeDocument && a[q.ID] != nil && len(who.Documents) == 0:
				document := group(a, q.ID)
				zone := group(document, "zone")
				who.name(zone, "")
				add(&who.Births, text(zone, "birth"))
				add(&who.Nationalities, text(document, "nationality"))
				if number := text(document, "number"); number != "" {
					who.Documents = append(who.Documents, Paper{text(document, "kind"), number, text(document, "issuer")})
				}
			case q.Type == form.TypeDate && (q.ID == "birth" || q.ID == "date_of_birth"):
				add(&who.Births, text(a, q.ID))
			case q.Type == form.TypeCountry && (q.ID == "nationality" || q.ID == "other_nationality"):
				add(&who.Nationalities, text(a, q.ID))
			}
		}
	}
	for _, one := range strings.FieldsFunc(former, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		one = strings.Join(strings.Fields(one), " ")
		if !strings.Contains(one, " ") && one != "" && given != "" {
			one = given + " " + one // only a surname
		}
		add(&who.Names, one)
	}
	return who
}

// name adds a name of two parts; suffix chooses the spelling.
func (i *Identity) name(parts map[string]any, suffix string) {
	surname, given := text(parts, "surname"+suffix), text(parts, "given_names"+suffix)
	if suffix != "" && surname == "" && given == "" {
		return
	}
	add(&i.Names, strings.TrimSpace(given+" "+surname))
}

// add puts what is new and not empty at the end.
func add(to *[]string, text string) {
	if text != "" && !slices.Contains(*to, text) {
		*to = append(*to, text)
	}
}

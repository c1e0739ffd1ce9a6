package casework

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/store"
)

// Questionnaire is one version of a service's questions, as a case needs it.
type Questionnaire interface {
	// Definition is the questionnaire itself, with the service's rules.
	Definition() *form.Definition
	// Pages lists the identifiers of the pages taken with these answers.
	Pages(a form.Answers) []string
	// Accept checks all answers and gives what is submitted; an Invalid fault
	// names all that is wrong or missing. today is the post's local day.
	Accept(a form.Answers, today string) (form.Answers, error)
	// Files lists the ids of the files that the answers name.
	Files(a form.Answers) []string
}

// Questionnaires knows the questionnaire of each service, and can read what it
// was in an earlier version.
type Questionnaires interface {
	// Current gives the version in force; ok is false when the service has no
	// questionnaire.
	Current(serviceID string) (q Questionnaire, ok bool)
	// Read makes a questionnaire of the source of an earlier version.
	Read(serviceID string, source []byte) (Questionnaire, error)
}

// Forms is the catalogue's questionnaires.
type Forms struct {
	Set *form.Set
	// Options are those with which Set was loaded.
	Options []form.LoadOption
}

// Current implements Questionnaires.
func (f Forms) Current(serviceID string) (Questionnaire, bool) {
	d, ok := f.Set.For(serviceID)
	return questions{d}, ok
}

// Read implements Questionnaires.
func (f Forms) Read(serviceID string, source []byte) (Questionnaire, error) {
	d, err := form.Parse("questionnaires/"+serviceID+".yaml", source, f.Options...)
	return questions{d}, err
}

// questions is a form.Definition as a Questionnaire.
type questions struct{ of *form.Definition }

func (q questions) Definition() *form.Definition { return q.of }

func (q questions) Pages(a form.Answers) []string {
	var ids []string
	for _, p := range q.of.Path(a) {
		ids = append(ids, p.ID)
	}
	return ids
}

func (q questions) Accept(a form.Answers, today string) (form.Answers, error) {
	return q.of.Accept(a, today)
}

func (q questions) Files(a form.Answers) []string {
	var ids []string
	for _, f := range q.of.Files(a) {
		ids = append(ids, f.ID)
	}
	return ids
}

// Part picks one page's answers out of all: what Save takes.
func Part(p *form.Page, all form.Answers) form.Answers {
	part := form.Answers{}
	pick := func(id string) {
		if v, ok := all[id]; ok {
			part[id] = v
		}
	}
	if p.Repeat != nil {
		pick(p.ID)
		return part
	}
	for i := range p.Questions {
		pick(p.Questions[i].ID)
	}
	return part
}

// keepVersion sees to it that the version can be read as long as the table
// stands, whatever the catalogue says later.
func (s *Service) keepVersion(ctx context.Context, tx *store.Tx, d *form.Definition) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO questionnaire_version (service_id, version, source, first_used) VALUES ($1, $2, $3, $4)
		ON CONFLICT DO NOTHING`, d.ServiceID, d.Version, string(d.Source()), store.Millis(s.now())); err != nil {
		return fmt.Errorf("keep a version of the questionnaire: %w", err)
	}
	return nil
}

// Questionnaire gives the version that the application was started with.
func (s *Service) Questionnaire(ctx context.Context, a *Application) (*form.Definition, error) {
	q, err := s.questionnaire(ctx, s.db.Read(), a)
	if err != nil {
		return nil, err
	}
	return q.Definition(), nil
}

func (s *Service) questionnaire(ctx context.Context, from store.Querier, a *Application) (Questionnaire, error) {
	if q, ok := s.forms.Current(a.ServiceID); ok && q.Definition().Version == a.Version {
		return q, nil
	}
	name := a.ServiceID + " " + a.Version
	if known, ok := s.versions.Load(name); ok {
		return known.(Questionnaire), nil
	}
	var source string
	err := from.QueryRowContext(ctx, `SELECT source FROM questionnaire_version WHERE service_id = $1 AND version = $2`, a.ServiceID, a.Version).Scan(&source)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.NewNotFound("casework.no_questionnaire")
	}
	if err != nil {
		return nil, fmt.Errorf("find version %s: %w", name, err)
	}
	q, err := s.forms.Read(a.ServiceID, []byte(source))
	if err != nil {
		return nil, fmt.Errorf("read version %s: %w", name, err)
	}
	s.versions.Store(name, q)
	return q, nil
}

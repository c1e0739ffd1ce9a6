package form_test

import (
	"testing"

	"github.com/chancery/chancery/internal/form"
)

const today = "2026-11-25"

// small is a questionnaire with a bit of everything.
const small = `
title: {en: Trial, az: Sınaq}
about: {en: For a trial., az: Sınaq üçün.}
case: {decide_days: 10, answer_days: 30, keep_months: 24, fee_minor: 2000, fee_currency: USD}
sections:
  - id: you
    title: {en: You, az: Siz}
pages:
  - id: start
    section: you
    title: {en: Purpose, az: Məqsəd}
    questions:
      - id: purpose
        type: choice
        label: {en: Purpose, az: Məqsəd}
        options:
          - {value: tourism, text: {en: Tourism, az: Turizm}}
          - {value: work, text: {en: Work, az: İş}}
          - {value: transit, text: {en: Transit, az: Tranzit}}
      - id: with_children
        type: yes-no
        label: {en: Children?, az: Uşaqlar?}
        when: purpose != "transit"
  - id: employer_page
    section: you
    title: {en: Employer, az: İşəgötürən}
    when: purpose == "work"
    questions:
      - {id: employer, type: text, max_length: 40, label: {en: Employer, az: İşəgötürən}}
      - {id: salary, type: number, decimals: 2, min: 0, optional: true, label: {en: Salary, az: Maaş}}
  - id: children
    section: you
    title: {en: Children, az: Uşaqlar}
    when: with_children
    repeat: {min: 1, max: 3, item: {en: Child, az: Uşaq}}
    questions:
      - {id: child_name, type: name, label: {en: Name, az: Ad}}
      - {id: child_birth, type: date, precision: year, range: past, label: {en: Born, az: Doğulub}}
      - {id: school, type: text, label: {en: School, az: Məktəb}, when: 'child_birth < "2020"'}
    checks:
      - that: years(child_birth, today) < 18
        at: child_birth
        message: {en: A child is under 18., az: Uşaq 18 yaşdan kiçikdir.}
  - id: last
    section: you
    title: {en: Sign, az: İmza}
    questions:
      - {id: stay, type: number, label: {en: Days, az: Gün}, min: 1, max: 90}
      - {id: agreed, type: declaration, label: {en: True, az: Doğrudur}}
    checks:
      - that: '!has(answers.children) || size(children) < 3 || stay < 30'
        at: stay
        message: {en: Too long with three., az: Üç uşaqla çox uzundur.}
`

func parse(t testing.TB, text string) *form.Definition {
	t.Helper()
	d, err := form.Parse("questionnaires/trial.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func ids(pages []*form.Page) string {
	text := ""
	for _, p := range pages {
		text += p.ID + " "
	}
	return text
}

func TestPath(t *testing.T) {
	d := parse(t, small)
	for want, a := range map[string]form.Answers{
		"start last ":                        {},
		"start employer_page last ":          {"purpose": "work"},
		"start children last ":               {"purpose": "tourism", "with_children": true},
		"start employer_page children last ": {"purpose": "work", "with_children": true},
	} {
		if got := ids(d.Path(a)); got != want {
			t.Errorf("%v takes %q, want %q", a, got, want)
		}
	}
	// An answer that is not asked any more decides nothing.
	if got := ids(d.Path(form.Answers{"purpose": "transit", "with_children": true})); got != "start last " {
		t.Errorf("a hidden answer leads to %q", got)
	}
	if got := ids(d.Path(form.Answers{"purpose": 7, "with_children": "yes"})); got != "start last " {
		t.Errorf("answers of other types lead to %q", got)
	}
}

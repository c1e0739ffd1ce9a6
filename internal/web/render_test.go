package web_test

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/web"
)

// room makes the templates of a test's own room.
func room(text string) fs.FS {
	return fstest.MapFS{"templates/page.html": {Data: []byte(`{{template "layout" .}}` + text)}}
}

func TestFaultyTemplatesStopTheStart(t *testing.T) {
	db := storetest.SQLite(t)
	for name, text := range map[string]string{
		"a function that is missing": `{{define "content"}}{{nonsense}}{{end}}`,
		"a template that is missing": `{{define "content"}}{{if .Data}}{{template "nonsense"}}{{end}}{{end}}`,
		"a place that is unsafe":     `{{define "content"}}<a href="x{{if .Data}}" {{else}}' {{end}}>{{end}}`,
		"a brace that is open":       `{{define "content"}}{{if}}`,
	} {
		s := newServer(t, db, nil)
		err := s.Templates("test", room(text))
		if err == nil {
			err = s.Check()
		}
		if err == nil || !strings.Contains(err.Error(), "test/page.html") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	s := newServer(t, db, nil)
	if err := s.Templates("test", room(`{{define "content"}}{{range .Data.Items}}{{.Name}}{{end}}{{end}}`)); err != nil {
		t.Error(err)
	}
	if err := s.Check(); err != nil {
		t.Errorf("a good template that needs data: %v", err)
	}
}

const components = `{{define "title"}}All{{end}}{{define "content"}}
{{template "error-summary" .Data.Form}}
{{template "input" (dict "Form" .Data.Form "Name" "people[0].surname" "Label" "Surname" "Hint" "As written")}}
{{template "input" (dict "Form" .Data.Form "Name" "password" "Label" "Password" "Type" "password")}}
{{template "textarea" (dict "Form" .Data.Form "Name" "note" "Label" "Note")}}
{{template "select" (dict "Form" .Data.Form "Name" "country" "Label" "Country" "Options" .Data.Options "Empty" "Choose")}}
{{template "radios" (dict "Form" .Data.Form "Name" "service" "Label" "Service" "Options" .Data.Options "Heading" true)}}
{{template "checkboxes" (dict "Form" .Data.Form "Name" "extras" "Label" "Extras" "Options" .Data.Options)}}
{{template "date-input" (dict "Form" .Data.Form "Name" "people[0].date_of_birth" "Label" "Born" "Birth" true)}}
{{template "hidden" (dict "Name" "slot" "Value" "1")}}
{{template "button" (dict "Text" "Go")}}{{template "button-link" (dict "Text" "Go" "Path" "/" "Start" true)}}
{{template "back-link" "/"}}{{template "breadcrumbs" (list (dict "Path" "/" "Text" "Home") (dict "Text" "Here"))}}
{{template "tag" (dict "Text" "New")}}{{template "inset" "Text"}}{{template "warning" "Text"}}
{{template "details" (dict "Summary" "More" "Text" "Text")}}{{template "banner" (dict "Title" "T" "Text" "Text")}}
{{template "panel" (dict "Title" "Done" "Text" "Reference" "Reference" "K7QX-2M9D")}}
{{template "summary-list" (dict "Rows" (list (dict "Key" "Post" "Value" "Baku" "Change" "/x") (dict "Key" "Empty" "Value" "")))}}
{{template "table" (dict "Caption" "C" "Head" (list "A") "Rows" (list (list "1")))}}
{{template "pagination" (dict "Next" "/2")}}
{{date .Data.Day}} {{shortDate .Data.Day}} {{longDate .Data.Day}} {{weekday .Data.Day}} {{weekdayShort .Data.Day}} {{month .Data.Day}}
{{time .Data.Day}} {{dateTime .Data.Day}} {{number 20000}} {{decimal 1.5 2}} {{money 3000 "AZN"}} {{in .Data.Text}} {{inc 1}} {{initials "leyla əliyeva x"}}
{{end}}`

func TestEveryComponent(t *testing.T) {
	s := newServer(t, storetest.SQLite(t), nil)
	if err := s.Templates("test", room(components)); err != nil {
		t.Fatal(err)
	}
	form := web.NewForm(url.Values{
		"people[0].surname": {`<b>"Ş`}, "password": {"swordfish"}, "note": {"</textarea>"}, "country": {"b"}, "service": {"b"}, "extras": {"a", "b"},
		"people[0].date_of_birth.day": {"31"}, "people[0].date_of_birth.month": {"2"}, "people[0].date_of_birth.year": {"1994"},
	})
	for _, path := range []string{"people[0].surname", "password", "note", "country", "service", "extras", "people[0].date_of_birth", ""} {
		form.Errors = append(form.Errors, fault.Field{Path: path, Key: "web.error.form"})
	}
	data := map[string]any{
		"Form": form, "Day": noon, "Text": map[string]string{"en": "hello"},
		"Options": []web.Option{{Value: "a", Label: "One"}, {Value: "b", Label: "Two", Hint: "Second"}},
	}
	s.Handle("POST /all", web.Public, func(w http.ResponseWriter, r *http.Request) error {
		return s.Render(w, r, http.StatusUnprocessableEntity, "test/page.html", data)
	})
	text := body(t, do(t, s, httptest.NewRequest(http.MethodPost, "/all", nil)))
	for _, want := range []string{
		"<title>Error: All – Chancery</title>", `value="&lt;b&gt;&#34;Ş"`, "&lt;/textarea&gt;</textarea>",
		`<option value="b" selected>`, `id="service-2" name="service" type="radio" value="b" checked`,
		`id="extras" name="extras" type="checkbox" value="a" checked`, `name="people[0].date_of_birth.year" type="text" inputmode="numeric" value="1994"`,
		"K7QX-2M9D", "Wednesday, 25 November 2026", "20,000", "30.00 AZN", "LƏ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(text, "swordfish") || strings.Contains(text, "ZgotmplZ") || strings.Contains(text, "&lt;no value") {
		t.Error("the page shows a password or a hole")
	}
	ids := map[string]int{}
	for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(text, -1) {
		ids[m[1]]++
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("id %s is there %d times", id, n)
		}
	}
	refer := regexp.MustCompile(` (?:href="#|for="|aria-describedby="|aria-labelledby=")([^"]+)"`)
	for _, m := range refer.FindAllStringSubmatch(text, -1) {
		for id := range strings.FieldsSeq(m[1]) {
			if ids[id] == 0 {
				t.Errorf("something refers to #%s, which is not there", id)
			}
		}
	}
	if n := strings.Count(text, "<h1"); n != 2 { // the radios' and the panel's
		t.Errorf("%d main headings", n)
	}
}

func TestLayouts(t *testing.T) {
	s := newServer(t, storetest.SQLite(t), func(o *web.Options) { o.Gate = gate{}; o.Demo = true })
	pages := fstest.MapFS{
		"templates/staff.html":  {Data: []byte(`{{template "staff-layout" .}}{{define "content"}}{{template "part" "x"}}{{end}}`)},
		"templates/board.html":  {Data: []byte(`{{template "board-layout" .}}{{define "content"}}board{{end}}`)},
		"templates/_parts.html": {Data: []byte(`{{define "part"}}part {{.}}{{end}}`)},
	}
	if err := s.Templates("test", pages); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	s.StaffNav(web.NavItem{Order: 2, Path: "/staff/audit", Title: "nav.audit", Permission: "audit.see"},
		web.NavItem{Order: 1, Path: "/staff/today", Title: "nav.today", Permission: "today.see"})
	for _, name := range []string{"staff", "board"} {
		s.Handle("GET /staff/today/"+name, web.Staff("", ""), func(w http.ResponseWriter, r *http.Request) error {
			return s.Render(w, r, http.StatusOK, "test/"+name+".html", nil)
		})
	}
	r := httptest.NewRequest(http.MethodGet, "/staff/today/staff", nil)
	r.Header.Set("X-Test-Clerk", "yes")
	text := body(t, do(t, s, r))
	for _, want := range []string{"part x", `<a href="/staff/today" aria-current="true">nav.today</a>`, "Leyla Əliyeva", `action="/staff/sign-out"`, `href="/demo"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the staff page lacks %s", want)
		}
	}
	if strings.Contains(text, "nav.audit") {
		t.Error("the navigation offers what the person may not do")
	}
	r.URL.Path = "/staff/today/board"
	if text := body(t, do(t, s, r)); !strings.Contains(text, "board") || strings.Contains(text, "ch-header") {
		t.Errorf("the board is %s", text)
	}
}

// Render's template names are strings that the compiler cannot check.
func TestEveryRenderedTemplateExists(t *testing.T) {
	comment := regexp.MustCompile(`(?m)//.*$`)
	rendered := regexp.MustCompile(`"([a-z]+web|web|api)/([a-z0-9_-]+\.html)"`)
	seen := 0
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range rendered.FindAllStringSubmatch(comment.ReplaceAllString(string(text), ""), -1) {
			file := filepath.Join("templates", m[2])
			if m[1] != "web" {
				file = filepath.Join(m[1], "templates", m[2])
			}
			seen++
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s renders %s/%s, which is not there", path, m[1], m[2])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen == 0 {
		t.Error("found no page: the pattern does not fit the code any more")
	}
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"html"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	files "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/demo"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/store/storetest"
)

// oneFile is a ministry's folder with one declaration.
const oneFile = "testdata/onefile"

// visit is one browser at the whole program.
type visit struct {
	t    *testing.T
	at   string
	lang string
	http *http.Client
}

func newVisit(t *testing.T, at, lang string) *visit {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visit{t, at, lang, &http.Client{Jar: jar}}
}

// do asks, follows redirects and wants a page that says these texts.
func (v *visit) do(method, path, kind string, body io.Reader, texts ...string) (end, page string) {
	v.t.Helper()
	r, err := http.NewRequest(method, v.at+path, body)
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Accept-Language", v.lang)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	got, err := v.http.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	end, page = got.Request.URL.Path, html.UnescapeString(string(text))
	_, main, _ := strings.Cut(page, "<main")
	if got.StatusCode != http.StatusOK {
		v.t.Fatalf("%s %s: %d at %s: %.1500s", method, path, got.StatusCode, end, main)
	}
	for _, text := range texts {
		if !strings.Contains(page, text) {
			v.t.Errorf("%s %s does not say %q: %.2500s", method, path, text, main)
		}
	}
	return end, page
}

func (v *visit) get(path string, texts ...string) string {
	v.t.Helper()
	_, page := v.do("GET", path, "", nil, texts...)
	return page
}

// post sends "name=value" pairs, and wants to be led to a path that ends so.
func (v *visit) post(path, leads string, pairs ...string) string {
	v.t.Helper()
	values := url.Values{}
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		values.Add(name, value)
	}
	return v.led(path, leads, "application/x-www-form-urlencoded", strings.NewReader(values.Encode()))
}

func (v *visit) led(path, leads, kind string, body io.Reader) string {
	v.t.Helper()
	end, page := v.do("POST", path, kind, body)
	if !strings.HasSuffix(end, leads) {
		_, main, _ := strings.Cut(page, "<main")
		v.t.Fatalf("%s led to %s, not %s: %.2500s", path, end, leads, main)
	}
	return end
}

// upload sends a picture as the answer to a question.
func (v *visit) upload(path, leads, question string) {
	v.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile(question+"-upload", "report.png")
	if err == nil {
		err = png.Encode(part, image.NewGray(image.Rect(0, 0, 600, 800)))
	}
	if err != nil {
		v.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		v.t.Fatal(err)
	}
	v.led(path, leads, w.FormDataContentType(), &body)
}

// TestOneFileIsOneService puts one YAML file of twelve pages into the ministry's
// folder and does nothing else: people find the service, apply for it, and an
// officer has their case.
func TestOneFileIsOneService(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { testOneFile(t, "sqlite:"+filepath.Join(t.TempDir(), "one.db")) })
	t.Run("postgresql", func(t *testing.T) { testOneFile(t, storetest.PostgreSQLURL(t)) })
}

func testOneFile(t *testing.T, dsn string) {
	ctx := context.Background()
	var declared []string
	err := filepath.WalkDir(oneFile, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			declared = append(declared, path)
		}
		return err
	})
	if err != nil || len(declared) != 1 {
		t.Fatalf("the folder holds %v, %v; want one file", declared, err)
	}
	front := httptest.NewUnstartedServer(nil)
	at := "http://" + front.Listener.Addr().String()
	r, err := assemble(ctx, setting{db: dsn, keys: filepath.Join(t.TempDir(), "keys.json"), baseURL: at, files: (catalogueFlag{Catalogue: oneFile}).files(), guard: guardFlag{ReadsPerSecond: 100, HoldsPerHour: 30}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	if err := demo.LoadPosts(ctx, r.posts, time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.staff.CreateAccount(ctx, identity.System(), identity.NewAccount{
		UserName: "ann", Email: "ann@example.org", DisplayName: "Ann", Grants: []identity.Grant{{Role: identity.Officer, Post: "london"}}, Password: demoPassword, TOTPSecret: demoSecret,
	}); err != nil {
		t.Fatal(err)
	}
	if front.Config.Handler, err = r.server.Handler(); err != nil {
		t.Fatal(err)
	}
	front.Start()
	defer front.Close()

	en, az := newVisit(t, at, "en"), newVisit(t, at, "az")
	en.get("/services", "Place at the summer school", "Visa application", "Certified copy")
	az.get("/services", "Yay məktəbində yer")
	en.get("/services/summer-school", "learn the language for a summer", "London")
	applySchema(t, en)
	home := apply(t, r, en, az)
	reference := strings.TrimPrefix(home, "/applications/")

	officer := newVisit(t, at, "en")
	code, err := identity.TOTPCode(demoSecret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	officer.post("/staff/sign-in", "/staff/sign-in/code", "user_name=ann", "password="+demoPassword)
	officer.post("/staff/sign-in/code", "/staff", "code="+code)
	officer.get("/staff/cases", reference, "Place at the summer school")
	officer.get("/staff/cases/"+reference, "Məmmədov Elçin", "Mugham", "Language 2", "Without my uncle nobody speaks it with me.", "report.png", "Leyla")
}

// apply goes from the start page to the status page, and gives its path.
func apply(t *testing.T, r *rooms, en, az *visit) string {
	t.Helper()
	const start = "/services/summer-school/apply"
	home := strings.TrimSuffix(en.post(start, "/tasks", "post=london"), "/tasks")
	page := func(id, next string, pairs ...string) {
		t.Helper()
		en.post(home+"/pages/"+id, next, pairs...)
	}
	en.get(home+"/tasks", "About you", "School and language", "The summer", "Papers and declaration")
	born := time.Now().UTC().AddDate(-15, -6, 0)
	person := []string{"name-surname=Məmmədov", "name-given_names=Elçin", "birth-day=" + strconv.Itoa(born.Day()), "birth-month=" + strconv.Itoa(int(born.Month())), "of_age=no"}
	if _, wrong := en.send(home+"/pages/person", append(person, "birth-year=1950")...); !strings.Contains(wrong, "from 14 to 25 years") {
		t.Errorf("somebody of 1950 is not refused: %.800s", wrong)
	}
	page("person", "/pages/contact", append(person, "birth-year="+strconv.Itoa(born.Year()))...)
	page("contact", "/pages/home", "email=elcin@example.org")
	page("home", "/pages/guardian", "address-street=High Street 1", "address-city=Leeds", "address-country=GBR", "roots=yes", "whose=My uncle")
	page("guardian", "/pages/education", "guardian_name-surname=Məmmədova", "guardian_name-given_names=Leyla", "guardian_agrees=yes")
	page("education", "/pages/grades", "level=school", "institution=Leeds Grammar School")
	page("grades", "/pages/languages", "average=87.5")
	for i, language := range []string{"English", "French"} {
		page("languages", "/pages/languages/"+strconv.Itoa(i+1), "more=yes")
		page("languages/"+strconv.Itoa(i+1), "/pages/languages", "language="+language, "how_well=fluent")
	}
	page("languages", "/pages/course", "more=no")
	page("course", "/pages/lodging", "month=july", "subjects=music", "subjects=history")
	page("lodging", "/pages/letter", "lodging=family", "allergies=Nuts")
	// The address is proven before the first file.
	page("letter", "/email", "letter=Without my uncle nobody speaks it with me.")
	en.post(home+"/email", "/code", "email=elcin@example.org")
	a, err := r.applications.cases.ByReference(t.Context(), strings.TrimPrefix(home, "/applications/"))
	if err != nil {
		t.Fatal(err)
	}
	en.post(home+"/code", "/tasks", "code="+r.applications.cases.Code(a))
	en.upload(home+"/pages/papers", "/check", "certificate")
	en.get(home+"/check", "Məmmədov Elçin", "Language 2", "Mugham", "87.5 of 100", "report.png")
	page("declaration", "/submit", "declared=yes")
	en.get(home+"/submit", "elcin@example.org")
	en.post(home+"/submit", home)
	en.get(home, "Place at the summer school")
	if a, err = r.applications.cases.ByReference(t.Context(), a.Reference); err != nil || a.State != casework.Submitted && a.State != casework.Screened {
		t.Fatalf("the application is %+v, %v", a, err)
	}
	content, err := r.applications.cases.Handed(t.Context(), a, 1)
	if err != nil || len(content) == 0 {
		t.Fatal(content, err)
	}
	d, err := r.applications.cases.Questionnaire(t.Context(), a)
	if err != nil || len(d.Path(content)) != 12 {
		t.Errorf("%d pages were asked, %v; want twelve", len(d.Path(content)), err)
	}
	az.get(start, "Yay məktəbində yer", "London")
	return home
}

// send posts without asking what comes back.
func (v *visit) send(path string, pairs ...string) (status int, page string) {
	v.t.Helper()
	values := url.Values{}
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		values.Add(name, value)
	}
	got, err := v.http.PostForm(v.at+path, values)
	if err != nil {
		v.t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return got.StatusCode, html.UnescapeString(string(text))
}

// applySchema reads the service through the API.
func applySchema(t *testing.T, v *visit) {
	t.Helper()
	var service struct {
		Title         string
		Posts         []string
		Questionnaire struct {
			Schema     string                     `json:"$schema"`
			Properties map[string]json.RawMessage `json:"properties"`
		}
	}
	if err := json.Unmarshal([]byte(v.get("/api/v1/services/summer-school")), &service); err != nil {
		t.Fatal(err)
	}
	q := service.Questionnaire
	if service.Title != "Place at the summer school" || len(service.Posts) < 20 || q.Schema == "" || len(q.Properties) < 18 || q.Properties["languages"] == nil || q.Properties["guardian_name"] == nil {
		t.Errorf("the API says %q at %d posts with %d questions", service.Title, len(service.Posts), len(q.Properties))
	}
}

func TestOwnDeclarationsBesideTheProgram(t *testing.T) {
	one, err := os.ReadFile(oneFile + "/questionnaires/summer-school.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file := func(text []byte) *fstest.MapFile { return &fstest.MapFile{Data: text} }
	for name, c := range map[string]struct {
		own  fstest.MapFS
		want string
	}{
		"no own":                 {fstest.MapFS{}, "visa-application=Visa application"},
		"one more":               {fstest.MapFS{"questionnaires/summer-school.yaml": file(one)}, "summer-school=Place at the summer school visa-application=Visa application"},
		"instead of ours":        {fstest.MapFS{"questionnaires/visa-application.yaml": file(one)}, "visa-application=Place at the summer school"},
		"ours taken away":        {fstest.MapFS{"questionnaires/visa-application.yaml": file(nil), "questionnaires/summer-school.yaml": file(one)}, "summer-school=Place at the summer school"},
		"empty and nobody's":     {fstest.MapFS{"questionnaires/nothing.yaml": file(nil)}, "error"},
		"only other directories": {fstest.MapFS{"services/x.yaml": file(one)}, "visa-application=Visa application"},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := form.Load(beside{c.own, files.Questionnaires})
			got := "error"
			if err == nil {
				var all []string
				for _, d := range set.All() {
					all = append(all, d.ServiceID+"="+d.Title.In("en"))
				}
				got = strings.Join(all, " ")
			}
			if got != c.want {
				t.Errorf("got %s (%v), want %s", got, err, c.want)
			}
		})
	}
}

package formweb_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"html"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	declared "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/demo"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/form/upload"
	"github.com/chancery/chancery/internal/guard"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/applicant"
	"github.com/chancery/chancery/internal/web/bookingweb"
	"github.com/chancery/chancery/internal/web/formweb"
)

func TestMain(m *testing.M) { storetest.NoLeaks(m) }

const origin = "https://mfa.example"

var wednesday = time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)

// trial has a question of every type, conditions, a file under a condition, and
// a repeating page.
const trial = `
title: {en: Trial visa, az: Sınaq vizası}
about: {en: For a trial., az: Sınaq üçün.}
case: {appointment: visa-interview, issues: visa, four_eyes: true, decide_days: 10, answer_days: 14, keep_months: 24, fee_minor: 2000, fee_currency: USD}
sections:
  - {id: you, title: {en: You, az: Siz}}
  - {id: rest, title: {en: The rest, az: Qalanı}}
pages:
  - id: person
    section: you
    title: {en: Person, az: Şəxs}
    questions:
      - {id: name, type: name, label: {en: Name, az: Ad}}
      - {id: birth, type: date, precision: year, range: past, label: {en: Born, az: Doğulub}}
      - {id: document, type: document, label: {en: Passport, az: Pasport}}
      - {id: birth_country, type: country, label: {en: Born in, az: Doğulduğu yer}}
  - id: contact
    section: you
    title: {en: Contact, az: Əlaqə}
    questions:
      - {id: email, type: email, label: {en: E-mail, az: E-poçt}}
      - {id: phone, type: phone, label: {en: Phone, az: Telefon}}
      - {id: home, type: address, label: {en: Home, az: Ev}}
  - id: journey
    section: rest
    title: {en: Journey, az: Səfər}
    questions:
      - id: purpose
        type: choice
        label: {en: Purpose, az: Məqsəd}
        options:
          - {value: tourism, text: {en: Tourism, az: Turizm}}
          - {value: work, text: {en: Work, az: İş}}
      - {id: employer, type: text, max_length: 40, when: purpose == "work", label: {en: Employer, az: İşəgötürən}}
      - id: payer
        type: choices
        label: {en: Payer, az: Ödəyən}
        options:
          - {value: self, text: {en: Me, az: Özüm}}
          - {value: host, text: {en: Host, az: Dəvət edən}}
      - {id: money, type: number, decimals: 2, min: 0, unit: {en: dollars, az: dollar}, label: {en: Money, az: Vəsait}}
      - {id: children_come, type: yes-no, label: {en: Children come, az: Uşaqlar gəlir}}
      - {id: story, type: text, lines: 4, max_length: 500, optional: true, label: {en: Story, az: Hekayə}}
  - id: children
    section: rest
    title: {en: Children, az: Uşaqlar}
    when: children_come
    repeat: {min: 1, max: 3, item: {en: Child, az: Uşaq}}
    questions:
      - {id: child_name, type: name, label: {en: Name of the child, az: Uşağın adı}}
  - id: papers
    section: rest
    title: {en: Papers, az: Sənədlər}
    questions:
      - {id: face, type: photo, label: {en: Face, az: Üz}}
      - {id: contract, type: file, when: purpose == "work", label: {en: Contract, az: Müqavilə}}
      - {id: others, type: file, files: 2, max_pages: 2, optional: true, label: {en: Others, az: Digərləri}}
  - id: last
    section: rest
    title: {en: Sign, az: İmza}
    questions:
      - {id: agreed, type: declaration, label: {en: All of it is true, az: Hamısı doğrudur}}
`

type tariffs struct{}

func (tariffs) Price(_ string, rules form.Case, _ casework.Subject, _ string) casework.Price {
	return casework.Price{Minor: rules.FeeMinor, Currency: rules.FeeCurrency, Basis: "standard"}
}

func (tariffs) Title(_, _ string) locale.Text {
	return locale.Text{"en": "The usual fee", "az": "Adi rüsum"}
}

// site is the pages over a real database.
type site struct {
	t       testing.TB
	millis  atomic.Int64
	cases   *casework.Service
	handler http.Handler
}

func (s *site) now() time.Time { return time.UnixMilli(s.millis.Load()).UTC() }

func openSite(t testing.TB, db *store.DB) *site {
	t.Helper()
	return openGuarded(t, db, guard.Limit{By: guard.ByNetwork, Max: 10_000, Window: time.Hour})
}

// openGuarded bounds how often one may start and ask for codes.
func openGuarded(t testing.TB, db *store.DB, limits ...guard.Limit) *site {
	t.Helper()
	s := &site{t: t}
	s.millis.Store(wednesday.UnixMilli())
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	services, err := catalogue.Load(declared.Services)
	check(err)
	keys, err := keyring.New()
	check(err)
	trail := audit.New(s.now)
	posts := post.New(db, trail, services, s.now)
	check(demo.LoadPosts(t.Context(), posts, wednesday))
	set, err := form.Load(fstest.MapFS{"questionnaires/trial.yaml": {Data: []byte(trial)}})
	check(err)
	s.cases = casework.New(casework.Config{
		DB: db, Ring: keys, Trail: trail, Outbox: notify.NewOutbox(db, s.now), Forms: casework.Forms{Set: set}, Tariffs: tariffs{}, Calendar: casework.PostDays{Posts: posts}, Now: s.now,
	})
	server, err := web.New(web.Options{DB: db, Keys: keys, Now: s.now, BaseURL: origin, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	check(err)
	door := applicant.New(server, s.cases)
	pages := &formweb.Pages{
		Web: server, Door: door, Cases: s.cases, Forms: set, Posts: posts, Tariffs: tariffs{}, Calendar: casework.PostDays{Posts: posts},
		Intake: upload.New(nil), Ministry: locale.Text{"en": "Ministry", "az": "Nazirlik"},
		Admit: bookingweb.Gatekeeper{Guard: guard.New(db, keys, rand.Reader, s.now, guard.Config{Holds: limits}), Keys: keys}.AdmitMail,
	}
	check(pages.Register())
	server.Handle("GET /applications/{reference}", web.Public, func(w http.ResponseWriter, r *http.Request) error {
		a, err := door.Application(r)
		if err == nil {
			_, err = io.WriteString(w, "state: "+string(a.State))
		}
		return err
	})
	check(server.Check())
	s.handler, err = server.Handler()
	check(err)
	return s
}

// browser is one person's: its cookies and language.
type browser struct {
	*site
	lang    string
	cookies map[string]string
	ref     string
}

func (s *site) browser(lang string) *browser {
	return &browser{site: s, lang: lang, cookies: map[string]string{}}
}

// page is what came back.
type page struct {
	t      testing.TB
	asked  string
	status int
	header http.Header
	body   string
}

func (b *browser) send(method, path, kind string, body []byte) page {
	b.t.Helper()
	r := httptest.NewRequest(method, origin+path, bytes.NewReader(body))
	r.Header.Set("Accept-Language", b.lang)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if b.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	if w.Code >= 500 {
		b.t.Fatalf("%s %s: %d", method, path, w.Code)
	}
	return page{b.t, method + " " + path, w.Code, w.Header(), w.Body.String()}
}

func (b *browser) get(rest string) page { b.t.Helper(); return b.send("GET", b.at(rest), "", nil) }

func (b *browser) at(rest string) string {
	if strings.HasPrefix(rest, "/") {
		return rest
	}
	return "/applications/" + b.ref + "/" + rest
}

// post sends "name=value" pairs.
func (b *browser) post(rest string, pairs ...string) page {
	b.t.Helper()
	return b.send("POST", b.at(rest), "application/x-www-form-urlencoded", []byte(values(pairs).Encode()))
}

func values(pairs []string) url.Values {
	v := url.Values{}
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		v.Add(name, value)
	}
	return v
}

// file is one that is sent.
type file struct {
	control, name string
	data          []byte
}

func (b *browser) upload(rest string, files []file, pairs ...string) page {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, all := range values(pairs) {
		for _, value := range all {
			_ = w.WriteField(name, value)
		}
	}
	for _, f := range files {
		part, _ := w.CreateFormFile(f.control, f.name)
		_, _ = part.Write(f.data)
	}
	_ = w.Close()
	return b.send("POST", b.at(rest), w.FormDataContentType(), body.Bytes())
}

// shows wants a page with these texts.
func (p page) shows(status int, texts ...string) page {
	p.t.Helper()
	if p.status != status {
		p.t.Fatalf("%s gave %d, want %d: %s %.800s", p.asked, p.status, status, p.header.Get("Location"), main(p.body))
	}
	plain := html.UnescapeString(p.body)
	for _, text := range texts {
		if !strings.Contains(plain, text) {
			p.t.Errorf("%s lacks %q", p.asked, text)
		}
	}
	return p
}

func (p page) lacks(texts ...string) page {
	p.t.Helper()
	for _, text := range texts {
		if strings.Contains(html.UnescapeString(p.body), text) {
			p.t.Errorf("%s shows %q", p.asked, text)
		}
	}
	return p
}

// leads wants a redirect to a path that ends so.
func (p page) leads(to string) page {
	p.t.Helper()
	if p.status != http.StatusSeeOther || !strings.HasSuffix(p.header.Get("Location"), to) {
		p.t.Fatalf("%s gave %d to %q, want %s: %.1500s", p.asked, p.status, p.header.Get("Location"), to, main(p.body))
	}
	return p
}

func main(body string) string {
	if _, after, ok := strings.Cut(body, "<main"); ok {
		return after
	}
	return body
}

// begin starts a trial in London.
func (b *browser) begin(pairs ...string) {
	b.t.Helper()
	to := b.post("/services/trial/apply", append([]string{"post=london"}, pairs...)...).leads("/tasks").header.Get("Location")
	b.ref = strings.Split(to, "/")[2]
}

// app reads the application.
func (b *browser) app() *casework.Application {
	b.t.Helper()
	a, err := b.cases.ByReference(context.Background(), b.ref)
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

func (b *browser) content() *casework.Content {
	b.t.Helper()
	_, c, err := b.cases.Content(context.Background(), b.app().ID)
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

// prove proves an address.
func (b *browser) prove() {
	b.t.Helper()
	b.post("email", "email=ayse@example.org").leads("/code")
	b.post("code", "code="+b.cases.Code(b.app())).leads("/tasks")
}

// portrait is a picture with a head of its own colour.
func portrait(width, height int) []byte {
	picture := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			dx, dy := float64(x-width/2)/float64(width)*4, float64(y-height/2)/float64(height)*4
			c := color.NRGBA{228, 228, 230, 255}
			if dx*dx+dy*dy < 1 {
				c = color.NRGBA{uint8(170 + (x/6+y/6)%2*25), 140, uint8(90 + x%40), 255}
			}
			picture.SetNRGBA(x, y, c)
		}
	}
	var out bytes.Buffer
	_ = png.Encode(&out, picture)
	return out.Bytes()
}

// The answers of each page, as a browser sends them.
var (
	person = []string{
		"name-surname=Йылмаз", "name-given_names=Айше", "birth-year=1990", "birth-month=2", "document-kind=national", "document-number=U1234567", "document-issuer=TUR",
		"document-nationality=TUR", "document-expires.day=1", "document-expires.month=5", "document-expires.year=2033", "birth_country=TUR",
	}
	contact = []string{"email=ayse@example.org", "phone=+90 532 000 00 00", "home-street=Cad. 1", "home-city=Ankara", "home-country=TUR"}
	journey = []string{"purpose=work", "employer=شركة النور", "payer=self", "payer=host", "money=1 250,50", "children_come=yes", "story=Bir\nİki"}
)

// fill answers everything up to the check.
func (b *browser) fill() {
	b.t.Helper()
	b.post("pages/person", person...).leads("/pages/contact")
	b.post("pages/contact", contact...).leads("/pages/journey")
	b.post("pages/journey", journey...).leads("/pages/children")
	b.post("pages/children", "more=yes").leads("/pages/children/1")
	b.post("pages/children/1", "child_name-surname=Yılmaz", "child_name-given_names=Ece").leads("/pages/children")
	b.post("pages/children", "more=no")
	b.prove()
	crop := b.upload("pages/papers", []file{{"face-upload", "me.png", portrait(700, 900)}, {"contract-upload", "contract.png", portrait(600, 800)}}).leads("/crop").header.Get("Location")
	b.post(crop, "x=0", "y=0", "width=700").leads("/pages/papers")
	shown := b.get("pages/papers").shows(200, "me.jpg", "contract.png")
	b.upload("pages/papers", nil, "face="+shown.hidden("face")[0], "contract="+shown.hidden("contract")[0]).leads("/check")
}

func sorted(all []string) []string { slices.Sort(all); return all }

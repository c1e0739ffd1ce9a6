package travelweb_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	declared "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/travel/policy"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/api"
	"github.com/chancery/chancery/internal/web/travelweb"
)

type gate struct{}

func (gate) Staff(*http.Request) (web.Person, error) { return nil, nil }

func open(t *testing.T) http.Handler {
	t.Helper()
	rules, err := policy.Load(declared.Policy)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC) }
	server, err := web.New(web.Options{DB: storetest.SQLite(t), Keys: keys, Now: now, Gate: gate{}, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	a, err := api.New(server)
	if err != nil {
		t.Fatal(err)
	}
	room := &travelweb.Room{Policy: rules, Next: map[policy.Outcome]string{policy.EmbassyVisa: "/visa/apply"}, Ask: "/posts-to-ask"}
	if err := room.Register(server, a); err != nil {
		t.Fatal(err)
	}
	if err := server.Check(); err != nil {
		t.Fatal(err)
	}
	handler, err := server.Handler()
	if err != nil {
		t.Fatal(err)
	}
	return handler
}

func ask(t *testing.T, h http.Handler, method, path, lang, body string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Accept-Language", lang)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec.Code, rec.Body.String()
}

func TestPagesInBothLanguages(t *testing.T) {
	h := open(t)
	for path, wants := range map[string][2]string{
		"/visa": {"How many days you will stay", "Neçə gün qalacaqsınız"},
		"/visa?nationality=QAT&document=national&purpose=tourism&days=10":                         {"You need no visa", "Sizə viza lazım deyil"},
		"/visa?nationality=QAT&document=national&purpose=tourism":                                 {"90 days in any 180 days", "İstənilən 180 gün ərzində 90 gün"},
		"/visa?nationality=ARE&document=national&purpose=tourism&days=1":                          {`href="/visa/records/waiver-are-national"`, `href="/visa/records/waiver-are-national"`},
		"/visa?nationality=QAT&document=national&purpose=tourism&days=120":                        {"For a stay of up to 90 days you would need no visa.", "90 günədək qalsaydınız, viza lazım olmazdı."},
		"/visa?nationality=SRB&document=national&purpose=family&on.day=1&on.month=6&on.year=2022": {"From 1 September 2023 on you will need no visa.", "1 sentyabr 2023"},
		"/visa?nationality=DEU&document=national&purpose=tourism&days=20":                         {"You need an electronic visa", "Sizə elektron viza lazımdır"},
		"/visa?nationality=JPN&document=national&purpose=tourism&days=20":                         {"You get a visa on arrival", "Vizanı gəlişdə alırsınız"},
		"/visa?nationality=DEU&document=national&purpose=work&days=20":                            {`href="/visa/apply?document=national&amp;nationality=DEU&amp;on=2026-11-25&amp;purpose=work"`, "Viza üçün müraciət etmək"},
		"/visa?nationality=DEU&document=identity-card&purpose=tourism":                            {"You cannot travel with this document", "Bu sənədlə gələ bilməzsiniz"},
		"/visa?nationality=FRA&document=national&purpose=tourism&days=3":                          {`href="/posts-to-ask"`, `href="/posts-to-ask"`},
		"/visa?again=yes&nationality=DEU&document=service&purpose=work":                           {`value="service" selected`, "Xidməti pasport"},
		"/visa/table":        {"No visa: up to 90 days in any 180", "Vizasız: istənilən 180 gün ərzində 90 günədək"},
		"/visa/table?q=qat":  {"1 nationality", "1 vətəndaşlıq"},
		"/visa/table?q=kor":  {"Visa on arrival: up to 30 days", "Gəlişdə viza: 30 günədək"},
		"/visa/table?q=zzzz": {"No nationality fits", "uyğun gəlmir"},
		"/visa/table?outcome=refused&document=emergency": {"Not possible", "Mümkün deyil"},
		"/visa/records/waiver-qat-national":              {"1 October 2023", "1 oktyabr 2023"},
	} {
		for i, lang := range locale.Languages {
			code, body := ask(t, h, http.MethodGet, path, lang, "")
			if code != http.StatusOK || !strings.Contains(body, wants[i]) || strings.Contains(body, "travelweb.") || strings.Contains(body, "ZgotmplZ") {
				t.Errorf("%s in %s: %d, lacks %q", path, lang, code, wants[i])
			}
			if len(body) > 150_000 {
				t.Errorf("%s: %d bytes", path, len(body))
			}
		}
	}
}

func TestQuestionsThatAreRefused(t *testing.T) {
	h := open(t)
	for path, want := range map[string]string{
		"/visa?nationality=&document=national&purpose=tourism":                                      `href="#nationality"`,
		"/visa?nationality=QQQ&document=national&purpose=tourism":                                   "There is no such nationality",
		"/visa?nationality=DEU&document=&purpose=tourism":                                           "Choose your travel document",
		"/visa?nationality=DEU&document=national&purpose=spying":                                    "Choose why you travel",
		"/visa?nationality=DEU&document=national&purpose=tourism&days=many":                         "from 1 to 3660",
		"/visa?nationality=DEU&document=national&purpose=tourism&days=0":                            "from 1 to 3660",
		"/visa?nationality=DEU&document=national&purpose=tourism&on.day=31&on.month=2&on.year=2027": "the day on which you enter",
		"/visa/table?document=ticket":                                                               "Choose your travel document",
		"/visa/table?on.day=x":                                                                      "the day on which you enter",
	} {
		if code, body := ask(t, h, http.MethodGet, path, "en", ""); code != http.StatusUnprocessableEntity || !strings.Contains(body, want) {
			t.Errorf("%s: %d, lacks %q", path, code, want)
		}
	}
	if code, _ := ask(t, h, http.MethodGet, "/visa/records/none", "en", ""); code != http.StatusNotFound {
		t.Error(code)
	}
}

// Every nationality stands in the table once, and its link gives an answer.
func TestTableLinksAnswer(t *testing.T) {
	h := open(t)
	_, body := ask(t, h, http.MethodGet, "/visa/table?document=stateless&purpose=study&on.day=1&on.month=2&on.year=2027&q=stateless", "en", "")
	start := strings.Index(body, `href="/visa?`)
	if start < 0 {
		t.Fatal(body)
	}
	path := strings.ReplaceAll(body[start+6:start+6+strings.Index(body[start+6:], `"`)], "&amp;", "&")
	if code, body := ask(t, h, http.MethodGet, path, "en", ""); code != http.StatusOK || !strings.Contains(body, "You need a visa from an embassy") || !strings.Contains(body, "1 February 2027") {
		t.Errorf("%s: %d", path, code)
	}
}

func TestPolicyOperation(t *testing.T) {
	h := open(t)
	get := func(query, lang string) (int, map[string]any) {
		code, body := ask(t, h, http.MethodGet, "/api/v1/visa-policy?"+query, lang, "")
		var out map[string]any
		if err := json.Unmarshal([]byte(body), &out); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		return code, out
	}
	code, a := get("nationality=QAT&document=national&purpose=tourism&days=14&on=2026-11-25", "en")
	if code != 200 || a["outcome"] != "visa-free" || a["max_days"] != 90.0 || a["legal_basis"].([]any)[0] != "waiver-qat-national" || len(a["documents"].([]any)) != 1 ||
		!strings.Contains(a["reasons"].([]any)[0].(string), "Qatar") || a["period"].(map[string]any)["in"] != 180.0 {
		t.Errorf("%d %v", code, a)
	}
	if _, a = get("nationality=QAT&days=14&on=2023-09-30", "az"); a["outcome"] != "e-visa" || len(a["reasons"].([]any)) != 2 || !strings.Contains(a["reasons"].([]any)[1].(string), "1 oktyabr 2023") || len(a["legal_basis"].([]any)) != 0 {
		t.Errorf("%v", a)
	}
	if _, a = get("nationality=D%3C%3C", "en"); a["outcome"] != "e-visa" || a["max_days"] != 30.0 {
		t.Errorf("%v", a)
	}
	for query, location := range map[string]string{"": "query.nationality", "nationality=QQQ": "query.nationality", "nationality=DEU&document=x": "query.document", "nationality=DEU&on=2026-02-31": "query.on", "nationality=DEU&days=-1": "query.days", "nationality=DEU&purpose=x": "query.purpose"} {
		code, a := get(query, "en")
		fields, _ := a["errors"].([]any)
		if code != http.StatusUnprocessableEntity || len(fields) != 1 || fields[0].(map[string]any)["location"] != location {
			t.Errorf("%q: %d %v", query, code, a)
		}
	}
}

func TestZoneOperation(t *testing.T) {
	h := open(t)
	post := func(body, lang string) (int, map[string]any) {
		code, text := ask(t, h, http.MethodPost, "/api/v1/mrz", lang, body)
		var out map[string]any
		if err := json.Unmarshal([]byte(text), &out); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return code, out
	}
	code, z := post(`{"lines":["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<","L898902C36UTO7408122F1204159ZE184226B<<<<<10"]}`, "en")
	if code != 200 || z["format"] != "TD3" || z["right"] != true || z["surname"] != "ERIKSSON" || z["given_names"] != "ANNA MARIA" || z["number"] != "L898902C3" ||
		z["birth_date"] != "1974-08-12" || z["expiry_date"] != "2012-04-15" || z["sex"] != "F" || len(z["checks"].([]any)) != 5 || len(z["notes"].([]any)) != 0 || z["document"].(map[string]any)["kind"] != "passport" {
		t.Errorf("%d %v", code, z)
	}
	code, z = post(`{"lines":["p<d<<mustermann<<erika","c01x00t478d<<64O8125f2702283<<<<<<<<<<<<<<<5"]}`, "az")
	notes, _ := z["notes"].([]any)
	if code != 200 || z["nationality"].(map[string]any)["name"] != "Almaniya" || len(notes) != 4 || !strings.Contains(notes[len(notes)-1].(map[string]any)["message"].(string), "kimi oxundu") {
		t.Errorf("%d %v", code, z)
	}
	// Every check digit is told right or wrong by itself.
	_, z = post(`{"lines":["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<","L898902C36UTO7408123F1204159ZE184226B<<<<<10"]}`, "en")
	for _, c := range z["checks"].([]any) {
		check := c.(map[string]any)
		if wrong := check["of"] == "birth" || check["of"] == "composite"; check["right"] == wrong || check["of"] == "birth" && (check["want"] != "2" || check["column"] != 20.0) {
			t.Errorf("%v", check)
		}
	}
	for body, location := range map[string]string{`{"lines":["P<UTO"]}`: "body.lines", `{"lines":["Ω","L"]}`: "body.lines[0]", `{"lines":[]}`: "body.lines", `{}`: "body"} {
		code, z := post(body, "en")
		fields, _ := z["errors"].([]any)
		if code != http.StatusUnprocessableEntity || len(fields) != 1 || fields[0].(map[string]any)["location"] != location {
			t.Errorf("%s: %d %v", body, code, z)
		}
	}
}

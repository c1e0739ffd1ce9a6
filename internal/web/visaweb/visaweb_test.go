package visaweb_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/chancery/chancery/internal/act"
	"github.com/chancery/chancery/internal/document/verify"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func TestFromTheDecisionToTheEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := open(t, db)
		a := r.granted("U1234567")
		page := r.get("/staff/visas/new?case="+a.Reference, 200)
		contains(t, page, "2026-12-01", "2027-02-28", "V<AZEYILMAZ<<AYSE", "Türkiye", a.Reference)
		wrong := asTyped(a)
		wrong.Set("surname_latin", "Y1LMAZ")
		contains(t, r.post("/staff/visas/new", 422, wrong), "letters A to Z")
		preview := asTyped(a)
		preview.Set("do", "preview")
		preview.Set("given_names_latin", "AYSHE")
		contains(t, r.post("/staff/visas/new", 200, preview), "YILMAZ<<AYSHE")
		// What two officers decided is not taken from the form.
		forged := asTyped(a)
		for name, value := range map[string]string{"until.day": "1", "until.month": "1", "until.year": "2036", "entries": "0", "days": "365", "until": "2036-01-01"} {
			forged.Set(name, value)
		}
		at := r.post("/staff/visas/new", 303, forged)
		page = r.get(at, 200)
		contains(t, page, "V-BERLIN-2026-000001", "28 February 2027", "30", a.Reference, "In force", "Officer ann")
		r.check(page, verify.NotYet)
		if again := r.get("/staff/visas/new?case="+a.Reference, 303); again != at {
			t.Errorf("the case leads to %s, want %s", again, at)
		}
		contains(t, r.post("/staff/visas/new", 422, asTyped(a)), "issued for this application already")
		r.get(at+"/photo", 200)
		for _, text := range []string{a.Reference, "V-BERLIN-2026-000001", "u1234567", "Ayşe", "YILMAZ"} {
			contains(t, r.get("/staff/visas?q="+url.QueryEscape(text), 200), at)
		}
		if strings.Contains(r.get("/staff/visas?q=nobody", 200), at) {
			t.Error("a visa is found for nobody")
		}
		document := regexp.MustCompile(at + `/documents/[0-9a-f-]+`).FindString(page)
		pdf := r.get(document, 200)
		if !strings.HasPrefix(pdf, "%PDF") || pdf != r.get("/applications/"+a.Reference+"/visa.pdf", 200) {
			t.Error("the applicant gets another file than the officer")
		}

		// Two officers end it.
		contains(t, r.post(at+"/end", 422, url.Values{"kind": {"revoke"}}), "Choose a ground", "Write a sentence")
		contains(t, r.post(at+"/end", 422, url.Values{"kind": {"revoke"}, "ground": {"office-mistake"}, "authority": {"a"}, "reason": {"b"}}), "Choose a ground")
		r.post(at+"/end", 303, url.Values{"kind": {"revoke"}, "ground": {"security"}, "authority": {"Article 9"}, "reason": {"A warrant came."}})
		page = r.get(at, 200)
		carry := regexp.MustCompile(`/staff/visas/[^"]+/proposals/[^"]+/`).FindString(page)
		if strings.Contains(page, carry+"carry") {
			t.Error("the proposer is offered to decide")
		}
		contains(t, r.post(carry+"carry", 422, url.Values{}), "You proposed this yourself")
		r.check(r.get(at, 200), verify.NotYet)
		r.as("zoe", "berlin", identity.Receptionist)
		r.post(carry+"carry", 403, url.Values{})
		r.as("paul", "doha", identity.Officer)
		r.post(carry+"carry", 404, url.Values{})
		r.as("ben", "berlin", identity.Officer)
		contains(t, r.get(at, 200), "A warrant came.", carry+"carry")
		r.post(carry+"carry", 303, url.Values{"note": {"Seen."}})
		page = r.get(at, 200)
		contains(t, page, "Revoked", "Officer ben")
		r.check(page, verify.WasRevoked)
		contains(t, r.post(carry+"carry", 422, url.Values{}), "decided already")
		contains(t, r.get("/applications/"+a.Reference+"/visa.pdf", 409), "no longer valid")
		if to := r.get(at+"/end", 303); to != at {
			t.Errorf("an ended visa is offered to be ended, %s", to)
		}
		r.mails(at[len("/staff/visas/"):], map[string][]string{act.KindIssued: {"/applications/" + a.Reference}, act.KindEnded: {"Revoked", "security"}})
	})
}

// mails renders the letters about a visa in both languages.
func (r *rig) mails(id string, wanted map[string][]string) {
	r.t.Helper()
	for kind, words := range wanted {
		for _, lang := range locale.Languages {
			mail, err := r.mail.Render(context.Background(), notify.Message{Kind: kind, Ref: id, Lang: lang})
			if err != nil || mail.To != "ayse@example.org" || strings.Contains(mail.Subject+mail.Text, "act.") || strings.Contains(mail.Text, "U1234567") {
				r.t.Errorf("%s in %s: %v\n%s", kind, lang, err, mail.Text)
			}
			for _, word := range words {
				if lang == "en" && !strings.Contains(mail.Text, word) {
					r.t.Errorf("%s lacks %q:\n%s", kind, word, mail.Text)
				}
			}
		}
	}
}

func TestCorrectAndPrintAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := open(t, db)
		a := r.granted("U1234567")
		old := r.post("/staff/visas/new", 303, asTyped(a))
		contains(t, r.get(old+"/print", 200), "Sticker of format B")
		contains(t, r.post(old+"/print", 422, url.Values{"layout": {"mrv-b"}, "reason": {"x"}}), "what becomes of the earlier")
		r.post(old+"/print", 303, url.Values{"layout": {"mrv-b"}, "reason": {"For the passport."}, "replace": {"yes"}})
		r.check(r.get(old, 200), verify.NotYet) // the latest stands first
		contains(t, r.get("/applications/"+a.Reference+"/visa.pdf", 409), "sticker")

		typed := asTyped(a)
		contains(t, r.post(old+"/correct", 422, typed), "Choose a ground", "Nothing was changed")
		typed.Set("given_names_latin", "AYSHE")
		typed.Set("ground", "misspelt")
		typed.Set("authority", "Passport seen")
		typed.Set("reason", "A letter was missing.")
		typed.Set("until", "2036-01-01")
		fresh := r.post(old+"/correct", 303, typed)
		contains(t, r.get(fresh, 200), "V-BERLIN-2026-000002", "AYSHE", "V-BERLIN-2026-000001", "28 February 2027", "It takes the place of")
		page := r.get(old, 200)
		contains(t, page, "Superseded", "V-BERLIN-2026-000002", "Passport seen")
		r.check(page, verify.WasSuperseded)
		r.check(r.get(fresh, 200), verify.NotYet)
		if !strings.HasPrefix(r.get("/applications/"+a.Reference+"/visa.pdf", 200), "%PDF") {
			t.Error("the applicant does not get the corrected visa")
		}
		r.mails(fresh[len("/staff/visas/"):], map[string][]string{act.KindCorrected: {"V-BERLIN-2026-000002"}})
	})
}

func TestWhoIsKeptOut(t *testing.T) {
	db := storetest.SQLite(t)
	r := open(t, db)
	undecided, a := r.submitted("U1"), r.granted("U1234567")
	contains(t, r.get("/staff/visas/new?case="+undecided.Reference, 409), "not granted")
	r.post("/staff/visas/new", 422, asTyped(undecided))
	r.get("/staff/visas/new?case=nonsense", 404)
	at := r.post("/staff/visas/new", 303, asTyped(a))
	r.as("paul", "doha", identity.Head)
	for _, path := range []string{at, at + "/photo", at + "/print", at + "/correct", at + "/end", "/staff/visas/new?case=" + a.Reference} {
		r.get(path, 404)
	}
	for _, path := range []string{at + "/print", at + "/correct", at + "/end"} {
		r.post(path, 404, url.Values{})
	}
	if strings.Contains(r.get("/staff/visas?q=yilmaz", 200), "YILMAZ") {
		t.Error("an officer of another post finds the visa")
	}
	for _, role := range []identity.Role{identity.Receptionist, identity.Auditor, identity.Administrator} {
		r.as("x", identity.AllPosts, role)
		r.get(at, 403)
	}
	r.as("ann", "berlin", identity.Officer)
	for _, id := range []string{"x", "00000000-0000-0000-0000-000000000000", "%27%20OR%201=1"} {
		r.get("/staff/visas/"+id, 404)
		r.get(at+"/documents/"+id, 404)
		r.post(at+"/proposals/"+id+"/carry", 404, url.Values{})
	}
	delete(r.door.admitted, a.Reference)
	if q := httptest.NewRequest(http.MethodGet, "/applications/"+a.Reference+"/visa.pdf", nil); true {
		rec := httptest.NewRecorder()
		r.ServeHTTP(rec, q)
		if rec.Code == http.StatusOK {
			t.Error("a stranger downloads the visa")
		}
	}
	r.get(fmt.Sprintf("/staff/visas?year=%d&post=doha&state=revoked&after=nonsense", 2026), 200)
}

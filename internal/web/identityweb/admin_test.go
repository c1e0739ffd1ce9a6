package identityweb_test

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/chancery/chancery/internal/identity"
)

var ctx = context.Background()

// An administrator makes an account and hands over a link; the person enrols
// with it, loses the telephone, and enrols again.
func TestFromNewAccountToRecovery(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.account("admin", identity.Grant{Role: identity.Administrator, Post: identity.AllPosts})
		admin := s.browser()
		admin.signIn("admin")
		admin.post("/staff/admin/accounts/new", "user_name", "x", "role", "king", "post", "nowhere").
			want(t, 422, en.T("identity.account.role"), en.T("identity.account.post"))
		admin.post("/staff/admin/accounts/new", "user_name", "x", "email", "x", "display_name", "", "role", "officer", "post", "london").
			want(t, 422, en.T("identity.account.user_name"), en.T("identity.account.email"))
		p := admin.post("/staff/admin/accounts/new", "user_name", "leyla", "email", "leyla@example.org", "display_name", "Leyla <b>", "role", "officer", "post", "london").
			want(t, 200, en.T("identity.accounts.created"), "Leyla <b>", "Embassy in London")
		account := p.path
		admin.post(account+"/grant", "role", "officer", "post", "").want(t, 422, en.T("identity.account.post"))
		admin.post(account+"/grant", "role", "auditor", "post", "*").want(t, 200, en.T("identity.accounts.granted"), en.T("identity.accounts.all_posts"))
		admin.post(account+"/revoke", "role", "auditor", "post", "*").want(t, 200, en.T("identity.accounts.revoked"))
		admin.get("/staff/admin/accounts").want(t, 200, "leyla", "Officer: Embassy in London")

		link := func() string {
			t.Helper()
			p := admin.post(account+"/enrolment").want(t, 200)
			found := regexp.MustCompile(`http://[^<]*/staff/enrol\?token=[\w-]+`).FindString(p.text)
			if found == "" {
				t.Fatal("no link on the page")
			}
			if strings.Contains(admin.get(account).text, "token=") {
				t.Error("the link is shown again")
			}
			return strings.TrimPrefix(found, s.URL)
		}
		enrol := func(link, password string) *browser {
			t.Helper()
			b := s.browser()
			p := b.get(link).want(t, 200, "leyla", "<svg")
			uri := regexp.MustCompile(`otpauth://[^"]+`).FindString(p.text)
			u, err := url.Parse(uri)
			must(t, err)
			token := link[strings.Index(link, "token=")+6:]
			b.post("/staff/enrol", "token", token, "new_password", "short", "code", "1").
				want(t, 422, en.T("identity.password.short", "Min", identity.MinPassword), en.T("identity.error.code"))
			b.post("/staff/enrol", "token", token, "new_password", password, "code", s.code(u.Query().Get("secret"))).
				want(t, 200, "inside: Leyla <b>")
			b.post("/staff/enrol", "token", token, "new_password", password, "code", "1").want(t, 404, en.T("identity.error.no_enrolment"))
			s.browser().get(link).want(t, 404)
			return b
		}
		first := enrol(link(), "copper meadow twelve")
		second := enrol(link(), "another long password")
		if p := first.get("/staff"); !strings.HasPrefix(p.path, "/staff/sign-in") {
			t.Error("the session from before the recovery lives on")
		}
		admin.post(account+"/disable").want(t, 200, en.T("identity.accounts.was_disabled"))
		if p := second.get("/staff"); !strings.HasPrefix(p.path, "/staff/sign-in") {
			t.Error("a closed account is still in")
		}
		admin.post(account+"/enrolment").want(t, 409)
		admin.post(account+"/enable").want(t, 200, en.T("identity.accounts.was_enabled"))
	})
}

func TestAdministratorsOfOnePostSeeOnlyIt(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.account("admin", identity.Grant{Role: identity.Administrator, Post: "london"})
		far := s.account("far", identity.Grant{Role: identity.Officer, Post: "paris"})
		b := s.browser()
		b.signIn("admin")
		p := b.get("/staff/admin/accounts/new").want(t, 200, "Embassy in London")
		if strings.Contains(p.text, "Embassy in Paris") || strings.Contains(p.text, `value="*"`) {
			t.Error("other posts are offered")
		}
		if p := b.get("/staff/admin/accounts"); strings.Contains(p.text, "Name of far") {
			t.Error("other posts' accounts are listed")
		}
		for _, path := range []string{"", "/enrolment", "/disable", "/enable"} {
			if path == "" {
				b.get("/staff/admin/accounts/"+far).want(t, 404)
				continue
			}
			b.post("/staff/admin/accounts/"+far+path).want(t, 404)
		}
		b.post("/staff/admin/accounts/new", "user_name", "new", "email", "n@example.org", "display_name", "N", "role", "officer", "post", "paris").
			want(t, 422, en.T("identity.account.post"))
		b.get("/staff/admin/accounts/%00").want(t, 404)
		b.get("/staff/admin/accounts?after=%00%ff").want(t, 200)
	})
}

func TestOwnAccount(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		id := s.account("ann", identity.Grant{Role: identity.Head, Post: "paris"}, identity.Grant{Role: identity.Administrator, Post: "*"})
		here, there := s.browser(), s.browser()
		here.signIn("ann")
		there.signIn("ann")
		p := here.get("/staff/account").want(t, 200, "Head of post: Embassy in Paris", en.T("identity.own.this"), en.T("identity.own.passkey_name"))
		end := regexp.MustCompile(`/staff/account/sessions/[^/"]+/end`).FindString(p.text)
		here.post(end).want(t, 200, en.T("identity.own.session_ended"))
		here.post(end).want(t, 404)
		if p := there.get("/staff"); !strings.HasPrefix(p.path, "/staff/sign-in") {
			t.Error("the other browser is still in")
		}
		here.post("/staff/account/password", "current_password", "no", "new_password", "copper meadow twelve").
			want(t, 422, en.T("identity.password.wrong"))
		here.post("/staff/account/password", "current_password", password, "new_password", "copper meadow twelve").
			want(t, 200, en.T("identity.own.password_changed"))
		here.post("/staff/account/passkeys/unknown/remove").want(t, 404)
		here.do("POST", "/staff/account/passkeys/begin", "application/json", "{}").want(t, 200, `"challenge"`)
		here.do("POST", "/staff/account/passkeys/finish", "application/json", "{}").want(t, 403)
		s.pass(identity.FreshLimit)
		here.do("POST", "/staff/account/passkeys/begin", "application/json", "{}").want(t, 403)
		here.get("/staff/account").want(t, 200, en.T("identity.error.not_fresh"))
		here.get("/staff/admin/accounts/"+id).want(t, 200, en.T("identity.error.own_account"))
		here.post("/staff/admin/accounts/"+id+"/grant", "role", "officer", "post", "*").want(t, 403)
		here.post("/staff/account/sessions/end-all").want(t, 200, en.T("identity.own.all_ended"))
		if p := here.get("/staff"); !strings.HasPrefix(p.path, "/staff/sign-in") {
			t.Error("still in")
		}
	})
}

func TestEveryPageInAzerbaijani(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		id := s.account("admin", identity.Grant{Role: identity.Administrator, Post: "*"}, identity.Grant{Role: identity.Auditor, Post: "*"})
		token, _, err := s.staff.IssueEnrolment(ctx, identity.System(), id)
		must(t, err)
		b := s.browser()
		b.get("/staff/sign-in?lang=az").want(t, 200, "Əməkdaş girişi")
		b.get("/staff/enrol?token="+token).want(t, 200, "Girişinizi qurun")
		b.signIn("admin")
		for path, text := range map[string]string{
			"/staff/account": "Hesabım", "/staff/admin/accounts": "Əməkdaş hesabları", "/staff/admin/accounts/new": "Yeni hesab",
			"/staff/admin/accounts/" + id: "Rollar", "/staff/audit": "Audit jurnalı", "/staff/audit/chain": "Jurnal bütövdür",
		} {
			p := b.get(path).want(t, 200, text)
			if key := regexp.MustCompile(`(identity|audit|web)\.[a-z_]+\.?[a-z_]*`).FindString(mainOf(p.text)); key != "" && !strings.Contains(path, "audit") {
				t.Errorf("%s shows the key %s", path, key)
			}
		}
	})
}

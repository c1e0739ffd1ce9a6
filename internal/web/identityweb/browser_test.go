//go:build browser

package identityweb_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"github.com/chancery/chancery/assets"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/store/storetest"
)

func init() {
	var err error
	if scripts, err = assets.Built(); err != nil {
		panic(err)
	}
}

// tab is one page of a real Chromium on the site.
type tab struct {
	s   *site
	t   *testing.T
	ctx context.Context
}

// open starts Chromium with a window of that width; an error that a page's
// script does not catch, or a content policy that stops one, fails the test.
func (s *site) open(t *testing.T, width int64) tab {
	t.Helper()
	limited, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.Flag("lang", "en"))
	allocated, cancel := chromedp.NewExecAllocator(limited, options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(cancel)
	must(t, chromedp.Listen(ctx, func(event any) {
		if e, ok := event.(*runtime.EventExceptionThrown); ok {
			t.Errorf("the page's script failed: %+v", e.ExceptionDetails)
		}
	}))
	b := tab{s, t, ctx}
	b.do(chromedp.EmulateViewport(width, 900))
	return b
}

func (b tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	limited, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	if err := chromedp.Do(limited, steps...); err != nil {
		shown, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
		b.t.Fatalf("%v; the page is %s", err, shown)
	}
}

// until waits for a JavaScript condition, over as many pages as it takes.
func (b tab) until(condition string) {
	b.t.Helper()
	limited, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	var err error
	for limited.Err() == nil {
		var yes bool
		// An error is a page that just goes: the next one may fulfil it.
		if yes, err = chromedp.Run(limited, chromedp.Evaluate[bool](condition)); yes && err == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	shown, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
	b.t.Fatalf("never so: %s (%v); the page is %s", condition, err, shown)
}

// at waits for the page of that address (path and query), written out.
func (b tab) at(address string) {
	b.t.Helper()
	b.until(`document.readyState === 'complete' && location.pathname + location.search === ` + quoted(address))
}

// says waits for a text on the page and looks that nothing sticks out of it.
func (b tab) says(text string) {
	b.t.Helper()
	b.until(`document.readyState === 'complete' && document.querySelector('main').innerText.includes(` + quoted(text) + `)`)
	out, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > innerWidth`))
	must(b.t, err)
	if out {
		b.t.Errorf("the page that says %q is wider than the window", text)
	}
}

func quoted(text string) string {
	return `'` + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`).Replace(text) + `'`
}

// fill types into the control of that name, in place of what is there.
func (b tab) fill(name, text string) {
	b.t.Helper()
	control := `main [name="` + name + `"]`
	b.do(chromedp.Clear(control), chromedp.SendKeys(control, text))
}

// press clicks the button with that text and waits for the page to change.
func (b tab) press(selector string) {
	b.t.Helper()
	b.do(chromedp.Click(selector))
}

// passwordIn fills in both steps of signing in.
func (b tab) passwordIn(name string) {
	b.t.Helper()
	b.fill("user_name", name)
	b.fill("password", password)
	b.press(`main button[type=submit]`)
	b.says(en.T("identity.code.title"))
	b.s.pass(time.Minute)
	b.fill("code", b.s.code(secret))
	b.press(`main button[type=submit]`)
}

// authenticator gives the browser a passkey device whose owner is there and
// known to it.
func (b tab) authenticator() webauthn.AuthenticatorID {
	b.t.Helper()
	call(b, webauthn.Enable, webauthn.EnableParams{})
	made := call(b, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
	return made.AuthenticatorID
}

func call[P, R any](b tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	answer, err := chromedp.Call(b.ctx, command, params)
	must(b.t, err)
	return answer
}

const (
	passkeyButton = `main [data-passkey]`
	signOutButton = `form[action="/staff/sign-out"] button`
)

// Somebody signs in with password and code, adds a passkey, signs out, and
// from then on needs only the passkey; and it leads to the page that was asked
// for, with all of its query.
func TestPasskeyInTheBrowser(t *testing.T) {
	s := newSite(t, storetest.SQLite(t))
	id := s.account("ann")
	b := s.open(t, 1280)
	device := b.authenticator()
	b.do(chromedp.Navigate(s.URL + "/staff/account"))
	b.passwordIn("ann")
	b.at("/staff/account")
	b.fill("name", "My laptop")
	b.press(passkeyButton)
	b.says(en.T("identity.own.passkey_added"))
	b.says("My laptop")

	b.press(signOutButton)
	b.says(en.T("identity.sign_in.out"))
	const asked = "/staff/account?from=2026-11-25&to=a%26b"
	b.do(chromedp.Navigate(s.URL + asked))
	b.says(en.T("identity.sign_in.title"))
	b.press(passkeyButton)
	b.at(asked)
	b.says(en.T("identity.method.passkey"))

	person, err := s.staff.Account(b.ctx, identity.System(), id)
	must(t, err)
	keys, err := s.staff.Passkeys(b.ctx, person)
	if err != nil || len(keys) != 1 || keys[0].Label != "My laptop" || keys[0].UsedAt.IsZero() {
		t.Fatalf("kept %+v, %v", keys, err)
	}

	// The same device again is refused, and so is one whose owner it does not
	// recognise; each says so on the page, and the button can be tried again.
	b.press(passkeyButton)
	b.says(en.T("identity.error.passkey_known"))
	b.press(signOutButton)
	b.says(en.T("identity.sign_in.out"))
	call(b, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: device})
	b.press(passkeyButton)
	b.says(en.T("identity.error.passkey"))
	call(b, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: device, IsUserVerified: true})
	b.until(`!document.querySelector('` + passkeyButton + `').disabled`)
	b.press(passkeyButton)
	b.at("/staff")

	// Removed, it opens nothing any more.
	b.do(chromedp.Navigate(s.URL + "/staff/account"))
	b.press(`main form[action$="/remove"] button`)
	b.says(en.T("identity.own.passkey_removed"))
	b.press(signOutButton)
	b.says(en.T("identity.sign_in.out"))
	b.press(passkeyButton)
	b.says(en.T("identity.error.passkey"))
}

// The Enter key in the name's box adds the passkey, as it would send any form.
func TestEnterAddsThePasskey(t *testing.T) {
	s := newSite(t, storetest.SQLite(t))
	s.account("ann")
	b := s.open(t, 375)
	b.authenticator()
	b.do(chromedp.Navigate(s.URL + "/staff/account"))
	b.passwordIn("ann")
	b.at("/staff/account")
	b.fill("name", "My telephone\r")
	b.says(en.T("identity.own.passkey_added"))
	b.says("My telephone")
}

// The account page with password and one-time code: mistakes on the way in, a
// new password, the end of every session.
func TestPasswordAndCodeInTheBrowser(t *testing.T) {
	for name, width := range map[string]int64{"telephone": 375, "desk": 1280} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, storetest.SQLite(t))
			s.account("ann")
			b := s.open(t, width)
			b.do(chromedp.Navigate(s.URL + "/staff/account"))
			b.fill("user_name", "ann")
			b.fill("password", "not the password")
			b.press(`main button[type=submit]`)
			b.says(en.T("identity.error.wrong"))
			b.until(`document.activeElement.classList.contains('govuk-error-summary') && document.querySelector('[name=user_name]').value === 'ann'`)
			b.fill("password", password)
			b.press(`main button[type=submit]`)
			b.says(en.T("identity.code.title"))
			b.fill("code", "123456")
			b.press(`main button[type=submit]`)
			b.says(en.T("identity.error.code"))
			// As an authenticator app shows it, in two groups.
			code := s.code(secret)
			b.fill("code", code[:3]+" "+code[3:])
			b.press(`main button[type=submit]`)
			b.at("/staff/account")
			b.says("Name of ann")

			b.fill("current_password", password)
			b.fill("new_password", "short")
			b.press(`form[action="/staff/account/password"] button`)
			b.says(en.T("identity.password.short", "Min", identity.MinPassword))
			b.fill("current_password", password)
			b.fill("new_password", "copper meadow twelve")
			b.press(`form[action="/staff/account/password"] button`)
			b.says(en.T("identity.own.password_changed"))
			b.press(`form[action="/staff/account/sessions/end-all"] button`)
			b.says(en.T("identity.own.all_ended"))
			b.do(chromedp.Navigate(s.URL + "/staff/account"))
			b.says(en.T("identity.sign_in.title"))
		})
	}
}

// A new person opens the administrator's link and takes a passkey instead of a
// password; the link is then used up.
func TestEnrolWithAPasskeyInTheBrowser(t *testing.T) {
	s := newSite(t, storetest.SQLite(t))
	id := s.account("ann")
	token, _, err := s.staff.IssueEnrolment(context.Background(), identity.System(), id)
	must(t, err)
	b := s.open(t, 375)
	b.authenticator()
	b.do(chromedp.Navigate(s.URL + "/staff/enrol?token=" + token))
	b.says("Name of ann")
	b.press(passkeyButton)
	b.at("/staff/account")
	b.says(en.T("identity.enrol.done"))
	b.do(chromedp.Navigate(s.URL + "/staff/enrol?token=" + token))
	b.says(en.T("identity.error.no_enrolment"))
}

package installation

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/store"
)

// Own asks with the token of an application, "" for none, and reads the answer
// into the value, when there is one.
func (a Applicant) Own(ctx context.Context, token, method, path string, body, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	if body == nil {
		text = nil
	}
	r, err := http.NewRequestWithContext(ctx, method, a.in.URL+"/api/v1/applications"+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Forwarded-For", a.address())
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	got, err := a.in.client.Do(r)
	if err != nil {
		return err
	}
	defer got.Body.Close()
	if text, err = io.ReadAll(got.Body); err != nil {
		return err
	}
	if got.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %d %.300s", method, path, got.StatusCode, text)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}

// Officer is one who has signed in. The session lasts longer than the server.
type Officer struct {
	in     *Installation
	client *http.Client
}

// The password and the authenticator's secret of all officers.
const (
	password = "the crash of the officers"
	secret   = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
)

// Officers makes officers of the post; the server must run.
func (in *Installation) Officers(t *testing.T, names ...string) []*Officer {
	t.Helper()
	in.WithDatabase(t, func(db *store.DB) {
		staff, err := identity.New(identity.Options{DB: db, Keys: in.Keys, Audit: audit.New(time.Now), Now: time.Now, BaseURL: in.URL, Issuer: "Crash"})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if _, err := staff.CreateAccount(t.Context(), identity.System(), identity.NewAccount{
				UserName: name, Email: name + "@example.org", DisplayName: name, Grants: []identity.Grant{{Role: identity.Officer, Post: Post}}, Password: password, TOTPSecret: secret,
			}); err != nil {
				t.Fatal(err)
			}
		}
	})
	var all []*Officer
	for i, name := range names {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		o := &Officer{in, &http.Client{Jar: jar, Transport: in.client.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
		code, err := identity.TOTPCode(secret, time.Now())
		if err == nil {
			err = o.Post(t.Context(), i, "/staff/sign-in", url.Values{"user_name": {name}, "password": {password}})
		}
		if err == nil {
			err = o.Post(t.Context(), i, "/staff/sign-in/code", url.Values{"code": {code}})
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, o)
	}
	return all
}

// Post sends a form from the n-th network; done is what leads elsewhere.
func (o *Officer) Post(ctx context.Context, n int, path string, form url.Values) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, o.in.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("X-Forwarded-For", o.in.Applicant(n).address())
	got, err := o.client.Do(r)
	if err != nil {
		return err
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err == nil && got.StatusCode != http.StatusSeeOther {
		_, main, _ := strings.Cut(string(text), "<main")
		err = fmt.Errorf("%s: %d %.600s", path, got.StatusCode, main)
	}
	return err
}

// Declare gives the installation one questionnaire more, from the next start
// on.
func (in *Installation) Declare(t *testing.T, service, questionnaire string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "questionnaires"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "questionnaires", service+".yaml"), []byte(questionnaire), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CHANCERY_CATALOGUE", dir)
}

// Check has chancery check look at the installation.
func (in *Installation) Check(t *testing.T) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(path, "check", "--db", in.dsn, "--keys", in.keyFile).CombinedOutput(); err != nil {
		t.Errorf("chancery check: %v: %s", err, out)
	}
}

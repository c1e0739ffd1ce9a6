package formweb_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chancery/chancery/internal/store/storetest"
)

// Whatever is posted as a page, as a form or with files, the answer is no
// failure of ours, and every page can be shown afterwards.
func FuzzPostedPage(f *testing.F) {
	const boundary = "xxBOUNDARYxx"
	part := func(head, body string) string {
		return "--" + boundary + "\r\nContent-Disposition: form-data; " + head + "\r\n\r\n" + body + "\r\n"
	}
	f.Add("person", false, values(person).Encode())
	f.Add("contact", false, values(contact).Encode())
	f.Add("journey", false, values(journey).Encode()+"&shown=purpose&action=look")
	f.Add("journey", false, "version=-1&action=later&money=1e400&payer=\x00&back=//evil.example")
	f.Add("children", false, "more=yes")
	f.Add("children/1", false, "child_name-surname=%D9%84&version=99999999999999999999")
	f.Add("children/9999999999999999999", false, "child_name-surname=A")
	f.Add("children/0/remove", false, "version=x")
	f.Add("person", false, "action=zone&document-mrz=P%3CUTOERIKSSON%3C%3CANNA")
	f.Add("papers", true, part(`name="face-upload"; filename="me.png"`, string(portrait(20, 24)))+"--"+boundary+"--\r\n")
	f.Add("papers", true, part(`name="contract-upload"; filename="../../c.pdf"`, "%PDF-1.7\n%%EOF")+part(`name="action"`, "attach")+"--"+boundary+"--\r\n")
	f.Add("papers", true, part(`name="face"`, "01a21214-7f4f-778f-8057-0e50f37e97d2")+part(`filename="no name"`, "x"))
	f.Add("last", false, "agreed=yes")
	b := openSite(f, storetest.SQLite(f)).browser("az")
	b.begin()
	b.prove()
	ask := func(t *testing.T, method, path, kind, body string) int {
		r := httptest.NewRequest(method, origin, strings.NewReader(body))
		r.URL.Path = path
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if kind != "" {
			r.Header.Set("Content-Type", kind)
		}
		for name, value := range b.cookies {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		w := httptest.NewRecorder()
		b.handler.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Fatalf("%s %q: %d", method, path, w.Code)
		}
		return w.Code
	}
	f.Fuzz(func(t *testing.T, page string, files bool, body string) {
		kind := "application/x-www-form-urlencoded"
		if files {
			kind = "multipart/form-data; boundary=" + boundary
		}
		ask(t, "POST", "/applications/"+b.ref+"/pages/"+page, kind, body)
		page, _, _ = strings.Cut(page, "/")
		for _, path := range []string{"/pages/" + page, "/check"} {
			if code := ask(t, "GET", "/applications/"+b.ref+path, "", ""); code != http.StatusOK && code != http.StatusSeeOther && (path == "/check" || code != http.StatusNotFound && code != http.StatusBadRequest) {
				t.Fatalf("%s gives %d after %q", path, code, body)
			}
		}
	})
}

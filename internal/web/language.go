package web

import (
	"net/http"
	"strings"

	"github.com/chancery/chancery/internal/locale"
)

const languageCookie = "lang"

// nameKey turns a problem's name into the key of its title: keys have no
// hyphens.
func nameKey(name string) string { return strings.ReplaceAll(name, "-", "_") }

// languageOf picks the reader's language: the cookie on pages, else
// Accept-Language. The API has no cookies.
func (s *Server) languageOf(r *http.Request) string {
	if !isAPI(r) {
		if c, err := r.Cookie(s.cookieName(languageCookie)); err == nil && locale.Known(c.Value) {
			return c.Value
		}
	}
	return locale.Match(r.Header.Get("Accept-Language"))
}

// switchLanguage handles ?lang= on a page: it is remembered in a cookie and
// taken out of the address, so that addresses stay the same in every language.
func (s *Server) switchLanguage(w http.ResponseWriter, r *http.Request) bool {
	if isAPI(r) || (r.Method != http.MethodGet && r.Method != http.MethodHead) || !strings.Contains(r.URL.RawQuery, "lang=") {
		return false
	}
	query := r.URL.Query()
	if !query.Has("lang") {
		return false
	}
	if lang := query.Get("lang"); locale.Known(lang) {
		s.setCookie(w, languageCookie, lang, 365*24*60*60)
	}
	target := *r.URL
	query.Del("lang")
	target.RawQuery = query.Encode()
	target.Scheme, target.Host, target.User = "", "", nil
	SeeOther(w, r, localPath(target.RequestURI()))
	return true
}

// localPath keeps a request path like "//host" from being read as another
// site's address in a Location header.
func localPath(uri string) string { return "/" + strings.TrimLeft(uri, "/\\") }

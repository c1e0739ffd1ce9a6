package web

import (
	"net/http"
	"net/url"
	"strings"
)

// Access says who may use a route.
type Access struct {
	// Permission is empty for a public route, else what Person.May is asked.
	Permission string
	// PostParam names the path value that holds the post's id; when empty the
	// person needs the permission at any one post.
	PostParam string
	staff     bool
}

// Public lets everyone in.
var Public = Access{}

// Staff lets in a signed-in person who has permission at the post named by
// the path value postParam, or at any post when postParam is empty. An empty
// permission lets in everyone who is signed in.
func Staff(permission, postParam string) Access {
	return Access{Permission: permission, PostParam: postParam, staff: true}
}

// IsStaff says whether the route needs a signed-in person.
func (a Access) IsStaff() bool { return a.staff }

// Person is a signed-in member of staff.
type Person interface {
	ID() string
	Name() string
	// May says whether the person holds permission at post; post "" asks for
	// any post at all.
	May(permission, post string) bool
}

// Gate finds out who sends a staff request. It returns an Unauthenticated
// fault when nobody is signed in.
type Gate interface {
	Staff(r *http.Request) (Person, error)
}

// SignInPath is where a person who is not signed in is sent, with the wanted
// page in the query value "next".
const SignInPath = "/staff/sign-in"

// SafeNext gives next when it is a path inside the staff pages of this server,
// else fallback: a sign-in never leads to another site.
func SafeNext(next, fallback string) string {
	u, err := url.Parse(next)
	switch {
	case err != nil, u.IsAbs(), u.Host != "", u.User != nil, u.Opaque != "":
		return fallback
	case u.Path != "/staff" && !strings.HasPrefix(u.Path, "/staff/"):
		return fallback
	case strings.ContainsAny(next, "\\\r\n\t"), strings.Contains(u.Path, "//"), strings.Contains(u.Path, "/.."):
		return fallback
	case strings.HasPrefix(u.Path, SignInPath):
		return fallback
	}
	return u.RequestURI()
}

// signIn sends the browser to the sign-in page and remembers a page that can
// be asked for again; what was posted cannot.
func signIn(w http.ResponseWriter, r *http.Request) {
	next := ""
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		next = SafeNext(r.URL.RequestURI(), "")
	}
	target := SignInPath
	if next != "" {
		target += "?next=" + url.QueryEscape(next)
	}
	SeeOther(w, r, target)
}

// SeeOther answers 303 to a path of this server: the usual end of a POST.
func SeeOther(w http.ResponseWriter, r *http.Request, path string) {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, path, http.StatusSeeOther)
}

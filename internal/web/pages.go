package web

import "net/http"

// HomeSection is a way into a room on the home page. Title and Text are
// translation keys. Group "check" is the list of things to look up; any other
// is a service, the first of which gets the page's main button.
type HomeSection struct {
	Order int
	Group string
	Path  string
	Title string
	Text  string
}

// HomeSection adds ways into rooms to the home page.
func (s *Server) HomeSection(sections ...HomeSection) {
	s.home = insertByOrder(s.home, sections, func(h HomeSection) int { return h.Order })
}

func (s *Server) ownRoutes() {
	s.Handle("GET /{$}", Public, s.homePage)
	for _, name := range []string{"accessibility", "privacy", "cookies"} {
		s.Handle("GET /"+name, Public, func(w http.ResponseWriter, r *http.Request) error {
			return s.Render(w, r, http.StatusOK, "web/"+name+".html", nil)
		})
	}
	s.Handle("GET /problems/{name}", Public, s.problemPage)
	s.Handle("GET /assets/{version}/{file...}", Public, s.asset)
	s.Handle("GET /favicon.ico", Public, s.favicon)
	s.Handle("GET /robots.txt", Public, s.robots)
	s.Handle("GET /healthz", Public, s.healthz)
	s.Handle("GET /readyz", Public, s.readyz)
	scrape := s.metrics.handler()
	s.Handle("GET /metrics", Public, func(w http.ResponseWriter, r *http.Request) error {
		scrape.ServeHTTP(w, r)
		return nil
	})
}

func (s *Server) homePage(w http.ResponseWriter, r *http.Request) error {
	var page struct{ Services, Check []HomeSection }
	for _, h := range s.home {
		if h.Group == "check" {
			page.Check = append(page.Check, h)
		} else {
			page.Services = append(page.Services, h)
		}
	}
	return s.Render(w, r, http.StatusOK, "web/home.html", page)
}

// problemNames are the problem types that this server gives, each with a page
// that its type address leads to.
var problemNames = []string{
	"internal", "not-found", "invalid", "conflict", "forbidden", "unauthenticated", "busy",
	"too-large", "unsupported-media-type", "method-not-allowed", "not-acceptable", "timeout",
}

func (s *Server) problemPage(w http.ResponseWriter, r *http.Request) error {
	for _, name := range problemNames {
		if name == r.PathValue("name") {
			return s.Render(w, r, http.StatusOK, "web/problem.html", nameKey(name))
		}
	}
	return errNotFound
}

func (s *Server) favicon(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, s.Asset("icon.svg"), http.StatusFound)
	return nil
}

func (s *Server) robots(w http.ResponseWriter, _ *http.Request) error {
	return writeText(w, http.StatusOK, "User-agent: *\nDisallow: /staff/\nDisallow: /api/\nDisallow: /appointments/\nDisallow: /demo\n")
}

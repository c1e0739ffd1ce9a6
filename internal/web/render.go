package web

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/chancery/chancery/internal/locale"
)

//go:embed templates/*.html
var ownTemplates embed.FS

// View is the dot of every page template.
type View struct {
	Page *Page
	Data any
}

// Page is what every template knows of the request.
type Page struct {
	Lang string
	Dir  string
	// Path is the request's path; Address adds the query.
	Path      string
	Address   string
	Languages []LanguageLink
	// Person is the signed-in member of staff on staff pages, else nil.
	Person Person
	Nav    []NavLink
	Flash  *Flash
	// Refused is set when the page shows a form again: its title says so.
	Refused   bool
	RequestID string
	Ministry  string
	BaseURL   string
	Demo      bool
}

// LanguageLink switches the page to another language.
type LanguageLink struct {
	Code, Name, URL string
	Current         bool
}

// NavItem is an entry of the staff pages' navigation. Title is a translation
// key, and so is Text, which says what the room is for; the entry is shown to those who have Permission at any post.
type NavItem struct {
	Order      int
	Path       string
	Title      string
	Text       string
	Permission string
}

// NavLink is a NavItem as one person sees it.
type NavLink struct {
	Path, Title, Text string
	Current           bool
}

// StaffNav adds entries to the staff pages' navigation.
func (s *Server) StaffNav(items ...NavItem) {
	s.nav = insertByOrder(s.nav, items, func(i NavItem) int { return i.Order })
}

// LanguageNames are the languages' own names.
var languageNames = map[string]string{"en": "English", "az": "Azərbaycanca"}

// loadLayouts parses the layouts and partials of every language.
func (s *Server) loadLayouts() error {
	s.layouts = map[string]*template.Template{}
	s.pages = map[string]map[string]*template.Template{}
	for _, lang := range locale.Languages {
		layout, err := template.New("").Funcs(s.functions(locale.For(lang))).ParseFS(ownTemplates,
			"templates/layout.html", "templates/partials.html", "templates/fields.html")
		if err != nil {
			return fmt.Errorf("layouts: %w", err)
		}
		s.layouts[lang] = layout
		s.pages[lang] = map[string]*template.Template{}
	}
	return s.Templates("web", ownTemplates)
}

// Templates parses fsys's templates/*.html; page hold.html of room
// "bookingweb" is rendered as "bookingweb/hold.html". Files named _*.html are
// partials of the room. A fault in any of them is an error here or in Check.
func (s *Server) Templates(room string, fsys fs.FS) error {
	files, err := fs.Glob(fsys, "templates/*.html")
	if err != nil || len(files) == 0 {
		return fmt.Errorf("room %s has no templates/*.html", room)
	}
	var partials, pages []string
	for _, file := range files {
		switch base := path.Base(file); {
		case strings.HasPrefix(base, "_"):
			partials = append(partials, file)
		case room == "web" && (base == "layout.html" || base == "partials.html" || base == "fields.html"):
		default:
			pages = append(pages, file)
		}
	}
	for lang, layout := range s.layouts {
		set, err := layout.Clone()
		if err == nil && len(partials) > 0 {
			set, err = set.ParseFS(fsys, partials...)
		}
		if err != nil {
			return fmt.Errorf("templates of %s: %w", room, err)
		}
		for _, file := range pages {
			name := room + "/" + path.Base(file)
			page, err := parsePage(set, fsys, file, name)
			if err != nil {
				return fmt.Errorf("template %s: %w", name, err)
			}
			s.pages[lang][name] = page
		}
	}
	return nil
}

func parsePage(set *template.Template, fsys fs.FS, file, name string) (*template.Template, error) {
	text, err := fs.ReadFile(fsys, file)
	if err != nil {
		return nil, err
	}
	page, err := set.Clone()
	if err != nil {
		return nil, err
	}
	return page.New(name).Parse(string(text))
}

// Check runs every template as far as it goes without data: a call of a
// template that is missing, or a place that cannot be escaped, is an error at
// start and not in front of a reader.
func (s *Server) Check() error {
	var faults []error
	for lang, pages := range s.pages {
		for name, page := range pages {
			err := page.Execute(io.Discard, View{Page: &Page{}})
			var broken *template.Error
			if errors.As(err, &broken) {
				faults = append(faults, fmt.Errorf("template %s (%s): %w", name, lang, err))
			}
		}
	}
	return errors.Join(faults...)
}

// Has says whether a page template is registered.
func (s *Server) Has(name string) bool { return s.pages[locale.Languages[0]][name] != nil }

// Render answers with a page. data is the template's .Data. Nothing is sent
// when it returns an error.
func (s *Server) Render(w http.ResponseWriter, r *http.Request, status int, name string, data any) error {
	p := PrinterOf(r.Context())
	page := s.pages[p.Lang()][name]
	if page == nil {
		return fmt.Errorf("no template %s", name)
	}
	var b bytes.Buffer
	if err := page.Execute(&b, View{Page: s.page(w, r, status), Data: data}); err != nil {
		return fmt.Errorf("render: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", p.Lang())
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Cookie, Accept-Language")
	w.WriteHeader(status)
	_, err := w.Write(b.Bytes())
	return ignoreGone(r.Context(), err)
}

// ignoreGone drops the error of writing to a reader who has left.
func ignoreGone(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (s *Server) page(w http.ResponseWriter, r *http.Request, status int) *Page {
	x := of(r.Context())
	page := &Page{
		Lang: x.printer.Lang(), Dir: x.printer.Dir(), Path: r.URL.Path, Address: r.URL.RequestURI(),
		Person: x.person, Flash: s.takeFlash(w, r), Refused: status == http.StatusUnprocessableEntity,
		RequestID: x.id, Ministry: s.opt.Name.In(x.printer.Lang()), BaseURL: s.opt.BaseURL, Demo: s.opt.Demo,
	}
	for _, code := range locale.Languages {
		page.Languages = append(page.Languages, LanguageLink{
			Code: code, Name: languageNames[code], URL: withLanguage(r, code), Current: code == page.Lang,
		})
	}
	if page.Person != nil {
		at := "" // a room may lie inside another: the innermost is the current one
		for _, item := range s.nav {
			if item.Permission == "" || page.Person.May(item.Permission, "") {
				page.Nav = append(page.Nav, NavLink{Path: item.Path, Title: item.Title, Text: item.Text})
				if within(page.Path, item.Path) && len(item.Path) > len(at) {
					at = item.Path
				}
			}
		}
		for i := range page.Nav {
			page.Nav[i].Current = page.Nav[i].Path == at
		}
	}
	return page
}

func within(path, root string) bool { return path == root || strings.HasPrefix(path, root+"/") }

// withLanguage gives this page's address with ?lang=. A page that answers a
// POST has no address of its own to come back to, so it leads to the same path.
func withLanguage(r *http.Request, code string) string {
	query := url.Values{}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		query = r.URL.Query()
	}
	query.Set("lang", code)
	return localPath(r.URL.EscapedPath()) + "?" + query.Encode()
}

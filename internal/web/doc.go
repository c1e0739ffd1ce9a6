// Package web is the HTTP server under every room's pages: routes with their
// access rule, middleware, templates, forms, languages, static files, health,
// metrics and the one place where errors become pages or RFC 9457 problem
// documents. Pages of a room live in a sub-package (web/bookingweb,
// web/staffweb …), the JSON interface in web/api.
//
// A room plugs in like this:
//
//	//go:embed templates/*.html
//	var templates embed.FS
//
//	func Register(s *web.Server, bookings *booking.Engine) error {
//		s.Handle("GET /appointments", web.Public, p.find)
//		s.Handle("POST /appointments", web.Public, p.choose)
//		s.Handle("GET /staff/{post}/today", web.Staff("today.see", "post"), p.today)
//		s.HomeSection(web.HomeSection{Order: 10, Path: "/appointments", Title: "booking.home.title", Text: "booking.home.text"})
//		s.StaffNav(web.NavItem{Order: 10, Path: "/staff/today", Title: "staff.nav.today", Permission: "today.see"})
//		return s.Templates("bookingweb", templates)
//	}
//
//	func (p *pages) find(w http.ResponseWriter, r *http.Request) error {
//		return p.web.Render(w, r, http.StatusOK, "bookingweb/find.html", findPage{…})
//	}
//
// # Errors
//
// A handler returns an error instead of writing one. A fault becomes the
// status of its kind (not-found 404, invalid 422 or 400 when it names no
// field, conflict 409, forbidden 403, unauthenticated 401, busy 429); on a
// staff page unauthenticated becomes a redirect to the sign-in page; Elsewhere
// leads to a page where the reader can go on; anything else is a 500 whose text
// goes to the log only. Paths under /api/ get application/problem+json, all
// others a page.
//
// # Forms
//
// ReadForm reads the posted form; Form.Refuse takes the fields of an Invalid
// fault; the page is then rendered again with status 422, which shows the
// summary, the message at each field, and what the person typed:
//
//	form, err := web.ReadForm(r)
//	if err != nil {
//		return err
//	}
//	if err := p.engine.Hold(ctx, request(form)); form.Refuse(err) {
//		return p.web.Render(w, r, http.StatusUnprocessableEntity, "bookingweb/person.html", page{Form: form})
//	} else if err != nil {
//		return err
//	}
//	web.SeeOther(w, r, "/appointments/hold/"+id)
//
// Controls are named by the fault's paths ("applicants[0].date_of_birth"); a
// control's id is FieldID(name), to which the error summary links.
//
// # Templates
//
// A page file names its layout and defines blocks:
//
//	{{template "layout" .}}
//	{{define "title"}}{{t "booking.find.title"}}{{end}}
//	{{define "before"}}{{template "back-link" "/appointments"}}{{end}}
//	{{define "content"}}<h1 class="govuk-heading-xl">{{t "booking.find.title"}}</h1>{{.Data.Something}}{{end}}
//
// Layouts: "layout" (public), "staff-layout", "board-layout" (waiting-room
// screen). Files named _*.html of a room are its own partials. The dot is a
// View: .Page (path, language, signed-in person, flash …) and .Data. Partials
// are listed at the top of templates/partials.html and templates/fields.html.
// Functions: t, date, shortDate, longDate, weekday, weekdayShort, month, time,
// dateTime, number, decimal, money, lang, dir, asset, in (a locale.Text),
// dict, list, fieldID, inc, initials.
//
// # What web gives besides
//
// PrinterOf, PersonOf, RequestIDOf and ClientOf read what the middleware put
// in a request's context. BrowserKey is a random cookie that ties a hold to
// the browser that made it. Flash shows a sentence on the next page. Metrics
// takes collectors. Idempotent makes a POST of the API safe to repeat.
//
// Package web may import fault, keyring, locale and store, and no domain room.
package web

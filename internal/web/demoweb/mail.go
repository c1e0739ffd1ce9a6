package demoweb

import (
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/web"
)

// registerMail adds the pages of one mail: itself, its HTML part for the frame
// on that page, and its attachments.
func (p pages) registerMail() {
	p.web.Handle("GET /demo/mail/{id}", web.Public, p.mail)
	p.web.Handle("GET /demo/mail/{id}/html", web.Public, p.html)
	p.web.Handle("GET /demo/mail/{id}/attachments/{n}", web.Public, p.attachment)
}

type mailPage struct {
	notify.Received
	// Lines are the text part; a line that is an address is a link.
	Lines []line
}

type line struct{ Text, URL string }

// framePolicy lets the page show its own server's frame, which the policy of
// all other pages does not.
const framePolicy = "; frame-src 'self'"

func (p pages) mail(w http.ResponseWriter, r *http.Request) error {
	mail, err := p.mailbox.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	page := mailPage{Received: mail}
	for text := range strings.SplitSeq(strings.TrimSpace(mail.Text), "\n") {
		l := line{Text: text}
		if strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://") {
			l.URL = text
		}
		page.Lines = append(page.Lines, l)
	}
	w.Header().Set("Content-Security-Policy", w.Header().Get("Content-Security-Policy")+framePolicy)
	return p.web.Render(w, r, http.StatusOK, "demoweb/mail.html", page)
}

// mailPolicy is that of a careful mail program: styles in the mail and links
// that a person clicks, and nothing else, least of all scripts or pictures
// from elsewhere.
const mailPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'self'; frame-ancestors 'self'; " +
	"sandbox allow-top-navigation-by-user-activation"

// html answers with the mail's HTML part as it was sent, but for a base that
// opens its links in the whole window.
func (p pages) html(w http.ResponseWriter, r *http.Request) error {
	mail, err := p.mailbox.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", mailPolicy)
	h.Set("Cache-Control", "no-store")
	_, err = w.Write([]byte(strings.Replace(mail.HTML, "<head>", `<head><base href="/" target="_top">`, 1)))
	return err
}

// attachment downloads the nth attachment, from 0.
func (p pages) attachment(w http.ResponseWriter, r *http.Request) error {
	mail, err := p.mailbox.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 0 || n >= len(mail.Attachments) {
		return fault.NewNotFound("notify.mailbox.none")
	}
	a := mail.Attachments[n]
	h := w.Header()
	h.Set("Content-Type", a.Type)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": a.Name}))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cache-Control", "no-store")
	_, err = w.Write(a.Data)
	return err
}

package demoweb

import (
	"embed"
	"net/http"

	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/web"
)

//go:embed templates/*.html
var templates embed.FS

// Register adds the demonstration's pages to the server.
func Register(s *web.Server, mailbox *notify.Mailbox) error {
	p := pages{s, mailbox}
	s.Handle("GET /demo", web.Public, p.list)
	s.Handle("GET /demo/mail/{id}", web.Public, p.mail)
	return s.Templates("demoweb", templates)
}

type pages struct {
	web     *web.Server
	mailbox *notify.Mailbox
}

const pageSize = 50

type listPage struct {
	Mails []notify.Received
	Next  string
}

func (p pages) list(w http.ResponseWriter, r *http.Request) error {
	mails, next, err := p.mailbox.List(r.Context(), r.URL.Query().Get("older"), pageSize)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, http.StatusOK, "demoweb/list.html", listPage{mails, next})
}

func (p pages) mail(w http.ResponseWriter, r *http.Request) error {
	mail, err := p.mailbox.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return p.web.Render(w, r, http.StatusOK, "demoweb/mail.html", mail)
}

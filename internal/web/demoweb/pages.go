package demoweb

import (
	"embed"
	"net/http"
	"time"

	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/web"
)

//go:embed templates/*.html
var templates embed.FS

// SignIn says how to sign in as staff: the accounts with what they share.
type SignIn struct {
	Password, Code string
	Accounts       []Account
}

// Account is one member of the demonstration's staff.
type Account struct {
	User, Name string
	Roles      []string
}

// Register adds the demonstration's pages to the server. signIn gives the
// accounts and the authenticator's code of the moment.
func Register(s *web.Server, mailbox *notify.Mailbox, signIn func(time.Time) (SignIn, error)) error {
	p := pages{s, mailbox, signIn}
	s.Handle("GET /demo", web.Public, p.list)
	p.registerMail()
	return s.Templates("demoweb", templates)
}

type pages struct {
	web     *web.Server
	mailbox *notify.Mailbox
	signIn  func(time.Time) (SignIn, error)
}

const pageSize = 50

type listPage struct {
	SignIn SignIn
	Mails  []notify.Received
	Next   string
}

func (p pages) list(w http.ResponseWriter, r *http.Request) error {
	mails, next, err := p.mailbox.List(r.Context(), r.URL.Query().Get("older"), pageSize)
	if err != nil {
		return err
	}
	signIn, err := p.signIn(p.web.Now())
	if err != nil {
		return err
	}
	return p.web.Render(w, r, http.StatusOK, "demoweb/list.html", listPage{signIn, mails, next})
}

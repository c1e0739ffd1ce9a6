package bookingweb

import (
	"net/http"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/web"
)

type lostPage struct {
	Form *web.Form
	Sent bool
}

// lost is for people who come without their link.
func (p Pages) lost(w http.ResponseWriter, r *http.Request) error {
	return p.Web.Render(w, r, http.StatusOK, "bookingweb/lost.html", lostPage{Form: web.NewForm(nil)})
}

// mailAgain mails the confirmations of an address again. The answer is the
// same whether there are any: nobody learns who has an appointment.
func (p Pages) mailAgain(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	address, err := notify.ParseAddress(form.Value("email"))
	if form.Refuse(err) {
		return p.Web.Render(w, r, http.StatusUnprocessableEntity, "bookingweb/lost.html", lostPage{Form: form})
	}
	if err != nil {
		return err
	}
	if err := p.Gate.AdmitMail(r.Context(), address.String()); fault.KindOf(err) == fault.Busy {
		form.Say("bookingweb.lost.often", nil)
		return p.Web.Render(w, r, http.StatusTooManyRequests, "bookingweb/lost.html", lostPage{Form: form})
	} else if err != nil {
		return err
	}
	if _, err := p.Book.MailAgain(r.Context(), address.String()); err != nil {
		return err
	}
	return p.Web.Render(w, r, http.StatusOK, "bookingweb/lost.html", lostPage{Form: web.NewForm(nil), Sent: true})
}

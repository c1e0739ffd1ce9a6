package bookingweb

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/web"
)

// holderMinutes is how long a browser that opened a manage link may go on
// without it: long enough to read and decide, short on a shared computer.
const holderMinutes = 60

// holderCookie is the cookie in which a browser keeps the token of one
// booking, so that the token stands in no address after the first.
func holderCookie(reference string) string { return "manage-" + reference }

// holder finds the booking that a request may manage: by the token in its
// query, or by the one that an earlier visit left in a cookie. Without either
// it is a Forbidden fault; a wrong token is not found.
func holder(s *web.Server, book *booking.Book, r *http.Request) (*booking.Booking, error) {
	reference, ok := booking.ParseReference(r.PathValue("reference"))
	if !ok {
		return nil, fault.NewNotFound("booking.reference_unreadable")
	}
	token := r.URL.Query().Get("token")
	if token == "" {
		token = s.CookieValue(r, holderCookie(reference))
	}
	if token == "" {
		return nil, fault.NewForbidden("bookingweb.manage.no_token")
	}
	return book.Managed(r.Context(), reference, token)
}

// remember lets this browser manage the booking for a while.
func remember(s *web.Server, book *booking.Book, w http.ResponseWriter, b *booking.Booking) {
	s.SetCookie(w, holderCookie(b.Reference), book.ManageToken(b.ID), holderMinutes*60)
}

// managePath is the address of a booking's pages, without any secret.
func managePath(reference string, rest ...string) string {
	return "/appointments/manage/" + strings.Join(append([]string{url.PathEscape(reference)}, rest...), "/")
}

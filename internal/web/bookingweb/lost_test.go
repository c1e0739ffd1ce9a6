package bookingweb_test

import (
	"net/http"
	"testing"

	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/store/storetest"
)

func TestALostConfirmationIsMailedAgain(t *testing.T) {
	s := openSite(t, storetest.SQLite(t))
	s.slots(t, 2, "2026-12-03 10:00")
	en := locale.For("en")
	mails := func() int { return s.count(t, `SELECT COUNT(*) FROM outbox WHERE kind = 'booking-confirmed'`) }
	s.browser(t).bookOne("2026-12-03-1000", "AZ1111111")
	before := mails()
	b := s.browser(t)
	b.get("/appointments/manage").sees(http.StatusOK, en.T("bookingweb.lost.again"))
	b.post("/appointments/manage", "email", "no address").sees(http.StatusUnprocessableEntity)
	b.post("/appointments/manage", "email", "stranger@example.org").sees(http.StatusOK, en.T("bookingweb.lost.sent"))
	if n := mails(); n != before {
		t.Fatalf("%d mails for a stranger", n-before)
	}
	b.post("/appointments/manage", "email", "aysel@example.org").sees(http.StatusOK, en.T("bookingweb.lost.sent"))
	if n := mails(); n != before+1 {
		t.Fatalf("%d mails for the holder, want one", n-before)
	}
}

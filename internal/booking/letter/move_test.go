package letter_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/notify"
)

// Whoever must move is told why, which time is kept, and until when; reminders
// say so too, for as long as it is true.
func TestLettersToThoseWhoMustMove(t *testing.T) {
	o := open(t)
	b := o.confirm(o.hold("winter", "ZZ0000011"))
	winter, err := o.book.Slot(t.Context(), "winter")
	o.must(err)
	summer, err := o.book.Slot(t.Context(), "summer")
	o.must(err)
	must := notify.Message{Kind: notify.KindMustMove, Ref: b.ID, Data: map[string]string{"from": "winter", "reason.en": "The roof leaks.", "reason.az": "Dam axır."}}
	may := notify.Message{Kind: notify.KindMayStay, Ref: b.ID}
	reminder := notify.Message{Kind: notify.KindReminderDay, Ref: b.ID, Data: map[string]string{"slot": "winter"}}
	o.silent(o.writer.Render, must, "before anything happened")

	plan := booking.Replan{PostID: "london", Days: []string{summer.Date, winter.Date}, Wanted: []booking.Slot{*summer}, Actor: "staff:1"}
	_, err = o.book.Replan(t.Context(), plan)
	o.must(err)
	o.says(o.writer.Render, must,
		[]string{"The roof leaks.", "Tuesday, 2 November 2027, 09:00", "Wednesday, 21 July 2027, 10:00", "before Thursday, 8 July 2027, 10:00, London time, UTC+1", o.writer.ManageURL(b)},
		[]string{"Dam axır.", "2 noyabr 2027", "21 iyul 2027", "8 iyul 2027"})
	o.silent(o.writer.Render, may, "while it is not so")
	o.says(o.writer.Render, reminder, []string{"needs a new time", "21 July 2027"}, []string{"yeni vaxt"})
	// Without an answer the kept time goes, and the letter does not name it.
	o.millis.Add((8 * 24 * time.Hour).Milliseconds())
	mail, err := o.writer.Render(t.Context(), reminder)
	o.must(err)
	if mail.Subject == "" || strings.Contains(mail.Text, "21 July") || strings.Contains(mail.Text, "Please choose before") {
		t.Errorf("a promise that is over:\n%s", mail.Text)
	}

	plan.Wanted = append(plan.Wanted, *winter)
	_, err = o.book.Replan(t.Context(), plan)
	o.must(err)
	o.silent(o.writer.Render, must, "after the place came back")
	o.says(o.writer.Render, may, []string{"You can keep your appointment", "Tuesday, 2 November 2027, 09:00 (London time, UTC+0)"}, []string{"2 noyabr 2027"})
	o.says(o.writer.Render, reminder, []string{"Your appointment is tomorrow"}, []string{b.Reference})
}

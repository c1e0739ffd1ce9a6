package letter_test

import (
	"context"
	"testing"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
)

// A letter about a miss names the appointment and, for a pause, its end on the
// post's calendar; when the miss was taken back, it is not sent.
func TestLettersAboutAMiss(t *testing.T) {
	o := open(t)
	b := o.confirm(o.hold("summer", "ZZ0000009"))
	warning := notify.Message{Kind: notify.KindNoShowWarning, Ref: b.ID, Data: map[string]string{"slot": b.SlotID}}
	pause := notify.Message{Kind: notify.KindNoShowPause, Ref: b.ID, Data: map[string]string{"slot": b.SlotID, "until": "2027-08-20T23:30:00Z"}}
	silent := func(why string) {
		t.Helper()
		o.silent(o.writer.Render, warning, why)
		o.silent(o.writer.Render, pause, why)
	}
	silent("before anything was missed")
	o.must(o.db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := o.book.MarkNoShow(ctx, tx, audit.System, true, b.ID)
		return err
	}))
	o.says(o.writer.Render, warning, []string{"You missed your appointment", "21 July 2027", b.Reference}, []string{b.Reference, "21 iyul 2027"})
	// Half past midnight in London.
	o.says(o.writer.Render, pause, []string{"from 21 August 2027", "Passport renewal"}, []string{"21 avqust 2027"})
	o.must(o.db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := o.book.UndoNoShow(ctx, tx, "staff:1", b.ID, booking.Served, "")
		return err
	}))
	silent("after it was taken back")
}

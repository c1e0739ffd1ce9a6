package notify

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func TestMailboxKeepsEachMailOnceAndSealed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ring, err := keyring.New()
		if err != nil {
			t.Fatal(err)
		}
		c := newClock()
		box := NewMailbox(db, ring, c.now)
		session, err := box.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			if i == 3 {
				c.forward(time.Second)
			}
			m := Mail{ID: fmt.Sprint("m", i), To: "aysel@example.com", Subject: fmt.Sprint("subject ", i), Text: "t",
				Attachments: []Attachment{{Name: "a.pdf", Type: "application/pdf", Data: []byte{0, 255}}}}
			for range 2 {
				if err := session.Send(t.Context(), m); err != nil {
					t.Fatal(err)
				}
			}
		}
		var seen string
		cursor := ""
		for pages := 1; ; pages++ {
			mails, next, err := box.List(t.Context(), cursor, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range mails {
				seen += m.ID
			}
			if cursor = next; next == "" {
				if pages != 3 {
					t.Errorf("%d pages", pages)
				}
				break
			}
		}
		if seen != "m4m3m2m1m0" {
			t.Errorf("the pages show %s", seen)
		}
		if first, _, err := box.List(t.Context(), "nonsense", 1); err != nil || len(first) != 1 || first[0].ID != "m4" {
			t.Errorf("a cursor that cannot be read: %v, %v", first, err)
		}
		m, err := box.Get(t.Context(), "m4")
		if err != nil || m.Subject != "subject 4" || !bytes.Equal(m.Attachments[0].Data, []byte{0, 255}) || !m.At.Equal(c.now()) {
			t.Errorf("%+v, %v", m, err)
		}
		if _, err := box.Get(t.Context(), "none"); fault.KindOf(err) != fault.NotFound {
			t.Errorf("no such mail: %v", err)
		}
		var sealed []byte
		if err := db.Read().QueryRowContext(t.Context(), `SELECT sealed FROM demo_mail WHERE id = 'm4'`).Scan(&sealed); err != nil || bytes.Contains(sealed, []byte("aysel")) {
			t.Errorf("the address lies open in the table, or %v", err)
		}
	})
}

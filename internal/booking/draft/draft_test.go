package draft_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/booking/draft"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

type answers struct{ Name string }

func TestADraftIsKeptSealedForAnHour(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		ring, err := keyring.New()
		if err != nil {
			t.Fatal(err)
		}
		now := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
		drafts := draft.New(db, ring, func() time.Time { return now })

		for _, name := range []string{"Aysel", "Aysel Specimen"} {
			if err := drafts.Save(ctx, "browser", "passport", answers{name}); err != nil {
				t.Fatal(err)
			}
		}
		var got answers
		if found, err := drafts.Load(ctx, "browser", "passport", &got); err != nil || !found || got.Name != "Aysel Specimen" {
			t.Fatalf("loaded %+v, %v, %v", got, found, err)
		}
		for _, other := range [][2]string{{"another", "passport"}, {"browser", "visa"}, {"", "passport"}} {
			if found, err := drafts.Load(ctx, other[0], other[1], &got); err != nil || found {
				t.Errorf("%v finds somebody else's draft: %v", other, err)
			}
		}
		var sealed []byte
		if err := db.Read().QueryRowContext(ctx, `SELECT sealed FROM booking_draft`).Scan(&sealed); err != nil || bytes.Contains(sealed, []byte("Aysel")) {
			t.Errorf("the name stands in the database, %v", err)
		}

		now = now.Add(draft.KeepFor)
		if found, err := drafts.Load(ctx, "browser", "passport", &got); err != nil || found {
			t.Errorf("an hour later the draft is still there: %v", err)
		}
		if err := drafts.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		var rows int
		if err := db.Read().QueryRowContext(ctx, `SELECT COUNT(*) FROM booking_draft`).Scan(&rows); err != nil || rows != 0 {
			t.Errorf("%d rows are left, %v", rows, err)
		}
		if err := drafts.Save(ctx, "browser", "passport", answers{"Again"}); err != nil {
			t.Fatal(err)
		}
		if err := drafts.Forget(ctx, "browser", "passport"); err != nil {
			t.Fatal(err)
		}
		if found, _ := drafts.Load(ctx, "browser", "passport", &got); found {
			t.Error("a forgotten draft is still there")
		}
	})
}

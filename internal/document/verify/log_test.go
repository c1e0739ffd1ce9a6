package verify_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/document/verify"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/transparency"
)

// What happens to a document is in the log, found with what belongs to the
// document, provable without us; and what was rolled back is not there.
func TestTheLogHasWhatHappened(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ring, err := keyring.New()
		if err != nil {
			t.Fatal(err)
		}
		ctx, now := context.Background(), func() time.Time { return noon }
		log := transparency.New(db, ring, "mfa.example/log", now)
		l := verify.New(db, ring, now).LogTo(log)
		first, again := enter(t, db, l, "a1"), enter(t, db, l, "a1")
		failed := errors.New("the act failed")
		if err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			if err := l.EndIn(ctx, tx, "a1", verify.Annulled, ""); err != nil {
				return err
			}
			return failed
		}); !errors.Is(err, failed) {
			t.Fatal(err)
		}
		if err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(l.EndIn(ctx, tx, "a1", verify.Revoked, ""), l.EndIn(ctx, tx, "a1", verify.Annulled, ""), l.EndIn(ctx, tx, "nobody", verify.Revoked, ""))
		}); err != nil {
			t.Fatal(err)
		}
		if n, err := log.Check(ctx); err != nil || n != 4 {
			t.Fatalf("%d entries, %v; want 4", n, err)
		}
		if _, err := log.Publish(ctx); err != nil {
			t.Fatal(err)
		}
		verifier, err := log.Verifier(ctx)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[int64]bool{}
		for _, d := range []*verify.Document{first, again} {
			logged, err := l.Logged(ctx, d.ID)
			if err != nil {
				t.Fatal(err)
			}
			for happened, index := range map[string]int64{verify.Issued: logged.Index, string(verify.Revoked): logged.Ended} {
				evidence, err := log.Evidence(ctx, index)
				if err != nil {
					t.Fatal(err)
				}
				if at, err := transparency.CheckEvidence(verifier, evidence, logged.Entry(happened)); err != nil || at != index || seen[at] {
					t.Errorf("%s: %d, %v; want %d", happened, at, err, index)
				}
				seen[index] = true
			}
			if _, found, err := log.Find(ctx, logged.Entry(string(verify.Annulled))); err != nil || found {
				t.Errorf("what was rolled back is in the log: %v", err)
			}
		}
	})
}

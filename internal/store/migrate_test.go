package store_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func TestAnOlderProgramRefusesANewerSchema(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		if err := db.Migrate(ctx); err != nil {
			t.Fatalf("migrating again: %v", err)
		}
		if err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := db.Migrate(ctx); err == nil {
			t.Error("a schema of the future was accepted")
		}
	})
}

// released is the newest version of the schema that is out there: what was
// numbered up to it does not change any more, what is new is numbered after it.
const released = 96

// before is what an installation of the released version holds: a slot of
// three places, one booked, one held, one that came back and waits.
var before = []string{
	`INSERT INTO slot_group_service (group_id, service_id) VALUES ('passport', 'passport')`,
	`INSERT INTO slot (id, post_id, group_id, rule_id, local_date, local_time, starts_at, ends_at, planned, places, taken, withheld, reserved, opens_at, ballot_id)
		VALUES ('s', 'london', 'passport', 'r', '2027-01-04', '09:00', 1799053200000, 1799054400000, 3, 3, 2, 1, 0, 0, '')`,
	`INSERT INTO booking (id, reference, state, slot_id, post_id, service_id, places, party, from_reserve, bound, sealed, email_key, network_key, browser_key, lang, zone,
		channel, created_at, expires_at, confirmed_at, ended_at, code_serial, code_tries, moves, move_by, request_key)
		VALUES ('b1', 'AAAA-0001', 'booked', 's', 'london', 'passport', 1, 1, 0, true, NULL, '', '', '', 'en', '', 'web', 1, 2, 3, 0, 1, 0, 0, 0, NULL),
		('b2', 'AAAA-0002', 'held', 's', 'london', 'passport', 1, 1, 0, true, NULL, '', '', '', 'az', '', 'web', 1, 4102444800000, 0, 0, 1, 0, 0, 0, 'key')`,
	`INSERT INTO claim (person_key, service_id, holder_id) VALUES ('p:1', 'passport', 'b1'), ('p:2', 'passport', 'b2')`,
	`INSERT INTO lot (id, slot_id, post_id, places, release_at) VALUES ('l', 's', 'london', 1, 4102444800000)`,
	`INSERT INTO outbox (id, kind, ref, lang, data, urgency, not_before, attempts, next_at, state, last_error, created_at, sent_at)
		VALUES ('m', 'reminder-1d', 'b1', 'en', '{}', 1, 1798966800000, 0, 1798966800000, 'queued', '', 1, 0),
		('n', 'booking-confirmed', 'b1', 'en', '{}', 1, 1, 0, 1, 'queued', '', 1, 0)`,
	`INSERT INTO standing (person_key, service_id, misses, missed_at, paused_until) VALUES ('p:3', 'passport', 1, 0, 0)`,
}

func TestMigratingForwardKeepsWhatIsThere(t *testing.T) {
	for engine, dsn := range map[string]func(testing.TB) string{
		"sqlite":     func(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "old.db") },
		"postgresql": storetest.PostgreSQLURL,
	} {
		t.Run(engine, func(t *testing.T) {
			ctx := context.Background()
			db, err := store.Open(ctx, dsn(t))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if err := db.MigrateTo(ctx, released); err != nil {
				t.Fatal(err)
			}
			if err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
				for _, statement := range before {
					if _, err := tx.ExecContext(ctx, statement); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if err := db.Migrate(ctx); err != nil {
				t.Fatal(err)
			}
			if err := booking.BooksError(booking.CheckBooks(ctx, db.Read())); err != nil {
				t.Errorf("the books after the migration: %v", err)
			}
			var bookings, misses, mails int
			var reminded int64
			var entry string
			if err := db.Read().QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM booking WHERE state IN ('booked', 'held')),
				(SELECT misses FROM standing WHERE person_key = 'p:3'), (SELECT entry_id FROM lot WHERE id = 'l'), (SELECT COUNT(*) FROM outbox WHERE ref = 'b1'),
				(SELECT reached FROM reminder_mark WHERE kind = 'reminder-1d')`).Scan(&bookings, &misses, &entry, &mails, &reminded); err != nil {
				t.Fatal(err)
			}
			if bookings != 2 || misses != 1 || entry != "" || mails != 1 || reminded != 1798966799999 {
				t.Errorf("%d bookings, %d misses, lot of %q, %d mails, reminded until %d", bookings, misses, entry, mails, reminded)
			}
		})
	}
}

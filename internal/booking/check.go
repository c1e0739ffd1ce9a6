package booking

import (
	"context"
	"errors"
	"fmt"

	"github.com/chancery/chancery/internal/store"
)

// Imbalance is one kind of thing in the books that does not add up.
type Imbalance struct {
	Rule    string // "taken", "withheld", "capacity", "no slot", "stray claim" or "missing claim"
	Count   int    // how many rows break it
	Example string // the id of one of them
}

// String says it in a line for whoever keeps the installation.
func (i Imbalance) String() string {
	return fmt.Sprintf("%s: %d, such as %s", i.Rule, i.Count, i.Example)
}

// rules are what must hold between two transactions. Each query gives the ids
// of the rows that break its rule.
var rules = []struct{ name, query string }{
	{"taken", `SELECT s.id AS id FROM slot s
		LEFT JOIN (SELECT slot_id, SUM(places) AS places FROM booking WHERE state IN ('held', 'booked', 'checked_in', 'served', 'no_show') GROUP BY slot_id) b ON b.slot_id = s.id
		WHERE s.taken <> COALESCE(b.places, 0)`},
	{"withheld", `SELECT s.id AS id FROM slot s
		LEFT JOIN (SELECT slot_id, SUM(places) AS places FROM lot GROUP BY slot_id) l ON l.slot_id = s.id
		WHERE s.withheld <> COALESCE(l.places, 0)`},
	{"capacity", `SELECT id FROM slot WHERE taken + withheld + reserved > places OR places < planned`},
	{"no slot", `SELECT b.id AS id FROM booking b WHERE NOT EXISTS (SELECT 1 FROM slot s WHERE s.id = b.slot_id)
		UNION ALL SELECT l.id AS id FROM lot l WHERE NOT EXISTS (SELECT 1 FROM slot s WHERE s.id = l.slot_id)`},
	{"stray claim", `SELECT c.holder_id AS id FROM claim c
		WHERE NOT EXISTS (SELECT 1 FROM booking b WHERE b.id = c.holder_id AND b.service_id = c.service_id AND b.state IN ('held', 'booked', 'checked_in'))
		  AND NOT EXISTS (SELECT 1 FROM waiting_entry e WHERE e.id = c.holder_id AND e.state IN ('unproven', 'waiting', 'offered'))`},
	{"missing claim", `SELECT b.id AS id FROM booking b
		LEFT JOIN (SELECT holder_id, COUNT(*) AS n FROM claim WHERE person_key LIKE 'p:%' GROUP BY holder_id) c ON c.holder_id = b.id
		WHERE b.state IN ('held', 'booked', 'checked_in') AND b.bound AND b.sealed IS NOT NULL AND COALESCE(c.n, 0) <> b.party`},
}

// BooksError makes one error of what CheckBooks gives; nil for books that
// balance.
func BooksError(found []Imbalance, err error) error {
	errs := []error{err}
	for _, i := range found {
		errs = append(errs, errors.New(i.String()))
	}
	return errors.Join(errs...)
}

// CheckBooks says what does not add up: for every slot the places taken are
// those of its bookings and the places withheld those of its lots, no booking
// is of a slot that is not there, and every
// named person of an active booking has exactly the claim that keeps others
// from having a second one. Nothing, for books that balance. Errors are
// internal. Each rule is read in one statement, so it may run beside a server.
func CheckBooks(ctx context.Context, q store.Querier) ([]Imbalance, error) {
	var found []Imbalance
	for _, rule := range rules {
		wrong := Imbalance{Rule: rule.name}
		err := q.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(MIN(id), '') FROM (`+rule.query+`) AS wrong`).Scan(&wrong.Count, &wrong.Example)
		if err != nil {
			return nil, fmt.Errorf("check the books (%s): %w", rule.name, err)
		}
		if wrong.Count > 0 {
			found = append(found, wrong)
		}
	}
	return found, nil
}

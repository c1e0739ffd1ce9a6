package screening

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/screening/match"
	"github.com/chancery/chancery/internal/store"
)

// Request asks for a comparison that is written down.
type Request struct {
	Ref    string // what it is for: "application:<id>"
	PostID string // whose officers judge the hits
	Person match.Subject
}

// Check is one comparison of a person with all lists.
type Check struct {
	ID, Ref, PostID string
	At              time.Time
	Actor           string // as in the audit trail
	Rules           string // version of the rules
	Versions        map[List]int
	// Hits is how many entries came close; those that this or an earlier check
	// of the same Ref wrote down are listed by HitsOf.
	Hits int
	// Person is empty once it was forgotten.
	Person match.Subject
}

// Found is an entry of a list that came close.
type Found struct {
	List    List
	Version int // of the list
	Since   int // from which on the entry stands like this
	match.Match
}

// Search compares without writing hits down, with the lists as they are, or, when
// at is not zero, as they were then. Who searched, and how much was found, is
// noted in the audit trail; not for whom. Invalid when nothing was asked.
func (s *Service) Search(ctx context.Context, actor string, person match.Subject, at time.Time) ([]Found, error) {
	if len(person.Names)+len(person.Documents) == 0 {
		return nil, fault.NewInvalid(fault.Field{Path: "name", Key: "screening.error.nothing_asked"})
	}
	found, versions, err := s.find(ctx, person, at)
	if err != nil {
		return nil, err
	}
	return found, s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return s.Audit.Append(ctx, tx, audit.Entry{Actor: audit.Staff(actor), Action: "screening.search", Object: "lists",
			Detail: map[string]any{"found": len(found), "versions": versions}})
	})
}

// find compares with all lists.
func (s *Service) find(ctx context.Context, person match.Subject, at time.Time) ([]Found, map[List]int, error) {
	versions, day := map[List]int{}, s.today()
	if !at.IsZero() {
		day = at.UTC().Format(time.DateOnly)
	}
	var found []Found
	for _, list := range Lists {
		l, err := s.index(ctx, list)
		if err != nil {
			return nil, nil, err
		}
		if !at.IsZero() {
			then, err := s.At(ctx, list, at)
			if err != nil {
				return nil, nil, err
			}
			if then.Number != l.version {
				if l, err = s.load(ctx, list, then.Number); err != nil {
					return nil, nil, err
				}
			}
		}
		versions[list] = l.version
		for _, m := range l.index.Search(person, day) {
			found = append(found, Found{list, l.version, l.since[m.Entry.ID], m})
		}
	}
	slices.SortStableFunc(found, func(a, b Found) int { return cmp.Compare(b.Score.Total, a.Score.Total) })
	return found, versions, nil
}

// shown is what a hit keeps of its comparison.
type shown struct {
	Score match.Score   `json:"score"`
	Who   match.Subject `json:"who"`
}

// Screen compares a person with the lists as they are and writes it down, with a
// hit for each entry that came close. A hit that a check of the same Ref wrote
// down on the same grounds is not written again; one that was cleared before for
// the same person, document and entry is written as cleared earlier. actor is as
// in the audit trail. Invalid when there is neither a name nor a document.
func (s *Service) Screen(ctx context.Context, actor string, r Request) (*Check, error) {
	if len(r.Person.Names)+len(r.Person.Documents) == 0 || r.Ref == "" {
		return nil, fault.NewInvalid(fault.Field{Path: "name", Key: "screening.error.nothing_asked"})
	}
	found, versions, err := s.find(ctx, r.Person, time.Time{})
	if err != nil {
		return nil, err
	}
	c := &Check{ID: store.NewID(), Ref: r.Ref, PostID: r.PostID, At: s.Now(), Actor: actor, Rules: s.Rules.Version, Versions: versions, Hits: len(found), Person: r.Person}
	sealed, err := s.seal(r.Person, "screening_check", c.ID)
	if err != nil {
		return nil, err
	}
	known, err := json.Marshal(versions)
	if err != nil {
		return nil, fmt.Errorf("write a check: %w", err)
	}
	person := s.personKey(r.Person)
	return c, s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO screening_check (id, ref, post_id, made_at, actor, rules, versions, hits, person_key, sealed)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, c.ID, c.Ref, c.PostID, store.Millis(c.At), actor, c.Rules, string(known), c.Hits, person, sealed)
		if err != nil {
			return fmt.Errorf("write a check: %w", err)
		}
		fresh := 0
		for _, f := range found {
			added, err := s.writeHit(ctx, tx, c, f, person)
			if err != nil {
				return err
			}
			if added {
				fresh++
			}
		}
		return s.Audit.Append(ctx, tx, audit.Entry{Actor: actor, Action: "screening.check", Object: c.Ref, Post: c.PostID,
			Detail: map[string]any{"check": c.ID, "versions": versions, "rules": c.Rules, "hits": len(found), "new": fresh}})
	})
}

// personKey is who was compared: names, whatever their order, and birth dates.
func (s *Service) personKey(p match.Subject) string {
	var names []string
	for _, n := range p.Names {
		parts := strings.Fields(match.Fold(n))
		slices.Sort(parts)
		names = append(names, strings.Join(parts, " "))
	}
	slices.Sort(names)
	for _, b := range p.Births {
		names = append(names, b.String())
	}
	return s.Keys.LookupKey("screening-person", names...)
}

// writeHit writes a hit down, if the same Ref does not have it already.
func (s *Service) writeHit(ctx context.Context, tx *store.Tx, c *Check, f Found, person string) (bool, error) {
	digest, err := s.digest(f.Entry)
	if err != nil {
		return false, err
	}
	who, err := json.Marshal(c.Person)
	if err != nil {
		return false, fmt.Errorf("write a hit: %w", err)
	}
	key, basis := s.entryKey(f.List, f.Entry.ID), s.Keys.LookupKey("screening-basis", digest, string(who))
	var there int
	err = tx.QueryRowContext(ctx, `SELECT count(*) FROM screening_hit WHERE ref = $1 AND list = $2 AND entry_key = $3 AND basis_key = $4`,
		c.Ref, string(f.List), key, basis).Scan(&there)
	if err != nil {
		return false, fmt.Errorf("look for the same hit: %w", err)
	}
	if there > 0 {
		return false, nil
	}
	state, verdict := Open, NoVerdict
	earlier, same, err := clearedEarlier(ctx, tx, person, key, basis)
	if err != nil {
		return false, err
	}
	// Two people may share a name and a birthday; only with a document is it
	// certain that this is the one who was cleared.
	if same && len(c.Person.Documents) > 0 && len(c.Person.Births) > 0 {
		state, verdict = ClearedEarlier, Other
	}
	id := store.NewID()
	sealed, err := s.seal(shown{f.Score, c.Person}, hitTable, id)
	if err != nil {
		return false, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO screening_hit (id, check_id, ref, post_id, list, entry_key, since, score, strong, person_key, basis_key, state, verdict,
		earlier_id, made_at, judged_at, confirmed_at, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0, 0, $16)`,
		id, c.ID, c.Ref, c.PostID, string(f.List), key, f.Since, f.Score.Total, f.Score.Strong, person, basis, string(state), string(verdict), earlier, store.Millis(c.At), sealed)
	if err != nil {
		return false, fmt.Errorf("write a hit: %w", err)
	}
	return true, nil
}

// clearedEarlier looks for the newest hit of the pair that two officers cleared;
// same says that it was on the same grounds, and nothing was said since.
func clearedEarlier(ctx context.Context, tx *store.Tx, person, entry, basis string) (id string, same bool, err error) {
	var verdict Verdict
	var grounds string
	err = tx.QueryRowContext(ctx, `SELECT id, verdict, basis_key FROM screening_hit WHERE person_key = $1 AND entry_key = $2 AND state = 'settled'
		ORDER BY confirmed_at DESC, id DESC LIMIT 1`, person, entry).Scan(&id, &verdict, &grounds)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("look for an earlier clearance: %w", err)
	}
	return id, verdict == Other && grounds == basis, nil
}

// Standing is where the screening of one thing stands.
type Standing struct {
	Checked bool      // at least once
	At      time.Time // of the last check
	// Stale says that a list has a newer version than the last check knew.
	Stale                       bool
	Open, Judged, Cleared, Same int // hits
}

// Clear says that it was checked with the current lists and that nothing stands
// against it. It is no decision either.
func (st Standing) Clear() bool {
	return st.Checked && !st.Stale && st.Open+st.Judged+st.Same == 0
}

// Standing sums up what is known of a Ref.
func (s *Service) Standing(ctx context.Context, ref string) (Standing, error) {
	return s.StandingIn(ctx, s.DB.Read(), ref)
}

// Editions names the versions of all lists and of the rules, as q sees them: two
// comparisons under one name find the same.
func (s *Service) Editions(ctx context.Context, q store.Querier) (string, error) {
	var name strings.Builder
	for _, list := range Lists {
		now, err := current(ctx, q, list, "")
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&name, "%s %d, ", list, now.Number)
	}
	return name.String() + "rules " + s.Rules.Version, nil
}

// Edition is Editions as the check knew them.
func (s *Service) Edition(c *Check) string {
	var name strings.Builder
	for _, list := range Lists {
		fmt.Fprintf(&name, "%s %d, ", list, c.Versions[list])
	}
	return name.String() + "rules " + c.Rules
}

// StandingIn is Standing as q sees it, such as the transaction of a decision.
// An open hit whose entry has left the list, or reads otherwise by now, waits for
// nobody: a check with the list of today says what stands.
func (s *Service) StandingIn(ctx context.Context, q store.Querier, ref string) (Standing, error) {
	var st Standing
	last, err := s.checkIn(ctx, q, ` WHERE ref = $1 ORDER BY id DESC LIMIT 1`, ref)
	if f := fault.As(err); f != nil && f.Kind == fault.NotFound {
		return st, nil
	}
	if err != nil {
		return st, err
	}
	st.Checked, st.At = true, last.At
	for _, list := range Lists {
		now, err := current(ctx, q, list, "")
		if err != nil {
			return st, err
		}
		st.Stale = st.Stale || now.Number != last.Versions[list]
	}
	err = store.Each(ctx, q, func(rows *sql.Rows) error {
		var state State
		var verdict Verdict
		var n int
		if err := rows.Scan(&state, &verdict, &n); err != nil {
			return err
		}
		switch {
		case state == Open:
			st.Open += n
		case state == Judged:
			st.Judged += n
		case verdict == Same:
			st.Same += n
		default:
			st.Cleared += n
		}
		return nil
	}, `SELECT state, verdict, count(*) FROM screening_hit h WHERE ref = $1 AND (state NOT IN ('open', 'judged') OR EXISTS (
		SELECT 1 FROM screening_entry e WHERE e.list = h.list AND e.entry_key = h.entry_key AND e.since = h.since AND e.until = 0))
		GROUP BY state, verdict`, ref)
	if err != nil {
		return st, fmt.Errorf("sum up a screening: %w", err)
	}
	return st, nil
}

// CheckOf gives the newest check of a Ref; NotFound without one.
func (s *Service) CheckOf(ctx context.Context, ref string) (*Check, error) {
	return s.check(ctx, ` WHERE ref = $1 ORDER BY id DESC LIMIT 1`, ref)
}

func (s *Service) check(ctx context.Context, where string, arg string) (*Check, error) {
	return s.checkIn(ctx, s.DB.Read(), where, arg)
}

func (s *Service) checkIn(ctx context.Context, q store.Querier, where string, arg string) (*Check, error) {
	var c Check
	var at int64
	var versions string
	var sealed []byte
	err := q.QueryRowContext(ctx, `SELECT id, ref, post_id, made_at, actor, rules, versions, hits, sealed FROM screening_check`+where, arg).
		Scan(&c.ID, &c.Ref, &c.PostID, &at, &c.Actor, &c.Rules, &versions, &c.Hits, &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.NewNotFound("screening.error.no_check")
	}
	if err != nil {
		return nil, fmt.Errorf("read a check: %w", err)
	}
	c.At = store.Time(at)
	if err := json.Unmarshal([]byte(versions), &c.Versions); err != nil {
		return nil, fmt.Errorf("read a check: %w", err)
	}
	if len(sealed) > 0 {
		if err := s.unseal(sealed, &c.Person, "screening_check", c.ID); err != nil {
			return nil, err
		}
	}
	return &c, nil
}

// Forget takes away who was compared under a Ref, and what officers wrote about
// them; that there was a check, how many hits it had and how they ended stays.
// It runs in the transaction in which the person's case is erased.
func (s *Service) Forget(ctx context.Context, tx *store.Tx, ref string) error {
	for _, statement := range []string{
		`UPDATE screening_judgement SET sealed = $1 WHERE hit_id IN (SELECT id FROM screening_hit WHERE ref = $2)`,
		`UPDATE screening_hit SET sealed = $1, person_key = '', basis_key = '' WHERE ref = $2`,
		`UPDATE screening_check SET sealed = $1, person_key = '' WHERE ref = $2`,
	} {
		if _, err := tx.ExecContext(ctx, statement, []byte{}, ref); err != nil {
			return fmt.Errorf("forget who was screened: %w", err)
		}
	}
	return nil
}

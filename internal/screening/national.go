package screening

import (
	"context"
	"slices"
	"strings"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/screening/match"
)

// Add puts an entry on the national list. actor is the staff account's id.
// Invalid without a name or a reason, or with a period that ends before it
// begins; Conflict when the list has such an id or moved on at the same time.
func (s *Service) Add(ctx context.Context, actor string, e match.Entry) error {
	var wrong fault.Fields
	e.ID = strings.TrimSpace(e.ID)
	if e.ID == "" || len(e.ID) > 60 || strings.ContainsFunc(e.ID, func(r rune) bool { return r < ' ' }) {
		wrong.Add("id", "screening.error.bad_id")
	}
	e.Names = slices.DeleteFunc(e.Names, func(n match.Name) bool { return match.Fold(n.Text) == "" })
	if len(e.Names) == 0 {
		wrong.Add("names", "screening.error.names")
	}
	if e.Kind != match.Individual && e.Kind != match.Entity {
		wrong.Add("kind", "screening.error.kind")
	}
	e.Reason = checkText(&wrong, "reason", e.Reason)
	for path, day := range map[string]string{"from": e.From, "until": e.Until} {
		if b, ok := match.ParseBirth(day); day != "" && (!ok || !b.Exact()) {
			wrong.Add(path, "screening.error.date")
		}
	}
	if e.From != "" && e.Until != "" && e.Until < e.From {
		wrong.Add("until", "screening.error.period")
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	at, err := s.index(ctx, National)
	if err != nil {
		return err
	}
	if _, has := at.since[e.ID]; has {
		return fault.NewConflict("screening.error.id_taken")
	}
	c := change{key: s.entryKey(National, e.ID)}
	if c.digest, err = s.digest(&e); err != nil {
		return err
	}
	if c.sealed, err = s.seal(&e, entryTable, sealedAs(National, c.key, at.version+1)); err != nil {
		return err
	}
	return s.apply(ctx, Version{List: National, Number: at.version + 1, At: s.Now(), Actor: audit.Staff(actor), Change: "add", Added: 1, Total: at.index.Len() + 1}, []change{c})
}

// Remove takes entries off the national list, as one record with its reason;
// they and the record stay to be seen. Invalid without a reason or with an id
// that the list does not have, Conflict when the list moved on at the same time.
func (s *Service) Remove(ctx context.Context, actor string, ids []string, reason string) error {
	var wrong fault.Fields
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	at, err := s.index(ctx, National)
	if err != nil {
		return err
	}
	var changes []change
	for _, id := range ids {
		if _, has := at.since[id]; !has {
			wrong.Add("entries", "screening.error.not_listed")
			break
		}
		changes = append(changes, change{key: s.entryKey(National, id), had: true})
	}
	if len(ids) == 0 {
		wrong.Add("entries", "screening.error.none_chosen")
	}
	reason = checkText(&wrong, "reason", reason)
	if err := wrong.Err(); err != nil {
		return err
	}
	return s.apply(ctx, Version{List: National, Number: at.version + 1, At: s.Now(), Actor: audit.Staff(actor), Change: "remove", Reason: reason,
		Removed: len(changes), Total: at.index.Len() - len(changes)}, changes)
}

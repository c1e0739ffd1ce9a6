package screening

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/chancery/chancery/internal/screening/match"
)

// loaded is one version of a list in memory.
type loaded struct {
	version int
	index   *match.Index
	// since tells of each entry, by its id, from which version on it stands as
	// it does.
	since map[string]int
}

const entryTable = "screening_entry"

// entryKey is how the database names an entry.
func (s *Service) entryKey(list List, id string) string {
	return s.Keys.LookupKey("screening-entry", string(list), id)
}

func sealedAs(list List, key string, since int) string {
	return fmt.Sprintf("%s:%s:%d", list, key, since)
}

// index gives the current version of a list in memory.
func (s *Service) index(ctx context.Context, list List) (*loaded, error) {
	v, err := s.Current(ctx, list)
	if err != nil {
		return nil, err
	}
	// One reads the list, the others wait for it.
	s.mu.Lock()
	defer s.mu.Unlock()
	if have := s.loaded[list]; have != nil && have.version >= v.Number {
		return have, nil
	}
	fresh, err := s.load(ctx, list, v.Number)
	if err != nil {
		return nil, err
	}
	s.loaded[list] = fresh
	return fresh, nil
}

// load reads any version of a list.
func (s *Service) load(ctx context.Context, list List, version int) (*loaded, error) {
	out := &loaded{version: version, since: map[string]int{}}
	entries, since, err := s.entriesAt(ctx, list, version)
	if err != nil {
		return nil, err
	}
	for i := range entries {
		out.since[entries[i].ID] = since[i]
	}
	slices.SortFunc(entries, func(a, b match.Entry) int { return cmp.Compare(a.ID, b.ID) })
	out.index = match.NewIndex(entries, s.Rules)
	return out, nil
}

func (s *Service) entriesAt(ctx context.Context, list List, version int) (entries []match.Entry, since []int, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT entry_key, since, sealed FROM screening_entry
		WHERE list = $1 AND since <= $2 AND (until = 0 OR until > $3)`, string(list), version, version)
	if err != nil {
		return nil, nil, fmt.Errorf("read a list: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		var from int
		var sealed sql.RawBytes
		if err := rows.Scan(&key, &from, &sealed); err != nil {
			return nil, nil, fmt.Errorf("read a list: %w", err)
		}
		var e match.Entry
		if err := s.unseal(sealed, &e, entryTable, sealedAs(list, key, from)); err != nil {
			return nil, nil, err
		}
		entries, since = append(entries, e), append(since, from)
	}
	if err := rows.Err(); err != nil {
		return nil, nil, fmt.Errorf("read a list: %w", err)
	}
	return entries, since, nil
}

// Listed is an entry with where it stands.
type Listed struct {
	Entry match.Entry
	// Since is the version from which on it stands like this.
	Since int
}

// Browse gives the entries of a version in the order of their ids, those after
// the id given, at most limit. Version 0 is the current one.
func (s *Service) Browse(ctx context.Context, list List, version int, after string, limit int) ([]Listed, error) {
	var at *loaded
	var err error
	if version == 0 {
		at, err = s.index(ctx, list)
	} else {
		at, err = s.load(ctx, list, version)
	}
	if err != nil {
		return nil, err
	}
	all := at.index.Entries()
	from, _ := slices.BinarySearchFunc(all, after, func(e match.Entry, id string) int { return cmp.Compare(e.ID, id) })
	for from < len(all) && after != "" && all[from].ID <= after {
		from++
	}
	var out []Listed
	for _, e := range all[from:min(len(all), from+limit)] {
		out = append(out, Listed{e, at.since[e.ID]})
	}
	return out, nil
}

// Gone is an entry that stands on a list no more.
type Gone struct {
	Entry match.Entry
	// Removal is the version that took it off, with its reason.
	Removal Version
}

// Removals gives entries that versions below before (0 for all) took off the
// list, the latest first, at most limit. An entry that was only changed is not
// among them.
func (s *Service) Removals(ctx context.Context, list List, before, limit int) ([]Gone, error) {
	if before <= 0 {
		before = 1 << 60
	}
	type row struct {
		key          string
		since, until int
		sealed       []byte
	}
	var found []row
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT e.entry_key, e.since, e.until, e.sealed FROM screening_entry e
		WHERE e.list = $1 AND e.until > 0 AND e.until < $2
		AND NOT EXISTS (SELECT 1 FROM screening_entry n WHERE n.list = e.list AND n.entry_key = e.entry_key AND n.since = e.until)
		ORDER BY e.until DESC, e.entry_key LIMIT $3`, string(list), before, limit)
	if err != nil {
		return nil, fmt.Errorf("look for removed entries: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.key, &r.since, &r.until, &r.sealed); err != nil {
			return nil, fmt.Errorf("look for removed entries: %w", err)
		}
		found = append(found, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("look for removed entries: %w", err)
	}
	var out []Gone
	versions := map[int]Version{}
	for _, r := range found {
		g := Gone{}
		if err := s.unseal(r.sealed, &g.Entry, entryTable, sealedAs(list, r.key, r.since)); err != nil {
			return nil, err
		}
		if _, ok := versions[r.until]; !ok {
			if versions[r.until], err = s.Version(ctx, list, r.until); err != nil {
				return nil, err
			}
		}
		g.Removal = versions[r.until]
		out = append(out, g)
	}
	return out, nil
}

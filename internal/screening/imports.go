package screening

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/screening/lists"
	"github.com/chancery/chancery/internal/screening/match"
	"github.com/chancery/chancery/internal/store"
)

// MaxUpload bounds a file that is sent through a page, in bytes.
const MaxUpload = 16 << 20

// Plan is what an import would do.
type Plan struct {
	List List
	// On is the version that the file was compared with.
	On int
	*lists.Result
	Added, Changed, Removed, Same int
	// AddedSome and RemovedSome are the first of them, for showing.
	AddedSome, RemovedSome []match.Entry
	// Shrinks says that so much would be removed that it must be confirmed.
	Shrinks bool
}

// some is how many entries a plan shows.
const some = 20

// change is one entry that an import adds, changes or removes.
type change struct {
	key, digest string
	had         bool   // the list has it now
	sealed      []byte // nil for a removal
}

// Preview is a dry run of Import: what is wrong with the file, and what it would
// change. NotFound for an unknown list.
func (s *Service) Preview(ctx context.Context, list List, file io.Reader) (*Plan, error) {
	plan, _, err := s.plan(ctx, list, file)
	return plan, err
}

func read(list List, file io.Reader) (*lists.Result, error) {
	switch list {
	case UN:
		return lists.UN(file)
	case National:
		return lists.National(file)
	case Documents:
		return lists.Documents(file)
	}
	return nil, fault.NewNotFound("screening.error.no_list")
}

func (s *Service) plan(ctx context.Context, list List, file io.Reader) (*Plan, []change, error) {
	result, err := read(list, file)
	if err != nil {
		return nil, nil, err
	}
	v, err := s.Current(ctx, list)
	if err != nil {
		return nil, nil, err
	}
	plan := &Plan{List: list, On: v.Number, Result: result}
	if len(result.Problems) > 0 {
		return plan, nil, nil
	}
	now := map[string]string{}
	err = store.Each(ctx, s.DB.Read(), func(rows *sql.Rows) error {
		var key, digest string
		err := rows.Scan(&key, &digest)
		now[key] = digest
		return err
	}, `SELECT entry_key, digest FROM screening_entry WHERE list = $1 AND until = 0`, string(list))
	if err != nil {
		return nil, nil, fmt.Errorf("compare a file with the list: %w", err)
	}
	before := len(now)
	var changes []change
	for i := range result.Entries {
		e := &result.Entries[i]
		c := change{key: s.entryKey(list, e.ID)}
		if c.digest, err = s.digest(e); err != nil {
			return nil, nil, err
		}
		old, had := now[c.key]
		c.had = had
		delete(now, c.key)
		switch {
		case had && old == c.digest:
			plan.Same++
			continue
		case had:
			plan.Changed++
		default:
			plan.Added++
			if len(plan.AddedSome) < some {
				plan.AddedSome = append(plan.AddedSome, *e)
			}
		}
		if c.sealed, err = s.seal(e, entryTable, sealedAs(list, c.key, plan.On+1)); err != nil {
			return nil, nil, err
		}
		changes = append(changes, c)
	}
	for key := range now {
		changes = append(changes, change{key: key, had: true})
	}
	plan.Removed = len(now)
	plan.Shrinks = plan.Removed*100 > before*s.Rules.Shrink
	if plan.RemovedSome, err = s.firstOf(ctx, list, now); err != nil {
		return nil, nil, err
	}
	return plan, changes, nil
}

// digest is a keyed hash of an entry's content.
func (s *Service) digest(e *match.Entry) (string, error) {
	text, err := json.Marshal(e)
	if err != nil {
		return "", fmt.Errorf("write an entry: %w", err)
	}
	return s.Keys.LookupKey("screening-digest", string(text)), nil
}

// firstOf reads some of the entries with these keys.
func (s *Service) firstOf(ctx context.Context, list List, keys map[string]string) ([]match.Entry, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	at, err := s.index(ctx, list)
	if err != nil {
		return nil, err
	}
	var out []match.Entry
	for _, e := range at.index.Entries() {
		if _, ok := keys[s.entryKey(list, e.ID)]; ok {
			if out = append(out, e); len(out) == some {
				break
			}
		}
	}
	return out, nil
}

// Source says where a file comes from, and what of it was agreed to.
type Source struct {
	Name string
	// On is the version that the person saw in the preview; -1 for whichever is
	// current.
	On int
	// Shrink agrees to the removal of a great part of the list.
	Shrink bool
}

// Import makes the file the list: entries that it does not have are removed,
// the others added or changed, all or nothing. actor is the staff account's id.
// Invalid, with the plan, when the file has problems or shrinks the list and
// that was not agreed to; Conflict when the list has moved on since the preview.
// A file that changes nothing makes no version.
func (s *Service) Import(ctx context.Context, actor string, list List, source Source, file io.Reader) (*Plan, error) {
	plan, changes, err := s.plan(ctx, list, file)
	switch {
	case err != nil:
		return nil, err
	case len(plan.Problems) > 0:
		return plan, fault.NewInvalid(fault.Field{Path: "file", Key: "screening.error.file", Args: fault.Args{"Count": len(plan.Problems) + plan.More}})
	case source.On >= 0 && plan.On != source.On:
		return plan, fault.NewConflict("screening.error.list_moved")
	case plan.Shrinks && !source.Shrink:
		return plan, fault.NewInvalid(fault.Field{Path: "shrink", Key: "screening.error.shrink", Args: fault.Args{"Count": plan.Removed}})
	case len(changes) == 0:
		return plan, nil
	}
	v := Version{List: list, Number: plan.On + 1, At: s.Now(), Actor: audit.Staff(actor), Change: "import", Source: sourceName(source.Name, plan.Made),
		Added: plan.Added, Changed: plan.Changed, Removed: plan.Removed, Total: plan.Added + plan.Changed + plan.Same}
	return plan, s.apply(ctx, v, changes)
}

func sourceName(name, made string) string {
	name = cut(name, 200)
	if made != "" && made != "unknown" {
		name += " (" + cut(made, 40) + ")"
	}
	return name
}

func cut(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most])
	}
	return text
}

// apply writes a version and what it changes, in one transaction.
func (s *Service) apply(ctx context.Context, v Version, changes []change) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		now, err := current(ctx, tx, v.List, "")
		if err != nil {
			return err
		}
		if now.Number != v.Number-1 {
			return fault.NewConflict("screening.error.list_moved")
		}
		// The number is the key: of two at once, one fails here.
		if err := s.writeVersion(ctx, tx, v); err != nil {
			return err
		}
		var rows [][]any
		for _, c := range changes {
			if c.had {
				if _, err := tx.ExecContext(ctx, `UPDATE screening_entry SET until = $1 WHERE list = $2 AND entry_key = $3 AND until = 0`, v.Number, string(v.List), c.key); err != nil {
					return fmt.Errorf("end an entry: %w", err)
				}
			}
			if c.sealed != nil {
				rows = append(rows, []any{string(v.List), c.key, v.Number, 0, c.digest, c.sealed})
			}
		}
		if len(rows) > 0 {
			if _, err := tx.Insert(ctx, entryTable, []string{"list", "entry_key", "since", "until", "digest", "sealed"}, rows, ""); err != nil {
				return fmt.Errorf("add entries: %w", err)
			}
		}
		return s.Audit.Append(ctx, tx, audit.Entry{Actor: v.Actor, Action: "screening." + v.Change, Object: "list:" + string(v.List),
			Detail: map[string]any{"version": v.Number, "added": v.Added, "changed": v.Changed, "removed": v.Removed, "total": v.Total}})
	})
}

// Upload is a file that waits for its sender to take it over.
type Upload struct {
	ID   string
	List List
	Name string
	File []byte
}

// keepUploads is how long a file may wait.
const keepUploads = 24 * time.Hour

// Keep puts a file aside until its sender has seen the preview, and forgets what
// the sender left lying before.
func (s *Service) Keep(ctx context.Context, actor string, list List, name string, file []byte) (id string, err error) {
	if !list.Known() {
		return "", fault.NewNotFound("screening.error.no_list")
	}
	if len(file) > MaxUpload {
		return "", fault.NewInvalid(fault.Field{Path: "file", Key: "screening.import.too_large", Args: fault.Args{"MiB": MaxUpload >> 20}})
	}
	id = store.NewID()
	sealed, err := s.Keys.Seal(file, "screening_upload:"+id)
	if err != nil {
		return "", fmt.Errorf("keep a file: %w", err)
	}
	return id, s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM screening_upload WHERE actor = $1 OR sent_at < $2`, actor, store.Millis(s.Now().Add(-keepUploads))); err != nil {
			return fmt.Errorf("forget old files: %w", err)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO screening_upload (id, list, actor, sent_at, name, sealed) VALUES ($1, $2, $3, $4, $5, $6)`,
			id, string(list), actor, store.Millis(s.Now()), cut(name, 200), sealed)
		if err != nil {
			return fmt.Errorf("keep a file: %w", err)
		}
		return nil
	})
}

// Kept gives a file that the person sent; NotFound without it.
func (s *Service) Kept(ctx context.Context, actor, id string) (*Upload, error) {
	u := &Upload{ID: id}
	var sealed []byte
	err := s.DB.Read().QueryRowContext(ctx, `SELECT list, name, sealed FROM screening_upload WHERE id = $1 AND actor = $2`, id, actor).Scan(&u.List, &u.Name, &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.NewNotFound("screening.error.no_upload")
	}
	if err != nil {
		return nil, fmt.Errorf("look for a file: %w", err)
	}
	if u.File, err = s.Keys.Unseal(sealed, "screening_upload:"+id); err != nil {
		return nil, fmt.Errorf("open a file: %w", err)
	}
	return u, nil
}

// Drop forgets a file.
func (s *Service) Drop(ctx context.Context, actor, id string) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM screening_upload WHERE id = $1 AND actor = $2`, id, actor)
		return err
	})
}

// TakeOver imports a kept file and forgets it; errors as of Import and Kept.
func (s *Service) TakeOver(ctx context.Context, actor, id string, on int, shrink bool) (*Plan, error) {
	u, err := s.Kept(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	plan, err := s.Import(ctx, actor, u.List, Source{Name: u.Name, On: on, Shrink: shrink}, bytes.NewReader(u.File))
	if err != nil {
		return plan, err
	}
	return plan, s.Drop(ctx, actor, id)
}

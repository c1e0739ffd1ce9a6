package casework

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/store"
)

// maxPage bounds the answers of one page, in bytes of JSON.
const maxPage = 256 << 10

// Content is what the person has filled in so far.
type Content struct {
	Answers form.Answers
	// Versions count the changes of each page; Save wants the one that was read.
	Versions map[string]int64
	Files    []File
}

// Content reads all answers and lists the files. It is what can be changed now;
// what was handed in is Handed. Not found when erased.
func (s *Service) Content(ctx context.Context, id string) (*Application, *Content, error) {
	a, err := s.Application(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	key, err := s.key(a)
	if err != nil {
		return nil, nil, err
	}
	c, err := readPages(ctx, s.db.Read(), key, id)
	if err != nil {
		return nil, nil, err
	}
	c.Files, err = listFiles(ctx, s.db.Read(), key, id)
	return a, c, err
}

func readPages(ctx context.Context, q store.Querier, key *caseKey, id string) (*Content, error) {
	c := &Content{Answers: form.Answers{}, Versions: map[string]int64{}}
	err := store.Each(ctx, q, func(rows *sql.Rows) error {
		var page string
		var version int64
		var sealed []byte
		if err := rows.Scan(&page, &version, &sealed); err != nil {
			return err
		}
		part := form.Answers{}
		if err := key.openJSON(sealed, pageContext(id, page), &part); err != nil {
			return err
		}
		c.Versions[page] = version
		maps.Copy(c.Answers, part)
		return nil
	}, `SELECT page, version, sealed FROM application_page WHERE application_id = $1 ORDER BY page`, id)
	if err != nil {
		return nil, fmt.Errorf("read the answers of application %s: %w", id, err)
	}
	return c, nil
}

func pageContext(id, page string) string { return "application_page:" + id + "/" + page }

// Save replaces one page's answers (of a repeating page: all rounds, under the
// page's id; see Part) and gives the page's new version. version is the one that
// was read, 0 for a page without answers. Pages are apart: two tabs that save
// different ones both keep theirs. Saving again what is there is no change,
// whatever the version, so a lost answer can be repeated. Conflict when the page
// was changed since it was read, or when it cannot be changed in this state;
// not found when the questionnaire has no such page; invalid when the answers
// are too long.
func (s *Service) Save(ctx context.Context, id, page string, version int64, answers form.Answers) (int64, error) {
	text, err := json.Marshal(answers)
	if err != nil {
		return 0, fmt.Errorf("save a page: %w", err)
	}
	if len(text) > maxPage {
		return 0, fault.NewInvalid(fault.Field{Path: page, Key: "casework.page_long"})
	}
	var saved int64
	_, err = s.change(ctx, id, audit.Applicant, func(w *work) error {
		saved, w.touched = 0, true
		if err := w.editable(page); err != nil {
			return err
		}
		var sealed []byte
		err := w.tx.Kept().QueryRowContext(ctx, `SELECT version, sealed FROM application_page WHERE application_id = $1 AND page = $2`, id, page).Scan(&saved, &sealed)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("read a page of application %s: %w", id, err)
		}
		if len(sealed) > 0 {
			was, err := w.key.open(sealed, pageContext(id, page))
			if err != nil {
				return err
			}
			if bytes.Equal(was, text) {
				return nil
			}
		}
		if saved != version {
			return fault.NewConflict("casework.page_changed")
		}
		saved++
		if sealed, err = w.key.seal(text, pageContext(id, page)); err != nil {
			return err
		}
		w.saved(w.now)
		if _, err := w.tx.Kept().ExecContext(ctx, `INSERT INTO application_page (application_id, page, version, sealed, saved_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (application_id, page) DO UPDATE SET version = excluded.version, sealed = excluded.sealed, saved_at = excluded.saved_at`,
			id, page, saved, sealed, store.Millis(w.now)); err != nil {
			return fmt.Errorf("save a page of application %s: %w", id, err)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return saved, nil
}

// editable refuses changes to a page that is not the person's to change now.
func (w *work) editable(page string) error {
	q, err := w.s.questionnaire(w.ctx, w.tx, w.Application)
	if err != nil {
		return err
	}
	if _, ok := q.Definition().Page(page); !ok {
		return fault.NewNotFound("casework.no_page")
	}
	switch w.State {
	case Draft:
		return nil
	case Asked:
		open, err := w.openQuestion()
		if err != nil || slices.Contains(open.Pages, page) {
			return err
		}
		// A changed answer may lead to pages that were not taken before.
		var old int
		if err := w.tx.QueryRowContext(w.ctx, `SELECT count(*) FROM application_page WHERE application_id = $1 AND page = $2 AND saved_at < $3`,
			w.ID, page, store.Millis(w.AskedAt)).Scan(&old); err != nil {
			return fmt.Errorf("look for a page: %w", err)
		}
		if old > 0 {
			return fault.NewConflict("casework.not_editable")
		}
		return nil
	default:
		return fault.NewConflict("casework.not_editable")
	}
}

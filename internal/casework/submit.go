package casework

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
)

// handed is what is sealed in application_submission.
type handed struct {
	Answers form.Answers `json:"answers"`
	Files   []string     `json:"files"`
}

// summary is what is sealed in application.summary, for lists.
type summary struct {
	Name string `json:"name"`
}

// Submit hands the application in. Invalid with every answer that is wrong or
// missing on the pages taken (the declaration is one of them); what stands on
// other pages is not handed in and is deleted. Conflict when the address is not
// proven. Submitting again what is submitted is no change. The person is then
// compared with the watch lists.
func (s *Service) Submit(ctx context.Context, id string) (*Application, error) {
	a, err := s.change(ctx, id, audit.Applicant, func(w *work) error {
		if w.State == Submitted || w.State == Screened {
			return nil
		}
		if err := w.step(StepSubmit, map[string]any{"service": w.ServiceID, "version": w.Version}); err != nil {
			return err
		}
		if w.EmailProvenAt.IsZero() && w.Channel != ByStaff {
			return fault.NewConflict("casework.email_unproven")
		}
		q, err := w.handIn()
		if err != nil {
			return err
		}
		w.SubmittedAt, w.month = w.now, w.today[:len("2006-01")]
		if days := q.Definition().Case.DecideDays; days > 0 {
			if w.DueDate, err = s.WorkingDay(ctx, w.PostID, w.today, days); err != nil {
				return err
			}
		}
		w.tell(notify.KindApplicationSubmitted, w.ID, nil)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.compared(ctx, a), nil
}

// handIn checks all answers and keeps them as the next submission.
func (w *work) handIn() (Questionnaire, error) {
	q, err := w.s.questionnaire(w.ctx, w.tx, w.Application)
	if err != nil {
		return nil, err
	}
	content, err := readPages(w.ctx, w.tx, w.key, w.ID)
	if err != nil {
		return nil, err
	}
	accepted, err := q.Accept(content.Answers, w.today)
	if err != nil {
		return nil, err
	}
	files := q.Files(accepted)
	if err := w.keepFiles(files); err != nil {
		return nil, err
	}
	if err := w.keepPages(q.Pages(content.Answers)); err != nil {
		return nil, err
	}
	w.Submission++
	context := fmt.Sprintf("application_submission:%s/%d", w.ID, w.Submission)
	sealed, err := w.key.sealJSON(handed{accepted, files}, context)
	if err != nil {
		return nil, err
	}
	if err := w.exec("hand in the answers", `INSERT INTO application_submission (application_id, number, sealed, submitted_at) VALUES ($1, $2, $3, $4)`,
		w.ID, w.Submission, sealed, store.Millis(w.now)); err != nil {
		return nil, err
	}
	who := subject(q.Definition(), accepted)
	w.Nationality, w.Purpose = short(who.Nationality), short(who.Purpose)
	if w.summary, err = w.key.sealJSON(summary{who.Name()}, "summary:"+w.ID); err != nil {
		return nil, err
	}
	if err := w.s.putKeys(w.ctx, w.tx, w.ID, w.keys(who)); err != nil {
		return nil, err
	}
	return q, w.settleFee(q.Definition().Case, who)
}

// short keeps codes that lists show; anything longer is no code.
func short(code string) string {
	if len(code) > 64 {
		return ""
	}
	return code
}

// keepPages deletes the answers to pages that were not taken.
func (w *work) keepPages(taken []string) error {
	query, args := `DELETE FROM application_page WHERE application_id = $1`, []any{w.ID}
	if len(taken) > 0 {
		query += ` AND page NOT IN (` + store.Placeholders(2, len(taken)) + `)`
		for _, page := range taken {
			args = append(args, page)
		}
	}
	return w.exec("delete pages", query, args...)
}

// keepFiles sees that every file that the answers name is there, and deletes
// those that they do not name, but for what was handed in with earlier answers.
func (w *work) keepFiles(named []string) error {
	var unnamed []any
	missing := slices.Clone(named)
	err := store.Each(w.ctx, w.tx, func(rows *sql.Rows) error {
		var id, message string
		if err := rows.Scan(&id, &message); err != nil {
			return err
		}
		missing = slices.DeleteFunc(missing, func(m string) bool { return m == id })
		if message == "" && w.Submission == 0 && !slices.Contains(named, id) {
			unnamed = append(unnamed, id)
		}
		return nil
	}, `SELECT id, message_id FROM application_file WHERE application_id = $1 ORDER BY id`, w.ID)
	if err != nil {
		return fmt.Errorf("look at the files of application %s: %w", w.ID, err)
	}
	if len(missing) > 0 {
		return fault.NewInvalid(fault.Field{Path: "files", Key: "casework.file_gone"})
	}
	if len(unnamed) == 0 {
		return nil
	}
	return w.exec("delete files", `DELETE FROM application_file WHERE application_id = $1 AND id IN (`+store.Placeholders(2, len(unnamed))+`)`,
		append([]any{w.ID}, unnamed...)...)
}

// The kinds of what related applications have in common.
const (
	keyPerson = "person"
	keyEmail  = "email"
	keyGroup  = "group"
)

// keys are the hashes by which related applications find each other.
func (w *work) keys(who Subject) map[string]string {
	keys := map[string]string{}
	plain := func(s string) string { return strings.ToUpper(strings.Join(strings.Fields(s), "")) }
	if who.DocumentNumber != "" {
		keys[keyPerson] = w.s.ring.LookupKey("casework-person", plain(who.DocumentNumber), plain(who.Birth), plain(who.Nationality))
	}
	if w.emailKey != "" {
		keys[keyEmail] = w.emailKey
	}
	if w.GroupID != "" {
		keys[keyGroup] = w.s.ring.LookupKey("casework-group", w.GroupID)
	}
	return keys
}

// putKeys writes the application's keys of the given kinds in the place of those
// that it had.
func (s *Service) putKeys(ctx context.Context, tx *store.Tx, id string, keys map[string]string) error {
	for kind, key := range keys {
		_, err1 := tx.ExecContext(ctx, `DELETE FROM application_key WHERE application_id = $1 AND kind = $2`, id, kind)
		_, err2 := tx.ExecContext(ctx, `INSERT INTO application_key (application_id, kind, key) VALUES ($1, $2, $3)`, id, kind, key)
		if err := errors.Join(err1, err2); err != nil {
			return fmt.Errorf("relate application %s: %w", id, err)
		}
	}
	return nil
}

// Withdraw takes the application back, as long as it is not decided.
func (s *Service) Withdraw(ctx context.Context, id string) (*Application, error) {
	return s.change(ctx, id, audit.Applicant, func(w *work) error {
		if w.State == Withdrawn {
			return nil
		}
		w.DueDate = ""
		return w.step(StepWithdraw, nil)
	})
}

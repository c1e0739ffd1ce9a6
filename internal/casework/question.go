package casework

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
)

// maxText bounds what officers and applicants write to each other, in
// characters.
const maxText = 4000

// Question is what an officer asks the person, with the answer.
type Question struct {
	ID      string
	StaffID string
	// Pages are those that the person may change with the answer.
	Pages    []string
	Text     string
	AskedAt  time.Time
	ClosesAt time.Time // the application lapses without an answer
	// Answer is "" until AnsweredAt.
	Answer     string
	AnsweredAt time.Time
	Files      []File // sent with the answer
}

// readText checks a text that somebody wrote; it must say something.
func readText(path, given string) (string, error) {
	given = strings.TrimSpace(strings.ReplaceAll(given, "\r\n", "\n"))
	switch {
	case given == "":
		return "", fault.NewInvalid(fault.Field{Path: path, Key: "casework.text_missing"})
	case !utf8.ValidString(given) || strings.ContainsRune(given, 0) || utf8.RuneCountInString(given) > maxText:
		return "", fault.NewInvalid(fault.Field{Path: path, Key: "casework.text_long", Args: fault.Args{"Max": maxText}})
	}
	return given, nil
}

// Ask asks the person for more, and mails a link to answer by. The time to
// decide stands still until the answer. pages are the questionnaire's pages that
// the person may change. Invalid when text is empty or too long, or a page does
// not exist.
func (s *Service) Ask(ctx context.Context, staffID, id, text string, pages []string) (*Question, error) {
	text, err := readText("text", text)
	if err != nil {
		return nil, err
	}
	asked := &Question{StaffID: staffID, Pages: slices.Compact(slices.Sorted(slices.Values(pages))), Text: text}
	_, err = s.change(ctx, id, audit.Staff(staffID), func(w *work) error {
		q, err := s.questionnaire(ctx, w.tx, w.Application)
		if err != nil {
			return err
		}
		for _, page := range asked.Pages {
			if _, ok := q.Definition().Page(page); !ok {
				return fault.NewInvalid(fault.Field{Path: "pages", Key: "casework.no_page"})
			}
		}
		if err := w.step(StepAsk, map[string]any{"pages": asked.Pages}); err != nil {
			return err
		}
		if w.daysLeft, err = s.WorkingDays(ctx, w.PostID, w.today, w.DueDate); err != nil {
			return err
		}
		w.DueDate, w.AskedAt = "", w.now
		asked.ID, asked.AskedAt = store.NewID(), w.now
		if days := q.Definition().Case.AnswerDays; days > 0 {
			asked.ClosesAt = w.now.AddDate(0, 0, days)
		}
		list, err := json.Marshal(asked.Pages)
		if err != nil {
			return fmt.Errorf("ask: %w", err)
		}
		sealed, err := w.key.seal([]byte(text), "case_question:"+asked.ID)
		if err != nil {
			return err
		}
		w.tell(notify.KindApplicationAsked, w.ID, map[string]string{"question": asked.ID})
		return w.exec("ask", `INSERT INTO case_question (id, application_id, staff_id, pages, sealed, asked_at, answered_at, closes_at)
			VALUES ($1, $2, $3, $4, $5, $6, 0, $7)`, asked.ID, w.ID, staffID, string(list), sealed, store.Millis(w.now), store.Millis(asked.ClosesAt))
	})
	if err != nil {
		return nil, err
	}
	return asked, nil
}

// Answer answers the officer's question, with what was saved and attached since,
// and hands all of it in again. Invalid when the text is empty or too long, or
// changed answers are not right. The person is then compared with the watch
// lists.
func (s *Service) Answer(ctx context.Context, id, text string) (*Application, error) {
	text, err := readText("text", text)
	if err != nil {
		return nil, err
	}
	a, err := s.change(ctx, id, audit.Applicant, func(w *work) error {
		if w.State != Asked {
			return fault.NewConflict("casework.nothing_asked")
		}
		open, err := w.openQuestion()
		if err != nil {
			return err
		}
		if err := w.step(StepAnswer, nil); err != nil {
			return err
		}
		if w.SavedAt.After(w.AskedAt) || w.SavedAt.Equal(w.AskedAt) {
			if _, err := w.handIn(); err != nil {
				return err
			}
		}
		sealed, err := w.key.seal([]byte(text), "case_question:"+open.ID+"/answer")
		if err != nil {
			return err
		}
		if w.DueDate, err = s.WorkingDay(ctx, w.PostID, w.today, max(1, w.daysLeft)); err != nil {
			return err
		}
		w.AskedAt, w.daysLeft = time.Time{}, 0
		return w.exec("answer", `UPDATE case_question SET answer = $1, answered_at = $2, closes_at = 0 WHERE id = $3`, sealed, store.Millis(w.now), open.ID)
	})
	if err != nil {
		return nil, err
	}
	return s.compared(ctx, a), nil
}

const questionColumns = `id, staff_id, pages, sealed, asked_at, closes_at, answer, answered_at`

func scanQuestion(row scanner, key *caseKey) (Question, error) {
	var q Question
	var pages string
	var sealed, answer []byte
	var asked, closes, answered int64
	if err := row.Scan(&q.ID, &q.StaffID, &pages, &sealed, &asked, &closes, &answer, &answered); err != nil {
		return q, err
	}
	q.AskedAt, q.ClosesAt, q.AnsweredAt = store.Time(asked), store.Time(closes), store.Time(answered)
	if err := json.Unmarshal([]byte(pages), &q.Pages); err != nil {
		return q, err
	}
	plain, err := key.open(sealed, "case_question:"+q.ID)
	if err != nil {
		return q, err
	}
	q.Text = string(plain)
	if len(answer) > 0 {
		plain, err = key.open(answer, "case_question:"+q.ID+"/answer")
		q.Answer = string(plain)
	}
	return q, err
}

// openQuestion is the one that waits for its answer.
func (w *work) openQuestion() (Question, error) {
	return openQuestion(w.ctx, w.tx, w.key, w.ID)
}

func openQuestion(ctx context.Context, q store.Querier, key *caseKey, id string) (Question, error) {
	one, err := scanQuestion(q.QueryRowContext(ctx, `SELECT `+questionColumns+` FROM case_question
		WHERE application_id = $1 AND answered_at = 0 ORDER BY id DESC LIMIT 1`, id), key)
	if errors.Is(err, sql.ErrNoRows) {
		return one, fault.NewConflict("casework.nothing_asked")
	}
	if err != nil {
		return one, fmt.Errorf("read the question to application %s: %w", id, err)
	}
	return one, nil
}

// Questions lists what the person was asked, the oldest first, with answers.
func (s *Service) Questions(ctx context.Context, id string) ([]Question, error) {
	a, err := s.Application(ctx, id)
	if err != nil {
		return nil, err
	}
	key, err := s.key(a)
	if err != nil {
		return nil, err
	}
	return listQuestions(ctx, s.db.Read(), key, id)
}

func listQuestions(ctx context.Context, q store.Querier, key *caseKey, id string) ([]Question, error) {
	var all []Question
	err := store.Each(ctx, q, func(rows *sql.Rows) error {
		one, err := scanQuestion(rows, key)
		all = append(all, one)
		return err
	}, `SELECT `+questionColumns+` FROM case_question WHERE application_id = $1 ORDER BY id`, id)
	if err != nil {
		return nil, fmt.Errorf("list questions to application %s: %w", id, err)
	}
	files, err := listFiles(ctx, q, key, id)
	if err != nil {
		return nil, err
	}
	for i := range all {
		for _, f := range files {
			if f.MessageID == all[i].ID {
				all[i].Files = append(all[i].Files, f)
			}
		}
	}
	return all, nil
}

// LinkToken is what the link in the question's mail holds.
func (s *Service) LinkToken(questionID string) string {
	return s.ring.Token("casework-question", questionID)
}

// Follow lets the browser in that came by the link of a question's mail: whoever
// reads that mailbox is whom we asked. Not found when the token is wrong or the
// question is answered.
func (s *Service) Follow(ctx context.Context, questionID, token string) (*Application, string, error) {
	if !keyring.Equal(token, s.LinkToken(questionID)) {
		return nil, "", errNotFound()
	}
	var id string
	err := s.db.Read().QueryRowContext(ctx, `SELECT application_id FROM case_question WHERE id = $1 AND answered_at = 0`, questionID).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, "", errNotFound()
	}
	if err != nil {
		return nil, "", fmt.Errorf("follow a link: %w", err)
	}
	a, err := s.Application(ctx, id)
	if err != nil {
		return nil, "", err
	}
	if a.State != Asked {
		return nil, "", errNotFound()
	}
	access, err := s.Admit(ctx, id)
	return a, access, err
}

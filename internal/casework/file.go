package casework

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

// The limits of what is kept with one application.
const (
	MaxFile      = 10 << 20 // bytes of one file
	MaxFiles     = 60       // files
	MaxAllFiles  = 80 << 20 // bytes of all files
	maxFileName  = 120      // characters
	maxMediaType = 100      // bytes
)

// File is an uploaded file. Whoever attaches it has checked and cleaned it.
type File struct {
	ID string
	// Question is the question whose answer names the file.
	Question string
	// MessageID is the officer's question that the file answers, "" for none.
	MessageID string
	Name      string
	MediaType string
	Size      int64 // bytes
	CreatedAt time.Time
}

// Attach keeps a file with the application, sealed, and gives its id; the answer
// that names it is saved apart. Invalid when it is empty or too large, conflict
// when the application holds too many or cannot be changed now.
func (s *Service) Attach(ctx context.Context, id string, f File, content []byte) (*File, error) {
	var bad fault.Fields
	path := first(f.Question, "file")
	switch {
	case len(content) == 0:
		bad.Add(path, "casework.file_empty")
	case len(content) > MaxFile:
		bad.AddWith(path, "casework.file_large", fault.Args{"Max": MaxFile >> 20})
	}
	if f.MediaType == "" || len(f.MediaType) > maxMediaType {
		bad.Add(path, "casework.file_type")
	}
	if err := bad.Err(); err != nil {
		return nil, err
	}
	f.ID, f.Size, f.Name = store.NewID(), int64(len(content)), cleanName(f.Name)
	_, err := s.change(ctx, id, audit.Applicant, func(w *work) error {
		f.MessageID = ""
		switch w.State {
		case Draft:
		case Asked:
			open, err := w.openQuestion()
			if err != nil {
				return err
			}
			f.MessageID = open.ID
		default:
			return fault.NewConflict("casework.not_editable")
		}
		var count, bytes int64
		if err := w.tx.QueryRowContext(ctx, `SELECT count(*), COALESCE(SUM(size), 0) FROM application_file WHERE application_id = $1`, id).Scan(&count, &bytes); err != nil {
			return fmt.Errorf("count files: %w", err)
		}
		if count >= MaxFiles || bytes+f.Size > MaxAllFiles {
			return fault.NewConflict("casework.files_many").With("Max", MaxFiles).With("Megabytes", MaxAllFiles>>20)
		}
		name, err := w.key.seal([]byte(f.Name), "application_file:"+f.ID+"/name")
		if err != nil {
			return err
		}
		sealed, err := w.key.seal(content, "application_file:"+f.ID)
		if err != nil {
			return err
		}
		f.CreatedAt = w.now
		w.saved(w.now)
		return w.exec("attach a file", `INSERT INTO application_file (id, application_id, question, message_id, media_type, size, name, content, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, f.ID, id, f.Question, f.MessageID, f.MediaType, f.Size, name, sealed, store.Millis(w.now))
	})
	if err != nil {
		return nil, err
	}
	return &f, nil
}

// cleanName keeps a file name that people can read, and nothing that could end
// a header or leave a folder.
func cleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '/' || r == '\\' || r == '"' || r == utf8.RuneError {
			return '_'
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > maxFileName {
		name = string(runes[len(runes)-maxFileName:])
	}
	return name
}

const fileColumns = `id, question, message_id, media_type, size, name, created_at`

func scanFile(row scanner, key *caseKey, more ...any) (File, error) {
	var f File
	var name []byte
	var created int64
	if err := row.Scan(append([]any{&f.ID, &f.Question, &f.MessageID, &f.MediaType, &f.Size, &name, &created}, more...)...); err != nil {
		return f, err
	}
	f.CreatedAt = store.Time(created)
	plain, err := key.open(name, "application_file:"+f.ID+"/name")
	f.Name = string(plain)
	return f, err
}

func listFiles(ctx context.Context, q store.Querier, key *caseKey, id string) ([]File, error) {
	var files []File
	err := store.Each(ctx, q, func(rows *sql.Rows) error {
		f, err := scanFile(rows, key)
		files = append(files, f)
		return err
	}, `SELECT `+fileColumns+` FROM application_file WHERE application_id = $1 ORDER BY id`, id)
	if err != nil {
		return nil, fmt.Errorf("list the files of application %s: %w", id, err)
	}
	return files, nil
}

// File reads one file of the application. Not found when it has no such file.
func (s *Service) File(ctx context.Context, id, fileID string) (*File, []byte, error) {
	a, err := s.Application(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	key, err := s.key(a)
	if err != nil {
		return nil, nil, err
	}
	var sealed []byte
	f, err := scanFile(s.db.Read().QueryRowContext(ctx, `SELECT `+fileColumns+`, content FROM application_file WHERE id = $1 AND application_id = $2`, fileID, id), key, &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, fault.NewNotFound("casework.no_file")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read a file of application %s: %w", id, err)
	}
	content, err := key.open(sealed, "application_file:"+f.ID)
	if err != nil {
		return nil, nil, err
	}
	return &f, content, nil
}

// Detach removes a file that was not handed in yet. Conflict when the
// application cannot be changed now; not found when it has no such file, or it
// belongs to what was handed in before.
func (s *Service) Detach(ctx context.Context, id, fileID string) error {
	_, err := s.change(ctx, id, audit.Applicant, func(w *work) error {
		message := ""
		switch w.State {
		case Draft:
		case Asked:
			open, err := w.openQuestion()
			if err != nil {
				return err
			}
			message = open.ID
		default:
			return fault.NewConflict("casework.not_editable")
		}
		done, err := w.tx.ExecContext(ctx, `DELETE FROM application_file WHERE id = $1 AND application_id = $2 AND message_id = $3`, fileID, id, message)
		if err != nil {
			return fmt.Errorf("remove a file of application %s: %w", id, err)
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fault.NewNotFound("casework.no_file"))
		}
		w.saved(w.now)
		return nil
	})
	return err
}

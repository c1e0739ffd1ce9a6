package screening

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/screening/match"
	"github.com/chancery/chancery/internal/store"
)

// List names a watch list.
type List string

// The lists.
const (
	UN        List = "un"        // United Nations Security Council, consolidated
	National  List = "national"  // restrictions of the own state
	Documents List = "documents" // lost, stolen and invalid documents
)

// Lists are all lists, in the order of pages.
var Lists = []List{UN, National, Documents}

// Known says whether l is one of Lists.
func (l List) Known() bool { return slices.Contains(Lists, l) }

// MaxText bounds reasons and notes, in characters.
const MaxText = 2000

// Trail is the audit log as this room uses it.
type Trail interface {
	Append(ctx context.Context, tx *store.Tx, entries ...audit.Entry) error
}

// Options are what the service is made of.
type Options struct {
	DB    *store.DB
	Keys  *keyring.Ring
	Audit Trail
	Rules match.Rules
	Now   func() time.Time
	// Settled is told in the transaction in which two officers have settled a hit
	// of ref; nil tells nobody. It may append to the audit trail.
	Settled func(ctx context.Context, tx *store.Tx, ref string) error
}

// Service keeps the lists, compares and adjudicates. It is safe for concurrent
// use and for several processes.
type Service struct {
	Options
	mu     sync.Mutex
	loaded map[List]*loaded
}

// New gives the service. Lists are read into memory when they are first asked
// for.
func New(o Options) *Service { return &Service{Options: o, loaded: map[List]*loaded{}} }

// today is the day in UTC, YYYY-MM-DD.
func (s *Service) today() string { return s.Now().UTC().Format(time.DateOnly) }

func (s *Service) seal(what any, table, id string) ([]byte, error) {
	plain, err := json.Marshal(what)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", table, err)
	}
	return s.Keys.Seal(plain, table+":"+id)
}

func (s *Service) unseal(sealed []byte, what any, table, id string) error {
	plain, err := s.Keys.Unseal(sealed, table+":"+id)
	if err != nil {
		return fmt.Errorf("open %s: %w", table, err)
	}
	if err := json.Unmarshal(plain, what); err != nil {
		return fmt.Errorf("read %s: %w", table, err)
	}
	return nil
}

// checkText trims a reason and complains at path when it is missing, too long
// or no text.
func checkText(wrong *fault.Fields, path, text string) string {
	text = strings.TrimSpace(text)
	switch {
	case text == "" || !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		wrong.Add(path, "screening.error.reason_missing")
	case utf8.RuneCountInString(text) > MaxText:
		wrong.AddWith(path, "screening.error.reason_long", fault.Args{"Max": MaxText})
	}
	return text
}

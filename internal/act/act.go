package act

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/document/verify"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
)

// Register names a register of acts.
type Register string

// Visas is the register of visas.
const Visas Register = "visa"

// State says where an act stands.
type State string

// The states. Only an act in force can be changed, and only to one of the others.
const (
	InForce   State = "in-force"
	Corrected State = "corrected" // another act has taken its place
	Annulled  State = "annulled"  // it should not have been made
	Revoked   State = "revoked"   // it no longer should be in force
)

// States lists all of them.
var States = []State{InForce, Corrected, Annulled, Revoked}

// Act is one entry of a register.
type Act struct {
	ID       string
	Register Register
	PostID   string
	Year     int // local to the post
	Number   int // from 1, without gaps within register, post and year
	Serial   int // from 1, without gaps within the register
	State    State
	// Source is what it was made from, such as "application:0197…".
	Source string
	// Supersedes and SupersededBy are ids of acts, "" for none.
	Supersedes, SupersededBy string
	MadeBy                   string // staff id
	MadeAt, EndedAt          time.Time
	// Visa is the content of an act in the register of visas.
	Visa *Visa
}

// letter stands for the register in labels.
var letter = map[Register]string{Visas: "V"}

// Label is the number as people read it: "V-BERLIN-2026-000123".
func (a *Act) Label() string {
	return fmt.Sprintf("%s-%s-%d-%06d", letter[a.Register], strings.ToUpper(a.PostID), a.Year, a.Number)
}

var labelled = regexp.MustCompile(`^V-([A-Z0-9-]+)-([0-9]{4})-([0-9]{1,9})$`)

// parseLabel reads what Label writes.
func parseLabel(text string) (post string, year, number int, ok bool) {
	m := labelled.FindStringSubmatch(strings.ToUpper(strings.TrimSpace(text)))
	if m == nil {
		return "", 0, 0, false
	}
	year, _ = strconv.Atoi(m[2])
	number, _ = strconv.Atoi(m[3])
	return strings.ToLower(m[1]), year, number, true
}

// SerialText is the serial number as it stands in machine-readable zones:
// "V00000123", nine characters.
func (a *Act) SerialText() string { return fmt.Sprintf("%s%08d", letter[a.Register], a.Serial) }

var serialled = regexp.MustCompile(`^V([0-9]{8})$`)

// Event is one thing that happened to an act.
type Event struct {
	Kind  string // see the Event constants
	Actor string // as the audit trail names them
	At    time.Time
	// Ground is one of Grounds or of CorrectGrounds, "" for none; Reason and
	// Authority are what the officer wrote.
	Ground, Authority, Reason string
}

// The kinds of events.
const (
	EventIssued    = "issued"
	EventCorrected = "corrected" // at the act that was superseded
	EventPrinted   = "printed"
	EventProposed  = "proposed"
	EventRejected  = "rejected"
	EventAnnulled  = "annulled"
	EventRevoked   = "revoked"
)

// Trail is the audit log as this room uses it.
type Trail interface {
	Append(ctx context.Context, tx *store.Tx, entries ...audit.Entry) error
}

// Outbox is where this room leaves mail.
type Outbox interface {
	Enqueue(ctx context.Context, tx *store.Tx, messages ...notify.Message) error
	Wake()
}

// Cases are the applications from which acts are made; *casework.Service is one.
type Cases interface {
	IssueIn(ctx context.Context, tx *store.Tx, actor, id, issued string) error
}

// Posts knows the days and the zones of posts.
type Posts interface {
	// Today gives the local day, YYYY-MM-DD, at the post at t.
	Today(ctx context.Context, postID string, t time.Time) (string, error)
	// Zone gives the IANA name of the zone in which validity is counted: the last
	// day of a visa ends where it is used.
	Zone() string
}

// Documents is the ledger of what is issued; *verify.Ledger is one.
type Documents interface {
	EnterIn(ctx context.Context, tx *store.Tx, d verify.Document) (*verify.Document, error)
	EndIn(ctx context.Context, tx *store.Tx, actID string, state verify.State, successor string) error
}

// Config is what a Service is made of; all of it is needed, but Lists.
type Config struct {
	DB        *store.DB
	Ring      *keyring.Ring
	Trail     Trail
	Outbox    Outbox
	Cases     Cases
	Posts     Posts
	Documents Documents
	// Lists may be nil: then nobody is compared.
	Lists Lists
	Now   func() time.Time
}

// Service keeps acts. It is safe for concurrent use, and for several processes
// on one database. Faults that any method may give: not found when there is no
// such act; conflict when it is no longer in force.
type Service struct {
	db    *store.DB
	ring  *keyring.Ring
	trail Trail
	out   Outbox
	cases Cases
	posts Posts
	docs  Documents
	lists Lists
	now   func() time.Time
}

// New gives the service.
func New(c Config) *Service {
	return &Service{db: c.DB, ring: c.Ring, trail: c.Trail, out: c.Outbox, cases: c.Cases, posts: c.Posts, docs: c.Documents, lists: c.Lists, now: c.Now}
}

func object(id string) string { return "act:" + id }

func errNotFound() error { return fault.NewNotFound("act.not_found") }

// everywhere counts what is counted over all posts and years.
const everywhere, always = "*", 0

// count gives the next number; a transaction that fails gives it back, since
// until its end nobody else can count.
func count(ctx context.Context, tx *store.Tx, register Register, post string, year int) (n int, err error) {
	err = tx.QueryRowContext(ctx, `INSERT INTO act_count (register, post_id, year, last) VALUES ($1, $2, $3, 1)
		ON CONFLICT (register, post_id, year) DO UPDATE SET last = act_count.last + 1 RETURNING last`, string(register), post, year).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("number an act: %w", err)
	}
	return n, nil
}

// enter writes a new act down; today is the post's local day, content is sealed
// as JSON.
func (s *Service) enter(ctx context.Context, tx *store.Tx, a *Act, today string, content any, photo []byte) error {
	_, err := fmt.Sscanf(today, "%d-", &a.Year)
	if err != nil {
		return fmt.Errorf("the year of %s: %w", today, err)
	}
	if a.Number, err = count(ctx, tx, a.Register, a.PostID, a.Year); err != nil {
		return err
	}
	if a.Serial, err = count(ctx, tx, a.Register, everywhere, always); err != nil {
		return err
	}
	a.ID, a.State, a.MadeAt = store.NewID(), InForce, store.Time(store.Millis(s.now()))
	text, err := json.Marshal(content)
	if err != nil {
		return fmt.Errorf("write an act: %w", err)
	}
	sealed, err := s.ring.Seal(text, object(a.ID))
	if err != nil {
		return err
	}
	var sealedPhoto []byte
	if len(photo) > 0 {
		if sealedPhoto, err = s.ring.Seal(photo, object(a.ID)+"/photo"); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO act (`+columns+`, photo) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		a.ID, string(a.Register), a.PostID, a.Year, a.Number, a.Serial, string(a.State), a.Source, a.Supersedes, "", sealed, a.MadeBy, store.Millis(a.MadeAt), 0, sealedPhoto)
	if store.IsUnique(err) {
		return fault.NewConflict("act.already").Because(err)
	}
	if err != nil {
		return fmt.Errorf("enter an act: %w", err)
	}
	return nil
}

// key is a hash by which an act is found.
type key struct{ kind, key string }

func (s *Service) keyed(ctx context.Context, tx *store.Tx, actID string, keys []key) error {
	rows := make([][]any, len(keys))
	for i, k := range keys {
		rows[i] = []any{k.kind, k.key, actID}
	}
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.Insert(ctx, "act_key", []string{"kind", "key", "act_id"}, rows, "ON CONFLICT DO NOTHING")
	return err
}

// said is what is sealed of an event and of a proposal.
type said struct {
	Ground    string `json:"ground,omitempty"`
	Authority string `json:"authority,omitempty"`
	Reason    string `json:"reason,omitempty"`
}

func (s *Service) event(ctx context.Context, tx *store.Tx, actID, kind, actor string, words said) error {
	id := store.NewID()
	text, err := json.Marshal(words)
	if err != nil {
		return fmt.Errorf("write an event: %w", err)
	}
	sealed, err := s.ring.Seal(text, "act_event:"+id)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO act_event (id, act_id, kind, actor, at, sealed) VALUES ($1, $2, $3, $4, $5, $6)`,
		id, actID, kind, actor, store.Millis(s.now()), sealed); err != nil {
		return fmt.Errorf("note an event: %w", err)
	}
	return nil
}

// History lists what happened to the act, the oldest first.
func (s *Service) History(ctx context.Context, actID string) ([]Event, error) {
	var all []Event
	err := store.Each(ctx, s.db.Read(), func(rows *sql.Rows) error {
		var e Event
		var id string
		var at int64
		var sealed []byte
		if err := rows.Scan(&id, &e.Kind, &e.Actor, &at, &sealed); err != nil {
			return err
		}
		e.At = store.Time(at)
		text, err := s.ring.Unseal(sealed, "act_event:"+id)
		if err != nil {
			return err
		}
		var words said
		err = json.Unmarshal(text, &words)
		e.Ground, e.Authority, e.Reason = words.Ground, words.Authority, words.Reason
		all = append(all, e)
		return err
	}, `SELECT id, kind, actor, at, sealed FROM act_event WHERE act_id = $1 ORDER BY id`, actID)
	if err != nil {
		return nil, fmt.Errorf("read the history of an act: %w", err)
	}
	return all, nil
}

const columns = `id, register, post_id, year, number, serial, state, source, supersedes, superseded_by, sealed, made_by, made_at, ended_at`

type scanner interface{ Scan(dest ...any) error }

func (s *Service) scan(row scanner) (*Act, error) {
	var a Act
	var sealed []byte
	var made, ended int64
	err := row.Scan(&a.ID, &a.Register, &a.PostID, &a.Year, &a.Number, &a.Serial, &a.State, &a.Source, &a.Supersedes, &a.SupersededBy, &sealed, &a.MadeBy, &made, &ended)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errNotFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read an act: %w", err)
	}
	a.MadeAt, a.EndedAt = store.Time(made), store.Time(ended)
	text, err := s.ring.Unseal(sealed, object(a.ID))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &a.Visa); err != nil {
		return nil, fmt.Errorf("read act %s: %w", a.ID, err)
	}
	return &a, nil
}

func (s *Service) byID(ctx context.Context, q store.Querier, id, lock string) (*Act, error) {
	return s.scan(q.QueryRowContext(ctx, `SELECT `+columns+` FROM act WHERE id = $1`+lock, id))
}

// Act finds one by its id.
func (s *Service) Act(ctx context.Context, id string) (*Act, error) {
	return s.byID(ctx, s.db.Read(), id, "")
}

// Photo gives the portrait of the holder, JPEG or PNG, nil when there is none.
func (s *Service) Photo(ctx context.Context, id string) ([]byte, error) {
	var sealed []byte
	err := s.db.Read().QueryRowContext(ctx, `SELECT photo FROM act WHERE id = $1`, id).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errNotFound()
	}
	if err != nil || len(sealed) == 0 {
		return nil, err
	}
	return s.ring.Unseal(sealed, object(id)+"/photo")
}

// standing locks the act for a change; conflict when it is no longer in force.
func (s *Service) standing(ctx context.Context, tx *store.Tx, id string) (*Act, error) {
	a, err := s.byID(ctx, tx, id, tx.ForUpdate())
	if err != nil {
		return nil, err
	}
	if a.State != InForce {
		return nil, fault.NewConflict("act.ended").With("Number", a.Label())
	}
	return a, nil
}

package casework

import (
	"context"
	"sync"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
)

// Application is one request for a service. Instants that have not come are
// zero. It holds nothing that names the person; see Content.
type Application struct {
	ID        string
	Reference string // such as K7QX-2M9D
	ServiceID string
	PostID    string
	Version   string // of the questionnaire
	Lang      string
	Channel   Channel
	State     State
	// EmailProvenAt is when a code sent to the address came back.
	EmailProvenAt time.Time
	// GroupID joins the applications of people who travel or live together.
	GroupID string
	// Nationality and Purpose are known from the submission on, for lists and
	// statistics.
	Nationality, Purpose string
	Assignee             string // staff id, "" for nobody
	// Submission counts how often answers were handed in.
	Submission int
	ProposalID string  // the one that is open or was decided
	Outcome    Outcome // "" until decided
	Interview  string  // reference of the booking, "" for none
	IssuedAs   string  // what was issued, such as "visa:0197…"
	DueDate    string  // local day of the post, "" when nothing is due
	CreatedAt, SavedAt, SubmittedAt,
	AskedAt, DecidedAt, EndedAt time.Time

	month                  string
	daysLeft, daysTaken    int
	eraseAt                time.Time
	dataKey                []byte
	contact, summary       []byte
	emailKey               string
	codeSerial, codeTries  int
	codeSentAt, codesSince time.Time
	codesCount             int
}

// Channel says how an application came in.
type Channel string

// The channels. Staff fill in for people who cannot do it themselves; only
// then an e-mail address is not asked for.
const (
	Web     Channel = "web"
	API     Channel = "api"
	ByStaff Channel = "staff"
)

// Outcome is what is decided.
type Outcome string

// The outcomes.
const (
	Grant  Outcome = "granted"
	Refuse Outcome = "refused"
)

// Calendar knows the days of posts.
type Calendar interface {
	// Today gives the local day, YYYY-MM-DD, that it is at the post at t. Not
	// found when there is no such post.
	Today(ctx context.Context, postID string, t time.Time) (string, error)
	// Working says whether the post works on the local day.
	Working(ctx context.Context, postID, date string) (bool, error)
}

// Trail is the audit log as this room uses it.
type Trail interface {
	Append(ctx context.Context, tx *store.Tx, entries ...audit.Entry) error
}

// Outbox is where this room leaves mail.
type Outbox interface {
	Enqueue(ctx context.Context, tx *store.Tx, messages ...notify.Message) error
	Wake()
}

// Config is what a Service is made of; all of it is needed, but Providers and
// Screener.
type Config struct {
	DB       *store.DB
	Ring     *keyring.Ring
	Trail    Trail
	Outbox   Outbox
	Forms    Questionnaires
	Tariffs  Tariffs
	Calendar Calendar
	// Providers take payments from a distance; none means at the counter only.
	Providers []Provider
	// Screener compares people with the watch lists; nil means that officers do
	// it elsewhere and record it.
	Screener Screener
	Now      func() time.Time
}

// Service keeps applications and cases. It is safe for concurrent use, and for
// several processes on one database.
//
// Faults that any method may give: not found when there is no such application;
// conflict when the step does not start from where the application stands.
// What each one adds is said at the method.
type Service struct {
	db        *store.DB
	ring      *keyring.Ring
	trail     Trail
	outbox    Outbox
	forms     Questionnaires
	tariffs   Tariffs
	calendar  Calendar
	providers map[string]Provider
	screener  Screener
	now       func() time.Time
	versions  sync.Map // questionnaires by service and version
}

// New gives the service.
func New(c Config) *Service {
	s := &Service{db: c.DB, ring: c.Ring, trail: c.Trail, outbox: c.Outbox, forms: c.Forms, tariffs: c.Tariffs, calendar: c.Calendar,
		providers: map[string]Provider{}, screener: c.Screener, now: c.Now}
	for _, p := range c.Providers {
		s.providers[p.Name()] = p
	}
	return s
}

func object(id string) string { return "application:" + id }

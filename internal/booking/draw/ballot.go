package draw

import (
	"context"
	"io"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
)

// Ballot is one release of places by draw. Instants are whole seconds.
type Ballot struct {
	ID, PostID, ServiceID string
	Title                 locale.Text
	State                 State
	OpensAt               time.Time
	ClosesAt              time.Time
	// DrawsAt is the earliest moment of the draw.
	DrawsAt    time.Time
	Commitment string
	// Randomness is the public source that is mixed in, nil for none; its
	// value is empty until it is filled in.
	Randomness *Randomness
	MerkleRoot string // from Closed on
	ClosedAt   time.Time
	RevealedAt time.Time
	// SettledAt is when every winner had a booking or a refusal.
	SettledAt time.Time
	CreatedAt time.Time

	seedSealed []byte
}

// Stage is the state that the clock says, even when nobody has moved the
// ballot forward yet: entries are taken while it is Open.
func (b *Ballot) Stage(now time.Time) State {
	switch {
	case b.State == Closed || b.State == Drawn:
		return b.State
	case !now.Before(b.ClosesAt):
		return Closed
	case !now.Before(b.OpensAt):
		return Open
	default:
		return Announced
	}
}

// EntryState says where an entry stands.
type EntryState string

// The states of an entry. Only Entered ones take part in the draw.
const (
	Unconfirmed EntryState = "unconfirmed" // e-mail not proven
	Entered     EntryState = "entered"
	Withdrawn   EntryState = "withdrawn"
	Won         EntryState = "won"
	Lost        EntryState = "lost"
	// Lapsed entries won a slot that could not be booked for them, such as
	// when the person has booked elsewhere since.
	Lapsed EntryState = "lapsed"
)

// Ticket is one entry as its holder sees it.
type Ticket struct {
	ID, BallotID string
	Number       string // public, such as E-7K2M-9QXD
	State        EntryState
	Places       int
	Wants        []string
	Lang, Zone   string
	CreatedAt    time.Time
	ProvenAt     time.Time
	// SlotID and BookingID are set when the entry has won and been booked.
	SlotID, BookingID string

	sealed                []byte
	emailKey, networkKey  string
	personKeys            []string
	codeSerial, codeTries int
	codeSentAt            time.Time
}

// Limits of proving an e-mail address.
const (
	CodeFor  = 30 * time.Minute // how long a code holds
	MaxCodes = 5                // codes sent for one entry
	MaxTries = 5                // wrong answers to one code
)

// KeepFor is how long names and addresses of a ballot's entrants are kept
// after the draw.
const KeepFor = 30 * 24 * time.Hour

// Win is a slot that an entry has won and that is to be booked.
type Win struct {
	EntryID, BallotID, Number string
	PostID, ServiceID, SlotID string
	Places                    int
	PersonKeys                []string
	Details                   []byte // as given to Enter, opened
	EmailKey, NetworkKey      string
	Lang, Zone                string
}

// Booked answers one Win: a booking, or why there is none.
type Booked struct {
	EntryID, BookingID string
	// Refused is set when this win can never be booked; the place is the
	// Booker's again.
	Refused error
}

// Booker is the appointment book as a ballot needs it.
type Booker interface {
	// BallotPlaces lists the coming slots set aside for the ballot, with the
	// places to give out (≥ 1); Start is RFC 3339 with the post's offset.
	BallotPlaces(ctx context.Context, ballotID string) ([]Place, error)
	// BookWinners books each win and answers all of them in any order. It may
	// be called again with the same wins after a crash: EntryID is the
	// idempotency key. An error means that all are to be tried again later.
	BookWinners(ctx context.Context, wins []Win) ([]Booked, error)
}

// Trail is the audit log as this room uses it.
type Trail interface {
	Append(ctx context.Context, tx *store.Tx, entries ...audit.Entry) error
}

// Outbox is where this room leaves mail.
type Outbox interface {
	Enqueue(ctx context.Context, tx *store.Tx, messages ...notify.Message) error
}

// Service keeps ballots and their entries. It is safe for concurrent use, and
// for several processes on one database.
type Service struct {
	db     *store.DB
	ring   *keyring.Ring
	trail  Trail
	outbox Outbox
	booker Booker
	random io.Reader
	now    func() time.Time
	// files keeps what was published about drawn ballots, which never changes.
	files *lru.Cache[string, *File]
}

// filesKept is how many drawn ballots' files are kept in memory.
const filesKept = 8

// New gives the service. random is crypto/rand.Reader outside of tests: seeds
// and entry numbers come from it.
func New(db *store.DB, ring *keyring.Ring, trail Trail, outbox Outbox, booker Booker, random io.Reader, now func() time.Time) *Service {
	files, err := lru.New[string, *File](filesKept)
	if err != nil {
		panic(err) // only a size below 1 is refused
	}
	return &Service{files: files, db: db, ring: ring, trail: trail, outbox: outbox, booker: booker, random: random, now: now}
}

func object(ballotID string) string { return "ballot:" + ballotID }

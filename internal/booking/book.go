package booking

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
)

// Book is the appointment book. It is safe for concurrent use.
//
// Faults that any method may give: not found when a slot, service, post or
// booking does not exist (or is not the asker's), conflict when the state of
// things refuses, invalid with the fields in question. What each one adds is
// said at the method.
type Book struct {
	db     *store.DB
	ring   *keyring.Ring
	offer  Offer
	audit  *audit.Log
	outbox *notify.Outbox
	now    func() time.Time

	group   int
	writers []*writer
	slots   *lru.Cache[string, string] // booking to slot: see do
	expired atomic.Int64               // see ExpireHolds
	done    sync.WaitGroup
	closing sync.RWMutex
	closed  bool

	clock struct {
		sync.Mutex
		latest time.Time
	}
}

// Options are what a Book is made of; all fields but Writers are required.
type Options struct {
	DB     *store.DB
	Ring   *keyring.Ring
	Offer  Offer
	Audit  *audit.Log
	Outbox *notify.Outbox
	Now    func() time.Time
	// Writers is the number of group-commit writers; 0 gives 1 on SQLite, which
	// has one writer anyway, and 2 on PostgreSQL: more make smaller groups.
	Writers int
	// Group bounds how many requests share a transaction; 0 is 512. 1 gives
	// each its own, which is what the benchmark compares with.
	Group int
}

// Open starts the book's writers; Close ends them.
func Open(o Options) *Book {
	b := &Book{db: o.DB, ring: o.Ring, offer: o.Offer, audit: o.Audit, outbox: o.Outbox, now: o.Now, group: cmp.Or(o.Group, groupSize)}
	if o.Writers == 0 {
		o.Writers = 1
		if o.DB.Engine() == store.PostgreSQL {
			o.Writers = 2
		}
	}
	// Only a size below 1 is refused.
	b.slots, _ = lru.New[string, string](remembered)
	b.startWriters(o.Writers, &b.done)
	return b
}

// Close answers what is queued and stops the writers.
func (b *Book) Close() {
	b.closing.Lock()
	if !b.closed {
		b.closed = true
		for _, w := range b.writers {
			close(w.queue)
		}
	}
	b.closing.Unlock()
	b.done.Wait()
}

// tick is the book's clock. It never runs backwards: when the machine's clock
// is set back, a hold does not come to life again.
func (b *Book) tick() time.Time {
	b.clock.Lock()
	defer b.clock.Unlock()
	if now := b.now(); now.After(b.clock.latest) {
		b.clock.latest = now
	}
	return b.clock.latest
}

// releaseMoment picks when places that came back are free again: at random
// within the service's bounds, and before half of the time that is left.
func (b *Book) releaseMoment(s *Slot, now time.Time) time.Time {
	earliest, latest := 2*time.Minute, 6*time.Hour
	for _, id := range splitGroup(s.GroupID) {
		service, ok := b.offer.Service(id)
		if !ok {
			continue
		}
		earliest = max(earliest, service.ReleaseAfter)
		if service.ReleaseWithin > 0 {
			latest = min(latest, service.ReleaseWithin)
		}
	}
	latest = min(latest, s.Start.Sub(now)/2)
	if latest <= earliest {
		return now.Add(max(0, latest))
	}
	return now.Add(earliest + rand.N(latest-earliest))
}

func (b *Book) service(id string) (Service, error) {
	if s, ok := b.offer.Service(id); ok {
		return s, nil
	}
	return Service{}, fault.NewNotFound("booking.service_not_found")
}

func (b *Book) post(id string) (Post, error) {
	if p, ok := b.offer.Post(id); ok {
		return p, nil
	}
	return Post{}, fault.NewNotFound("booking.post_not_found")
}

// seal encrypts details for the row with the given id.
func (b *Book) seal(id string, d Details) ([]byte, error) { return b.sealFor("booking", id, d) }

func (b *Book) sealFor(kind, id string, d Details) ([]byte, error) {
	text, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("seal details: %w", err)
	}
	return b.ring.Seal(text, kind+":"+id)
}

// Details opens what a booking keeps sealed. A booking whose personal data was
// erased has none.
func (b *Book) Details(k *Booking) (Details, error) { return b.unsealFor("booking", k.ID, k.Sealed) }

func (b *Book) unsealFor(kind, id string, sealed []byte) (Details, error) {
	var d Details
	if len(sealed) == 0 {
		return d, nil
	}
	text, err := b.ring.Unseal(sealed, kind+":"+id)
	if err != nil {
		return d, err
	}
	return d, json.Unmarshal(text, &d)
}

// EmailKey is the keyed hash of an e-mail address, the same for every spelling
// of one mailbox; "" for people without one.
func (b *Book) EmailKey(address string) string {
	if address == "" {
		return ""
	}
	return b.ring.LookupKey("email", notify.Address(address).Key())
}

// ManageToken is the unguessable part of a booking's manage link.
func (b *Book) ManageToken(id string) string { return b.ring.Token("manage", id) }

// CheckInToken is what the QR code on a confirmation holds besides the
// reference: it proves the paper, and manages nothing.
func (b *Book) CheckInToken(id string) string { return b.ring.Token("check-in", id) }

// HoldCode is the one-time code that was last sent for a hold or an entry.
func (b *Book) HoldCode(id string, serial int) string {
	return b.ring.Code("code", id, fmt.Sprint(serial))
}

// Booking finds a booking by its id.
func (b *Book) Booking(ctx context.Context, id string) (*Booking, error) {
	return b.one(ctx, `SELECT `+bookingColumns+` FROM booking WHERE id = $1`, id)
}

// ByReference finds a booking for staff, by the reference as people write it.
func (b *Book) ByReference(ctx context.Context, reference string) (*Booking, error) {
	ref, ok := ParseReference(reference)
	if !ok {
		return nil, fault.NewNotFound("booking.reference_unreadable")
	}
	return b.one(ctx, `SELECT `+bookingColumns+` FROM booking WHERE reference = $1`, ref)
}

// Managed finds a booking for its holder, who has the manage link's token. A
// wrong token gives the same not-found fault as a wrong reference.
func (b *Book) Managed(ctx context.Context, reference, token string) (*Booking, error) {
	k, err := b.ByReference(ctx, reference)
	if err != nil {
		return nil, err
	}
	if !keyring.Equal(token, b.ManageToken(k.ID)) {
		return nil, fault.NewNotFound("booking.not_found")
	}
	return k, nil
}

func (b *Book) one(ctx context.Context, query string, args ...any) (*Booking, error) {
	k, err := scanBooking(b.db.Read().QueryRowContext(ctx, query, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.NewNotFound("booking.not_found")
	}
	if err != nil {
		return nil, fmt.Errorf("find a booking: %w", err)
	}
	return k, nil
}

// remembered is how many bookings' slots are kept in mind.
const remembered = 1 << 15

// do submits op and gives the booking that it answers with. What concerns a
// booking lately seen goes to the writer of its slot: writers that share slots
// wait for each other's commits.
func (b *Book) do(ctx context.Context, key string, op operation) (*Booking, error) {
	if slot, ok := b.slots.Get(key); ok {
		key = slot
	}
	value, err := b.submit(ctx, key, op)
	k, _ := value.(*Booking)
	if k != nil {
		b.slots.Add(k.ID, k.SlotID)
	}
	return k, err
}

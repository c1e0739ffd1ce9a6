package booking

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

// Unreleased is the OpensAt of slots whose places nobody can book before a
// ballot has given them out.
var Unreleased = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// Aside says which coming slots a ballot gives out: those of a service at a
// post that start in [From, To) and whose release is by ballot.
type Aside struct {
	PostID, Service string
	From, To        time.Time
}

// SetAside gives the free places of the slots in question to a ballot and says
// how many they are. What is set aside for it already counts too, so calling
// again is safe.
func (b *Book) SetAside(ctx context.Context, actor, ballotID string, a Aside) (int, error) {
	ids, err := b.unreleased(ctx, a)
	if err != nil {
		return 0, err
	}
	for chunk := range slices.Chunk(ids, groupSize) {
		if _, err := b.submit(ctx, ballotID, &asideOp{ids: chunk, ballot: ballotID, actor: actor, post: a.PostID}); err != nil {
			return 0, err
		}
	}
	slots, err := b.BallotSlots(ctx, ballotID)
	places := 0
	for i := range slots {
		places += slots[i].Free()
	}
	return places, err
}

// unreleased finds the slots in question that no ballot has yet.
func (b *Book) unreleased(ctx context.Context, a Aside) ([]string, error) {
	ids, err := b.ids(ctx, `SELECT id FROM slot WHERE post_id = $1 AND starts_at >= $2 AND starts_at < $3 AND ballot_id = '' AND opens_at = $4 AND planned > 0
		AND group_id IN (SELECT group_id FROM slot_group_service WHERE service_id = $5) ORDER BY id`,
		a.PostID, store.Millis(a.From), store.Millis(a.To), store.Millis(Unreleased), a.Service)
	if err != nil {
		return nil, fmt.Errorf("find slots that wait for a ballot: %w", err)
	}
	return ids, nil
}

type asideOp struct {
	ids                 []string
	ballot, actor, post string
}

func (op *asideOp) needs(n *needs) {
	for _, id := range op.ids {
		n.slots[id] = true
	}
}

func (op *asideOp) apply(l *ledger) (any, error) {
	for _, id := range op.ids {
		if s := l.slots[id]; s != nil && s.BallotID == "" && s.OpensAt.Equal(Unreleased) {
			s.BallotID = op.ballot
			mark(l.touched.slots, id, changed)
		}
	}
	l.note(op.actor, "ballot.places", "ballot:"+op.ballot, op.post, map[string]any{"slots": len(op.ids)})
	return nil, nil
}

// BallotSlots lists the coming slots of a ballot that have places to give, by
// start.
func (b *Book) BallotSlots(ctx context.Context, ballotID string) ([]Slot, error) {
	var found []Slot
	err := store.Each(ctx, b.db.Read(), func(rows *sql.Rows) error {
		s, err := scanSlot(rows)
		if err == nil {
			found = append(found, *s)
		}
		return err
	}, `SELECT `+slotColumns+` FROM slot WHERE ballot_id = $1 AND starts_at > $2 AND planned > 0 AND places - taken - withheld - reserved > 0
		ORDER BY starts_at, id`, ballotID, store.Millis(b.tick()))
	if err != nil {
		return nil, fmt.Errorf("list the slots of a ballot: %w", err)
	}
	return found, nil
}

// Won is a slot that an entry of a ballot has won.
type Won struct {
	BallotID, EntryID, Number, SlotID, Service string
	Details                                    Details
	NetworkKey, Lang, Zone                     string
	// ConfirmFor is how long the winner has to say yes.
	ConfirmFor time.Duration
}

// HoldWon keeps a won place for its people until they say yes, and tells them.
// The entry is the idempotency key. Conflicts as for Hold.
func (b *Book) HoldWon(ctx context.Context, w Won) (*Booking, error) {
	op, err := b.prepareHold(HoldRequest{
		Choice: Choice{SlotID: w.SlotID}, Service: w.Service, Details: w.Details,
		Origin: Origin{NetworkKey: w.NetworkKey, Lang: w.Lang, Zone: w.Zone, Channel: Ballot, RequestKey: "ballot-entry:" + w.EntryID},
	})
	if err != nil {
		return nil, err
	}
	op.ballot, op.number, op.stands = w.BallotID, w.Number, w.ConfirmFor
	return b.do(ctx, op.shard(), op)
}

// AcceptWin confirms a place that a ballot gave; the winner has the manage
// link. Accepting again changes nothing. Conflict when the time is over.
func (b *Book) AcceptWin(ctx context.Context, id string) (*Booking, error) {
	return b.do(ctx, id, &winOp{id: id})
}

type winOp struct{ id string }

func (op *winOp) needs(n *needs) { n.bookings[op.id] = true }

func (op *winOp) apply(l *ledger) (any, error) {
	b, err := l.booking(op.id)
	if err != nil {
		return nil, err
	}
	if b.Channel != Ballot {
		return b, fault.NewConflict("booking.not_a_win")
	}
	if b.State == Booked {
		return b, nil
	}
	if _, err := l.liveHold(op.id); err != nil {
		return b, err
	}
	l.confirm(b)
	mark(l.touched.bookings, b.ID, changed)
	return b, nil
}

// EndBallot gives up what a ballot has left over: the places come back like
// cancelled ones, to the waiting list first and then at a random moment.
func (b *Book) EndBallot(ctx context.Context, ballotID string) error {
	ids, err := b.ids(ctx, `SELECT id FROM slot WHERE ballot_id = $1 ORDER BY id`, ballotID)
	if err != nil {
		return fmt.Errorf("find the slots of a ballot: %w", err)
	}
	return b.endBallot(ctx, ballotID, ids)
}

// ReleaseMissed gives free the slots in question that no ballot will give out,
// because its entries opened before they were in the book.
func (b *Book) ReleaseMissed(ctx context.Context, a Aside) error {
	ids, err := b.unreleased(ctx, a)
	if err != nil {
		return err
	}
	return b.endBallot(ctx, "", ids)
}

func (b *Book) endBallot(ctx context.Context, ballotID string, ids []string) error {
	for chunk := range slices.Chunk(ids, groupSize) {
		if _, err := b.submit(ctx, ballotID, &endBallotOp{ids: chunk, ballot: ballotID}); err != nil {
			return err
		}
	}
	return nil
}

type endBallotOp struct {
	ids    []string
	ballot string
}

func (op *endBallotOp) needs(n *needs) {
	for _, id := range op.ids {
		n.slots[id] = true
	}
}

func (op *endBallotOp) apply(l *ledger) (any, error) {
	left, post := 0, ""
	for _, id := range op.ids {
		s := l.slots[id]
		if s == nil || s.BallotID != op.ballot || !s.OpensAt.Equal(Unreleased) {
			continue
		}
		s.BallotID, s.OpensAt, post = "", l.now, s.PostID
		mark(l.touched.slots, id, changed)
		if free := s.Free(); free > 0 && s.Start.After(l.now) {
			left += free
			l.withhold(s, free)
		}
	}
	if post != "" {
		l.note(audit.System, "ballot.leftover", "ballot:"+op.ballot, post, map[string]any{"places": left})
	}
	return nil, nil
}

// AwaitBallot says whether there are slots that no ballot has yet.
func (b *Book) AwaitBallot(ctx context.Context, a Aside) (bool, error) {
	ids, err := b.unreleased(ctx, a)
	return len(ids) > 0, err
}

// Ballots lists the ballots for which slots are set aside.
func (b *Book) Ballots(ctx context.Context) ([]string, error) {
	ids, err := b.ids(ctx, `SELECT DISTINCT ballot_id FROM slot WHERE ballot_id <> '' ORDER BY ballot_id`)
	if err != nil {
		return nil, fmt.Errorf("list the ballots of the book: %w", err)
	}
	return ids, nil
}

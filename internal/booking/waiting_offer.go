package booking

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
)

// candidates bounds how many entries are looked at for one slot in one pass.
const candidates = 20

// OfferLots offers places that came back to the waiting list, in the order in
// which people joined, before they become free for everybody: those of at most
// limit slots. Lots of one slot count together, so a family can have places
// that two others gave back. It says how many offers went out.
func (b *Book) OfferLots(ctx context.Context, limit int) (int, error) {
	now := b.tick()
	type match struct{ slot, entry string }
	var matches []match
	err := store.Each(ctx, b.db.Read(), func(rows *sql.Rows) error {
		var m match
		err := rows.Scan(&m.slot, &m.entry)
		matches = append(matches, m)
		return err
	}, `SELECT slot_id, entry_id FROM (
		SELECT s.id AS slot_id, e.id AS entry_id, ROW_NUMBER() OVER (PARTITION BY s.id ORDER BY e.joined_at, e.id) AS turn
		FROM (SELECT slot_id, SUM(places) AS places FROM lot WHERE entry_id = '' GROUP BY slot_id) l
		JOIN slot s ON s.id = l.slot_id
		JOIN slot_group_service g ON g.group_id = s.group_id
		JOIN waiting_entry e ON e.post_id = s.post_id AND e.service_id = g.service_id AND e.state = 'waiting'
			AND e.from_date <= s.local_date AND e.to_date >= s.local_date AND e.places <= l.places
		WHERE s.starts_at > $1
			AND NOT EXISTS (SELECT 1 FROM waiting_offer o WHERE o.entry_id = e.id AND o.slot_id = s.id)
		) AS matched WHERE turn <= $2 ORDER BY slot_id, turn LIMIT $3`,
		store.Millis(now.Add(LeastOffer)), candidates, limit*candidates)
	if err != nil {
		return 0, err
	}
	offers := 0
	for len(matches) > 0 {
		op := &offerOp{slot: matches[0].slot}
		for len(matches) > 0 && matches[0].slot == op.slot {
			op.entries = append(op.entries, matches[0].entry)
			matches = matches[1:]
		}
		if op.lots, err = b.ids(ctx, `SELECT id FROM lot WHERE slot_id = $1 AND entry_id = '' ORDER BY release_at, id`, op.slot); err != nil {
			return offers, err
		}
		value, err := b.submit(ctx, op.slot, op)
		if err != nil {
			return offers, err
		}
		offers += value.(int)
	}
	return offers, nil
}

// offerOp offers the lots of a slot to the entries that they fit, in the given
// order, until their places are spoken for.
type offerOp struct {
	slot          string
	lots, entries []string
}

func (op *offerOp) needs(n *needs) {
	for _, id := range op.lots {
		n.lots[id] = true
	}
	for _, id := range op.entries {
		n.entries[id] = true
	}
}

func (op *offerOp) apply(l *ledger) (any, error) {
	offers, places := 0, 0
	var lots []*lot
	for _, id := range op.lots {
		if it := l.lots[id]; it != nil && it.EntryID == "" && l.touched.lots[id] != removed {
			lots = append(lots, it)
			places += it.Places
		}
	}
	for _, id := range op.entries {
		e := l.entries[id]
		if e == nil || e.State != Waiting || e.Places > places {
			continue
		}
		expires, ok := l.offerExpiry(l.slots[op.slot], e)
		if !ok {
			break
		}
		lots = l.offer(lots, e, expires)
		places -= e.Places
		offers++
	}
	return offers, nil
}

// offerExpiry is until when an offer of places in the slot stands: half of the
// time that is left for booking it, and as long as
// the service says at most. Places that the plan
// has taken away are not offered.
func (l *ledger) offerExpiry(s *Slot, e *Entry) (time.Time, bool) {
	post, err := l.book.post(s.PostID)
	if err != nil || s.Places-e.Places >= s.Planned {
		return time.Time{}, false
	}
	stands := OfferFor
	if service, ok := l.book.offer.Service(e.ServiceID); ok && service.OfferFor > 0 {
		stands = service.OfferFor
	}
	stands += untilMorning(l.now.In(post.Zone))
	stands = min(stands, s.Start.Add(-post.Notice).Sub(l.now)/2)
	return l.now.Add(stands), stands >= LeastOffer
}

// untilMorning is how long people at the post still sleep: an offer made at
// night does not run out before they have seen it.
func untilMorning(local time.Time) time.Duration {
	const night, morning = 22, 7
	if local.Hour() >= morning && local.Hour() < night {
		return 0
	}
	days := 0
	if local.Hour() >= night {
		days = 1
	}
	return time.Date(local.Year(), local.Month(), local.Day()+days, morning, 0, 0, 0, local.Location()).Sub(local)
}

// offer keeps as many of the lots' places for the entry as it needs, in a lot
// of its own, and gives the lots that are left.
func (l *ledger) offer(lots []*lot, e *Entry, expires time.Time) []*lot {
	kept := &lot{ID: store.NewID(), SlotID: lots[0].SlotID, PostID: lots[0].PostID, Places: e.Places, ReleaseAt: lots[0].ReleaseAt, EntryID: e.ID}
	for needed := e.Places; needed > 0; {
		it := lots[0]
		taken := min(needed, it.Places)
		needed -= taken
		it.Places -= taken
		if it.Places > 0 {
			mark(l.touched.lots, it.ID, changed)
			continue
		}
		mark(l.touched.lots, it.ID, removed)
		lots = lots[1:]
	}
	l.lots[kept.ID] = kept
	mark(l.touched.lots, kept.ID, added)
	e.State, e.lotID, e.OfferSlot, e.OfferExpiresAt = Offered, kept.ID, kept.SlotID, expires
	mark(l.touched.entries, e.ID, changed)
	l.offers = append(l.offers, []any{e.ID, kept.SlotID, kept.Places, store.Millis(l.now)})
	l.mail(notify.KindOffer, e.ID, e.Lang, time.Time{}, map[string]string{"slot": kept.SlotID})
	l.note(audit.System, "waiting.offer", "waiting:"+e.ID, e.PostID, map[string]any{"slot": kept.SlotID, "places": kept.Places})
	return lots
}

// withdrawOffer takes an offer back: its places wait for the next entry, or
// for their random moment.
func (l *ledger) withdrawOffer(e *Entry) {
	if it := l.lots[e.lotID]; it != nil && e.State == Offered {
		it.EntryID = ""
		it.ReleaseAt = l.book.releaseMoment(l.slots[it.SlotID], l.now)
		mark(l.touched.lots, it.ID, changed)
	}
	e.lotID, e.OfferSlot, e.OfferExpiresAt = "", "", time.Time{}
}

// DeclineOffer says no to the places offered; the entry keeps its turn.
func (b *Book) DeclineOffer(ctx context.Context, id string) (*Entry, error) {
	return b.doEntry(ctx, id, &declineOp{id: id})
}

type declineOp struct{ id string }

func (op *declineOp) needs(n *needs) { n.entries[op.id] = true }

func (op *declineOp) apply(l *ledger) (any, error) {
	e, err := l.entry(op.id)
	switch {
	case err != nil:
		return nil, err
	case e.State == Waiting:
		return e, nil
	case e.State != Offered:
		return e, fault.NewConflict("booking.no_offer")
	}
	l.withdrawOffer(e)
	e.State = Waiting
	mark(l.touched.entries, e.ID, changed)
	l.note(audit.Applicant, "waiting.decline", "waiting:"+e.ID, e.PostID, nil)
	return e, nil
}

// AcceptOffer books the places that are kept for the entry. Accepting again
// gives the same booking. Conflict when there is no offer any more, or when
// one of the people has got an appointment in the meantime.
func (b *Book) AcceptOffer(ctx context.Context, id string) (*Booking, error) {
	e, err := b.Entry(ctx, id)
	if err != nil {
		return nil, err
	}
	if e.State == Accepted {
		return b.Booking(ctx, e.BookingID)
	}
	details, err := b.EntryDetails(e)
	if err != nil {
		return nil, err
	}
	op := &acceptOp{id: id, booking: store.NewID(), people: personKeys(b.ring, details.Applicants)}
	if op.sealed, err = b.seal(op.booking, details); err != nil {
		return nil, err
	}
	return b.do(ctx, id, op)
}

type acceptOp struct {
	id, booking string
	people      []string
	sealed      []byte
}

func (op *acceptOp) needs(n *needs) {
	n.entries[op.id] = true
	for _, p := range op.people {
		n.persons[p] = true
	}
}

func (op *acceptOp) apply(l *ledger) (any, error) {
	e, err := l.entry(op.id)
	if err != nil {
		return nil, err
	}
	if e.State != Offered || !e.OfferExpiresAt.After(l.now) {
		return nil, fault.NewConflict("booking.no_offer")
	}
	it := l.lots[e.lotID]
	s := l.slots[it.SlotID]
	if s.Taken+it.Places > s.Planned { // the plan took the places away in the meantime
		l.withdrawOffer(e)
		e.State = Waiting
		mark(l.touched.entries, e.ID, changed)
		return nil, fault.NewConflict("booking.no_offer")
	}
	if err := l.paused(op.people, e.ServiceID); err != nil {
		return nil, err
	}
	if err := l.claimAll(op.people, e.ServiceID, op.booking); err != nil {
		return nil, err
	}
	s.Withheld -= it.Places
	s.Taken += it.Places
	mark(l.touched.slots, s.ID, changed)
	mark(l.touched.lots, it.ID, removed)
	b := &Booking{
		ID: op.booking, Reference: newReference(), SlotID: s.ID, PostID: s.PostID, ServiceID: e.ServiceID, Places: it.Places, Party: e.Party,
		Sealed: op.sealed, EmailKey: e.EmailKey, NetworkKey: e.NetworkKey, Lang: e.Lang, Zone: e.Zone, Channel: WaitingList, CreatedAt: l.now,
	}
	l.add(b)
	l.confirm(b)
	e.lotID, e.BookingID = "", b.ID
	l.endEntry(e, Accepted)
	return b, nil
}

// ExpireWaiting ends offers that nobody answered and entries whose address was
// never proven or whose dates have passed, at most limit of each, and says how
// many it touched.
func (b *Book) ExpireWaiting(ctx context.Context, limit int) (int, error) {
	now := b.tick()
	// The last day anywhere on earth is over a day later in UTC at most.
	yesterday := now.AddDate(0, 0, -2).Format(time.DateOnly)
	ids, err := b.ids(ctx, `SELECT id FROM (
		SELECT id FROM waiting_entry WHERE state = 'offered' AND offer_expires_at <= $1
		UNION ALL SELECT id FROM waiting_entry WHERE state = 'unproven' AND expires_at <= $2
		UNION ALL SELECT id FROM waiting_entry WHERE state = 'waiting' AND to_date < $3) AS due LIMIT $4`,
		store.Millis(now), store.Millis(now), yesterday, limit)
	if err != nil {
		return 0, err
	}
	for chunk := range slices.Chunk(ids, groupSize) {
		if _, err := b.submit(ctx, chunk[0], &expireWaitingOp{ids: chunk, yesterday: yesterday}); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

type expireWaitingOp struct {
	ids       []string
	yesterday string
}

func (op *expireWaitingOp) needs(n *needs) {
	for _, id := range op.ids {
		n.entries[id] = true
	}
}

func (op *expireWaitingOp) apply(l *ledger) (any, error) {
	for _, id := range op.ids {
		e := l.entries[id]
		switch {
		case e == nil:
		case e.State == Offered && !e.OfferExpiresAt.After(l.now):
			e.Missed++
			if e.Missed >= MaxMissed {
				l.endEntry(e, Lapsed)
				continue
			}
			l.withdrawOffer(e)
			e.State = Waiting
			mark(l.touched.entries, e.ID, changed)
		case e.State == Unproven && !e.ExpiresAt.After(l.now), e.State == Waiting && e.To < op.yesterday:
			l.endEntry(e, Lapsed)
		}
	}
	return nil, nil
}

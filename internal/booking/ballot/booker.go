package ballot

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/draw"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/post"
)

// Booker is the appointment book as a draw needs it.
type Booker struct {
	Book     *booking.Book
	Services *catalogue.Catalogue
	Posts    *post.Service
}

// BallotPlaces lists the slots set aside for a ballot.
func (b Booker) BallotPlaces(ctx context.Context, ballotID string) ([]draw.Place, error) {
	slots, err := b.Book.BallotSlots(ctx, ballotID)
	if err != nil {
		return nil, err
	}
	places := make([]draw.Place, len(slots))
	for i, s := range slots {
		at, err := b.Posts.Get(ctx, s.PostID)
		if err != nil {
			return nil, err
		}
		places[i] = draw.Place{Slot: s.ID, Start: s.Start.In(at.Location()).Format(time.RFC3339), Places: s.Free()}
	}
	return places, nil
}

// BookWinners keeps each won place for its people to confirm. All go to the
// book at once, which commits them in groups.
func (b Booker) BookWinners(ctx context.Context, wins []draw.Win) ([]draw.Booked, error) {
	booked := make([]draw.Booked, len(wins))
	failed := make([]error, len(wins))
	var all sync.WaitGroup
	for i, w := range wins {
		all.Go(func() { booked[i], failed[i] = b.keep(ctx, w) })
	}
	all.Wait()
	for _, err := range failed {
		if err != nil {
			return nil, err
		}
	}
	return booked, nil
}

// keep tells a refusal, which is final, from a failure, after which the same
// win is tried again.
func (b Booker) keep(ctx context.Context, w draw.Win) (draw.Booked, error) {
	answer := draw.Booked{EntryID: w.EntryID}
	var details booking.Details
	if err := json.Unmarshal(w.Details, &details); err != nil {
		return answer, fmt.Errorf("the details of ballot entry %s: %w", w.EntryID, err)
	}
	service, err := b.Services.Service(w.ServiceID)
	if err != nil {
		return answer, err
	}
	k, err := b.Book.HoldWon(ctx, booking.Won{
		BallotID: w.BallotID, EntryID: w.EntryID, Number: w.Number, SlotID: w.SlotID, Service: w.ServiceID, Details: details,
		NetworkKey: w.NetworkKey, Lang: w.Lang, Zone: w.Zone, ConfirmFor: service.Release.Ballot.ConfirmFor(),
	})
	switch fault.KindOf(err) {
	case fault.Conflict, fault.Invalid, fault.NotFound:
		answer.Refused = err
		return answer, nil
	}
	if err != nil {
		return answer, err
	}
	answer.BookingID = k.ID
	return answer, nil
}

package ballot

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/draw"
	"github.com/chancery/chancery/internal/fault"
)

// Entry asks to take part in a ballot: checked people, the days or slots that
// they want (draw.Any for whatever there is), most wanted first.
type Entry struct {
	BallotID string
	Details  booking.Details
	Wants    []string
	booking.Origin
}

// Enter notes the entry and mails a one-time code. Faults are those of
// draw.Service.Enter, and invalid for too many people.
func (r *Rounds) Enter(ctx context.Context, e Entry) (*draw.Ticket, error) {
	b, err := r.Draws.Ballot(ctx, e.BallotID)
	if err != nil {
		return nil, err
	}
	service, err := r.Services.Service(b.ServiceID)
	if err != nil {
		return nil, err
	}
	party := len(e.Details.Applicants)
	if party < 1 || party > service.MaxParty {
		return nil, fault.NewInvalid(fault.Field{Path: "applicants", Key: "booking.party_size", Args: fault.Args{"Max": service.MaxParty}})
	}
	details, err := json.Marshal(e.Details)
	if err != nil {
		return nil, fmt.Errorf("enter a ballot: %w", err)
	}
	a := draw.Application{
		BallotID: b.ID, Places: service.Places(party), Details: details, EmailKey: r.Book.EmailKey(e.Details.Email),
		NetworkKey: e.NetworkKey, Lang: e.Lang, Zone: e.Zone, Wants: e.Wants, RequestKey: e.RequestKey,
	}
	for _, p := range e.Details.Applicants {
		a.PersonKeys = append(a.PersonKeys, p.PersonKey(r.Keys))
	}
	return r.Draws.Enter(ctx, a)
}

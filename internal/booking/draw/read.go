package draw

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/store"
)

// Ballot finds a ballot, or gives NotFound.
func (s *Service) Ballot(ctx context.Context, id string) (*Ballot, error) {
	return ballotByID(ctx, s.db.Read(), id, "")
}

// Filter narrows List; the zero value lists the newest ballots of all posts.
type Filter struct {
	PostID, ServiceID string
	// Before is the id of the last ballot of the page before.
	Before string
	Limit  int // 50 when zero
}

// List gives ballots, newest first, paged by keyset.
func (s *Service) List(ctx context.Context, f Filter) ([]*Ballot, error) {
	if f.Limit <= 0 || f.Limit > 50 {
		f.Limit = 50
	}
	var where []string
	var args []any
	add := func(column, operator, value string) {
		if value != "" {
			args = append(args, value)
			where = append(where, column+" "+operator+" $"+strconv.Itoa(len(args)))
		}
	}
	add("post_id", "=", f.PostID)
	add("service_id", "=", f.ServiceID)
	add("id", "<", f.Before)
	query := `SELECT ` + ballotColumns + ` FROM ballot`
	if len(where) > 0 {
		query += ` WHERE ` + strings.Join(where, " AND ")
	}
	rows, err := s.db.Read().QueryContext(ctx, query+` ORDER BY id DESC LIMIT `+strconv.Itoa(f.Limit), args...)
	return scanAll(rows, err, scanBallot)
}

// Entries counts the confirmed entries of a ballot.
func (s *Service) Entries(ctx context.Context, ballotID string) (int, error) {
	var n int
	err := s.db.Read().QueryRowContext(ctx, `SELECT count(*) FROM ballot_entry WHERE ballot_id = $1 AND state IN ('entered', 'won', 'lost', 'lapsed')`, ballotID).Scan(&n)
	return n, wrap("count the entries of a ballot", err)
}

// Ticket finds an entry by its private link; NotFound when number and token
// do not belong together.
func (s *Service) Ticket(ctx context.Context, ballotID, number, token string) (*Ticket, error) {
	canonical, ok := ParseNumber(number)
	if !ok {
		return nil, fault.NewNotFound("draw.entry_not_found")
	}
	t, err := scanTicket(s.db.Read().QueryRowContext(ctx, `SELECT `+ticketColumns+` FROM ballot_entry WHERE ballot_id = $1 AND number = $2`, ballotID, canonical))
	if err != nil {
		return nil, err
	}
	if !keyring.Equal(token, s.Token(t.ID)) {
		return nil, fault.NewNotFound("draw.entry_not_found")
	}
	return t, nil
}

// TicketByID finds an entry for the rooms that hold its id, such as the
// renderer of its mails.
func (s *Service) TicketByID(ctx context.Context, id string) (*Ticket, error) {
	return ticketByID(ctx, s.db.Read(), id, "")
}

func (s *Service) byRequest(ctx context.Context, key string) (*Ticket, error) {
	return scanTicket(s.db.Read().QueryRowContext(ctx, `SELECT `+ticketColumns+` FROM ballot_entry WHERE request_key = $1`, key))
}

// File gives what is published about a ballot at this moment: from the
// announcement on the commitment, from the close on entries, places, root and
// digest, after the draw the seed, the order and the outcome. It is shared: do
// not change it. NotFound without such a ballot.
func (s *Service) File(ctx context.Context, ballotID string) (*File, error) {
	b, err := s.Ballot(ctx, ballotID)
	if err != nil {
		return nil, err
	}
	if f, ok := s.files.Get(b.ID); ok {
		return f, nil
	}
	f, err := storedFile(ctx, s.db.Read(), b)
	if f != nil && b.State == Drawn {
		s.files.Add(b.ID, f)
	}
	if f != nil || err != nil {
		return f, err
	}
	places, err := s.booker.BallotPlaces(ctx, b.ID)
	if err != nil {
		return nil, err
	}
	f = b.file(places)
	if stage := b.Stage(s.now()); stage == Open {
		f.Stage = Open
	}
	return f, nil
}

// storedFile reads what was published at the ballot's stage, nil for none.
func storedFile(ctx context.Context, q store.Querier, b *Ballot) (*File, error) {
	var body string
	err := q.QueryRowContext(ctx, `SELECT body FROM ballot_file WHERE ballot_id = $1 AND stage = $2`, b.ID, string(b.State)).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the file of ballot %s: %w", b.ID, err)
	}
	f, err := Parse(strings.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("read the file of ballot %s: %w", b.ID, err)
	}
	if f.Randomness != nil {
		f.Randomness = b.Randomness // its value comes between close and draw
	}
	return f, nil
}

// file starts the published file from what the announcement settled.
func (b *Ballot) file(places []Place) *File {
	sorted := slices.SortedFunc(slices.Values(places), comparePlaces)
	if sorted == nil {
		sorted = []Place{}
	}
	return &File{
		Format: Format, ID: b.ID, Post: b.PostID, Service: b.ServiceID, Title: b.Title, Stage: b.State, Rules: Rules(),
		OpensAt: stamp(b.OpensAt), ClosesAt: stamp(b.ClosesAt), DrawsAt: stamp(b.DrawsAt),
		Commitment: b.Commitment, Randomness: b.Randomness,
		Entries: []Entry{}, Places: sorted, Order: []string{}, Outcome: []Outcome{}, Leftover: []Leftover{},
	}
}

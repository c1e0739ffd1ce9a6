package queue

import (
	"time"

	"github.com/google/uuid"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/store"
)

// State says where a ticket stands.
type State string

// The states. A ticket is in one of them, and at a counter in Called and
// Serving only.
const (
	Waiting   State = "waiting"
	Called    State = "called"    // on the board, on the way to the counter
	Serving   State = "serving"   // at the counter
	Finished  State = "finished"  // with an outcome
	Missed    State = "missed"    // called, and did not come
	Withdrawn State = "withdrawn" // given by mistake
)

// Open says whether the ticket's turn is still to come or under way.
func (s State) Open() bool { return s == Waiting || s.AtCounter() }

// AtCounter says whether the ticket takes a counter.
func (s State) AtCounter() bool { return s == Called || s == Serving }

// booking is the state that a booking is in while its ticket is in s.
func (s State) booking() booking.State {
	switch s {
	case Finished:
		return booking.Served
	case Missed:
		return booking.NoShow
	case Withdrawn:
		return booking.Booked
	default:
		return booking.CheckedIn
	}
}

// Outcome says how a turn ended.
type Outcome string

// The outcomes. Left is for those who went away before they were called, or
// still waited when the day closed.
const (
	Done       Outcome = "done"
	Incomplete Outcome = "incomplete" // something is missing; they come again
	Referred   Outcome = "referred"   // another authority's business
	Left       Outcome = "left"
)

// Outcomes are those that an officer chooses from.
var Outcomes = []Outcome{Done, Incomplete, Referred}

// The series of numbers: walk-ins and appointments count apart, so that a
// person who waits sees their own kind in order.
const (
	walkInSeries  = "A"
	bookingSeries = "B"
)

// Ticket is one turn. Instants that have not come are zero.
type Ticket struct {
	ID        string
	PostID    string
	Date      string // local, YYYY-MM-DD
	Series    string
	Serial    int
	Number    string // "A012", what paper and board show
	BookingID string // "" for a walk-in
	ServiceID string
	Party     int
	State     State
	Priority  bool
	CounterID string // where it was called last
	// WantedCounter is set by a transfer: only this counter is given it next.
	WantedCounter string
	AppointmentAt time.Time
	ArrivedAt     time.Time
	TurnAt        time.Time
	RestUntil     time.Time
	CalledAt      time.Time
	LastCalledAt  time.Time
	Calls         int
	ServedAt      time.Time
	FinishedAt    time.Time
	Outcome       Outcome
}

// WalkIn says whether the ticket was given without an appointment.
func (t *Ticket) WalkIn() bool { return t.BookingID == "" }

// Late says whether the people came too late to keep their appointment's turn.
func (t *Ticket) Late() bool {
	return !t.AppointmentAt.IsZero() && t.ArrivedAt.After(t.AppointmentAt.Add(LateAfter))
}

type scanner interface{ Scan(...any) error }

const columns = `id, post_id, local_date, series, serial, number, booking_id, service_id, party, state, priority,
	counter_id, wanted_counter, appointment_at, arrived_at, turn_at, rest_until, called_at, last_called_at, calls,
	served_at, finished_at, outcome`

func scan(row scanner) (*Ticket, error) {
	var t Ticket
	var appointment, arrived, turn, rest, called, last, served, finished int64
	err := row.Scan(&t.ID, &t.PostID, &t.Date, &t.Series, &t.Serial, &t.Number, &t.BookingID, &t.ServiceID, &t.Party, &t.State, &t.Priority,
		&t.CounterID, &t.WantedCounter, &appointment, &arrived, &turn, &rest, &called, &last, &t.Calls,
		&served, &finished, &t.Outcome)
	t.AppointmentAt, t.ArrivedAt, t.TurnAt, t.RestUntil = store.Time(appointment), store.Time(arrived), store.Time(turn), store.Time(rest)
	t.CalledAt, t.LastCalledAt, t.ServedAt, t.FinishedAt = store.Time(called), store.Time(last), store.Time(served), store.Time(finished)
	return &t, err
}

// values gives the columns' values, in their order.
func (t *Ticket) values() []any {
	return []any{t.ID, t.PostID, t.Date, t.Series, t.Serial, t.Number, t.BookingID, t.ServiceID, t.Party, string(t.State), t.Priority,
		t.CounterID, t.WantedCounter, store.Millis(t.AppointmentAt), store.Millis(t.ArrivedAt), store.Millis(t.TurnAt), store.Millis(t.RestUntil),
		store.Millis(t.CalledAt), store.Millis(t.LastCalledAt), t.Calls, store.Millis(t.ServedAt), store.Millis(t.FinishedAt), string(t.Outcome)}
}

// NewTicketID makes an id for WalkIn, which a page can bring along in its form.
func NewTicketID() string { return store.NewID() }

// IsTicketID says whether text can be such an id.
func IsTicketID(text string) bool { return uuid.Validate(text) == nil && len(text) == 36 }

package booking

import (
	"slices"
	"strings"
	"time"
)

// State says where a booking stands.
type State string

// From the hold to the end. Active states keep the person's claim and the places.
const (
	Held      State = "held"       // places kept, e-mail not proven yet
	Booked    State = "booked"     // confirmed
	CheckedIn State = "checked_in" // the person is in the waiting room
	Served    State = "served"     // done at a counter
	NoShow    State = "no_show"    // nobody came
	Cancelled State = "cancelled"  // given back by the person or by staff
	Expired   State = "expired"    // the hold ran out
	Voided    State = "voided"     // taken away by two officers, with a reason
)

// Active says whether a booking in this state takes places of a coming day.
func (s State) Active() bool { return s == Held || s == Booked || s == CheckedIn }

// Channel says by which way a booking came.
type Channel string

// The channels.
const (
	Web         Channel = "web"
	API         Channel = "api"
	Staff       Channel = "staff"
	Ballot      Channel = "ballot"
	WaitingList Channel = "waiting-list"
	WalkIn      Channel = "walk-in"
)

// Times and limits of the hot path.
const (
	HoldFor  = 15 * time.Minute // a hold, and again once the names are bound
	MaxCodes = 5                // one-time codes sent for one hold
	MaxTries = 5                // wrong answers to one code
	MaxMoves = 3                // moves of one booking by its holder
	maxParty = 20
)

// Slot is a start instant at a post for a group of services, with a number of
// places. It is defined by local date and time; Start and End follow from the
// post's zone.
type Slot struct {
	ID, PostID, GroupID, RuleID string
	Date, Clock                 string // local, "2026-11-25" and "09:30"
	Start, End                  time.Time
	Planned                     int // places that the plan asks for
	Places                      int
	Taken, Withheld, Reserved   int
	OpensAt                     time.Time // when the public may book it
	BallotID                    string    // set while its places go by ballot
}

// Free is the number of places that can be held now.
func (s *Slot) Free() int { return s.Places - s.Taken - s.Withheld - s.Reserved }

// Serves says whether the slot's group contains the service.
func (s *Slot) Serves(service string) bool {
	return slices.Contains(splitGroup(s.GroupID), service)
}

// GroupID names a set of services: sorted, without repetition, joined by '+'.
func GroupID(services []string) string {
	sorted := slices.Clone(services)
	slices.Sort(sorted)
	return strings.Join(slices.Compact(sorted), "+")
}

// Booking is one row from the hold to the end. Names and e-mail are inside
// Sealed; Book.Details opens it.
type Booking struct {
	ID, Reference     string
	State             State
	SlotID            string
	PostID, ServiceID string
	Places, Party     int
	FromReserve       int  // how many of Places came out of the staff's reserve
	Bound             bool // the named people are claimed and cannot change
	Sealed            []byte
	EmailKey          string
	NetworkKey        string
	BrowserKey        string
	Lang, Zone        string
	Channel           Channel
	CreatedAt         time.Time
	ExpiresAt         time.Time // of a hold
	ConfirmedAt       time.Time
	EndedAt           time.Time
	CodeSerial        int
	CodeTries         int
	Moves             int
	MoveBy            time.Time // set when the plan took the slot away: move before this
	RequestKey        string
}

// Details is what a booking keeps sealed.
type Details struct {
	Email      string      `json:"email,omitempty"`
	Phone      string      `json:"phone,omitempty"`
	Applicants []Applicant `json:"applicants,omitempty"`
}

// Service is what the book must know about a service.
type Service struct {
	ID                 string
	PlacesPerApplicant int
	MaxParty           int
	WarnAfter          int // misses before a warning; 0 for no policy
	PauseAfter         int // misses before a pause
	Pause              time.Duration
	// A place that came back is free again at a random moment after
	// ReleaseAfter and within ReleaseWithin; 0 for the book's own bounds.
	ReleaseAfter, ReleaseWithin time.Duration
	OfferFor                    time.Duration // how long an offer to the waiting list stands; 0 for the book's own
}

// Post is what the book must know about a post.
type Post struct {
	ID     string
	Zone   *time.Location
	Notice time.Duration // the last moment before a slot at which it can be booked
}

// Offer tells the book about posts and services; the catalogue and the posts
// stand behind it.
type Offer interface {
	Service(id string) (Service, bool)
	Post(id string) (Post, bool)
}

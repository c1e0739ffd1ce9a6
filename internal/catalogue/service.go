package catalogue

import (
	"time"

	"github.com/chancery/chancery/internal/locale"
)

// Service is something that a person can come for.
type Service struct {
	// ID is the file's name without its ending, a slug such as
	// "passport-renewal"; it stands in addresses and never changes.
	ID      string      `yaml:"id"`
	Title   locale.Text `yaml:"title"`
	Summary locale.Text `yaml:"summary"`
	// Order sorts lists of services; equal orders are sorted by identifier.
	Order int `yaml:"order"`

	// DurationMinutes is how long one person usually takes at the counter.
	DurationMinutes int `yaml:"duration_minutes"`
	// PlacesPerApplicant is how many places of a slot one applicant takes.
	PlacesPerApplicant int `yaml:"places_per_applicant"`
	// MaxParty is how many people may be booked in one go.
	MaxParty int `yaml:"max_party"`

	// Audience says in words who may come.
	Audience locale.Text `yaml:"audience"`
	// Bring lists what to bring, in the order in which to show it.
	Bring []Item `yaml:"bring"`
	Fee   Fee    `yaml:"fee"`
	// Languages are the BCP 47 languages in which people are served.
	Languages []string `yaml:"languages"`
	// Identifiers are the kinds of document that can stand for a person of this
	// service; at least one.
	Identifiers []Identifier `yaml:"identifiers"`

	Release   Release   `yaml:"release"`
	NoShow    NoShow    `yaml:"no_show"`
	Rerelease Rerelease `yaml:"rerelease"`
	// ReservePercent of a slot's places are kept for people whom staff book.
	ReservePercent int `yaml:"reserve_percent"`
	// OfferMinutes is how long a waiting-list offer stands.
	OfferMinutes int `yaml:"offer_minutes"`
}

// Item is one thing to bring.
type Item struct {
	Text locale.Text `yaml:"text"`
	// Link leads to a form or to guidance; https only.
	Link string `yaml:"link,omitempty"`
}

// Fee is what the service costs.
type Fee struct {
	// Minor is the amount in minor units of Currency (ISO 4217), 0 for free.
	Minor    int64       `yaml:"minor"`
	Currency string      `yaml:"currency"`
	Note     locale.Text `yaml:"note,omitempty"`
}

// Free says whether nothing is asked.
func (f Fee) Free() bool { return f.Minor == 0 }

// Document is a kind of paper whose number stands for a person.
type Document string

// The kinds of document by which people are told apart.
const (
	Passport          Document = "passport"
	NationalID        Document = "national-id"
	BirthCertificate  Document = "birth-certificate"
	ParentsDocument   Document = "parents-document"
	ReturnCertificate Document = "return-certificate"
	PoliceReport      Document = "police-report"
)

// Key is the translation key of the document's name.
func (d Document) Key() string { return "catalogue.document." + string(d) }

// Identifier is a kind of document that a service accepts, and a hint for
// people who fill it in.
type Identifier struct {
	Document Document    `yaml:"document"`
	Hint     locale.Text `yaml:"hint"`
}

// ReleaseKind says how places become bookable.
type ReleaseKind string

// The three ways of DESIGN, section 2.
const (
	Rolling ReleaseKind = "rolling"
	Batch   ReleaseKind = "batch"
	Ballot  ReleaseKind = "ballot"
)

// Release is how a service's places become bookable, unless a post's plan says
// otherwise. Times of day are on the post's own clock.
type Release struct {
	Kind ReleaseKind `yaml:"kind"`
	// DaysAhead is, for rolling, how many days before its day a place opens; for
	// batch and ballot, how many days after the release its first day lies.
	DaysAhead int           `yaml:"days_ahead"`
	Batch     *BatchRelease `yaml:"batch,omitempty"`
	Ballot    *BallotRules  `yaml:"ballot,omitempty"`
}

// BatchRelease opens the places of some days together, at a published instant.
type BatchRelease struct {
	Weekday  string `yaml:"weekday"`   // mon, tue, wed, thu, fri, sat, sun
	Time     string `yaml:"time"`      // HH:MM, the post's clock
	SpanDays int    `yaml:"span_days"` // how many days of places one batch opens
}

// BallotRules give out the places of some days by a draw among those who
// entered.
type BallotRules struct {
	OpensWeekday string `yaml:"opens_weekday"` // the day on which entries open
	OpensTime    string `yaml:"opens_time"`    // HH:MM, the post's clock
	EntryDays    int    `yaml:"entry_days"`    // how long entries stay open
	SpanDays     int    `yaml:"span_days"`     // how many days of places one draw gives out
	ConfirmHours int    `yaml:"confirm_hours"` // how long a winner has to confirm
}

// ConfirmFor is ConfirmHours as a duration; two days where a service has no
// rules of its own, such as after a change of its release.
func (b *BallotRules) ConfirmFor() time.Duration {
	if b == nil {
		return 48 * time.Hour
	}
	return time.Duration(b.ConfirmHours) * time.Hour
}

// NoShow is what happens to people who book and do not come.
type NoShow struct {
	WarnAfter  int `yaml:"warn_after"`  // misses after which a warning goes out
	PauseAfter int `yaml:"pause_after"` // misses after which booking pauses; 0 for never
	PauseDays  int `yaml:"pause_days"`  // how long it pauses, and how far back misses count
}

// Rerelease says after how long a cancelled place that nobody on the waiting
// list took comes back: at a random moment between the two.
type Rerelease struct {
	MinMinutes int `yaml:"min_minutes"`
	MaxMinutes int `yaml:"max_minutes"`
}

// Duration is DurationMinutes as a duration.
func (s Service) Duration() time.Duration { return time.Duration(s.DurationMinutes) * time.Minute }

// Offer is OfferMinutes as a duration.
func (s Service) Offer() time.Duration { return time.Duration(s.OfferMinutes) * time.Minute }

// Accepts says whether document may stand for a person of this service.
func (s Service) Accepts(document Document) bool {
	for _, i := range s.Identifiers {
		if i.Document == document {
			return true
		}
	}
	return false
}

// Places is how many places a party of that many people takes.
func (s Service) Places(party int) int { return party * s.PlacesPerApplicant }

var weekdays = map[string]time.Weekday{
	"mon": time.Monday, "tue": time.Tuesday, "wed": time.Wednesday, "thu": time.Thursday,
	"fri": time.Friday, "sat": time.Saturday, "sun": time.Sunday,
}

// Weekday reads the three-letter name of a day, such as "mon".
func Weekday(name string) (time.Weekday, bool) {
	day, ok := weekdays[name]
	return day, ok
}

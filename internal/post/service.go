package post

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

// Trail is where changes are entered; *audit.Log is one.
type Trail interface {
	Append(ctx context.Context, tx *store.Tx, entries ...audit.Entry) error
}

// Catalogue says which services exist; *catalogue.Catalogue is one.
type Catalogue interface {
	Known(service string) bool
}

// snapshotAge bounds how long a server may go on without seeing what another
// server on the same database has changed. Its own changes it sees at once.
const snapshotAge = 15 * time.Second

// Service reads and edits posts. It is safe for concurrent use.
type Service struct {
	db        *store.DB
	trail     Trail
	catalogue Catalogue
	now       func() time.Time
	cached    atomic.Pointer[snapshot]
	// edits counts changes made here, so that a snapshot read before one is
	// not kept after it.
	edits    atomic.Int64
	onChange func(ctx context.Context, postID string)
}

// New gives the service over db.
func New(db *store.DB, trail Trail, catalogue Catalogue, now func() time.Time) *Service {
	return &Service{db: db, trail: trail, catalogue: catalogue, now: now}
}

// OnChange has fn called after each change that was made to a post here. Call
// it before the service is shared.
func (s *Service) OnChange(fn func(ctx context.Context, postID string)) { s.onChange = fn }

// Invalidate drops what is kept in memory, for those who changed the tables by
// another way.
func (s *Service) Invalidate() {
	s.edits.Add(1)
	s.cached.Store(nil)
}

func (s *Service) snapshot(ctx context.Context) (*snapshot, error) {
	now := s.now()
	if kept := s.cached.Load(); kept != nil && now.Sub(kept.at).Abs() < snapshotAge {
		return kept, nil
	}
	edits := s.edits.Load()
	read, err := readSnapshot(ctx, s.db.Read())
	if err != nil {
		return nil, err
	}
	read.at = now
	if s.edits.Load() == edits {
		s.cached.Store(read)
	}
	return read, nil
}

// List gives the active posts, reception centres first, then by English name of
// the city. The slice is the caller's; the texts in it are shared.
func (s *Service) List(ctx context.Context) ([]Post, error) {
	return s.where(ctx, func(p Post) bool { return p.Active })
}

// All is List with the posts that are not active.
func (s *Service) All(ctx context.Context) ([]Post, error) {
	return s.where(ctx, func(Post) bool { return true })
}

// ByCountry lists the active posts in a country (ISO 3166-1 alpha-3).
func (s *Service) ByCountry(ctx context.Context, alpha3 string) ([]Post, error) {
	return s.where(ctx, func(p Post) bool { return p.Active && p.Country == alpha3 })
}

// Offering lists the active posts that offer the service.
func (s *Service) Offering(ctx context.Context, service string) ([]Post, error) {
	return s.where(ctx, func(p Post) bool { return p.Active && p.Offers(service) })
}

func (s *Service) where(ctx context.Context, keep func(Post) bool) ([]Post, error) {
	snap, err := s.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	var posts []Post
	for _, p := range snap.posts {
		if keep(p) {
			posts = append(posts, p)
		}
	}
	return posts, nil
}

// Get gives one post, active or not; a NotFound fault when there is none.
func (s *Service) Get(ctx context.Context, id string) (Post, error) {
	snap, err := s.snapshot(ctx)
	if err != nil {
		return Post{}, err
	}
	i, ok := snap.index[id]
	if !ok {
		return Post{}, errNoPost()
	}
	return snap.posts[i], nil
}

func errNoPost() error { return fault.NewNotFound("post.not_found") }

// Counters lists the post's counters by label, active or not.
func (s *Service) Counters(ctx context.Context, postID string) ([]Counter, error) {
	snap, err := s.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	return slices.Clone(snap.counters[postID]), nil
}

// Counter gives one counter; a NotFound fault when the post has none of that id.
func (s *Service) Counter(ctx context.Context, postID, id string) (Counter, error) {
	snap, err := s.snapshot(ctx)
	if err != nil {
		return Counter{}, err
	}
	for _, c := range snap.counters[postID] {
		if c.ID == id {
			return c, nil
		}
	}
	return Counter{}, fault.NewNotFound("post.counter_not_found")
}

// Holidays lists the post's holidays from one local date to another, both
// included, in order.
func (s *Service) Holidays(ctx context.Context, postID, from, to string) ([]Holiday, error) {
	snap, err := s.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	var found []Holiday
	for _, h := range snap.holidays[postID] {
		if from <= h.Date && h.Date <= to {
			found = append(found, h)
		}
	}
	return found, nil
}

// IsHoliday says whether the local date is one of the post's holidays, and
// which.
func (s *Service) IsHoliday(ctx context.Context, postID, date string) (Holiday, bool, error) {
	found, err := s.Holidays(ctx, postID, date, date)
	if err != nil || len(found) == 0 {
		return Holiday{}, false, err
	}
	return found[0], true, nil
}

// Closures lists the post's closures that touch the local days from one date to
// another, both included, in order.
func (s *Service) Closures(ctx context.Context, postID, from, to string) ([]Closure, error) {
	snap, err := s.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	var found []Closure
	for _, c := range snap.closures[postID] {
		if c.From <= to && from <= c.To {
			found = append(found, c)
		}
	}
	return found, nil
}

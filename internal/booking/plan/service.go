package plan

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
)

// Book is the appointment book as plans need it; *booking.Book is one.
type Book interface {
	Foresee(ctx context.Context, r booking.Replan) (*booking.Effect, error)
	Replan(ctx context.Context, r booking.Replan) (*booking.Effect, error)
}

// Posts is what plans ask about posts; *post.Service is one.
type Posts interface {
	Get(ctx context.Context, id string) (post.Post, error)
	All(ctx context.Context) ([]post.Post, error)
	Counters(ctx context.Context, postID string) ([]post.Counter, error)
	Holidays(ctx context.Context, postID, from, to string) ([]post.Holiday, error)
	Closures(ctx context.Context, postID, from, to string) ([]post.Closure, error)
	Absences(ctx context.Context, postID string, from, to time.Time) ([]post.Absence, error)
}

// Service keeps plans and carries them out. It is safe for concurrent use.
type Service struct {
	db    *store.DB
	book  Book
	posts Posts
	now   func() time.Time
}

// New gives the service over db.
func New(db *store.DB, book Book, posts Posts, now func() time.Time) *Service {
	return &Service{db: db, book: book, posts: posts, now: now}
}

// Plan gives the newest revision of a post's plan; one of revision 0 without
// rules when nothing was planned yet. NotFound for the post.
func (s *Service) Plan(ctx context.Context, postID string) (Plan, error) {
	if _, err := s.posts.Get(ctx, postID); err != nil {
		return Plan{}, err
	}
	p := Plan{PostID: postID}
	var text string
	err := s.db.Read().QueryRowContext(ctx, `SELECT number, plan FROM plan_revision WHERE post_id = $1 ORDER BY number DESC LIMIT 1`, postID).Scan(&p.Revision, &text)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return p, nil
	case err != nil:
		return p, fmt.Errorf("read the plan of %s: %w", postID, err)
	}
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return p, fmt.Errorf("read the plan of %s: %w", postID, err)
	}
	return p, nil
}

// Revision is one change of a plan.
type Revision struct {
	Number int
	Actor  string
	At     time.Time
	Change string // a Change's Name
	Plan   Plan
}

// Revisions lists the changes of a plan, newest first, at most limit below the
// number before; 0 for the newest.
func (s *Service) Revisions(ctx context.Context, postID string, before, limit int) ([]Revision, error) {
	if before == 0 {
		before = 1 << 40
	}
	var found []Revision
	err := store.Each(ctx, s.db.Read(), func(rows *sql.Rows) error {
		var r Revision
		var at int64
		var text string
		if err := rows.Scan(&r.Number, &r.Actor, &at, &r.Change, &text); err != nil {
			return err
		}
		r.At, r.Plan = store.Time(at), Plan{PostID: postID, Revision: r.Number}
		found = append(found, r)
		return json.Unmarshal([]byte(text), &found[len(found)-1].Plan)
	}, `SELECT number, actor, saved_at, change, plan FROM plan_revision WHERE post_id = $1 AND number < $2 ORDER BY number DESC LIMIT $3`, postID, before, limit)
	if err != nil {
		return nil, fmt.Errorf("list the revisions of %s: %w", postID, err)
	}
	return found, nil
}

// Preview is what a change would do now.
type Preview struct {
	Plan   Plan // as it would be
	Effect *booking.Effect
	// Digest names this effect on this revision of the plan.
	Digest string

	post   post.Post
	days   []string
	wanted []booking.Slot
	base   int
	change Change
}

// Preview says what a change would do, together with whatever else has changed
// around the plan. Faults: Invalid with fields; NotFound for post, rule or
// exception; Conflict when a plan is full.
func (s *Service) Preview(ctx context.Context, postID string, c Change) (*Preview, error) {
	at, err := s.posts.Get(ctx, postID)
	if err != nil {
		return nil, err
	}
	days := daysFrom(s.now().In(at.Location()), at.HorizonDays+1)
	madeTo, err := s.madeTo(ctx, postID)
	if err != nil {
		return nil, err
	}
	if last := len(days) - 1; madeTo == days[last-1] {
		days = days[:last] // Extend makes the newest day, and nobody need agree to it
	}
	p, err := s.prepare(ctx, postID, c, days)
	if err != nil {
		return nil, err
	}
	if p.Effect, err = s.book.Foresee(ctx, p.replan()); err != nil {
		return nil, err
	}
	p.sign()
	return p, nil
}

// prepare applies the change to the newest plan and finds the slots that it
// wants on the days.
func (s *Service) prepare(ctx context.Context, postID string, c Change, days []string) (*Preview, error) {
	at, err := s.posts.Get(ctx, postID)
	if err != nil {
		return nil, err
	}
	plan, err := s.Plan(ctx, postID)
	if err != nil {
		return nil, err
	}
	p := &Preview{Plan: plan, post: at, base: plan.Revision, change: c, days: days}
	calendar, err := s.calendar(ctx, at, p.days)
	if err != nil {
		return nil, err
	}
	if err := c.apply(&p.Plan, at, calendar.Counters); err != nil {
		return nil, err
	}
	p.wanted = p.Plan.Slots(calendar, p.days)
	return p, nil
}

// madeTo is the last day for which slots were made, "" for a new plan.
func (s *Service) madeTo(ctx context.Context, postID string) (date string, err error) {
	err = s.db.Read().QueryRowContext(ctx, `SELECT made_to FROM plan_post WHERE post_id = $1`, postID).Scan(&date)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read how far the plan of %s goes: %w", postID, err)
	}
	return date, nil
}

func (p *Preview) replan() booking.Replan {
	return booking.Replan{PostID: p.post.ID, Days: p.days, Wanted: p.wanted}
}

func (p *Preview) sign() {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %s", p.post.ID, p.base, p.Effect.Digest))
	p.Digest = hex.EncodeToString(sum[:16])
}

// daysFrom lists n local dates.
func daysFrom(first time.Time, n int) []string {
	day, _ := post.ParseDate(first.Format(post.DateLayout))
	days := make([]string, n)
	for i := range days {
		days[i] = day.AddDate(0, 0, i).Format(post.DateLayout)
	}
	return days
}

// calendar reads what stands above a plan on the given days.
func (s *Service) calendar(ctx context.Context, at post.Post, days []string) (Calendar, error) {
	c := Calendar{Zone: at.Location()}
	first, last := days[0], days[len(days)-1]
	var err error
	if c.Closed, err = s.closed(ctx, at.ID, first, last); err != nil {
		return c, err
	}
	if c.Counters, err = s.posts.Counters(ctx, at.ID); err != nil {
		return c, err
	}
	from, _ := post.ParseDate(first)
	to, _ := post.ParseDate(last)
	// A day on either side covers every zone.
	c.Absences, err = s.posts.Absences(ctx, at.ID, from.AddDate(0, 0, -1), to.AddDate(0, 0, 2))
	return c, err
}

func (s *Service) closed(ctx context.Context, postID, first, last string) (map[string]bool, error) {
	closed := map[string]bool{}
	holidays, err := s.posts.Holidays(ctx, postID, first, last)
	if err != nil {
		return nil, err
	}
	for _, h := range holidays {
		closed[h.Date] = true
	}
	closures, err := s.posts.Closures(ctx, postID, first, last)
	if err != nil {
		return nil, err
	}
	for _, c := range closures {
		day, _ := post.ParseDate(max(c.From, first))
		for date := max(c.From, first); date <= min(c.To, last); date = day.Format(post.DateLayout) {
			closed[date] = true
			day = day.AddDate(0, 0, 1)
		}
	}
	return closed, nil
}

// Consent is somebody's yes to a preview.
type Consent struct {
	Actor string
	// Digest is that of the Preview; "" agrees to whatever happens.
	Digest string
	// Reason is told to those who must move, by language; empty for none.
	Reason map[string]string
}

// Save does what Preview has shown: plan, slots and people in one step. Faults
// as for Preview, and Conflict when the effect has changed since; the preview
// that comes with it shows the new one.
func (s *Service) Save(ctx context.Context, postID string, c Change, yes Consent) (*Preview, error) {
	p, err := s.Preview(ctx, postID, c)
	if err != nil {
		return nil, err
	}
	if yes.Digest != "" && yes.Digest != p.Digest {
		return p, fault.NewConflict("booking.effect_changed")
	}
	r := p.replan()
	r.Actor, r.Reason, r.Digest = yes.Actor, yes.Reason, p.Effect.Digest
	if yes.Digest == "" {
		r.Digest = ""
	}
	revision := p.base
	if c.Name != Calendars().Name {
		revision++
	}
	r.Trail = []audit.Entry{{Actor: yes.Actor, Action: "plan." + c.Name, Object: "plan:" + postID, Post: postID, Detail: p.detail(revision)}}
	text, err := json.Marshal(p.Plan)
	if err != nil {
		return nil, fmt.Errorf("save the plan of %s: %w", postID, err)
	}
	r.Save = func(ctx context.Context, tx *store.Tx) error {
		if err := advance(ctx, tx, postID, p.base, revision, p.days[len(p.days)-1]); err != nil || revision == p.base {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO plan_revision (post_id, number, actor, saved_at, change, plan) VALUES ($1, $2, $3, $4, $5, $6)`,
			postID, revision, yes.Actor, store.Millis(s.now()), c.Name, string(text))
		return err
	}
	effect, err := s.book.Replan(ctx, r)
	if effect != nil {
		p.Effect = effect
		p.sign()
	}
	p.Plan.Revision = revision
	return p, err
}

func (p *Preview) detail(revision int) map[string]any {
	counts := p.Effect.Counts()
	detail := map[string]any{
		"revision": revision, "slots_added": counts.SlotsAdded, "slots_removed": counts.SlotsRemoved, "slots_changed": counts.SlotsChanged, "must_move": counts.MustMove,
	}
	for name, value := range p.change.about {
		detail[name] = value
	}
	return detail
}

// advance moves a plan on from one revision to another, and notes until when
// slots were made. Conflict when somebody else has saved in between.
func advance(ctx context.Context, tx *store.Tx, postID string, from, to int, madeTo string) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO plan_post (post_id, revision, made_to) VALUES ($1, 0, '') ON CONFLICT (post_id) DO NOTHING`, postID); err != nil {
		return fmt.Errorf("begin the plan of %s: %w", postID, err)
	}
	done, err := tx.ExecContext(ctx, `UPDATE plan_post SET revision = $1, made_to = CASE WHEN made_to < $2 THEN $3 ELSE made_to END WHERE post_id = $4 AND revision = $5`,
		to, madeTo, madeTo, postID, from)
	if err != nil {
		return fmt.Errorf("move the plan of %s on: %w", postID, err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fault.NewConflict("booking.effect_changed"))
	}
	return nil
}

// Load gives a post its first plan and makes the slots.
func (s *Service) Load(ctx context.Context, actor, postID string, rules []Rule) error {
	_, err := s.Save(ctx, postID, whole(slices.Clone(rules)), Consent{Actor: actor})
	return err
}

package casework

import (
	"context"
	"sync"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/store"
)

// Reads notes in the audit trail which officer has looked into whose case: what
// people wrote is only as safe as those who may read it know that it is seen.
// It is safe for concurrent use.
type Reads struct {
	db    *store.DB
	trail Trail
	now   func() time.Time

	mu   sync.Mutex
	day  string
	seen map[[2]string]bool
}

// NewReads gives it.
func NewReads(db *store.DB, trail Trail, now func() time.Time) *Reads {
	return &Reads{db: db, trail: trail, now: now}
}

// Opened notes that the officer opened the case: once for each officer, case and
// day (UTC), and once more when the program was started anew or another process
// of it answers. Whoever shows a case calls it first, so that nothing is read
// without a trace.
func (r *Reads) Opened(ctx context.Context, staffID string, a *Application) error {
	key := [2]string{staffID, a.ID}
	if r.known(key) {
		return nil
	}
	if err := r.append(ctx, audit.Entry{Actor: audit.Staff(staffID), Action: "case.open", Object: object(a.ID), Post: a.PostID}); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen[key] = true
	return nil
}

// Exported notes that the officer took a worklist of count cases out of the
// program; postID is "" for several posts.
func (r *Reads) Exported(ctx context.Context, staffID, postID string, count int) error {
	return r.append(ctx, audit.Entry{Actor: audit.Staff(staffID), Action: "case.export", Object: "worklist:" + postID, Post: postID, Detail: map[string]any{"count": count}})
}

// known says whether it was noted today.
func (r *Reads) known(key [2]string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if day := r.now().UTC().Format(time.DateOnly); day != r.day {
		r.day, r.seen = day, map[[2]string]bool{}
	}
	return r.seen[key]
}

func (r *Reads) append(ctx context.Context, e audit.Entry) error {
	return r.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return r.trail.Append(ctx, tx, e) })
}

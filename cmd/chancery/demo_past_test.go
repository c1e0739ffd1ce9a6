package main

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking/lookback"
)

// TestTheDemonstrationHasAMonthBehindIt loads it as make run does and looks
// at it with the eyes of Look back.
func TestTheDemonstrationHasAMonthBehindIt(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	r, err := assemble(ctx, setting{db: "sqlite:" + filepath.Join(dir, "demo.db"), keys: filepath.Join(dir, "keys.json"), baseURL: "http://127.0.0.1:1", demo: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	if err := r.loadDemo(ctx); err != nil {
		t.Fatal(err)
	}
	posts, err := r.posts.All(ctx)
	if err != nil || len(posts) != 29 {
		t.Fatalf("%d posts, %v", len(posts), err)
	}
	today := time.Now().UTC().Format(time.DateOnly)
	q := lookback.Query{From: lookback.AddDays(today, -28), To: lookback.AddDays(today, -2)}
	for _, p := range posts {
		q.Posts = append(q.Posts, p.ID)
	}
	report, err := lookback.New(r.db).Report(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range report.ByPost() {
		a := l.Tally
		used, _ := l.Use.Share()
		missed, _ := a.MissedShare()
		median, _ := a.Wait.Median()
		if a.Came < 50 || a.WalkIns == 0 || a.Cancelled() == 0 || used < 0.2 || used > 1 || missed > 0.25 || median < 1 || median > 60 {
			t.Errorf("%s: %d came, %d without appointment, %d cancelled, used %.2f, missed %.2f, waited %d minutes", l.Key, a.Came, a.WalkIns, a.Cancelled(), used, missed, median)
		}
		if a.Unrecorded > 0 {
			t.Errorf("%s: of %d bookings nobody knows what became", l.Key, a.Unrecorded)
		}
		if l.Use.Taken < a.Came {
			t.Errorf("%s: %d came to %d places", l.Key, a.Came, l.Use.Taken)
		}
	}
	if total := report.Total().Tally; total.Missed < 100 || total.Late == 0 || total.Early == 0 || len(total.Channels) < 4 {
		t.Errorf("%d missed, %d cancelled late and %d early, by %v", total.Missed, total.Late, total.Early, total.Channels)
	}
	history, err := r.leads.History(ctx, q)
	if err != nil || len(history) < 25*len(posts) {
		t.Errorf("%d daily looks, %v", len(history), err)
	}
	var taken, booked, people int
	for into, query := range map[*int]string{
		&taken:  `SELECT SUM(taken) FROM slot`,
		&booked: `SELECT SUM(places) FROM booking WHERE state IN ('held', 'booked', 'checked_in', 'served', 'no_show')`,
		&people: `SELECT COUNT(*) FROM booking WHERE party > 1 AND state = 'booked'`,
	} {
		if err := r.db.Read().QueryRowContext(ctx, query).Scan(into); err != nil {
			t.Fatal(err)
		}
	}
	if taken != booked || people == 0 {
		t.Errorf("%d places are taken, bookings have %d; %d families are expected", taken, booked, people)
	}
	checkVisas(t, r)
	if trail, err := audit.Verify(ctx, r.db.Read()); err != nil || !trail.Whole() {
		t.Errorf("the audit trail is broken: %+v, %v", trail, err)
	}
}

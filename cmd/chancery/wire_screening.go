package main

import (
	"context"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/screening"
	"github.com/chancery/chancery/internal/screening/match"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/web/screenweb"
)

// openScreening opens the watch lists. A case that waits for a hit goes on when
// two officers have settled it.
func (r *rooms) openScreening() {
	r.screening = newScreening(r.db, r.keys, r.trail, time.Now, func(ctx context.Context, tx *store.Tx, ref string) error {
		return r.applications.cases.SettleIn(ctx, tx, ref)
	})
}

// registerScreening adds the officers' pages of watch lists.
func (r *rooms) registerScreening() error {
	return (&screenweb.Pages{Service: r.screening, People: r.staff, Posts: r.posts}).Register(r.server)
}

func newScreening(db *store.DB, keys *keyring.Ring, trail *audit.Log, now func() time.Time, settled func(context.Context, *store.Tx, string) error) *screening.Service {
	return screening.New(screening.Options{DB: db, Keys: keys, Audit: trail, Rules: match.UsualRules(), Now: now, Settled: settled})
}

// screener is the watch lists as casework asks them.
type screener struct{ lists *screening.Service }

func (s screener) Screen(ctx context.Context, ref, postID string, who casework.Identity) (casework.Compared, error) {
	check, err := s.lists.Screen(ctx, audit.System, screening.Request{Ref: ref, PostID: postID, Person: subjectOf(who)})
	if err != nil {
		return casework.Compared{}, err
	}
	return casework.Compared{CheckID: check.ID, Lists: s.lists.Edition(check)}, nil
}

func (s screener) Lists(ctx context.Context, q store.Querier) (string, error) {
	return s.lists.Editions(ctx, q)
}

func (s screener) Standing(ctx context.Context, q store.Querier, ref string) (casework.Screening, error) {
	st, err := s.lists.StandingIn(ctx, q, ref)
	return casework.Screening{Open: st.Open, Judged: st.Judged, Cleared: st.Cleared, Same: st.Same}, err
}

func (s screener) Forget(ctx context.Context, tx *store.Tx, ref string) error {
	return s.lists.Forget(ctx, tx, ref)
}

// subjectOf is who is compared, as the lists are searched.
func subjectOf(who casework.Identity) match.Subject {
	subject := match.Subject{Kind: match.Individual, Names: who.Names, Nationalities: who.Nationalities}
	for _, text := range who.Births {
		if birth, ok := match.ParseBirth(text); ok {
			subject.Births = append(subject.Births, birth)
		}
	}
	for _, d := range who.Documents {
		subject.Documents = append(subject.Documents, match.Document{Type: d.Kind, Number: d.Number, Country: d.Issuer})
	}
	return subject
}

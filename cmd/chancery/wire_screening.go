package main

import (
	"time"

	"github.com/chancery/chancery/internal/screening"
	"github.com/chancery/chancery/internal/screening/match"
	"github.com/chancery/chancery/internal/web/screenweb"
)

// registerScreening adds watch lists, and the officers' pages of them.
func (r *rooms) registerScreening() error {
	r.screening = screening.New(screening.Options{DB: r.db, Keys: r.keys, Audit: r.trail, Rules: match.UsualRules(), Now: time.Now})
	return (&screenweb.Pages{Service: r.screening, People: r.staff, Posts: r.posts}).Register(r.server)
}

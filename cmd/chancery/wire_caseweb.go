package main

import (
	"time"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/web/caseweb"
)

// registerCaseWork adds the officers' pages of applications.
func (r *rooms) registerCaseWork(s setting) error {
	pages := &caseweb.Pages{
		Cases: r.applications.cases, Reads: casework.NewReads(r.db, r.trail, time.Now), Forms: r.applications.forms, People: r.staff,
		Posts: r.posts, Hits: r.screening, Door: r.applications.door, Ministry: s.name,
	}
	return pages.Register(r.server)
}

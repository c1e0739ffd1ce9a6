package main

import "github.com/chancery/chancery/internal/web/applicant"

// openDoor lets people see their applications.
func (r *rooms) openDoor() { r.applications.door = applicant.New(r.server, r.applications.cases) }

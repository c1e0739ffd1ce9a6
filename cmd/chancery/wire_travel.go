package main

import (
	"io/fs"

	files "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/internal/travel/policy"
	"github.com/chancery/chancery/internal/web/api"
	"github.com/chancery/chancery/internal/web/travelweb"
)

// registerTravel adds who needs a visa. own are the ministry's declarations.
func (r *rooms) registerTravel(operations *api.API, own fs.FS) error {
	rules, err := visaRules(own)
	if err != nil {
		return err
	}
	apply := "/visa/apply" // package formweb
	room := &travelweb.Room{
		Policy: rules, Next: map[policy.Outcome]string{policy.EmbassyVisa: apply, policy.EVisa: apply}, Ask: "/appointments?service=visa-interview",
	}
	return room.Register(r.server, operations)
}

// visaRules loads the rules of the ministry's own folder, or those that come
// with the program when it has none.
func visaRules(own fs.FS) (*policy.Policy, error) {
	if found, _ := fs.Glob(own, "policy/*.yaml"); len(found) == 0 {
		own = files.Policy
	}
	return policy.Load(own)
}

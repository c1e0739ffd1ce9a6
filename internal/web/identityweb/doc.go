// Package identityweb has the pages on which staff sign in, enrol, look after
// their own account, and on which administrators look after accounts. It is
// also the gate of every staff page: it turns the session cookie into a
// person.
//
// Pages is made before the server, which needs it as its Gate, and registered
// on it afterwards:
//
//	pages := identityweb.New(staff, posts)
//	server, err := web.New(web.Options{Gate: pages, …})
//	err = pages.Register(server)
//
// One file a group of pages: signin.go, passkey.go, oidc.go, enrol.go,
// account.go (one's own), admin.go (other people's).
//
// It may import web, identity, post, fault and locale.
package identityweb

// Package auditweb has the auditor's pages: the trail with its filters, and
// the check of its chain.
//
// It may import web, audit, identity, identityweb, post, fault and locale.
package auditweb

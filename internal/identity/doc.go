// Package identity knows the ministry's staff: accounts, what each may do at
// which post (permission.go: one table, deny by default), and how they prove
// who they are: password and one-time code, passkeys, or the ministry's own
// OpenID Connect provider.
//
// Accounts are made by an administrator, who hands the person a one-time
// enrolment link; the same link is the recovery after a lost telephone. Every
// change and every sign-in is written to the audit trail in its transaction.
//
// Applicants have no account; they are not here.
//
// It may import audit, fault, keyring and store.
package identity

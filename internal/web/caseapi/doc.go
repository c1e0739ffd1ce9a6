// Package caseapi is the JSON interface of applications, /api/v1/applications:
// to start one, to answer page by page, to attach files, to prove the address, to
// hand in, to answer an officer's question, to withdraw, and to read where it
// stands. Its checks are those of the pages: package form's and upload's.
//
// Whoever starts an application gets a bearer token for it, as a browser does;
// nothing but the token opens it, and nobody learns which applications there
// are.
package caseapi

// Package verifyweb has the pages on which anybody checks a document that was
// issued: /verify takes a code, a scanned seal or the file, /v/{code} is where
// QR codes lead. They show what the paper shows and nothing else, need no
// account, and keep nothing of who checks. The same stands in the API.
package verifyweb
